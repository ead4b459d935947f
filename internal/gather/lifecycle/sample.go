package lifecycle

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/randomness"
	"github.com/launchready/launchready/check"
)

// Values enough to see which positions of an identifier never change: with
// eight, chance alone leaves one hexadecimal digit in 268 million unchanged.
const (
	samples = 10
	enough  = 8
)

// sample measures the identifiers of the sign-ins so far, and of some more with
// an identity that may be signed in often.
func (v *visitor) sample(ctx context.Context) {
	var names []string
	for _, h := range v.held {
		switch {
		case h.Kind == "cookie" && !slices.Contains(v.vital, strings.TrimPrefix(h.Name, "cookie ")):
		case h.Kind == "access" && !h.Alone.Alive: // it opens nothing, so who guesses it gains nothing
		case h.JWT:
			v.life.Samples = append(v.life.Samples, artifact.TokenSample{Name: h.Name, Signed: true})
		default:
			names = append(names, h.Name)
		}
	}
	if len(names) == 0 {
		return
	}
	var short artifact.Skip
	switch {
	case v.t.Quick:
		short = artifact.Skip{Reason: check.BudgetSpent, Why: "a quick run signs in no more often"}
	case !v.who.Disposable:
		short = artifact.Skip{Reason: check.Undeclared, Why: "to sign in more often takes an identity marked disposable: true"}
	}
	for n := 0; short.Reason == "" && n < samples && v.fewest(names) < samples; n++ {
		s, skip := v.enter(ctx)
		if short = skip; skip.Reason == "" {
			v.leave(ctx, s)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v.pool)) {
		if !slices.Contains(names, name) {
			continue
		}
		m := randomness.Measure(v.pool[name])
		m.Name = name
		if m.Count < enough {
			m.Skipped = short
			if m.Skipped.Reason == "" {
				m.Skipped = artifact.Skip{Reason: check.Unstable, Why: "not every sign-in handed one out"}
			}
		}
		v.life.Samples = append(v.life.Samples, m)
	}
}

func (v *visitor) fewest(names []string) int {
	least := samples
	for _, n := range names {
		least = min(least, len(v.pool[n]))
	}
	return least
}
