// Package latency sends the declared normal load to the core actions and times
// every answer from the moment its request was due.
package latency

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/portal"
)

const (
	// enough is how many answers an action gets: those it takes to bound a p95
	// (artifact.LatencySamples), and a few that may be errors.
	enough = artifact.LatencySamples + 7
	// mostFor bounds how long a round is made when the declared time gives an
	// action too few answers.
	mostFor = 3 * time.Minute
	// mostWarmUp bounds the time before anything counts; short runs give a third.
	mostWarmUp = 5 * time.Second
	// mostLearned is how many actions are measured when none are declared.
	mostLearned = 4
	// overhead is what proving sessions alive may take, and trying an action.
	overhead = 60
	// most is how often a round is sent at most: once more when it was late, once
	// more when a verdict is open.
	most = 3
)

// Gatherer returns the gatherer of the latency run.
func Gatherer() gather.Gatherer { return gatherer(func(*vegeta.Result) {}) }

// gatherer shows each result that counts to see, as vegeta measured it.
func gatherer(see func(*vegeta.Result)) gather.Gatherer {
	return gather.Gatherer{
		Name:    "latency",
		Doc:     "sends the declared normal load to the core actions and times the answers",
		Makes:   artifact.Latencies.Name(),
		Needs:   []string{artifact.SignIns.Name(), artifact.Inventories.Name()},
		Wants:   []string{artifact.Baselines.Name(), artifact.Corpora.Name()},
		Effects: []portal.Effect{portal.LoadRun},
		// Fewer answers than this takes would bound nothing.
		Thorough: true,
		Budget: func(t *gather.Tools) int {
			p := planned(t.Portal.Policy.Latency, max(mostLearned, len(t.Portal.Policy.Latency.Actions)))
			return overhead*(1+len(t.Portal.Policy.Latency.Actions)) + p.warmUp + most*p.due
		},
		Gather: func(ctx context.Context, t *gather.Tools) (any, error) { return run(ctx, t, see) },
	}
}

// plan says how much load is sent.
type plan struct {
	every   time.Duration // between two requests
	actions int           // that can be measured
	warmUp  int           // requests that are discarded
	due     int           // requests of a round
}

// planned spreads the declared load over n actions. The rate is that of all
// actions together and is never exceeded; where the declared time gives an
// action too few answers the round is longer, and where even the longest round
// does, the first actions are measured and the rest are not.
func planned(l portal.Latency, n int) plan {
	p := plan{every: time.Duration(float64(time.Second) / l.Rate), actions: n}
	longest := max(l.For, mostFor)
	p.actions = min(p.actions, int(longest/p.every)/enough)
	p.warmUp = int(min(mostWarmUp, l.For/3) / p.every)
	p.due = max(enough*p.actions, int(math.Round(l.For.Seconds()*l.Rate)))
	return p
}

// run measures the core actions: a warm-up, a round, and one more where the
// first leaves a verdict open.
func run(ctx context.Context, t *gather.Tools, see func(*vegeta.Result)) (*artifact.Latency, error) {
	policy := t.Portal.Policy.Latency
	if err := t.Nobody(); err != nil {
		return nil, err
	}
	chosen, left := choose(ctx, t)
	p := planned(policy, len(chosen))
	out := &artifact.Latency{Budget: policy.P95, Rate: policy.Rate, For: policy.For, WarmUp: time.Duration(p.warmUp) * p.every}
	for _, a := range chosen[p.actions:] {
		left = append(left, a.skipped(check.BudgetSpent, unmeasured(policy)))
	}
	chosen = chosen[:p.actions]
	if each := (p.warmUp + most*p.due) / max(1, p.actions); each > mostWritten {
		for _, a := range chosen {
			if a.writes() {
				left = append(left, a.skipped(check.BudgetSpent, fmt.Sprintf("it would write up to %d times, and %d can be undone in good time; lower policy.latency.rate or for", each, mostWritten)))
			}
		}
		chosen = slices.DeleteFunc(chosen, (*action).writes)
	}
	if len(chosen) == 0 {
		out.Actions = left
		return out, ctx.Err()
	}
	r := &rounds{Tools: t, plan: p, actions: chosen, out: out, see: see}
	if err := r.all(ctx); err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	for _, a := range chosen {
		out.Actions = append(out.Actions, a.result())
	}
	out.Actions = append(out.Actions, left...)
	return out, nil
}

func unmeasured(l portal.Latency) string {
	return fmt.Sprintf("at %g/s there is time for fewer actions; raise policy.latency.rate or for", l.Rate)
}

// rounds is a latency run at work.
type rounds struct {
	*gather.Tools
	plan
	actions []*action
	out     *artifact.Latency
	see     func(*vegeta.Result)

	answers, broken int // so far, and those of them that were server errors
}

func (r *rounds) all(ctx context.Context) error {
	if err := r.round(ctx, r.warmUp, false); err != nil {
		return err
	}
	if r.out.Stopped != "" {
		r.cold()
		return nil
	}
	r.forget()
	if err := r.round(ctx, r.due, true); err != nil || r.out.Stopped != "" {
		return err
	}
	if r.late() {
		r.Say("the auditor was overloaded: measuring again")
		r.forget()
		if err := r.round(ctx, r.due, true); err != nil || r.out.Stopped != "" {
			return err
		}
	}
	for _, a := range r.actions {
		if a := a.result(); a.P95Open(r.out.Budget) || a.ErrorsOpen() {
			r.Say("a verdict on " + a.Name + " is open: measuring as long again")
			return r.round(ctx, r.due, true)
		}
	}
	return nil
}

// late reports a round that proves nothing because of the auditor's own delay.
// One in which the portal answered wrongly is never thrown away.
func (r *rounds) late() bool {
	ours := r.out.Late() > artifact.LateMost
	for _, a := range r.actions {
		if len(a.failures) > 0 || a.throttled > 0 || a.blocked > 0 {
			return false
		}
		ours = ours || r.out.LateAlone(a.result())
	}
	return ours
}

// forget drops what was measured so far, but not that somebody said to slow down.
func (r *rounds) forget() {
	r.out.Rounds = nil
	for _, a := range r.actions {
		a.tally = tally{throttled: a.throttled, blocked: a.blocked}
	}
}

// cold drops the times of a warm-up that was the end. Its errors are errors.
func (r *rounds) cold() {
	for _, a := range r.actions {
		a.took, a.alone, a.phases = nil, nil, [5][]int64{}
	}
}

// round sends n requests between two proofs that everybody who asks is signed in.
func (r *rounds) round(ctx context.Context, n int, counts bool) error {
	who := askers(r.actions)
	for _, name := range who {
		if why := r.Alive(ctx, name); why != "" {
			r.stop(check.SessionDead, why)
			return ctx.Err()
		}
	}
	if err := r.planWrites(n); err != nil {
		return err
	}
	began := time.Now()
	round, err := r.attack(ctx, n, counts)
	if err != nil {
		return err
	}
	if counts {
		round.For = time.Since(began)
		r.out.Rounds = append(r.out.Rounds, round)
	}
	for _, name := range who {
		if !r.StillAlive(ctx, name) && ctx.Err() == nil {
			r.stop(check.SessionDead, name+"'s session died during the load")
		}
	}
	return ctx.Err()
}

// stop ends the run; the first reason stands.
func (r *rounds) stop(why check.Reason, text string) {
	if r.out.Stopped == "" {
		r.out.Reason, r.out.Stopped = why, text
	}
}
