// Package jwtkeys judges whether somebody else's key can sign a token.
package jwtkeys

import (
	_ "embed"
	"fmt"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that nobody but the portal knows, chooses or brings along the key.
var Check = check.Check{
	ID: "session/jwtkeys", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Tokens}, Judge: judge,
}

const harm = "whoever likes can sign tokens for any user"

func judge(p *check.Pass) error {
	ruling.SignedTokens(p, func(t *artifact.TokenType, f check.Finding) check.Finding {
		if g, told := guessed(t, f); told {
			return g
		}
		ids := []string{"T6", "T7", "T8", "T9"}
		if t.Guess.Tried == 0 {
			ids = append(ids, "T5")
		}
		f = ruling.Forgeries(t, f, harm, ids...)
		if f.Outcome == check.OK && t.Guess.Tried > 0 {
			f.Message = fmt.Sprintf("its secret is none of %d words tried offline; ", t.Guess.Tried) + f.Message
		}
		return f
	})
	return nil
}

// guessed rules on a secret that was found offline.
func guessed(t *artifact.TokenType, f check.Finding) (check.Finding, bool) {
	if !t.Guess.Found {
		return f, false
	}
	secret := fmt.Sprintf("the secret that signs the tokens was guessed offline (%s, %d characters)", t.Guess.Masked, t.Guess.Length)
	for _, c := range t.Guess.Confirmed {
		if c.Alive {
			f.Outcome, f.Who, f.Message = check.Fail, "whoever", secret+", and a token of our own, signed with it, is accepted; "+harm
			f.Exhibits = append(f.Exhibits, check.Show("attempt", c.Ref)...)
			f.Exhibits = append(f.Exhibits, check.Show("anonymous", t.None.Ref)...)
			return f, true
		}
	}
	f.Outcome, f.Reason, f.Message = check.Unproven, check.Suspected, secret+", but a token of our own, signed with it, was not accepted"
	for _, c := range t.Guess.Confirmed {
		f.Exhibits = append(f.Exhibits, check.Show("attempt", c.Ref)...)
	}
	return f, true
}
