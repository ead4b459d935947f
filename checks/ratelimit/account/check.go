// Package account judges whether guesses at one account from many addresses are limited.
package account

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands a limit on guesses at one account from many addresses.
var Check = check.Check{
	ID: "ratelimit/account", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Bursts}, Judge: judge,
}

func judge(p *check.Pass) error {
	return limiting.Login(p, (*limiting.Study).Account)
}
