// Package persisted judges whether what the contract forbids is kept.
package persisted

import (
	_ "embed"

	"github.com/launchready/launchready/artifact/probe"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that nothing is kept that the contract forbids.
var Check = check.Check{
	ID: "input/persisted", Doc: doc, Severity: check.Blocker,
	Needs: probe.Needs(), Wants: probe.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	return probe.Judge(p, probe.Stored, probe.Writes, "no write was fed with bad input")
}
