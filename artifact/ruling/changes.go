package ruling

import (
	"fmt"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
)

// Changes reports one finding for each route that has trials of a class. Did
// says what the stranger did in a failing one: "changes", "makes".
func (g *Ground) Changes(p *check.Pass, trials []artifact.WriteTrial, class string, did Verb, rule func(artifact.WriteTrial) (Change, error)) error {
	var of []artifact.WriteTrial
	for _, w := range trials {
		if w.Class == class {
			of = append(of, w)
		}
	}
	return Routes(of, func(w artifact.WriteTrial) string { return w.Route }, func(route string, of []artifact.WriteTrial) error {
		var changes []Change
		for _, w := range of {
			c, err := rule(w)
			if err != nil {
				return err
			}
			changes = append(changes, c)
		}
		p.Report(g.across(g.FoldChanges(route, did, changes)))
		return nil
	})
}

// across holds a finding on writes across tenants to what the identities
// prove: that the tenants are kept apart, and that the route is not shared.
func (g *Ground) across(f check.Finding) check.Finding {
	_, template, _ := strings.Cut(f.Route, " ")
	switch {
	case g.Route("GET " + template).Shared:
		f.Outcome, f.Reason, f.Message = check.NotApplicable, "", "declared as shared between tenants (routes.shared)"
	case !g.Isolates && f.Outcome == check.OK:
		f.Outcome, f.Reason, f.Message = check.Unproven, check.NoMarker, "nothing took effect, but the identities do not prove isolation: "+g.Why
	case !g.Isolates && f.Outcome == check.Fail:
		f.Outcome, f.Reason, f.Message = check.Unproven, check.Suspected, f.Message+"; but the identities do not prove isolation: "+g.Why
	}
	return f
}

// FoldChanges makes one finding of a route's writes: one that took effect
// makes it fail, else anything undecided makes it unproven, else it is ok.
func (g *Ground) FoldChanges(route string, did Verb, changes []Change) check.Finding {
	f := check.Finding{Subject: route, Route: route}
	var bad, open []Change
	for _, c := range changes {
		switch {
		case c.Outcome == check.Fail:
			bad = append(bad, c)
		case c.Outcome != check.OK && !made(c, changes):
			open = append(open, c)
		}
	}
	switch {
	case len(changes) == 0:
		f.Outcome, f.Reason, f.Message = check.Unproven, check.NotExamined, "nothing was tried on it"
		return f
	case len(bad) > 0:
		c := bad[0]
		f.Outcome, f.Who = check.Fail, g.Label(c.Who)
		f.Message = fmt.Sprintf("%s %s what belongs to %s: %s", f.Who, did, g.Label(c.Owner), c.Message)
		if n := len(bad); n > 1 {
			f.Message += fmt.Sprintf("; %d attempts show it", n)
		}
		f.Exhibits = written(bad[:min(check.MaxExamples, len(bad))])
	case len(open) > 0:
		c := open[0]
		f.Outcome, f.Reason, f.Message = check.Unproven, c.Reason, c.Message
		if c.Who != "" {
			f.Message = fmt.Sprintf("%s by %s: %s", c.Verb, g.Label(c.Who), c.Message)
		}
		f.Exhibits = written(open[:1])
	default:
		f.Outcome = check.OK
		f.Message = fmt.Sprintf("%d attempts, none took effect: %s", len(changes), changes[0].Message)
		f.Exhibits = written(changes[:1])
	}
	return f
}

// made reports whether the claim of an undecided write was proven by another
// of the route: only a missing control or marker can be made up for.
func made(c Change, all []Change) bool {
	if c.Reason != check.NoPositiveControl && c.Reason != check.NoMarker {
		return false
	}
	for _, o := range all {
		if o.Outcome == check.OK && o.Who == c.Who && o.Class == c.Class && o.How == c.How {
			return true
		}
	}
	return false
}

// written shows the owner's reading before, the write, the reading afterwards
// and the control.
func written(changes []Change) []check.Exhibit {
	var out []check.Exhibit
	for _, c := range changes {
		out = append(out, check.Show("before", c.Before.Ref)...)
		out = append(out, check.Show("stranger", c.WriteTrial.Write.Ref)...)
		if c.Shown != "" {
			out = append(out, check.Exhibit{Part: "after", Ref: c.Shown, Places: c.Places})
		}
		if c.Control.Ref != c.Shown {
			out = append(out, check.Show("control", c.Control.Ref)...)
		}
	}
	return out
}
