// Package login judges whether guesses at a login are limited.
package login

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands a limit on guesses at one account from one address.
var Check = check.Check{
	ID: "ratelimit/login", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Bursts}, Judge: judge,
}

func judge(p *check.Pass) error {
	return limiting.Endpoints(p, (*limiting.Study).Burst, artifact.DoorLogin)
}
