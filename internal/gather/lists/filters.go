package lists

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/internal/gather"
)

// unknownText is a search word that nothing holds.
const unknownText = "lrzqxnothing"

// filter is one set of query parameters that names the owner's side.
type filter struct {
	name string
	yes  []pair
	no   []pair // the same with values that name nothing
}

func newFilter(name, value string, keys ...string) filter {
	f := filter{name: name + " " + strings.Join(keys, " ")}
	for _, k := range keys {
		f.yes = append(f.yes, pair{k, value})
		f.no = append(f.no, pair{k, normal.Unlike(value)})
	}
	return f
}

// filters reads the lists once more as a stranger that names the owner's
// tenant or objects in a filter.
func (l *lister) filters(ctx context.Context, all []*both) {
	type filtered struct {
		b      *both
		f      filter
		x, n   gather.Answered
		chosen string
	}
	var trials []*filtered
	var batch gather.Batch
	for _, b := range all {
		if b.empty || b.tenant != l.Tenants()[0] && l.Quick {
			continue
		}
		for _, f := range l.filtersOf(b) {
			t := &filtered{b: b, f: f, chosen: b.strangers[0].Name}
			trials = append(trials, t)
			add(&batch, &t.x, b.ask("X filter "+f.name, t.chosen, f.yes))
			add(&batch, &t.n, b.ask("N", t.chosen, f.no))
		}
	}
	batch.Send(ctx, l.Tools)
	for _, t := range trials {
		trial := l.trial(t.b, t.chosen, t.b.p, t.b.p2)
		trial.Tries, trial.N = []artifact.Attempt{t.x.Attempt}, []artifact.Attempt{t.n.Attempt}
		l.out = append(l.out, trial)
	}
}

// filtersOf returns the filters worth trying on a list: those its contract
// names, and the common names where it names none.
func (l *lister) filtersOf(b *both) []filter {
	var out []filter
	tenantKnown, objectKnown := false, false
	ids := l.TenantIDs(b.tenant)
	for _, p := range b.route.Params {
		if p.In != "query" || len(p.Enum) > 0 || searchWord(p.Name) {
			continue
		}
		if gather.TenantWord(p.Name) || gather.TenantWord(p.Noun) {
			for _, id := range ids {
				tenantKnown = true
				out = append(out, newFilter("tenant", id, p.Name))
			}
			continue
		}
		if id := l.idOf(b.tenant, p); id != "" {
			objectKnown = true
			out = append(out, newFilter("object", id, p.Name))
		}
	}
	for _, id := range ids {
		if tenantKnown {
			break
		}
		out = append(out, newFilter("tenant", id, "tenantId", "tenant_id", "tenant", "orgId", "org_id", "organizationId", "accountId", "account_id"))
	}
	if !objectKnown && !l.Quick && b.route.Kind == "list" {
		for _, noun := range []string{"client", "customer", "project"} {
			if id := l.idOf(b.tenant, artifact.Param{Noun: noun}); id != "" && b.route.Noun != noun {
				out = append(out, newFilter("object", id, noun+"Id", noun+"_id", noun))
				break
			}
		}
	}
	return out
}

// idOf returns the id of an object of the tenant that a parameter may name.
func (l *lister) idOf(tenant string, p artifact.Param) string {
	noun := p.Noun
	if noun == "" {
		noun = normal.NounOf(p.Name)
	}
	for _, o := range l.corpus.Objects {
		if noun != "" && o.Noun == noun && o.Tenant == tenant && !o.Ambiguous {
			return o.ID
		}
	}
	return ""
}

// searchWord reports whether a parameter takes free text to search for.
func searchWord(name string) bool {
	switch strings.ToLower(name) {
	case "q", "query", "search", "term", "keyword", "keywords", "text", "s", "find", "searchterm", "search_term", "fulltext":
		return true
	}
	return false
}

// Bounds of searching: texts offered to the owner, and kept per route.
const (
	maxTexts    = 16
	maxSearches = 3
)

// searched is one text looked for on one route.
type searched struct {
	b        *both
	query    []pair
	p, p2, x gather.Answered
}

