// Package sideeffects judges whether a refused write changes something.
package sideeffects

import (
	_ "embed"

	"github.com/launchready/launchready/artifact/probe"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that a refused write changes nothing.
var Check = check.Check{
	ID: "input/sideeffects", Doc: doc, Severity: check.Blocker,
	Needs: probe.Needs(), Wants: probe.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	return probe.Judge(p, probe.Silent, probe.Writes, "no write was fed with bad input")
}
