// Package invite judges whether inviting people is limited.
package invite

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands a limit on inviting people.
var Check = check.Check{
	ID: "ratelimit/invite", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Bursts}, Judge: judge,
}

func judge(p *check.Pass) error {
	return limiting.Endpoints(p, (*limiting.Study).Burst, artifact.DoorInvite)
}
