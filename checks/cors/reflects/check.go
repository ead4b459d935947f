// Package reflects judges whether answers invite foreign origins with credentials, harmless as it may be today.
package reflects

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that no unapproved origin is named together with credentials.
var Check = check.Check{
	ID: "cors/reflects", Doc: doc, Severity: check.Advice,
	Needs: ruling.CrossNeeds(), Wants: ruling.CrossWants(), Judge: judge,
}

func judge(p *check.Pass) error {
	x, err := ruling.CrossingsOf(p)
	if err != nil {
		return err
	}
	x.Every(p, func(c *ruling.Crossing) *check.Finding {
		f := rule(x, c)
		return &f
	})
	return nil
}

func rule(x *ruling.Crossings, c *ruling.Crossing) check.Finding {
	named := c.Of(func(t *ruling.OriginTry) bool { return t.Hostile() && t.Credentialed })
	bad := slices.DeleteFunc(slices.Clone(named), func(t *ruling.OriginTry) bool { return exploited(x, t) })
	if len(bad) > 0 {
		f := c.Finding(bad...)
		f.Outcome = check.Fail
		f.Message = fmt.Sprintf("it names %s and allows credentials; %s", ruling.Origins(bad), harmless(bad[0]))
		return f
	}
	f := c.Finding(named...)
	reason, why := c.Undecided((*ruling.OriginTry).Hostile)
	if reason == "" && len(named) > 0 {
		reason, why = check.Suspected, "it names origins that read private data elsewhere: see cors/credentials and cors/looseorigin, and look again when they are mended"
	}
	if reason != "" {
		f.Outcome, f.Reason, f.Message = check.Unproven, reason, why
		return f
	}
	f.Outcome, f.Message = check.OK, fmt.Sprintf("it names none of %d unapproved origins with credentials", len(c.Of((*ruling.OriginTry).Hostile)))
	return f
}

// exploited reports an origin that reads somebody's data somewhere: the
// blockers say so, and here it is the same mistake.
func exploited(x *ruling.Crossings, t *ruling.OriginTry) bool {
	for _, c := range x.Clusters {
		for _, o := range c.Tries {
			if o.Origin == t.Origin && o.Private {
				return true
			}
		}
	}
	return false
}

// harmless says what keeps the visitor's data back today.
func harmless(t *ruling.OriginTry) string {
	switch {
	case len(t.Withheld) > 0:
		return "harmless today, for the browser keeps back " + strings.Join(t.Withheld, "; ")
	case t.Replay.Sent():
		return "harmless today, for nothing that a browser sends by itself opens it"
	}
	return "harmless today, for nobody's data is there"
}
