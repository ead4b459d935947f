// Package bypass judges whether a limit can be got around.
package bypass

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that no header, form or spelling gets around a limit.
var Check = check.Check{
	ID: "ratelimit/bypass", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Bursts}, Judge: judge,
}

func judge(p *check.Pass) error {
	if err := limiting.Doors(p, (*limiting.Study).Bypass, func(*limiting.Study) bool { return true }); err != nil {
		return err
	}
	if len(p.Findings()) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no endpoint was tried")
	}
	return nil
}
