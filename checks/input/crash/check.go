// Package crash judges whether bad input crashes an operation or makes it hang.
package crash

import (
	_ "embed"

	"github.com/launchready/launchready/artifact/probe"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that bad input is refused, and crashes nothing.
var Check = check.Check{
	ID: "input/crash", Doc: doc, Severity: check.Blocker,
	Needs: probe.Needs(), Wants: probe.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	return probe.Judge(p, probe.Crashes, probe.All, "no operation that takes input is known")
}
