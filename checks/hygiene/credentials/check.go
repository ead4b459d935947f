// Package credentials judges whether answers hold credentials of the portal itself.
package credentials

import (
	_ "embed"

	"github.com/launchready/launchready/artifact/leakage"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that no answer holds a password of a service, a private key or an access key.
var Check = check.Check{
	ID: "hygiene/credentials", Doc: doc, Severity: check.Blocker,
	Needs: leakage.Needs(), Wants: leakage.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	return leakage.Report(p, leakage.Wanted{Classes: []string{leakage.Credential}, What: "a credential of the portal itself", Anyway: true})
}
