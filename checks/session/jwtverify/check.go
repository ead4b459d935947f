// Package jwtverify judges whether the signature of a token is looked at.
package jwtverify

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that tokens with a broken, missing or empty signature open nothing.
var Check = check.Check{
	ID: "session/jwtverify", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Tokens}, Wants: []check.Need{artifact.SignIns}, Judge: judge,
}

const harm = "anybody can sign in as anybody"

func judge(p *check.Pass) error {
	var failed error
	ruling.SignedTokens(p, func(t *artifact.TokenType, f check.Finding) check.Finding {
		ids := []string{"T1", "T2", "T3", "T4", "T13"}
		if ruling.Unverified(t) {
			ids = ids[:1] // nothing else was tried
		}
		f = ruling.Forgeries(t, f, harm, ids...)
		refused, left, err := ruling.Services(p, t, harm)
		if failed = errors.Join(failed, err); f.Outcome != check.OK {
			return f
		}
		if len(refused) > 0 {
			f.Message += "; broken and missing signatures also at " + strings.Join(refused, ", ")
		}
		if len(left) > 0 {
			f.Message += "; not asked at " + few(left)
		}
		return f
	})
	return failed
}

func few(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
}
