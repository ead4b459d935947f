package ruling

import (
	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
)

// Graph rules on a GraphQL field: one that takes an id as a swap, one that
// lists as a list.
func (g *Ground) Graph(s artifact.Swap) ([]Case, error) {
	if s.Class != "graphlist" {
		return g.field(s)
	}
	l := artifact.ListTrial{Route: s.Route, Owner: s.Owner, Stranger: s.Stranger, Marker: s.Marker}
	for _, a := range s.Core {
		switch a.Name {
		case "P", "P2":
			l.P = append(l.P, a)
		case "X":
			l.Tries = append(l.Tries, a)
		case "A":
			l.Anon = a
		}
	}
	return g.List(l)
}

// field rules on a field that takes an id. A query for two ids at once is held
// against one whose second id does not exist.
func (g *Ground) field(s artifact.Swap) ([]Case, error) {
	plain := s
	plain.Variants = nil
	cases, err := g.Swap(plain)
	if err != nil {
		return nil, err
	}
	t, err := g.trial(s)
	if err != nil {
		return nil, err
	}
	if n, ok := artifact.Find(s.Core, "N alias"); ok {
		if t.N, err = g.Load(n); err != nil {
			return nil, err
		}
	}
	for _, v := range s.Variants {
		c, err := g.variant(s, t, v)
		if err != nil {
			return nil, err
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// Graphs reports one finding for each field of a GraphQL schema that was asked.
func (g *Ground) Graphs(p *check.Pass, trials []artifact.Swap) error {
	return Routes(trials, func(s artifact.Swap) string { return s.Route }, func(route string, of []artifact.Swap) error {
		var cases []Case
		for _, s := range of {
			if s.Skipped.Reason != "" {
				cases = append(cases, Skipped(route, s.Skipped))
				continue
			}
			c, err := g.Graph(s)
			if err != nil {
				return err
			}
			cases = append(cases, c...)
		}
		g.Fold(p, route, "reads", cases)
		return nil
	})
}
