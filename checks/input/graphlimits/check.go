// Package graphlimits judges whether GraphQL bounds what one request may cost.
package graphlimits

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/probe"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that deep, wide and many documents are refused.
var Check = check.Check{
	ID: "input/graphlimits", Doc: doc, Severity: check.Advice,
	Needs: []check.Need{artifact.Limited}, Judge: probe.Bounded,
}
