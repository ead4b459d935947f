// Package injection judges whether input is run instead of taken as data.
package injection

import (
	_ "embed"

	"github.com/launchready/launchready/artifact/probe"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that no input reaches a query, a template, a folder or a header as code.
var Check = check.Check{
	ID: "input/injection", Doc: doc, Severity: check.Blocker,
	Needs: probe.Needs(), Wants: probe.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	return probe.Judge(p, probe.Injected, probe.All, "no operation that takes input is known")
}
