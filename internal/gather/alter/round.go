package alter

import (
	"context"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/canary"
	"github.com/launchready/launchready/internal/gather"
)

// round is the trials of one gatherer on their way. Writes are made one after
// the other; what must be read a while later is read for many of them at once,
// and an owner's own write, which changes what is read, comes after that.
type round struct {
	trials   []*artifact.WriteTrial
	controls map[string]held
	tools    *gather.Tools
	looks    []lookLater // in the order in which they fall due
	positive []ownWrite
}

// lookLater is a reading that waits until a write has had time to show.
type lookLater struct {
	due  time.Time
	ask  gather.Ask
	then func(artifact.Attempt)
}

// ownWrite is an owner's write that waits for so many looks.
type ownWrite struct {
	after int
	send  func(context.Context)
}

// held is an untouched object, or why there is none.
type held struct {
	*canary.Object
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
func (r *round) control(ctx context.Context, t *gather.Tools, m canary.Maker, owner string) (*canary.Object, artifact.Skip) {
	key := m.Create.ID + " " + owner
	h, known := r.controls[key]
	if !known {
		h.Object, h.skip = canary.Plant(ctx, t, m, owner)
		r.controls[key] = h
	}
	return h.Object, h.skip
}

// later asks once the writes have had time to show.
func (r *round) later(a gather.Ask, then func(artifact.Attempt)) {
	r.looks = append(r.looks, lookLater{time.Now().Add(settleTime), canary.Expected(r.tools, a)[0], then})
}

// last does what changes an object once more, after all that is to be read so far.
func (r *round) last(f func(context.Context)) {
	r.positive = append(r.positive, ownWrite{len(r.looks), f})
}

// settle reads everything again as it falls due, has the owners write, and
// waits only when there is nothing else to do.
func (r *round) settle(ctx context.Context, t *gather.Tools) {
	read := 0
	for ctx.Err() == nil && (read < len(r.looks) || len(r.positive) > 0) {
		due, now := read, time.Now()
		for due < len(r.looks) && !r.looks[due].due.After(now) {
			due++
		}
		switch {
		case due > read:
			r.look(ctx, t, r.looks[read:due])
			read = due
		case len(r.positive) > 0 && r.positive[0].after <= read:
			r.positive[0].send(ctx)
			r.positive = r.positive[1:]
		default:
			select {
			case <-ctx.Done():
			case <-time.After(r.looks[read].due.Sub(now)):
			}
		}
	}
	r.look(ctx, t, r.looks[read:]) // after an interrupt: they say that they were not sent
	r.looks, r.positive = nil, nil
}

func (r *round) look(ctx context.Context, t *gather.Tools, looks []lookLater) {
	var b gather.Batch
	waiting := map[string][]func(artifact.Attempt){} // several trials look at one untouched object
	for _, l := range looks {
		key := l.ask.Name + " " + l.ask.Who + " " + l.ask.Request.URL
		if waiting[key] == nil {
			b.Add(l.ask, func(got gather.Answered) {
				for _, then := range waiting[key] {
					then(got.Attempt)
				}
			})
		}
		waiting[key] = append(waiting[key], l.then)
	}
	b.Send(ctx, t)
}

// made returns the trials as they stand.
func (r *round) made() []artifact.WriteTrial {
	out := make([]artifact.WriteTrial, len(r.trials))
	for i, trial := range r.trials {
		out[i] = *trial
	}
	return out
}
