package bypass

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather"
)

// maxClusters bounds the matrix, see budget.
const maxClusters = 10

// group is a cluster with its members, and those that are not its representative.
type group struct {
	artifact.Cluster
	members, others []artifact.Asked
}

// cluster groups the routes that refuse an anonymous caller by router prefix
// and by how they refuse.
func cluster(t *gather.Tools) ([]group, error) {
	coverage := gather.Made[artifact.Coverage](t, artifact.Coverages)
	judge := t.Refusals()
	refused := map[string]string{} // route → how
	var members []artifact.Asked
	for _, a := range coverage.Routes {
		a0, asked := artifact.Find(a.Tries, "A0")
		if !asked || a0.Unproven != "" || len(a.Control) < 2 {
			continue
		}
		ex, err := t.Exchange(a0.Ref)
		if err != nil {
			return nil, err
		}
		if how, denied := judge.Denied(a.Route, ex); denied {
			refused[a.Route] = fmt.Sprintf("%s %d", how, ex.Status())
			members = append(members, a)
		}
	}
	groups := groupBy(members, func(a artifact.Asked) string {
		return prefixOf(a.Route, 2) + " refused by " + refused[a.Route]
	})
	return atMost(maxClusters, groups), nil
}

func groupBy(members []artifact.Asked, key func(artifact.Asked) string) []group {
	var groups []group
	at := map[string]int{}
	for _, a := range members {
		k := key(a)
		i, known := at[k]
		if !known {
			i = len(groups)
			at[k] = i
			groups = append(groups, group{Cluster: artifact.Cluster{Name: k}})
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

// atMost merges the groups that matter least into one, so that n remain.
func atMost(n int, groups []group) []group {
	slices.SortStableFunc(groups, func(a, b group) int {
		return cmp.Or(cmp.Compare(worth(b.Route), worth(a.Route)), cmp.Compare(len(b.Routes), len(a.Routes)))
	})
	if len(groups) <= n {
		return groups
	}
	rest := group{Cluster: artifact.Cluster{Name: "all other prefixes"}}
	for _, g := range groups[n-1:] {
		rest.Routes = append(rest.Routes, g.Routes...)
		rest.members = append(rest.members, g.members...)
	}
	represent(&rest)
	return append(groups[:n-1], rest)
}

// prefixOf is the first depth segments of a route's template.
func prefixOf(route string, depth int) string {
	_, path, _ := strings.Cut(route, " ")
	segs := strings.Split(strings.Trim(path, "/"), "/")
	return "/" + strings.Join(segs[:min(depth, len(segs))], "/")
}
