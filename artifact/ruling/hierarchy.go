package ruling

import (
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/check"
)

// object reports whether a route that names a tenant in its path also names an
// object below it.
func (g *Ground) object(route string) bool {
	r := g.Route(route)
	return len(r.PathParams()) > 1
}

// Objects are the trials on objects below a tenant.
func (g *Ground) Objects(trials []artifact.Swap) []artifact.Swap {
	return slices.DeleteFunc(slices.Clone(trials), func(s artifact.Swap) bool { return !g.object(s.Route) })
}

// Addressed rules on an object below a tenant asked for by its own address:
// the same question as for any other object.
func (g *Ground) Addressed(s artifact.Swap) ([]Case, error) {
	c, err := g.Plain(s)
	return []Case{c}, err
}

// Below rules on what the tenant in a path alone decides: lists below another
// tenant, and objects asked for below the wrong one. An object's own address
// is Addressed's question; where it leaks, nothing is left to decide here.
func (g *Ground) Below(s artifact.Swap) ([]Case, error) {
	cases, err := g.Swap(s)
	if err != nil || !g.object(s.Route) {
		return cases, err
	}
	if len(cases) > 1 {
		return cases[1:], nil
	}
	if cases[0].Outcome == check.Fail {
		cases[0].Ruling = marker.Ruling{Outcome: check.NotApplicable, Message: "its own address is open to strangers already, see authz/tenantswap"}
	}
	return cases, nil
}
