package gather

import (
	"maps"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/internal/wire"
)

// Shown returns what the harvest read on a route as somebody of a tenant who
// is shown real content there, whoever has the most rights first, and who that
// is. With values given only readings of the very same request count. asked
// says whether the harvest read the route as anybody of the tenant at all.
func (t *Tools) Shown(route, tenant string, values artifact.Values) (best artifact.Reading, found, asked bool) {
	corpus := Made[artifact.Corpus](t, artifact.Corpora)
	if corpus == nil || t.Exchange == nil {
		return best, false, false
	}
	rank := map[string]int{}
	for _, i := range t.People() {
		if i.Tenant == tenant {
			rank[i.Name] = RoleRank(i.Role)
		}
	}
	for _, r := range corpus.Readings {
		if r.Route != route || rank[r.Who] == 0 || values != nil && !maps.Equal(values, r.Values) {
			continue
		}
		asked = asked || r.First.Unproven == ""
		if found && rank[r.Who] <= rank[best.Who] || !t.content(route, r) {
			continue
		}
		best, found = r, true
	}
	return best, found, asked
}

// FailsToRefuse reports whether the portal was learned to refuse with a server
// error: such answers are expected then, and must not open the circuit.
func (t *Tools) FailsToRefuse() bool {
	b := Made[artifact.Baseline](t, artifact.Baselines)
	return b != nil && slices.ContainsFunc(b.Known, func(k artifact.Known) bool { return k.Status >= 500 && (k.Kind == "denial" || k.Kind == "soft404") })
}

// content reports whether a reading shows something worth protecting.
func (t *Tools) content(route string, r artifact.Reading) bool {
	if r.First.Unproven != "" || !r.First.Sent() || !r.Again.Sent() {
		return false
	}
	ex, err := t.Exchange(r.First.Ref)
	if err != nil || ex.Status()/100 != 2 {
		return false
	}
	v := normal.Of(ex, normal.Mask{})
	_, refused := t.Refusals().Refuses(route, v)
	return !refused && normal.Content(v)
}

// Recall returns an attempt of the harvest under another name, with its
// answer as it was recorded.
func (t *Tools) Recall(a artifact.Attempt, name string) Answered {
	a.Name = name
	out := Answered{Attempt: a}
	if ex, err := t.Exchange(a.Ref); err == nil && ex != nil {
		out.Answer = &wire.Answer{Ref: a.Ref, Exchange: ex, Status: ex.Status(), Body: ex.Body()}
	}
	return out
}
