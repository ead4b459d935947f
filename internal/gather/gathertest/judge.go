package gathertest

import (
	"testing"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// source lets checks judge what a run gathered.
type source struct{ r *Run }

// Artifact implements check.Source.
func (s source) Artifact(name string) (any, *check.Missing) {
	if v := s.r.made[name]; v != nil {
		return v, nil
	}
	return nil, &check.Missing{Reason: check.NotExamined, Why: name + " was not gathered"}
}

// Exchange implements check.Source.
func (s source) Exchange(ref evidence.Ref) (*evidence.Exchange, error) { return s.r.exchange(ref) }

// Judge runs a check over what was gathered so far.
func (r *Run) Judge(t testing.TB, c check.Check) []check.Finding {
	t.Helper()
	pass := check.NewPass(c, check.NewRun(source{r}))
	if err := c.Judge(pass); err != nil {
		t.Fatalf("judge %s: %v", c.ID, err)
	}
	return pass.Findings()
}
