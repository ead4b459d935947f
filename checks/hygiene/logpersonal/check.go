// Package logpersonal judges whether the log keeps personal data.
package logpersonal

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/leakage"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that no card number, identity number or e-mail address is in the log.
var Check = check.Check{
	ID: "hygiene/logpersonal", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Logged}, Judge: judge,
}

func judge(p *check.Pass) error {
	leakage.ReportLogs(p, artifact.Logged.Of(p), leakage.LogKinds{
		Planted: []string{"email", "card", "identity"},
		Patterns: map[string]leakage.LogProof{
			leakage.LogCard: {Plant: "card"}, leakage.LogIBAN: {}, leakage.LogEmail: {Weak: true},
		},
		What: "a card number, an identity number or an address of a person",
	})
	return nil
}
