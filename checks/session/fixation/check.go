// Package fixation judges whether a session known before the login is the
// session after it.
package fixation

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands a new session at each sign-in.
var Check = check.Check{
	ID: "session/fixation", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Lifecycles}, Judge: judge,
}

func judge(p *check.Pass) error {
	for _, r := range ruling.SignIns(p, artifact.Lifecycles.Of(p)) {
		f := r.Fixation
		subject := r.Label()
		switch {
		case f.Skipped.Reason != "":
			p.Unproven(subject, f.Skipped.Reason, f.Skipped.Why)
		case f.Alone.Unproven != "":
			p.Unproven(subject, f.Alone.Unproven, f.Alone.Why)
		case !f.Alone.Sent():
			p.NotApplicable(subject, "signing in leaves no cookie that somebody could have known before", r.Steps...)
		case !f.Alone.Alive:
			p.NotApplicable(subject, "its cookies alone open nothing, whoever knew them", f.Alone.Ref)
		case len(f.Trials) == 0:
			p.Unproven(subject, check.NotExamined, "which cookie is the session is not known")
		default:
			decide(p, r)
		}
	}
	return nil
}

func decide(p *check.Pass, r artifact.RecipeLife) {
	out := check.Finding{Subject: r.Label()}
	var wrong, fine []string
	var open []ruling.Fact
	for _, t := range r.Fixation.Trials {
		out.Exhibits = append(out.Exhibits, check.Show("attempt", t.Only.Ref)...)
		names := strings.Join(t.Cookies, ", ")
		switch {
		case t.Only.Alive && t.Kind == "given":
			wrong = append(wrong, fmt.Sprintf("what a visitor is given before signing in (%s) is the session afterwards", names))
			out.Who = "anyone who knew the cookie before"
		case t.Only.Alive:
			wrong = append(wrong, fmt.Sprintf("a made-up value of %s becomes the session of whoever signs in with it", names))
			out.Who = "anyone who chose the cookie"
		case t.Kind == "chosen" && t.Control.Unproven == check.NoPositiveControl:
			fine = append(fine, "nobody can sign in with a made-up "+names)
		case t.Control.Unproven != "":
			open = append(open, ruling.Fact{Reason: t.Control.Unproven, Message: "signing in with the " + t.Kind + " cookies: " + t.Control.Why})
		case !t.Control.Alive:
			open = append(open, ruling.Fact{Reason: check.NoPositiveControl, Message: "after signing in with the " + t.Kind + " cookies nobody was signed in"})
		case t.Only.Unproven != "":
			open = append(open, ruling.Fact{Reason: t.Only.Unproven, Message: t.Only.Why})
		case t.Kind == "given":
			fine = append(fine, fmt.Sprintf("what a visitor is given (%s) opens nothing after the login", names))
		default:
			fine = append(fine, fmt.Sprintf("a made-up value of %s is replaced", names))
		}
	}
	if len(r.Fixation.Before) == 0 {
		fine = append(fine, "a visitor is given no cookie")
	}
	ruling.Sum(p, out, wrong, fine, open)
}
