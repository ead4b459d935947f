// Package poisoning judges own objects that refer to another tenant's.
package poisoning

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that a reference to another tenant's object shows nothing of it.
var Check = check.Check{
	ID: "authz/poisoning", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(artifact.Altered), Wants: ruling.Wants(), Judge: judge,
}

// class names the trials that this check judges.
const class = "poisoning"

func judge(p *check.Pass) error {
	g, err := ruling.Of(p)
	if err != nil {
		return err
	}
	trials := artifact.Altered.Of(p).Trials
	if err := g.Changes(p, trials, class, "reads by a reference", g.Poisoned); err != nil {
		return err
	}
	switch {
	case len(p.Findings()) > 0:
	case len(trials) == 0:
		p.Unproven(p.Check.ID, check.NotExamined, "no objects are known that a run could make and delete again: describe them under resources")
	default:
		g.None(p, "makes an object that refers to another one that is known")
	}
	return nil
}
