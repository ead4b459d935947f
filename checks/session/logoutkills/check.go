// Package logoutkills judges what is left of a session after its logout.
package logoutkills

import (
	_ "embed"
	"fmt"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that the server ends a session with all of its tokens.
var Check = check.Check{
	ID: "session/logoutkills", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Lifecycles}, Judge: judge,
}

// outlives is how long an access token may work on after a logout that has
// ended everything which could renew it.
const outlives = 5 * time.Minute

func judge(p *check.Pass) error {
	for _, r := range ruling.SignIns(p, artifact.Lifecycles.Of(p)) {
		if l := r.Logout; l.Skipped.Reason != "" {
			p.Unproven(r.Label(), l.Skipped.Reason, l.Skipped.Why)
			continue
		}
		decide(p, r)
	}
	return nil
}

func decide(p *check.Pass, r artifact.RecipeLife) {
	l := r.Logout
	f := check.Finding{Subject: r.Label(), Route: l.Request}
	if n := len(l.Answers); n > 0 {
		f.Exhibits = check.Show("control", l.Answers[0].Ref)
	}
	var wrong, fine []string
	var open []ruling.Fact
	killed, handed := 0, false
	for _, t := range r.Tokens {
		handed = handed || t.Kind == "refresh"
	}
	if handed && l.Refresh == "" {
		open = append(open, ruling.Fact{Reason: check.Undeclared, Message: "a refresh token is handed out, but not known is how it is exchanged; say refresh: in the login recipe"})
	}
	refreshes := false
	for _, t := range l.Replays {
		refreshes = refreshes || t.Kind == "refresh" && survives(t)
	}
	for _, t := range l.Replays {
		switch {
		case !t.Before.Alive && t.Before.Unproven != "":
			open = append(open, ruling.Fact{Reason: t.Before.Unproven, Message: t.Name + ": " + t.Before.Why})
		case !t.Before.Alive:
			open = append(open, ruling.Fact{Reason: check.NoPositiveControl, Message: t.Name + " opened nothing even before the logout"})
		case survives(t) && t.Kind != "refresh" && t.Left > 0 && t.Left <= outlives && !refreshes:
			fine = append(fine, fmt.Sprintf("%s ends by itself within %s", t.Name, ruling.Span(t.Left)))
		case survives(t):
			wrong = append(wrong, t.Name+" still works after the logout"+left(t))
			f.Exhibits = append(f.Exhibits, check.Show("attempt", last(t).Ref)...)
		case undecided(t) != nil:
			open = append(open, ruling.Fact{Reason: undecided(t).Unproven, Message: t.Name + ": " + undecided(t).Why})
		default:
			killed++
			f.Exhibits = append(f.Exhibits, check.Show("attempt", last(t).Ref)...)
		}
	}
	f.Exhibits = f.Exhibits[:min(len(f.Exhibits), 1+check.MaxExamples)]
	switch {
	case len(wrong) > 0 && l.Refused != "":
		open, wrong = []ruling.Fact{{Reason: check.NoPositiveControl, Message: "the logout did not work: " + l.Refused}}, nil
	case killed+len(fine)+len(wrong)+len(open) == 0:
		open = append(open, ruling.Fact{Reason: check.NoPositiveControl, Message: "nothing of the session worked by itself before the logout"})
	case killed > 0:
		fine = append([]string{fmt.Sprintf("%d of its tokens tried by themselves, all over", killed)}, fine...)
	}
	ruling.Sum(p, f, wrong, append(fine, others(l)), open)
}

// survives reports whether a token works after the logout: at once and later,
// for a portal may take a moment.
func survives(t artifact.TokenReplay) bool { return len(t.After) > 0 && last(t).Alive }

func last(t artifact.TokenReplay) artifact.Proof { return t.After[len(t.After)-1] }

// undecided is the last answer that proves nothing, or nil.
func undecided(t artifact.TokenReplay) *artifact.Proof {
	if len(t.After) == 0 {
		return &artifact.Proof{Attempt: artifact.Attempt{Unproven: check.NotExamined, Why: "it was not tried after the logout"}}
	}
	if p := last(t); !p.Dead() {
		return &p
	}
	return nil
}

func left(t artifact.TokenReplay) string {
	if t.Left <= 0 {
		return ""
	}
	return ", for another " + ruling.Span(t.Left)
}

// others tells what became of another session of the account.
func others(l artifact.Logout) string {
	switch {
	case l.Other.Unproven != "":
		return l.Other.Why
	case l.Other.Alive:
		return "another session of the account lives on"
	}
	return "it ends every session of the account"
}
