// Package stacktraces judges whether answers hold stack traces.
package stacktraces

import (
	_ "embed"

	"github.com/launchready/launchready/artifact/leakage"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that no answer shows where a program failed.
var Check = check.Check{
	ID: "hygiene/stacktraces", Doc: doc, Severity: check.Blocker,
	Needs: leakage.Needs(), Wants: leakage.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	return leakage.Report(p, leakage.Wanted{Classes: []string{leakage.Trace}, What: "a stack trace"})
}
