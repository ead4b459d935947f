// Package looseorigin judges whether origins that are almost the portal's own may read what a visitor is shown.
package looseorigin

import (
	_ "embed"
	"fmt"

	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

//go:embed doc.md
var doc string

// Check demands that null, plain http, any subdomain and the visitor's own
// machine are not taken for approved origins.
var Check = check.Check{
	ID: "cors/looseorigin", Doc: doc, Severity: check.Blocker,
	Needs: ruling.CrossNeeds(), Wants: ruling.CrossWants(), Judge: judge,
}

func judge(p *check.Pass) error {
	x, err := ruling.CrossingsOf(p)
	if err != nil {
		return err
	}
	x.Every(p, func(c *ruling.Crossing) *check.Finding {
		if c.Who == evidence.Anonymous || c.Kind == "404" {
			return nil
		}
		f := rule(x, c)
		return &f
	})
	return nil
}

// loose reports an origin that is close to an own one. Another port is none:
// cookies do not tell ports apart, so whoever is there has them anyway.
func loose(t *ruling.OriginTry) bool {
	switch t.Class {
	case "null", "http", "subdomain", "local":
		return true
	}
	return false
}

// whose says who can make a page with such an origin.
var whose = map[string]string{
	"null":      "any page can open a frame whose origin is null",
	"http":      "whoever is on the way of a plain http request can answer with such a page",
	"subdomain": "one weak or abandoned subdomain is enough",
	"local":     "any program on the visitor's machine can serve such a page",
}

func rule(x *ruling.Crossings, c *ruling.Crossing) check.Finding {
	bad := c.Of(func(t *ruling.OriginTry) bool { return loose(t) && t.Private && !c.Implied(t) })
	if len(bad) > 0 {
		f := c.Finding(bad...)
		f.Outcome, f.Who = check.Fail, x.Label(c.Who)
		f.Message = fmt.Sprintf("a page of origin %s reads it as %s with the visitor's cookies: %s", ruling.Origins(bad), f.Who, whose[bad[0].Class])
		return f
	}
	f := c.Finding()
	f.Exhibits = check.Show("control", c.Plain.Ref)
	reason, why := c.Undecided(loose)
	switch {
	case reason == "" && c.Plain.Unproven != "":
		reason, why = c.Plain.Unproven, "without an Origin: "+c.Plain.Why
	case reason == "" && len(c.Of(func(t *ruling.OriginTry) bool { return loose(t) && t.Private })) > 0:
		reason, why = check.Suspected, "foreign origins get in as well: see cors/credentials, and look again when that is mended"
	}
	if reason != "" {
		f.Outcome, f.Reason, f.Message = check.Unproven, reason, why
		return f
	}
	f.Outcome, f.Message = check.OK, fmt.Sprintf("none of %d loose origins reads it with a visitor's cookies", len(c.Of(loose)))
	return f
}
