package engine

import (
	"fmt"
	"sync"

	"github.com/launchready/launchready/check"
)

// Judge runs the checks over a source. A missing artifact, an error or a panic
// of a check is an unproven finding of that check alone; the latter two are
// also returned as errors of the run. The order of findings is that of checks.
func Judge(checks []check.Check, src check.Source) ([]check.Finding, []string) {
	run := check.NewRun(src)
	found := make([][]check.Finding, len(checks))
	problems := make([]string, len(checks))
	var wg sync.WaitGroup
	slots := make(chan struct{}, 4)
	for i, c := range checks {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			found[i], problems[i] = judgeOne(c, run)
		})
	}
	wg.Wait()
	var out []check.Finding
	var errs []string
	for i := range checks {
		out = append(out, found[i]...)
		if problems[i] != "" {
			errs = append(errs, problems[i])
		}
	}
	return out, errs
}

func judgeOne(c check.Check, run *check.Run) (found []check.Finding, problem string) {
	p := check.NewPass(c, run)
	for _, n := range c.Needs {
		if _, missing := run.Artifact(n.Name()); missing != nil {
			p.Unproven(c.ID, missing.Reason, missing.Why)
			return p.Findings(), ""
		}
	}
	defer func() {
		if v := recover(); v != nil {
			problem = fmt.Sprintf("check %s: panic: %v", c.ID, v)
		}
		if problem != "" {
			// What was already found stands; that the check did not finish is said.
			p.Unproven(c.ID, check.RunError, problem)
		}
		found = p.Findings()
	}()
	if err := c.Judge(p); err != nil {
		return nil, fmt.Sprintf("check %s: %v", c.ID, err)
	}
	if len(p.Findings()) == 0 {
		p.Unproven(c.ID, check.NotExamined, "nothing was examined")
	}
	return nil, ""
}
