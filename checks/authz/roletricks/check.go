// Package roletricks judges ways around a role's limits.
package roletricks

import (
	_ "embed"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that what a role is refused stays refused by any other verb, header or cookie.
var Check = check.Check{
	ID: "authz/roletricks", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(artifact.Matrices), Wants: append(ruling.Wants(), artifact.Altered), Judge: judge,
}

func judge(p *check.Pass) error {
	g, err := ruling.Of(p)
	if err != nil {
		return err
	}
	m := artifact.Matrices.Of(p)
	r := g.Roles(m)
	refused, err := reads(p, r, m.Cells)
	if err != nil {
		return err
	}
	written := false
	if altered, ok := artifact.Altered.Get(p); ok {
		if written, err = writes(p, r, altered.Trials); err != nil {
			return err
		}
	} else if routes := r.Guarded(); len(routes) > 0 {
		missing := artifact.Altered.Missing(p)
		p.Unproven(p.Check.ID, missing.Reason, "other verbs than the refused ones were not tried: "+missing.Why)
	}
	switch {
	case len(p.Findings()) > 0:
	case refused:
		p.Unproven(p.Check.ID, check.NotExamined, "no trick was played on what the roles are refused")
	case written:
		p.Unproven(p.Check.ID, check.NotExamined, "no verb is refused, or no other one is known, so there was no guard to go around")
	default:
		r.None(p)
	}
	return nil
}

// reads reports one finding for each route whose refusal tricks were played
// on, and whether there is any cell that must be refused.
func reads(p *check.Pass, r *ruling.Roles, cells []artifact.Cell) (refused bool, err error) {
	var played []artifact.Cell
	for _, c := range cells {
		refused = refused || ruling.Barred(c)
		if len(c.Tricks) > 0 {
			played = append(played, c)
		}
	}
	return refused, ruling.Routes(played, func(c artifact.Cell) string { return c.Route }, func(route string, of []artifact.Cell) error {
		var cases []ruling.Case
		for _, c := range of {
			tricks, err := r.Tricks(c)
			if err != nil {
				return err
			}
			cases = append(cases, tricks...)
		}
		r.Fold(p, route, "is shown", decided(cases))
		return nil
	})
}

// decided leaves out single odd requests that were not sent, or that the server
// cut off, when most others were answered: they stand for one kind of guard.
func decided(cases []ruling.Case) []ruling.Case {
	kept := slices.DeleteFunc(slices.Clone(cases), func(c ruling.Case) bool {
		return c.Outcome == check.Unproven && (c.Reason == check.EffectRefused || c.Reason == check.Unstable)
	})
	if 2*len(kept) < len(cases) {
		return cases
	}
	return kept
}

// writes reports one finding for each route by which a role goes around a
// guard, or tries to; written says that any role tried to write.
func writes(p *check.Pass, r *ruling.Roles, trials []artifact.WriteTrial) (written bool, err error) {
	all, err := r.RoleWrites(trials)
	if err != nil {
		return false, err
	}
	written = len(all) > 0
	all = slices.DeleteFunc(all, func(w ruling.RoleWrite) bool { return !w.Trick })
	return written, ruling.Routes(all, func(w ruling.RoleWrite) string { return w.Route }, func(route string, of []ruling.RoleWrite) error {
		var changes []ruling.Change
		for _, w := range of {
			changes = append(changes, w.Change)
		}
		f := r.FoldChanges(route, "changes", changes)
		if f.Outcome == check.Fail {
			f.Message += "; " + of[0].Guard + " refuses the same"
		}
		p.Report(f)
		return nil
	})
}
