package bypass

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather"
)

// How many clusters are tried, see budget; a quick run tries fewer.
const (
	maxClusters   = 5
	quickClusters = 3
)

// group is a cluster with its members, and those that are not its representative.
type group struct {
	artifact.Cluster
	refusal         string
	members, others []artifact.Asked
}

// cluster groups the routes that refuse an anonymous caller by router prefix
// and by how they refuse.
func cluster(t *gather.Tools) ([]group, error) {
	coverage := gather.Made[artifact.Coverage](t, artifact.Coverages)
	inv, judge := gather.Made[artifact.Inventory](t, artifact.Inventories), t.Refusals()
	refused, prefix := map[string]string{}, map[string]string{} // by route
	var members []artifact.Asked
	for _, a := range coverage.Routes {
		a0, asked := artifact.Find(a.Tries, "A0")
		r := inv.By(a.Route)
		if !asked || a0.Unproven != "" || len(a.Control) < 2 || r == nil || r.Public != "" || r.Looks { // one address for everything has no guard in its path
			continue
		}
		ex, err := t.Exchange(a0.Ref)
		if err != nil {
			return nil, err
		}
		if how, denied := judge.Denied(a.Route, ex); denied {
			refused[a.Route] = refusalOf(how, ex.Status())
			prefix[a.Route] = prefixOf(*r, 2)
			members = append(members, a)
		}
	}
	most := maxClusters
	if t.Quick {
		most = quickClusters
	}
	return atMost(most, groupBy(members, prefix, refused)), nil
}

func groupBy(members []artifact.Asked, prefix, refused map[string]string) []group {
	var groups []group
	at := map[string]int{}
	for _, a := range members {
		k := prefix[a.Route] + " refused by " + refused[a.Route]
		i, known := at[k]
		if !known {
			i = len(groups)
			at[k] = i
			groups = append(groups, group{Cluster: artifact.Cluster{Name: k}, refusal: refused[a.Route]})
		}
		groups[i].Routes = append(groups[i].Routes, a.Route)
		groups[i].members = append(groups[i].members, a)
	}
	for i := range groups {
		represent(&groups[i])
	}
	return groups
}

// represent picks the member whose answer is worth most to a stranger.
func represent(g *group) {
	best := slices.MaxFunc(g.members, func(a, b artifact.Asked) int { return cmp.Compare(worth(a.Route), worth(b.Route)) })
	g.others = slices.DeleteFunc(slices.Clone(g.members), func(a artifact.Asked) bool { return a.Route == best.Route })
	g.Route, g.Values = best.Route, best.Values
	g.Base, _ = artifact.Find(best.Tries, "A0")
	g.Who = g.Base.Who
	g.P, g.P2 = best.Control[0], best.Control[1]
}

func worth(route string) int {
	n := 0
	for _, word := range []string{"admin", "user", "export", "billing", "invoice", "{"} {
		if strings.Contains(strings.ToLower(route), word) {
			n++
		}
	}
	return n
}

// atMost merges the groups that matter least, those that refuse alike into
// one, so that n remain.
func atMost(n int, groups []group) []group {
	slices.SortStableFunc(groups, func(a, b group) int {
		return cmp.Or(cmp.Compare(worth(b.Route), worth(a.Route)), cmp.Compare(len(b.Routes), len(a.Routes)))
	})
	if len(groups) <= n {
		return groups
	}
	ways := map[string]bool{}
	for _, g := range groups {
		ways[g.refusal] = true
	}
	n = max(0, n-len(ways))
	kept, rest := groups[:n:n], map[string]*group{}
	var order []string
	for _, g := range groups[n:] {
		into := rest[g.refusal]
		if into == nil {
			into = &group{Cluster: artifact.Cluster{Name: "all other prefixes refused by " + g.refusal}, refusal: g.refusal}
			rest[g.refusal] = into
			order = append(order, g.refusal)
		}
		into.Routes = append(into.Routes, g.Routes...)
		into.members = append(into.members, g.members...)
	}
	for _, refusal := range order {
		represent(rest[refusal])
		kept = append(kept, *rest[refusal])
	}
	return kept
}

// refusalOf names a way to refuse: "401", "login-redirect 303".
func refusalOf(how string, status int) string {
	if s := strconv.Itoa(status); s != how {
		return how + " " + s
	}
	return how
}

// prefixOf is the first depth segments of a route's template.
func prefixOf(r artifact.Route, depth int) string {
	path, _, _ := strings.Cut(r.Template, "?")
	segs := strings.Split(strings.Trim(path, "/"), "/")
	return r.Origin + "/" + strings.Join(segs[:min(depth, len(segs))], "/")
}
