// Package preflight judges whether foreign sites may send what only own scripts should.
package preflight

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/launchready/launchready/artifact/crossorigin"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

//go:embed doc.md
var doc string

// Check demands that no unapproved origin may send writes with credentials.
var Check = check.Check{
	ID: "cors/preflight", Doc: doc, Severity: check.Advice,
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
	asked, missing := 0, ""
	var reason check.Reason
	bad := c.Of(func(t *ruling.OriginTry) bool {
		if !t.Hostile() {
			return false
		}
		for i, a := range t.OriginTry.Preflights {
			asked++
			if a.Unproven != "" {
				reason, missing = a.Unproven, t.Name+": "+a.Why
			}
			if len(granted(t, t.Preflights[i])) > 0 {
				return true
			}
		}
		return false
	})
	f := c.Finding()
	f.Exhibits = nil
	for i, t := range bad {
		if i < check.MaxExamples {
			f.Exhibits = append(f.Exhibits, check.Show("attempt", t.OriginTry.Preflights[0].Ref)...)
		}
	}
	switch {
	case len(bad) > 0:
		f.Outcome = check.Fail
		f.Message = fmt.Sprintf("scripts of %s may send %s to it with the visitor's cookies, whether or not they may read the answer",
			ruling.Origins(bad), strings.Join(granted(bad[0], bad[0].Preflights[0]), ", "))
	case reason != "":
		f.Outcome, f.Reason, f.Message = check.Unproven, reason, missing
	case asked == 0:
		f.Outcome, f.Reason, f.Message = check.Unproven, check.NotExamined, "no preflight was sent"
	default:
		f.Outcome, f.Message = check.OK, fmt.Sprintf("none of %d preflights of unapproved origins is granted with credentials", asked)
	}
	return f
}

// granted lists what a script of the origin may send with credentials.
func granted(t *ruling.OriginTry, a crossorigin.Answer) []string {
	var out []string
	for _, r := range []crossorigin.Request{
		{Method: "PUT"},
		{Method: "PATCH"},
		{Method: "DELETE"},
		{Method: "POST", Header: []evidence.Field{{Name: "Content-Type", Value: "application/json"}}},
	} {
		r.Origin, r.Credentials = t.Origin, true
		if ok, _ := crossorigin.MaySend(a, r); ok {
			what := r.Method
			if len(r.Header) > 0 {
				what = "JSON"
			}
			out = append(out, what)
		}
	}
	return out
}
