package alter

import (
	"context"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather"
)

// round is the trials of one gatherer on their way. Writes are made one after
// the other; what must be read a while later is read for all of them at once,
// and the owners' own writes, which change what is read, come last.
type round struct {
	trials   []*artifact.WriteTrial
	controls map[string]held
	looks    gather.Batch
	tools    *gather.Tools
	positive []func(context.Context)
}

// held is an untouched object, or why there is none.
type held struct {
	*canary
	skip artifact.Skip
}

func newRound(t *gather.Tools) *round { return &round{tools: t, controls: map[string]held{}} }

// add takes a trial in, unless there are too many already.
func (r *round) add(trial *artifact.WriteTrial) bool {
	if len(r.trials) >= maxTrials {
		return false
	}
	r.trials = append(r.trials, trial)
	return true
}

// control is the one object of a noun that an owner has and nobody touches.
func (r *round) control(ctx context.Context, t *gather.Tools, m maker, owner string) (*canary, artifact.Skip) {
	key := m.create.ID + " " + owner
	h, known := r.controls[key]
	if !known {
		h.canary, h.skip = plant(ctx, t, m, owner)
		r.controls[key] = h
	}
	return h.canary, h.skip
}

// later asks once the writes have had time to show.
func (r *round) later(a gather.Ask, then func(artifact.Attempt)) {
	r.looks.Add(expected(r.tools, a)[0], func(got gather.Answered) { then(got.Attempt) })
}

// last does what changes the objects once more.
func (r *round) last(f func(context.Context)) { r.positive = append(r.positive, f) }

// settle waits, reads everything again and has the owners write.
func (r *round) settle(ctx context.Context, t *gather.Tools) {
	if r.looks.Len() > 0 {
		select {
		case <-ctx.Done():
		case <-time.After(settleTime):
		}
		r.looks.Send(ctx, t)
	}
	for _, f := range r.positive {
		if ctx.Err() != nil {
			break
		}
		f(ctx)
	}
	r.positive = nil
}

// made returns the trials as they stand.
func (r *round) made() []artifact.WriteTrial {
	out := make([]artifact.WriteTrial, len(r.trials))
	for i, trial := range r.trials {
		out[i] = *trial
	}
	return out
}

// ask asks at once; see expected.
func ask(ctx context.Context, t *gather.Tools, asks ...gather.Ask) []gather.Answered {
	return t.Ask(ctx, expected(t, asks...)...)
}

// expected says of requests, most of which are to be refused, that server
// errors are no surprise where the portal refuses by them.
func expected(t *gather.Tools, asks ...gather.Ask) []gather.Ask {
	for i := range asks {
		asks[i].Request.Expect5xx = asks[i].Request.Expect5xx || t.FailsToRefuse()
	}
	return asks
}
