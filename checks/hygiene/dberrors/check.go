// Package dberrors judges whether answers hold errors of the database.
package dberrors

import (
	_ "embed"

	"github.com/launchready/launchready/artifact/leakage"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that no answer repeats what the database said.
var Check = check.Check{
	ID: "hygiene/dberrors", Doc: doc, Severity: check.Blocker,
	Needs: leakage.Needs(), Wants: leakage.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	return leakage.Report(p, leakage.Wanted{Classes: []string{leakage.Database}, What: "a database error"})
}
