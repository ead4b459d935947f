// Package spray judges whether guesses at many accounts from one address are limited.
package spray

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands a limit on guesses at many accounts from one address.
var Check = check.Check{
	ID: "ratelimit/spray", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Bursts}, Judge: judge,
}

func judge(p *check.Pass) error {
	return limiting.Login(p, (*limiting.Study).Spray)
}
