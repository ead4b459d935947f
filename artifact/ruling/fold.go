package ruling

import (
	"fmt"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
)

// Verb says what a stranger did in a failing case: "reads", "lists".
type Verb string

// Fold reports one finding for a route: any leak makes it fail, else anything
// undecided makes it unproven, else it is ok.
func (g *Ground) Fold(p *check.Pass, route string, verb Verb, cases []Case) {
	f := check.Finding{Subject: route, Route: route}
	bad := filter(cases, func(c Case) bool { return c.Outcome == check.Fail })
	open := filter(cases, func(c Case) bool { return c.Outcome == check.Unproven && !answered(c, cases) })
	switch {
	case len(bad) > 0:
		f = g.Leak(route, verb, bad)
		f.Route = route
	case len(open) > 0:
		f.Outcome, f.Reason = check.Unproven, open[0].Reason
		if f.Message = open[0].Message; open[0].Stranger != "" {
			f.Message = fmt.Sprintf("%s for %s: %s", open[0].Kind, g.Label(open[0].Stranger), f.Message)
		}
		if n := len(open); n > 1 {
			f.Message += fmt.Sprintf(" (and %d more of %d attempts)", n-1, len(cases))
		}
		f.Exhibits = exhibits(open[:1])
	case !g.Isolates:
		f.Outcome, f.Reason, f.Message = check.Unproven, check.NoMarker, "nothing leaked, but the identities do not prove isolation: "+g.Why
	case len(cases) == 0:
		f.Outcome, f.Reason, f.Message = check.Unproven, check.NotExamined, "nothing was tried on it"
	case !slices.ContainsFunc(cases, func(c Case) bool { return c.Outcome != check.NotApplicable }):
		f.Outcome, f.Message = check.NotApplicable, cases[0].Message
		f.Exhibits = exhibits(cases[:1])
	default:
		f.Outcome, f.Message = check.OK, okMessage(cases)
		f.Exhibits = exhibits(cases[:1])
	}
	p.Report(f)
}

func filter(cases []Case, keep func(Case) bool) []Case {
	var out []Case
	for _, c := range cases {
		if keep(c) {
			out = append(out, c)
		}
	}
	return out
}

// answered reports whether the claim of an undecided case was proven on
// another object or list of the route: only a missing control or marker can be
// made up for, never a dead session or a suspicion.
func answered(c Case, cases []Case) bool {
	return slices.ContainsFunc(cases, func(o Case) bool {
		return o.Outcome == check.OK && (c.Reason == check.NoPositiveControl || c.Reason == check.NoMarker && o.Kind == c.Kind)
	})
}

// Leak is the finding of a subject on which all cases failed: who did it in the
// first, and at most check.MaxExamples of them, no two by the same way of
// asking, owner and route.
func (g *Ground) Leak(subject string, verb Verb, bad []Case) check.Finding {
	first := bad[0]
	f := check.Finding{Outcome: check.Fail, Subject: subject, Who: g.Label(first.Stranger)}
	f.Message = fmt.Sprintf("%s %s what belongs to %s: %s", f.Who, verb, g.Label(first.Owner), first.Message)
	if first.Kind != "X" {
		f.Message += " (asked by: " + first.Kind + ")"
	}
	if n := len(bad); n > 1 {
		f.Message += fmt.Sprintf("; %d attempts show it", n)
	}
	var shown []Case
	seen := map[string]bool{}
	for _, c := range bad {
		if by := c.Kind + c.Owner + c.Route; !seen[by] {
			seen[by] = true
			shown = append(shown, c)
		}
	}
	f.Exhibits = exhibits(shown[:min(check.MaxExamples, len(shown))])
	return f
}

// exhibits shows the owner's answer, the stranger's and the control of each case.
func exhibits(cases []Case) []check.Exhibit {
	var out []check.Exhibit
	for _, c := range cases {
		out = append(out, check.Show("owner", c.P.Ref)...)
		if c.Try.Ref != "" && c.Try.Ref != c.P.Ref {
			out = append(out, check.Exhibit{Part: "stranger", Ref: c.Try.Ref, Places: c.Places})
		}
		out = append(out, check.Show("control", c.N.Ref)...)
	}
	return out
}

func okMessage(cases []Case) string {
	m := fmt.Sprintf("%d attempts, none of the owners' data: %s", len(cases), cases[0].Message)
	for _, c := range cases {
		if c.Cached != nil {
			return m + "; a shared cache gives it away, see authz/sharedcache"
		}
	}
	return m
}

// Classes folds the trials of a class, route by route, by rule.
func (g *Ground) Classes(p *check.Pass, trials []artifact.Swap, class string, verb Verb, rule func(artifact.Swap) ([]Case, error)) error {
	trials = slices.DeleteFunc(slices.Clone(trials), func(s artifact.Swap) bool { return s.Class != class })
	return Routes(trials, func(s artifact.Swap) string { return s.Route }, func(route string, of []artifact.Swap) error {
		var cases []Case
		for _, s := range of {
			if s.Skipped.Reason != "" {
				cases = append(cases, Skipped(route, s.Skipped))
				continue
			}
			c, err := rule(s)
			if err != nil {
				return err
			}
			cases = append(cases, c...)
		}
		g.Fold(p, route, verb, cases)
		return nil
	})
}

// None reports that no route of the inventory is of a check's kind; an
// inventory that is empty or has gaps proves nothing.
func (g *Ground) None(p *check.Pass, kind string) {
	if len(g.routes) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no route of the portal is known")
		return
	}
	none := fmt.Sprintf("none of the %d known routes %s", len(g.routes), kind)
	if len(g.gaps) > 0 {
		p.Unproven(p.Check.ID, check.NotExamined, none+", but not all could be learned: "+g.gaps[0])
		return
	}
	p.NotApplicable(p.Check.ID, none)
}

// Routes calls f for every route that has trials, in the order of the trials.
func Routes[T any](trials []T, route func(T) string, f func(route string, of []T) error) error {
	by := map[string][]T{}
	var order []string
	for _, t := range trials {
		r := route(t)
		if by[r] == nil {
			order = append(order, r)
		}
		by[r] = append(by[r], t)
	}
	for _, r := range order {
		if err := f(r, by[r]); err != nil {
			return err
		}
	}
	return nil
}

// Skipped is the case of a trial that was left out.
func Skipped(route string, s artifact.Skip) Case {
	c := Case{Route: route, Kind: "X"}
	c.Outcome, c.Reason, c.Message = check.Unproven, s.Reason, s.Why
	return c
}
