// Package lifetime judges how long sessions live by their own word.
package lifetime

import (
	_ "embed"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check advises that no session lives longer than the policy says.
var Check = check.Check{
	ID: "session/lifetime", Doc: doc, Severity: check.Advice,
	Needs: []check.Need{artifact.Lifecycles}, Judge: judge,
}

// longest is where session/endless takes over.
const longest = 7 * 24 * time.Hour

func judge(p *check.Pass) error {
	life := artifact.Lifecycles.Of(p)
	for _, r := range ruling.SignIns(p, life) {
		f := check.Finding{Subject: r.Label()}
		var wrong, fine []string
		var open []ruling.Fact
		for _, t := range r.Tokens {
			switch {
			case t.Kind == "refresh", !t.Alone.Alive && !t.Vital:
				continue
			case t.Life > life.MaxAge && t.Life <= longest:
				wrong = append(wrong, t.Name+" lives "+ruling.Span(t.Life)+", the policy allows "+ruling.Span(life.MaxAge))
			case t.Life > longest, t.States == artifact.StatesNoExp:
				fine = append(fine, t.Name+": see session/endless")
			case t.Life > 0:
				fine = append(fine, t.Name+" lives "+ruling.Span(t.Life))
			case t.States == artifact.StatesBrowser:
				fine = append(fine, t.Name+" ends with the browser")
			default:
				open = append(open, ruling.Fact{Reason: check.NotExamined, Message: "nothing says how long " + t.Name + " lives"})
				continue
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
