// Package gather says what a gatherer is and gives it its tools: the only
// code that acts on a target. Gatherers stand in the folders below; the
// engine orders them by what they need and refuses what is not granted.
package gather

import (
	"context"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/portal"
)

// Gatherer acts on a target and makes one artifact.
type Gatherer struct {
	Name    string
	Doc     string   // one line: what it does to the target
	Makes   string   // artifact name
	Needs   []string // artifact names that must have been made
	Wants   []string // artifact names made before it when possible
	Effects []portal.Effect
	// Thorough says that a quick run leaves it out, and what it would have proved unproven.
	Thorough bool
	// Budget bounds its requests; computed from what is known before it runs.
	Budget func(*Tools) int
	// Gather returns a pointer to the artifact. Whatever error it returns, the
	// artifact is missing then; Undecided says that nothing is wrong with the run.
	Gather func(context.Context, *Tools) (any, error)
}

// Undecided is the error of a gatherer that could not begin for a reason that
// lies in the portal or its description, not in the run.
type Undecided struct {
	Reason check.Reason
	Why    string
}

// Error implements error.
func (u Undecided) Error() string { return u.Why }

// Made is a typed look at an artifact made earlier in the run; nil when missing.
func Made[T any](t *Tools, h interface{ Name() string }) *T {
	v, _ := t.Artifact(h.Name()).(*T)
	return v
}
