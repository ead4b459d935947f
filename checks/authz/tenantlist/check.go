// Package tenantlist judges lists, searches, filters and counters across tenants.
package tenantlist

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that no list shows a stranger ids or texts of another tenant.
var Check = check.Check{
	ID: "authz/tenantlist", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(artifact.Listed), Wants: ruling.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	g, err := ruling.Of(p)
	if err != nil {
		return err
	}
	err = ruling.Routes(artifact.Listed.Of(p).Trials, func(t artifact.ListTrial) string { return t.Route }, func(route string, of []artifact.ListTrial) error {
		var cases []ruling.Case
		for _, t := range of {
			if t.Skipped.Reason != "" {
				cases = append(cases, ruling.Skipped(route, t.Skipped))
				continue
			}
			c, err := g.List(t)
			if err != nil {
				return err
			}
			cases = append(cases, c...)
		}
		g.Fold(p, route, "is listed", cases)
		return nil
	})
	if err == nil && len(p.Findings()) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no list is known that needs a login")
	}
	return err
}
