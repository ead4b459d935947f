// Package errors judges how often the core actions answer wrongly under the
// declared load.
package errors

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/quantile"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that at most one answer in a hundred is wrong.
var Check = check.Check{
	ID: "latency/errors", Doc: doc, Severity: check.Blocker,
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
	failed := a.Failed()
	tooMany := float64(failed) > artifact.ErrorShare*float64(a.Asked)
	// That they are no accident stands, whatever ended the run early.
	surely := tooMany && quantile.AtLeast(failed, a.Asked, artifact.ErrorShare) <= 1-artifact.LatencyConfidence
	said := fmt.Sprintf("%d of %d answers were wrong", failed, a.Asked)
	reason, why := l.Undecided(a)
	ended := a.Unproven == "" && l.Reason == check.CircuitOpen
	switch {
	case reason != "" && !(surely && ended):
		f.Reason, f.Message = reason, why
	case a.Asked < artifact.LatencySamples && !surely:
		f.Reason, f.Message = check.BudgetSpent, fmt.Sprintf("%d answers are too few to tell a share of errors", a.Asked)
	case a.ErrorsOpen() && !l.Extended():
		f.Reason, f.Message = check.BudgetSpent, said+": more answers would decide"
	case tooMany:
		f.Outcome, f.Message = check.Fail, fmt.Sprintf("%s (%.1f %%): %s", said, 100*float64(failed)/float64(a.Asked), kinds(a))
		for _, wrong := range a.Failures {
			f.Exhibits = append(f.Exhibits, check.Show("attempt", wrong.Refs[:min(1, len(wrong.Refs))]...)...)
		}
		f.Exhibits = f.Exhibits[:min(len(f.Exhibits), 1+check.MaxExamples)]
	default:
		f.Outcome, f.Message = check.OK, said
	}
	return f
}

func kinds(a artifact.Action) string {
	var out []string
	for _, f := range a.Failures {
		out = append(out, fmt.Sprintf("%s %d×", f.Kind, f.Count))
	}
	return strings.Join(out, ", ")
}
