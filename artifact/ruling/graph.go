package ruling

import (
	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
)

// Graph rules on a GraphQL field: one that takes an id as a swap, one that
// lists as a list.
func (g *Ground) Graph(s artifact.Swap) ([]Case, error) {
	if s.Class != "graphlist" {
		return g.Swap(s)
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
