// Package endless judges sessions that never end, or not within a week.
package endless

import (
	_ "embed"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that each session ends, within seven days at most.
var Check = check.Check{
	ID: "session/endless", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Lifecycles}, Wants: []check.Need{artifact.Expiries}, Judge: judge,
}

const longest = 7 * 24 * time.Hour

func judge(p *check.Pass) error {
	x, ok := artifact.Expiries.Get(p)
	if !ok {
		x = &artifact.Expiry{}
	}
	for _, r := range ruling.SignIns(p, artifact.Lifecycles.Of(p)) {
		f := check.Finding{Subject: r.Label()}
		seen, _ := ruling.ObserveEnd(x, r.Recipe, "expired")
		seen.OrIdle(x, r.Recipe)
		var wrong, fine []string
		var open []ruling.Fact
		for _, t := range r.Tokens {
			switch {
			case !t.Alone.Alive && !t.Vital && t.Kind != "refresh":
				continue // it opens nothing
			case t.States == artifact.StatesNoExp:
				wrong = append(wrong, t.Name+" names no end (exp)")
			case t.Life > longest && t.Kind != "refresh":
				wrong = append(wrong, t.Name+" lives "+ruling.Span(t.Life)+" by its "+t.States)
			case t.Life > 0:
				fine = append(fine, t.Name+" lives "+ruling.Span(t.Life))
			case t.States == artifact.StatesBrowser:
				fine = append(fine, t.Name+" ends with the browser")
			case t.Kind == "refresh":
				continue // how long it lives is between the portal and its clients
			case seen.Refused != nil:
				fine = append(fine, t.Name+" does not say how long it lives, but "+ruling.EndOf(seen.Refused))
			default:
				open = append(open, ruling.Fact{Reason: check.NoPositiveControl, Message: "nothing says how long " + t.Name + " lives (a stored old one shows that it ends: identities.NAME.expired)"})
			}
			f.Exhibits = append(f.Exhibits, check.Show("attempt", t.Ref)...)
		}
		f.Exhibits = f.Exhibits[:min(len(f.Exhibits), check.MaxExamples)]
		if len(wrong)+len(fine)+len(open) == 0 {
			open = append(open, ruling.Fact{Reason: check.NoPositiveControl, Message: "no single token of the session opens anything"})
		}
		ruling.Sum(p, f, wrong, fine, open)
	}
	return nil
}
