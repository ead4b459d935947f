// Package tenantwrite judges writes to one tenant's objects by another tenant.
package tenantwrite

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that no stranger's write shows in what the owner reads.
var Check = check.Check{
	ID: "authz/tenantwrite", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(artifact.Altered), Wants: ruling.Wants(), Judge: judge,
}

// class names the trials that this check judges.
const class = "tenantwrite"

func judge(p *check.Pass) error {
	g, err := ruling.Of(p)
	if err != nil {
		return err
	}
	if err := g.Changes(p, artifact.Altered.Of(p).Trials, class, "changes", g.Write); err != nil {
		return err
	}
	if len(p.Findings()) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no objects are known that a run could make, change and delete again: describe them under resources")
	}
	return nil
}
