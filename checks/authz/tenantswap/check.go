// Package tenantswap judges reads of one tenant's objects by another tenant.
package tenantswap

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that no stranger's answer holds an owner's data.
var Check = check.Check{
	ID: "authz/tenantswap", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(artifact.Swapped), Wants: ruling.Wants(), Judge: judge,
}

// class names the trials that this check judges.
const class = "tenantswap"

func judge(p *check.Pass) error {
	g, err := ruling.Of(p)
	if err != nil {
		return err
	}
	trials := artifact.Swapped.Of(p).Trials
	if err := g.Classes(p, trials, class, "reads", g.Swap); err != nil {
		return err
	}
	if err := g.Classes(p, g.Objects(trials), "hierarchy", "reads", g.Addressed); err != nil {
		return err
	}
	if len(p.Findings()) == 0 {
		// A portal whose objects have no address of their own is rare; an
		// inventory that does not know them is not.
		p.Unproven(p.Check.ID, check.NotExamined, "no known route names an object: describe the portal's objects under resources")
	}
	return nil
}
