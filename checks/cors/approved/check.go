// Package approved judges whether the approved origins can use the portal.
package approved

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact/crossorigin"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

//go:embed doc.md
var doc string

// Check demands that scripts of approved origins may read what a login opens.
var Check = check.Check{
	ID: "cors/approved", Doc: doc, Severity: check.Blocker,
	Needs: ruling.CrossNeeds(), Wants: ruling.CrossWants(), Judge: judge,
}

func judge(p *check.Pass) error {
	x, err := ruling.CrossingsOf(p)
	if err != nil {
		return err
	}
	if len(x.Approved) == 0 {
		return undeclared(p, x)
	}
	tried := map[string]bool{}
	for _, c := range x.Clusters {
		for _, t := range c.Tries {
			if t.Class == "approved" {
				tried[t.Origin] = true
			}
		}
	}
	for _, origin := range x.Approved {
		if slices.Contains(x.Own, origin) {
			p.NotApplicable(origin, "it is the portal's own origin: CORS does not stand in its way")
			continue
		}
		if !tried[origin] {
			p.Unproven(origin, check.BudgetSpent, "it was not tried")
			continue
		}
		p.Report(rule(x, origin))
	}
	return nil
}

// rule judges one origin: by the data that a login opens, else by what there is.
func rule(x *ruling.Crossings, origin string) check.Finding {
	f := check.Finding{Subject: origin}
	var works, broken []string
	for _, c := range x.Clusters {
		if c.Kind == "401" || c.Kind == "404" || c.Kind == "login" || c.Kind == "link" {
			continue
		}
		i := slices.IndexFunc(c.Tries, func(t *ruling.OriginTry) bool { return t.Class == "approved" && t.Origin == origin })
		if i < 0 {
			continue
		}
		t := c.Tries[i]
		if t.Actual.Unproven != "" {
			f.Reason, f.Message = t.Actual.Unproven, c.Subject+": "+t.Actual.Why
			continue
		}
		if c.Kind != "api" {
			continue
		}
		f.Exhibits = append(f.Exhibits, check.Show("attempt", t.Actual.Ref)...)
		if why := obstacle(x, c, t); why != "" {
			broken = append(broken, c.Subject+": "+why)
		} else {
			works = append(works, c.Subject)
		}
	}
	f.Exhibits = f.Exhibits[:min(len(f.Exhibits), check.MaxExamples)]
	switch {
	case len(works) > 0:
		f.Outcome, f.Reason, f.Message = check.OK, "", "its scripts may read "+works[0]
		if len(broken) > 0 {
			f.Message += "; not " + strings.Join(broken, "; not ")
		}
	case len(broken) > 0:
		f.Outcome, f.Reason, f.Message = check.Fail, "", "its scripts cannot use the portal: "+strings.Join(broken, "; ")
	case f.Reason != "":
		f.Outcome = check.Unproven
	default:
		f.Outcome, f.Reason, f.Message = check.Unproven, check.NoPositiveControl, "no answer of the API that a login opens was found to try it on"
	}
	return f
}

// obstacle says what keeps an approved origin's script from reading as the
// identity does: with cookies, or with a header that it sets itself.
func obstacle(x *ruling.Crossings, c *ruling.Crossing, t *ruling.OriginTry) string {
	sends := x.Sends(c.Who)
	ambient := sends == "cookie" || sends == "basic"
	if ok, _ := crossorigin.Readable(t.Answer, t.Origin, ambient); !ok && ambient {
		if other := x.ByHeader(); other != "" { // the API takes tokens as well
			sends, ambient = other, false
		}
	}
	if ok, why := crossorigin.Readable(t.Answer, t.Origin, ambient); !ok {
		return fmt.Sprintf("%s (status %d)", why, t.Answer.Status)
	}
	if ambient || strings.HasPrefix(sends, "query") || len(t.Preflights) == 0 {
		return ""
	}
	name := "Authorization"
	if header, ok := strings.CutPrefix(sends, "header "); ok {
		name = header
	}
	ok, why := crossorigin.MaySend(t.Preflights[0], crossorigin.Request{Origin: t.Origin, Method: "GET", Header: []evidence.Field{{Name: name, Value: "…"}}})
	if !ok && why != crossorigin.StarAlone { // the standard says so, Chromium does not keep to it yet
		return fmt.Sprintf("the preflight of %s: %s (status %d)", name, why, t.Preflights[0].Status)
	}
	return ""
}

// undeclared judges a portal that approves nobody.
func undeclared(p *check.Pass, x *ruling.Crossings) error {
	speaks, ref := "", evidence.Ref("")
	seen := 0
	hear := func(subject, kind string, at evidence.Ref, a crossorigin.Answer) {
		if a.Status != 0 {
			seen++
		}
		public := a.AllowsOrigin() == "*" && !a.AllowsCredentials() && (kind == "static" || kind == "public")
		if !public && (a.Speaks() || crossorigin.Depends(a)) && speaks == "" {
			speaks, ref = subject, at
		}
	}
	for _, s := range x.Surveyed {
		ex, err := p.Exchange(s.Try.Ref)
		if err != nil {
			return err
		}
		hear(s.Route, s.Kind, s.Try.Ref, crossorigin.Of(ex))
	}
	for _, c := range x.Clusters {
		for _, t := range c.Tries {
			hear(c.Subject, c.Kind, t.Actual.Ref, t.Answer)
			for i, a := range t.Preflights {
				hear(c.Subject, c.Kind, t.OriginTry.Preflights[i].Ref, a)
			}
		}
	}
	switch {
	case seen == 0:
		p.Unproven(p.Check.ID, check.NotExamined, "no answer was seen")
	case speaks != "":
		p.Unproven(p.Check.ID, check.Undeclared, speaks+" carries CORS headers, or depends on Origin: say under policy.origins whom they are for; the portal's own origin, if nobody", ref)
	case len(x.Left) > 0:
		p.Unproven(p.Check.ID, check.BudgetSpent, fmt.Sprintf("no origin is approved and none of %d answers lets one in, but %d routes were not tried", seen, len(x.Left)))
	default:
		p.NotApplicable(p.Check.ID, fmt.Sprintf("no origin is approved, and none of %d answers carries CORS headers beyond * on public ones", seen))
	}
	return nil
}
