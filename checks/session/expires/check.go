// Package expires judges whether credentials that are not or no longer good are refused.
package expires

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that invalid, truncated, foreign and expired sessions are refused.
var Check = check.Check{
	ID: "session/expires", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Lifecycles, artifact.Expiries}, Judge: judge,
}

func judge(p *check.Pass) error {
	x := artifact.Expiries.Of(p)
	for _, r := range artifact.Lifecycles.Of(p).Recipes {
		if r.Skipped.Reason != "" {
			p.Unproven(r.Label(), r.Skipped.Reason, r.Skipped.Why)
			continue
		}
		decide(p, r, x)
	}
	if len(p.Findings()) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "nobody signs in")
	}
	return nil
}

func decide(p *check.Pass, r artifact.RecipeLife, x *artifact.Expiry) {
	f := check.Finding{Subject: r.Label()}
	var wrong, fine []string
	var open []ruling.Fact
	for _, m := range r.Mangles {
		switch {
		case m.Alive:
			wrong = append(wrong, "a credential that is "+m.Name+" is accepted")
			f.Exhibits = append(f.Exhibits, check.Show("attempt", m.Ref)...)
		case !m.Dead():
			open = append(open, ruling.Fact{Reason: m.Unproven, Message: m.Name + ": " + m.Why})
		default:
			fine = append(fine, m.Name)
		}
	}
	if len(fine) > 0 {
		fine = []string{list(fine) + " ones are refused"}
	}
	seen, any := ruling.ObserveEnd(x, r.Recipe, "expired")
	seen.OrIdle(x, r.Recipe)
	switch {
	case seen.Works != nil:
		wrong = append(wrong, seen.Works.Token+" of "+seen.Works.Who+" is accepted after its end")
		f.Exhibits = append(f.Exhibits, check.Show("attempt", seen.Works.Late.Ref)...)
	case seen.Refused != nil:
		fine = append(fine, ruling.EndOf(seen.Refused))
		f.Exhibits = append(f.Exhibits, check.Show("attempt", seen.Refused.Late.Ref)...)
	case any:
		open = append(open, ruling.Fact{Reason: seen.Reason, Message: "expiry not observed: " + seen.Why + advice})
	case r.Standing && len(r.Mangles) > 0:
		fine = append(fine, "a standing credential has no end of its own")
	case r.Standing: // Basic: the password is what is sent
		p.NotApplicable(f.Subject, "it sends the password itself, which does not expire")
		return
	default:
		open = append(open, ruling.Fact{Reason: check.NotExamined, Message: "expiry not observed: no session could be kept for it" + advice})
	}
	ruling.Sum(p, f, wrong, fine, open)
}

const advice = " (a stored one shows it now: identities.NAME.expired)"

func list(words []string) string {
	out := ""
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			out += " and "
		default:
			out += ", "
		}
		out += w
	}
	return out
}
