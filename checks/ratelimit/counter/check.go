// Package counter judges whether an own sign-in wipes out the guesses that were counted.
package counter

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that an own sign-in does not wipe out guesses at others.
var Check = check.Check{
	ID: "ratelimit/counter", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Bursts}, Judge: judge,
}

func judge(p *check.Pass) error {
	return limiting.Login(p, (*limiting.Study).Counter)
}
