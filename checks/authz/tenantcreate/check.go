// Package tenantcreate judges objects that one tenant makes for another.
package tenantcreate

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that what a caller makes is made in the caller's own tenant.
var Check = check.Check{
	ID: "authz/tenantcreate", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(artifact.Altered), Wants: ruling.Wants(), Judge: judge,
}

// class names the trials that this check judges.
const class = "tenantcreate"

func judge(p *check.Pass) error {
	g, err := ruling.Of(p)
	if err != nil {
		return err
	}
	if err := g.Changes(p, artifact.Altered.Of(p).Trials, class, "adds to", g.Create); err != nil {
		return err
	}
	if len(p.Findings()) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no objects are known that a run could make and delete again: describe them under resources")
	}
	return nil
}
