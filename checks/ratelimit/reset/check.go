// Package reset judges whether asking for new passwords is limited.
package reset

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands a limit on asking for new passwords.
var Check = check.Check{
	ID: "ratelimit/reset", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Bursts}, Judge: judge,
}

func judge(p *check.Pass) error {
	return limiting.Endpoints(p, (*limiting.Study).Burst, artifact.DoorReset)
}
