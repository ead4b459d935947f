// Package artifact holds the typed data gatherers make and checks read, one
// file each. It is plain data: what was tried and which exchange came of it,
// never a judgement. Pure evaluators live in the folders beside it.
package artifact

import (
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Attempt is one request of a transcript.
type Attempt struct {
	Name string       `json:"name"` // "P", "X", "A0", "trick:trailing-slash" …
	Who  string       `json:"who"`  // identity or evidence.Anonymous
	Ref  evidence.Ref `json:"ref,omitempty"`
	// Unproven says why this attempt decides nothing (session dead, throttled,
	// refused …); empty when it counts. A leak seen in it is a leak all the same.
	Unproven check.Reason `json:"unproven,omitempty"`
	Why      string       `json:"why,omitempty"`
}

// Sent reports whether an exchange was recorded.
func (a Attempt) Sent() bool { return a.Ref != "" }

// Find returns the first attempt of that name.
func Find(as []Attempt, name string) (Attempt, bool) {
	for _, a := range as {
		if a.Name == name {
			return a, true
		}
	}
	return Attempt{}, false
}
