// Package accepted judges whether what the contract forbids is refused.
package accepted

import (
	_ "embed"

	"github.com/launchready/launchready/artifact/probe"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that what the contract forbids is refused.
var Check = check.Check{
	ID: "input/accepted", Doc: doc, Severity: check.Advice,
	Needs: probe.Needs(), Wants: probe.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	return probe.Judge(p, probe.Taken, probe.All, "no operation that takes input is known")
}
