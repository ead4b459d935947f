// Package hierarchy judges routes whose path names the tenant.
package hierarchy

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that the tenant in a path is one of the caller's, and that
// what stands below it is that tenant's.
var Check = check.Check{
	ID: "authz/hierarchy", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(artifact.Swapped), Wants: ruling.Wants(), Judge: judge,
}

// class names the trials that this check judges.
const class = "hierarchy"

func judge(p *check.Pass) error {
	g, err := ruling.Of(p)
	if err != nil {
		return err
	}
	if err := g.Classes(p, artifact.Swapped.Of(p).Trials, class, "reads", g.Below); err != nil {
		return err
	}
	if len(p.Findings()) == 0 {
		g.None(p, "has a tenant in its path")
	}
	return nil
}
