// Package entropy judges whether session identifiers can be guessed.
package entropy

import (
	_ "embed"
	"fmt"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands identifiers with at least 64 bits that nobody can predict.
var Check = check.Check{
	ID: "session/entropy", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Lifecycles}, Judge: judge,
}

const (
	leastBits = 64
	// enough values tell which positions never change; fewer tell only what is plain.
	enough    = 8
	plainBits = 32
	plainly   = 3
)

func judge(p *check.Pass) error {
	for _, r := range ruling.SignIns(p, artifact.Lifecycles.Of(p)) {
		if len(r.Samples) == 0 {
			p.Unproven(r.Label(), check.NoPositiveControl, "no identifier that opens something was handed out", r.Steps...)
		}
		for _, s := range r.Samples {
			decide(p, r.Label()+": "+s.Name, s, r)
		}
	}
	return nil
}

func decide(p *check.Pass, subject string, s artifact.TokenSample, r artifact.RecipeLife) {
	estimate := fmt.Sprintf("%.0f bits in %d varying characters, estimated from %d sign-ins", s.Bits, s.Varying, s.Count)
	steps := r.Steps[:min(len(r.Steps), check.MaxExamples)]
	switch {
	case s.Signed:
		p.OK(subject, "a signed token: what cannot be guessed is its signature", steps...)
	case s.Count > 1 && s.Distinct < s.Count:
		p.Fail(subject, fmt.Sprintf("%d sign-ins gave %d different values", s.Count, s.Distinct), steps...)
	case s.Count >= plainly && s.Ordered:
		p.Fail(subject, fmt.Sprintf("%d sign-ins gave numbers that grow by little, as a counter or a clock does", s.Count), steps...)
	case s.Count >= enough && s.Bits < leastBits, s.Count >= plainly && s.Bits < plainBits:
		p.Fail(subject, estimate+": guessable", steps...)
	case s.Skipped.Reason != "":
		p.Unproven(subject, s.Skipped.Reason, fmt.Sprintf("%d sign-ins are too few to tell: %s", s.Count, s.Skipped.Why))
	case s.Count < enough:
		p.Unproven(subject, check.NotExamined, fmt.Sprintf("%d sign-ins are too few to tell", s.Count))
	default:
		if 2*s.Prefix > s.Length {
			estimate += fmt.Sprintf("; the first %d of %d characters never change", s.Prefix, s.Length)
		}
		p.OK(subject, estimate, steps...)
	}
}
