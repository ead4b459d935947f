package limits

import (
	"context"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/check"
)

const (
	// mostWaiting bounds the wait for a window to end, margin is added to it.
	mostWaiting = 90 * time.Second
	margin      = 50 * time.Millisecond
	firstPoll   = 250 * time.Millisecond
)

// restore waits until the right password works again: a burst ends with it.
func (g *guesser) restore(ctx context.Context) bool {
	r := g.study.Begin(artifact.PhaseWindow, "")
	defer r.End()
	begun := time.Now()
	if wait := g.asked(); wait > g.waiting {
		r.Skipped = artifact.Skip{Reason: check.Throttled, Why: "the portal asks to wait " + wait.String()}
	} else {
		pause(ctx, wait)
	}
	for wait := firstPoll; ctx.Err() == nil; wait *= 2 {
		if g.right(ctx, r, usual) {
			g.study.Door.Recovered = int(time.Since(begun).Round(time.Second) / time.Second)
			return true
		}
		left := g.waiting - time.Since(begun)
		if left <= 0 || r.Skipped.Reason != "" || r.Shots[len(r.Shots)-1].Unproven == check.BudgetSpent {
			break
		}
		if f := r.Faces[len(r.Faces)-1]; f.Wait > 0 {
			wait = max(wait, f.Wait+margin)
		}
		if wait > left {
			break
		}
		pause(ctx, wait)
	}
	g.study.Door.Recovered = -1
	return false
}

// asked is the longest wait that a limited answer has asked for lately.
func (g *guesser) asked() time.Duration {
	most := time.Duration(0)
	for i := len(g.study.Runs) - 1; i >= 0; i-- {
		run := g.study.Runs[i]
		if run.Phase == artifact.PhaseWindow && run.Begun() {
			break
		}
		for _, f := range run.Faces {
			most = max(most, f.Wait)
		}
	}
	return most
}

// relimit shoots until the limit holds again.
func (g *guesser) relimit(ctx context.Context, r *limiting.Run, next func() aim) bool {
	for range g.study.Door.Most + steadying {
		if ctx.Err() != nil || r.Shots[len(r.Shots)-1].Unproven != "" {
			return false
		}
		if g.study.Scale.Under(g.shoot(ctx, r, next())) {
			return true
		}
	}
	return false
}
