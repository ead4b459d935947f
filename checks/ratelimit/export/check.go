// Package export judges whether exports are limited.
package export

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands a limit on exports.
var Check = check.Check{
	ID: "ratelimit/export", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Bursts}, Judge: judge,
}

func judge(p *check.Pass) error {
	return limiting.Endpoints(p, (*limiting.Study).Burst, artifact.DoorExport)
}