// searches looks for texts of the owner: first as the owner, which proves that
// the search works, then as a stranger.
func (l *lister) searches(ctx context.Context, all []*both) {
	var trials []*searched
	none := map[*both]*gather.Answered{}
	var batch gather.Batch
	for _, b := range all {
		keys := searchKeys(b.route)
		if len(keys) == 0 {
			continue
		}
		with := func(text string) (query []pair) {
			for _, k := range keys {
				query = append(query, pair{k, text})
			}
			return query
		}
		none[b] = &gather.Answered{}
		add(&batch, none[b], b.ask("N", b.strangers[0].Name, with(unknownText)))
		for _, text := range texts(all, b.tenant) {
			t := &searched{b: b, query: with(text)}
			trials = append(trials, t)
			add(&batch, &t.p, b.ask("P search", b.owner.Name, t.query))
		}
	}
	batch.Send(ctx, l.Tools)
	for _, t := range working(trials, none) {
		add(&batch, &t.p2, t.b.ask("P2 search", t.b.owner.Name, t.query))
		add(&batch, &t.x, t.b.ask("X search", t.b.strangers[0].Name, t.query))
	}
	batch.Send(ctx, l.Tools)
	for _, t := range trials {
		if t.x.Name == "" {
			continue
		}
		trial := l.trial(t.b, t.b.strangers[0].Name, t.p, t.p2)
		trial.Tries, trial.N = []artifact.Attempt{t.x.Attempt}, []artifact.Attempt{none[t.b].Attempt}
		l.out = append(l.out, trial)
	}
}

// working keeps the searches that find something for their owner, a few a route.
func working(trials []*searched, none map[*both]*gather.Answered) []*searched {
	var out []*searched
	kept := map[*both]int{}
	for _, t := range trials {
		n := none[t.b]
		if ok2xx(t.p) && finds(t.p, *n) && kept[t.b] < maxSearches {
			kept[t.b]++
			out = append(out, t)
		}
	}
	return out
}

// finds reports whether a search holds something, and other things than one
// for what is nowhere.
func finds(p, none gather.Answered) bool {
	v := normal.Of(p.Answer.Exchange, normal.Mask{})
	return normal.Content(v) && (none.Answer == nil || !normal.Same(v, normal.Of(none.Answer.Exchange, normal.Mask{})))
}

// searchKeys are the search parameters of a route: those of its contract, and
// of a search without one the common names.
func searchKeys(r artifact.Route) []string {
	var keys []string
	for _, p := range r.Params {
		if p.In == "query" && searchWord(p.Name) {
			keys = append(keys, p.Name)
		}
	}
	if keys == nil && (r.Kind == "search" || strings.HasSuffix(r.Template, "/search")) {
		keys = []string{"q", "search"}
	}
	return keys
}

// texts returns free texts of the tenant's own, one per list and then one per
// other answer, that no stranger is shown there.
func texts(all []*both, tenant string) []string {
	var out []string
	for _, listed := range []bool{true, false} {
		for _, b := range all {
			if b.tenant == tenant && (b.route.Kind == "list") == listed && ok2xx(b.p) && len(out) < maxTexts {
				if text := b.text(out); text != "" {
					out = append(out, text)
				}
			}
		}
	}
	return out
}

// text is the first free text of the owner's answer that is not among others.
func (b *both) text(others []string) string {
	for _, text := range freeTexts(b.p.Answer.Body) {
		if !slices.Contains(others, text) && !slices.ContainsFunc(b.xs, func(x gather.Answered) bool {
			return x.Answer != nil && bytes.Contains(x.Answer.Body, []byte(text))
		}) {
			return text
		}
	}
	return ""
}

// freeTexts returns the texts of several words in a JSON body, in order.
func freeTexts(body []byte) []string {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return nil
	}
	var out []string
	var walk func(v any, depth int)
	walk = func(v any, depth int) {
		if depth > 20 || len(out) >= 40 {
			return
		}
		switch x := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(x)) {
				walk(x[k], depth+1)
			}
		case []any:
			for _, e := range x {
				walk(e, depth+1)
			}
		case string:
			if words := strings.Fields(x); len(words) >= 3 && len(x) >= 12 && len(x) <= 400 && words[0] != "" && strings.ContainsFunc(x, letter) {
				out = append(out, strings.Join(words[:3], " "))
			}
		}
	}
	walk(v, 0)
	return out
}

func letter(r rune) bool { return r >= 'a' && r <= 'z' }

func withQuery(target string, query []pair) string {
	for _, p := range query {
		sep := "?"
		if strings.Contains(target, "?") {
			sep = "&"
		}
		target += sep + url.QueryEscape(p.key) + "=" + url.QueryEscape(p.value)
	}
	return target
}
