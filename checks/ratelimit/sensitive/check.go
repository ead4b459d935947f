// Package sensitive judges whether codes, sign-ups, search and reads are limited.
package sensitive

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands a limit on codes, sign-ups, search and reads.
var Check = check.Check{
	ID: "ratelimit/sensitive", Doc: doc, Severity: check.Advice,
	Needs: []check.Need{artifact.Bursts}, Judge: judge,
}

func judge(p *check.Pass) error {
	return limiting.Endpoints(p, (*limiting.Study).Burst, artifact.DoorCode, artifact.DoorSignUp, artifact.DoorSearch, artifact.DoorRead)
}
