// Package spread judges how much slower the slowest answers are than the rest.
package spread

import (
	_ "embed"
	"fmt"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check advises that the slowest answers are not many times slower than the rest.
var Check = check.Check{
	ID: "latency/spread", Doc: doc, Severity: check.Advice,
	Needs: []check.Need{artifact.Latencies}, Judge: judge,
}

// A p99 is a fat tail beyond factor times the p95. One slow answer is an
// accident: it takes few.
const factor, few = 4, 2

func judge(p *check.Pass) error {
	l := artifact.Latencies.Of(p)
	for _, a := range l.Actions {
		f := rule(l, a)
		f.Subject = a.Name // no Route: a row of core actions covers no inventory
		p.Report(f)
	}
	if len(l.Actions) == 0 {
		p.Unproven(p.Check.ID, check.Undeclared, "no core action is known; name some under policy.latency.actions")
	}
	return nil
}

func rule(l *artifact.Latency, a artifact.Action) check.Finding {
	f := check.Finding{Outcome: check.Unproven, Exhibits: check.Show("control", a.Control)}
	if reason, why := l.Undecided(a); reason != "" {
		f.Reason, f.Message = reason, why
		return f
	}
	n, p95, p99 := a.Took.N(), a.Took.At(0.95), a.Took.At(0.99)
	most := max(factor*p95, l.Budget.Microseconds())
	said := fmt.Sprintf("p99 is %s, p95 %s, of %d answers", artifact.Millis(p99), artifact.Millis(p95), n)
	switch slow := a.Took.Above(most); {
	case n < artifact.LatencySamples:
		f.Reason, f.Message = check.BudgetSpent, fmt.Sprintf("%d right answers are too few", n)
	case p99 > most && slow >= few && a.Alone.Above(most) < few:
		f.Reason, f.Message = check.Unstable, said+"; without the auditor's own delay the slowest are not that slow"
	case p99 > most && slow >= few:
		f.Outcome, f.Message = check.Fail, fmt.Sprintf("%s: %d took more than %s", said, slow, artifact.Millis(most))
		f.Exhibits = append(f.Exhibits, check.Show("attempt", a.Slowest)...)
	default:
		f.Outcome, f.Message = check.OK, said
	}
	return f
}
