// Package revoked judges whether a new password or a lower role reaches the
// sessions that are open.
package revoked

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

// Check demands that a changed password ends other sessions and that a role
// taken away is gone from them.
var Check = check.Check{
	ID: "session/revoked", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Lifecycles}, Judge: judge,
}

func judge(p *check.Pass) error {
	life := artifact.Lifecycles.Of(p)
	for _, r := range life.Revocations {
		decide(p, r)
	}
	if len(p.Findings()) == 0 {
		ruling.SignIns(p, life)
	}
	if len(p.Findings()) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no change was tried")
	}
	return nil
}

func decide(p *check.Pass, r artifact.Revocation) {
	subject := r.Event
	if r.Who != "" {
		subject += " of " + r.Who
	}
	if r.Left != "" {
		p.Unproven(subject+", undone", check.RestoreFailed, r.Left)
	}
	f := check.Finding{Subject: subject, Route: r.Route, Who: r.Who, Exhibits: append(check.Show("control", r.Change.Ref), check.Show("before", r.Before.Ref)...)}
	open := func(reason check.Reason, why string) {
		f.Outcome, f.Reason, f.Message = check.Unproven, reason, why
	}
	end := artifact.LaterProof{}
	if n := len(r.After); n > 0 {
		end = r.After[n-1]
		f.Exhibits = append(f.Exhibits, check.Show("after", end.Ref)...)
	}
	switch {
	case r.Skipped.Reason != "":
		open(r.Skipped.Reason, r.Skipped.Why)
	case r.Single:
		f.Outcome, f.Message = check.NotApplicable, "a second sign-in ends the first: there is no other session that could live on"
	case !r.Before.Alive:
		open(reason(r.Before), strings.TrimSuffix("the old session did not work before the change: "+r.Before.Why, ": "))
	case r.Change.Unproven != "":
		open(r.Change.Unproven, r.Change.Why)
	case !r.Effect.Alive:
		open(reason(r.Effect), "the change did not take effect: "+r.Effect.Why)
	case len(r.After) == 0:
		open(check.NotExamined, "the old session was not asked again")
	case end.Alive && end.Since >= max(r.Within, artifact.WatchedLocal):
		f.Outcome = check.Fail
		f.Message = fmt.Sprintf("%s later the old session still %s", ruling.Span(end.Since), does(r))
	case end.Alive:
		open(check.BudgetSpent, fmt.Sprintf("the old session still %s %s later, and was not watched for longer", does(r), ruling.Span(end.Since)))
	case !end.Dead():
		open(end.Unproven, end.Why)
	default:
		f.Outcome, f.Message = check.OK, fmt.Sprintf("the old session no longer %s, %s later", does(r), ruling.Span(end.Since))
	}
	p.Report(f)
}

func reason(a artifact.Proof) check.Reason {
	if a.Unproven != "" {
		return a.Unproven
	}
	return check.NoPositiveControl
}

func does(r artifact.Revocation) string {
	if r.Opens != "" {
		return "opens " + r.Opens
	}
	return "works"
}
