// Package reflected judges whether markup in an input becomes markup of a page.
package reflected

import (
	_ "embed"

	"github.com/launchready/launchready/artifact/probe"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that markup in an input stays text.
var Check = check.Check{
	ID: "input/reflected", Doc: doc, Severity: check.Blocker,
	Needs: probe.Needs(), Wants: probe.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	return probe.Judge(p, probe.Reflected, probe.All, "no operation that takes input is known")
}
