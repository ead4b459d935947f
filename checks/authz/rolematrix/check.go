// Package rolematrix judges what each role is given that it must not be.
package rolematrix

import (
	_ "embed"
	"fmt"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that every role is refused what is not declared for it.
var Check = check.Check{
	ID: "authz/rolematrix", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(artifact.Matrices), Wants: append(ruling.Wants(), artifact.Altered), Judge: judge,
}

func judge(p *check.Pass) error {
	g, err := ruling.Of(p)
	if err != nil {
		return err
	}
	m := artifact.Matrices.Of(p)
	r := g.Roles(m)
	if err := reads(p, r, m.Cells); err != nil {
		return err
	}
	if err := writes(p, r); err != nil {
		return err
	}
	if len(p.Findings()) == 0 {
		r.None(p)
	}
	return nil
}

// reads reports one finding for each route that some role must not read.
func reads(p *check.Pass, r *ruling.Roles, cells []artifact.Cell) error {
	var barred []artifact.Cell
	for _, c := range cells {
		if ruling.Barred(c) {
			barred = append(barred, c)
		}
	}
	return ruling.Routes(barred, func(c artifact.Cell) string { return c.Route }, func(route string, of []artifact.Cell) error {
		var cases []ruling.Case
		for _, cell := range of {
			c, err := r.Cell(cell)
			if err != nil {
				return err
			}
			cases = append(cases, c)
		}
		r.Fold(p, route, "is shown", cases)
		return nil
	})
}

// writes reports one finding for each declared route that a role must not
// write by; ways around a guard are another check's.
func writes(p *check.Pass, r *ruling.Roles) error {
	altered, ok := artifact.Altered.Get(p)
	if !ok {
		if guarded := r.Guarded(); len(guarded) > 0 {
			missing := artifact.Altered.Missing(p)
			p.Unproven(p.Check.ID, missing.Reason, fmt.Sprintf("%d routes by which some role must not write were not tried (%s …): %s", len(guarded), guarded[0].ID, missing.Why))
		}
		return nil
	}
	all, err := r.RoleWrites(altered.Trials)
	if err != nil {
		return err
	}
	told := map[string]bool{}
	err = ruling.Routes(all, func(w ruling.RoleWrite) string { return w.Route }, func(route string, of []ruling.RoleWrite) error {
		var changes []ruling.Change
		guard := ""
		for _, w := range of {
			if !w.Trick {
				changes = append(changes, w.Change)
			}
			guard = w.Guard
		}
		f := r.FoldChanges(route, "changes", changes)
		switch {
		case len(changes) == 0 && guard == "":
			return nil // another verb than the declared ones, and it did nothing
		case len(changes) == 0:
			p.NotApplicable(route, "written although "+guard+" refuses the same: see authz/roletricks")
		case f.Outcome == check.Unproven && asked(altered.Orders, route):
			return nil // no object could be made: what was asked instead decides
		default:
			p.Report(f)
		}
		told[route] = true
		return nil
	})
	if err != nil {
		return err
	}
	return orders(p, r, altered.Orders, told)
}

func asked(orders []artifact.Asked, route string) bool {
	return slices.ContainsFunc(orders, func(a artifact.Asked) bool { return a.Route == route && len(a.Tries) > 0 })
}

// orders reports on the declared routes of which no object could be made.
func orders(p *check.Pass, r *ruling.Roles, all []artifact.Asked, told map[string]bool) error {
	for _, a := range all {
		if told[a.Route] {
			continue
		}
		c, err := r.Order(a)
		if err != nil {
			return err
		}
		told[a.Route] = true
		r.Fold(p, a.Route, "calls", []ruling.Case{c})
	}
	for _, route := range r.Guarded() {
		if !told[route.ID] {
			p.Report(check.Finding{Outcome: check.Unproven, Reason: check.NotExamined, Subject: route.ID, Route: route.ID, Message: "was not tried as a role that must not"})
		}
	}
	return nil
}
