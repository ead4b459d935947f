// Package backbutton judges what the Back button shows after signing out.
package backbutton

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/forgery"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that no private page is seen again after signing out.
var Check = check.Check{
	ID: "session/backbutton", Doc: doc, Severity: check.Advice,
	Needs: []check.Need{artifact.CrossSites}, Judge: judge,
}

func judge(p *check.Pass) error {
	x := artifact.CrossSites.Of(p)
	ambient := false
	for _, a := range x.Ambients {
		if a.Kind == "basic" {
			p.NotApplicable(forgery.Subject(a), "with HTTP Basic there is no signing out")
		} else if forgery.Ambient(p, a) {
			ambient = true
		}
	}
	for _, b := range x.Backs {
		f, err := back(p, b)
		if err != nil {
			return err
		}
		p.Report(f)
	}
	if ambient && len(x.Backs) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no browser went back after signing out")
	}
	return nil
}

func back(p *check.Pass, b artifact.Back) (check.Finding, error) {
	out := check.Finding{Subject: strings.TrimSpace("login " + b.Recipe), Route: b.Route, Outcome: check.Unproven}
	out.Exhibits = slices.Concat(check.Show("before", b.Page), check.Show("attempt", b.Logout), check.Show("after", b.Again))
	logout, err := p.Exchange(b.Logout)
	switch {
	case err != nil:
		return out, err
	case b.Skipped.Reason != "":
		out.Reason, out.Message = b.Skipped.Reason, b.Skipped.Why
	case b.Route == "" && b.Page != "" && !b.Shown:
		out.Outcome, out.Message = check.NotApplicable, "there is no page: nothing of it stays in the browser's history"
	case !b.Shown:
		out.Reason, out.Message = check.NoMarker, "no page shows in the browser who is signed in"
	case b.After:
		out.Outcome, out.Who = check.Fail, b.Who
		out.Message = "after signing out, Back shows " + b.Route + " of " + b.Who + " again, in " + b.Browser
	default:
		out.Outcome, out.Message = check.OK, "after signing out, Back no longer shows "+b.Route+", in "+b.Browser
		if logout != nil && strings.Contains(logout.Header("Clear-Site-Data"), "cache") {
			out.Message += "; signing out clears the browser's cache"
		}
	}
	return out, nil
}
