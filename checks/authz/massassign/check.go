// Package massassign judges fields that a caller must not set.
package massassign

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that no caller sets the role, the tenant or any field that is not theirs to set.
var Check = check.Check{
	ID: "authz/massassign", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(artifact.Assigned), Wants: ruling.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	g, err := ruling.Of(p)
	if err != nil {
		return err
	}
	trials := artifact.Assigned.Of(p).Trials
	err = ruling.Routes(trials, func(a artifact.Assignment) string { return a.Route }, func(route string, of []artifact.Assignment) error {
		var fields []ruling.Assigned
		for _, a := range of {
			field, err := g.Assign(a)
			if err != nil {
				return err
			}
			fields = append(fields, field)
		}
		p.Report(g.FoldAssigned(route, fields))
		return nil
	})
	if err == nil && len(trials) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no object is known that a run could make and change again, and no profile: describe the portal's objects under resources")
	}
	return err
}
