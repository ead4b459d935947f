// Package jwtclaims judges whether a token is held to what it says.
package jwtclaims

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that altered claims, tokens past their end and tokens for
// something else open nothing.
var Check = check.Check{
	ID: "session/jwtclaims", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Tokens}, Judge: judge,
}

func judge(p *check.Pass) error {
	ruling.SignedTokens(p, func(t *artifact.TokenType, f check.Finding) check.Finding {
		return ruling.Forgeries(t, f, "a token is good for more than it was made for", "T11", "T12", "T10")
	})
	return nil
}
