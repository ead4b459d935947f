// Package logincsrf judges whether another site's page can sign people in or out.
package logincsrf

import (
	_ "embed"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/forgery"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that no page of another site signs anybody in or out.
var Check = check.Check{
	ID: "session/logincsrf", Doc: doc, Severity: check.Advice,
	Needs: []check.Need{artifact.CrossSites}, Judge: judge,
}

func judge(p *check.Pass) error {
	x := artifact.CrossSites.Of(p)
	ambient := false
	for _, a := range x.Ambients {
		if a.Kind == "basic" {
			p.NotApplicable(forgery.Subject(a), "with HTTP Basic nobody signs in or out by a request")
		} else if forgery.Ambient(p, a) {
			ambient = true
		}
	}
	for i := range x.Logins {
		f, err := door(p, &x.Logins[i])
		if err != nil {
			return err
		}
		p.Report(f)
	}
	if ambient && len(x.Logins) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "signing in and out from elsewhere was not tried")
	}
	return nil
}

// words for each door: what a foreign page does through it, and what keeps it out.
var words = map[string]struct{ fail, ok, none string }{
	"login": {
		"a page of another site signs its visitors in to an account of its choice: what they enter then, its owner reads",
		"a page of another site cannot sign its visitors in",
		"",
	},
	"logout": {
		"a page of another site signs its visitors out",
		"a page of another site cannot sign its visitors out",
		"the browser keeps the session back from other sites' requests",
	},
}

func door(p *check.Pass, f *artifact.Forgery) (check.Finding, error) {
	say := words[f.Class]
	out := check.Finding{Subject: f.Class + ": " + f.Route, Route: f.Route, Outcome: check.Unproven}
	var open *artifact.Attempt
	for i := range f.Tries {
		k := &f.Tries[i]
		happened, err := forgery.Happened(f, *k, p.Exchange)
		if err != nil {
			return out, err
		}
		shown := slices.Concat(check.Show("attempt", k.Write.Ref), check.Show("after", k.After.Ref))
		switch {
		case happened && (k.Default || k.Unseen):
			out.Reason, out.Message, out.Exhibits = check.Suspected, say.fail+" where browsers send the session along: "+k.Note, shown
			return out, nil
		case happened:
			out.Outcome, out.Message, out.Who = check.Fail, say.fail, f.Who
			out.Exhibits = append(check.Show("control", f.Shown.Ref), shown...)
			return out, nil
		case k.Write.Unproven != "":
			open = &k.Write
		case k.After.Unproven != "":
			open = &k.After
		}
	}
	works, err := forgery.Works(f, p.Exchange)
	switch {
	case err != nil:
		return out, err
	case f.Skipped.Reason != "":
		out.Reason, out.Message = f.Skipped.Reason, f.Skipped.Why
	case open != nil:
		out.Reason, out.Message = open.Unproven, open.Why
	case !works:
		out.Reason, out.Message = check.NoPositiveControl, "the proper request was not seen to work"
	case len(f.Tries) == 0:
		out.Outcome, out.Message = check.OK, say.none
	default:
		out.Outcome, out.Message = check.OK, say.ok
		out.Exhibits = append(check.Show("control", f.Shown.Ref), check.Show("attempt", f.Tries[0].Write.Ref)...)
	}
	return out, nil
}
