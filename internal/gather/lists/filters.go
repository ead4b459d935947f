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
		for _, f := range l.filtersOf(b) {
			t := &filtered{b: b, f: f, chosen: b.strangers[0].Name}
			trials = append(trials, t)
			add(&batch, &t.x, ask("X filter "+f.name, t.chosen, b.route, f.yes))
			add(&batch, &t.n, ask("N", t.chosen, b.route, f.no))
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
	maxTexts    = 8
	maxSearches = 3
)

// searches looks for texts of the owner: first as the owner, which proves that
// the search works, then as a stranger.
func (l *lister) searches(ctx context.Context, all []*both) {
	type searched struct {
		b           *both
		query, none []pair
		p, p2, x, n gather.Answered
	}
	var trials []*searched
	var batch gather.Batch
	for _, b := range all {
		keys := l.searchKeys(b.route)
		if len(keys) == 0 {
			continue
		}
		for _, text := range texts(all, b.tenant) {
			t := &searched{b: b}
			for _, k := range keys {
				t.query, t.none = append(t.query, pair{k, text}), append(t.none, pair{k, unknownText})
			}
			trials = append(trials, t)
			add(&batch, &t.p, ask("P search", b.owner.Name, b.route, t.query))
			add(&batch, &t.n, ask("N", b.strangers[0].Name, b.route, t.none))
		}
	}
	batch.Send(ctx, l.Tools)
	kept := map[*both]int{}
	trials = slices.DeleteFunc(trials, func(t *searched) bool {
		hit := ok2xx(t.p) && (t.n.Answer == nil || !bytes.Equal(t.p.Answer.Body, t.n.Answer.Body))
		if hit {
			kept[t.b]++
		}
		return !hit || kept[t.b] > maxSearches
	})
	for _, t := range trials {
		add(&batch, &t.p2, ask("P2 search", t.b.owner.Name, t.b.route, t.query))
		add(&batch, &t.x, ask("X search", t.b.strangers[0].Name, t.b.route, t.query))
	}
	batch.Send(ctx, l.Tools)
	for _, t := range trials {
		trial := l.trial(t.b, t.b.strangers[0].Name, t.p, t.p2)
		trial.Tries, trial.N = []artifact.Attempt{t.x.Attempt}, []artifact.Attempt{t.n.Attempt}
		l.out = append(l.out, trial)
	}
}

// searchKeys are the search parameters of a route: those of its contract, and
// on lists without one the common names.
func (l *lister) searchKeys(r artifact.Route) []string {
	var keys []string
	for _, p := range r.Params {
		if p.In == "query" && searchWord(p.Name) {
			keys = append(keys, p.Name)
		}
	}
	if keys == nil && (r.Kind == "search" || strings.HasSuffix(r.Template, "/search") || r.Kind == "list" && !l.Quick) {
		keys = []string{"q", "search"}
	}
	return keys
}

// texts returns free texts of the tenant's lists, one per list, that no
// stranger's list holds.
func texts(all []*both, tenant string) []string {
	var out []string
	for _, b := range all {
		if b.tenant != tenant || !ok2xx(b.p) || len(out) == maxTexts {
			continue
		}
		for _, text := range freeTexts(b.p.Answer.Body) {
			if !slices.Contains(out, text) && !slices.ContainsFunc(b.xs, func(x gather.Answered) bool {
				return x.Answer != nil && bytes.Contains(x.Answer.Body, []byte(text))
			}) {
				out = append(out, text)
				break
			}
		}
	}
	return out
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
