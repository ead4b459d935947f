// Package p95 judges how long the core actions keep people waiting.
package p95

import (
	_ "embed"
	"fmt"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that 95 of 100 answers of each core action come within the budget.
var Check = check.Check{
	ID: "latency/p95", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Latencies}, Judge: judge,
}

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
	budget := l.Budget.Microseconds()
	n, p95 := a.Took.N(), a.Took.At(0.95)
	low, high, bounded := a.Took.Interval(0.95, artifact.LatencyConfidence)
	said := fmt.Sprintf("p95 is %s (%s to %s) of %d answers, the budget is %s",
		artifact.Millis(p95), artifact.Millis(low), artifact.Millis(high), n, artifact.Millis(budget))
	// What stops a run early does not make those fast who were slow until then.
	surely := bounded && low > budget && !l.LateAlone(a)
	if reason, why := l.Undecided(a); reason != "" && !(surely && l.Stopped != "" && a.Unproven == "") {
		f.Reason, f.Message = reason, why
		return f
	}
	switch {
	case !bounded:
		f.Reason, f.Message = check.BudgetSpent, fmt.Sprintf("%d right answers are too few: a p95 is bounded by %d", n, artifact.LatencySamples)
	case l.LateAlone(a):
		f.Reason, f.Message = check.Unstable, fmt.Sprintf("%s; without the auditor's own delay it is %s", said, artifact.Millis(l.OwnP95(a)))
	case a.P95Open(l.Budget) && !l.Extended():
		f.Reason, f.Message = check.BudgetSpent, said+": more answers would decide"
	case p95 > budget:
		f.Outcome, f.Message = check.Fail, fmt.Sprintf("%s; half of them took %s or more", said, artifact.Millis(a.Took.At(0.5)))
		f.Exhibits = append(f.Exhibits, check.Show("attempt", a.Slowest)...)
	default:
		f.Outcome, f.Message = check.OK, said
	}
	return f
}
