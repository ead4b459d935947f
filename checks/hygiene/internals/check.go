// Package internals judges what errors tell about the inside.
package internals

import (
	_ "embed"

	"github.com/launchready/launchready/artifact/leakage"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that errors name no paths, classes or addresses of the inside.
var Check = check.Check{
	ID: "hygiene/internals", Doc: doc, Severity: check.Advice,
	Needs: leakage.Needs(), Wants: leakage.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	return leakage.Report(p, leakage.Wanted{Classes: []string{leakage.Internal}, What: "a path, a class or an address of the inside"})
}
