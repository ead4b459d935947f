package refusal

import (
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
)

// Sample is one closed route: what its owner got and what somebody without
// the right to it got.
type Sample struct {
	Route  string // inventory id
	Prefix string // router prefix
	Owner  *evidence.Exchange
	Answer *evidence.Exchange
	Ref    evidence.Ref // of Answer
}

// Learn returns the refusals that samples teach, under each router prefix. A
// shape is believed only when two routes or more, whose owners got different
// answers, give it, and when no sample of it holds what its owner got: a hole
// must not teach itself. holds says whether an answer shows the owner's data.
func Learn(samples []Sample, holds func(owner, answer *evidence.Exchange) bool) []artifact.Known {
	type group struct {
		first  Sample
		view   *normal.View
		owners map[string]string // owner's normal form → route
		routes map[string]bool
		leaky  bool
	}
	groups := map[[2]string]*group{}
	var order [][2]string
	plain := New(nil)
	for _, s := range samples {
		v, owner := normal.Of(s.Answer, normal.Mask{}), normal.Of(s.Owner, normal.Mask{})
		if v.Status == 0 || v.Truncated || owner.Class() != 2 || !normal.Content(owner) || plain.Throttles(v) {
			continue
		}
		if _, between := plain.Intercepts(v); between {
			continue // not the portal's own way of refusing
		}
		key := [2]string{s.Prefix, v.Normal()}
		g := groups[key]
		if g == nil {
			g = &group{first: s, view: v, owners: map[string]string{}, routes: map[string]bool{}}
			groups[key] = g
			order = append(order, key)
		}
		g.owners[owner.Normal()] = s.Route
		g.routes[s.Route] = true
		g.leaky = g.leaky || normal.Same(owner, v) || holds(s.Owner, s.Answer)
	}
	var out []artifact.Known
	for _, key := range order {
		g := groups[key]
		if g.leaky || len(g.routes) < 2 || len(g.owners) < 2 {
			continue
		}
		location := ""
		if g.view.Class() == 3 {
			location = g.view.Location
		}
		out = append(out, artifact.Known{
			Kind: "denial", Prefix: g.first.Prefix, Status: g.view.Status, Normal: g.view.Normal(), Location: location, Ref: g.first.Ref,
		})
	}
	slices.SortStableFunc(out, func(a, b artifact.Known) int { return strings.Compare(a.Prefix, b.Prefix) })
	return out
}
