// Package brokenpair judges whether answers combine * with credentials, which no browser honours.
package brokenpair

import (
	_ "embed"
	"slices"

	"github.com/launchready/launchready/artifact/crossorigin"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that * and credentials are not said together.
var Check = check.Check{
	ID: "cors/brokenpair", Doc: doc, Severity: check.Advice,
	Needs: ruling.CrossNeeds(), Wants: ruling.CrossWants(), Judge: judge,
}

func judge(p *check.Pass) error {
	x, err := ruling.CrossingsOf(p)
	if err != nil {
		return err
	}
	x.Every(p, func(c *ruling.Crossing) *check.Finding {
		f := rule(c)
		return &f
	})
	return nil
}

func rule(c *ruling.Crossing) check.Finding {
	bad := c.Of(func(t *ruling.OriginTry) bool { return broken(t.Answer) || slices.ContainsFunc(t.Preflights, broken) })
	f := c.Finding(bad...)
	if len(bad) > 0 {
		f.Outcome, f.Message = check.Fail, "it answers * and allows credentials: browsers refuse the pair, and whoever mends it by naming the origin opens it to all"
		return f
	}
	if reason, why := c.Undecided((*ruling.OriginTry).Anybodys); reason != "" {
		f.Outcome, f.Reason, f.Message = check.Unproven, reason, why
		return f
	}
	f.Outcome, f.Message = check.OK, "* is not combined with credentials"
	return f
}

func broken(a crossorigin.Answer) bool { return a.AllowsOrigin() == "*" && a.AllowsCredentials() }
