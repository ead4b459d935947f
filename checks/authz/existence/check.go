// Package existence judges whether refusals tell which objects exist.
package existence

import (
	_ "embed"
	"fmt"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that a foreign object is refused as if it did not exist,
// where ids can be guessed.
var Check = check.Check{
	ID: "authz/existence", Doc: doc, Severity: check.Advice,
	Needs: ruling.Needs(artifact.Swapped), Wants: ruling.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	g, err := ruling.Of(p)
	if err != nil {
		return err
	}
	err = ruling.Routes(artifact.Swapped.Of(p).Trials, func(s artifact.Swap) string { return s.Route }, func(route string, of []artifact.Swap) error {
		var cases []ruling.Case
		for _, s := range of {
			c, ok, err := rule(g, s)
			if err != nil {
				return err
			}
			if ok {
				cases = append(cases, c)
			}
		}
		if len(cases) > 0 {
			g.Fold(p, route, "learns the existence of", cases)
		}
		return nil
	})
	if err == nil && len(p.Findings()) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no foreign object was asked for")
	}
	return err
}

// rule returns what a trial says about existence; ok is false when it is of
// another kind.
func rule(g *ruling.Ground, s artifact.Swap) (c ruling.Case, ok bool, err error) {
	if s.Class != "tenantswap" && s.Class != "hierarchy" {
		return c, false, nil
	}
	if s.Skipped.Reason != "" {
		return ruling.Skipped(s.Route, s.Skipped), true, nil
	}
	if c, err = g.Plain(s); err != nil {
		return c, false, err
	}
	switch tells := c.Existence || notModified(g, s); {
	case c.Outcome == check.Fail:
		// The object itself is shown, which is another check's finding.
		c.Outcome, c.Places, c.Message = check.OK, nil, "not a matter of refusals: the object itself is shown"
	case c.Outcome != check.OK:
	case tells && guessable(s):
		c.Outcome, c.Places = check.Fail, nil
	case tells:
		c.Message = fmt.Sprintf("existence is visible, but the ids cannot be guessed (%s)", normal.Format(s.ID))
	}
	return c, true, nil
}

// guessable reports ids that can be counted through or thought up.
func guessable(s artifact.Swap) bool { return s.Guess || !normal.Unique(normal.Format(s.ID)) }

// notModified reports whether the portal compared the owner's validator for a
// stranger (RFC 9110 §13.1.2): 304 says that the object is there and unchanged.
func notModified(g *ruling.Ground, s artifact.Swap) bool {
	a, ok := artifact.Find(s.Variants, "X If-None-Match")
	if !ok {
		return false
	}
	answer, err := g.Load(a)
	return err == nil && answer.Unproven == "" && answer.Ex.Status() == 304
}
