// Package input feeds every operation with what it must not choke on: values
// of the wrong type, out of bounds or of no form, broken bodies, and harmless
// injections, one mutation at a time. What is sent is held against the schema
// as it stands on the wire, and whatever is written is found and removed again.
package input

import (
	"context"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/probe"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

const (
	// What one operation may cost, and all together. A run on 60 routes must
	// stay within 6,000 requests with everything else it does.
	perRead, perWrite   = 40, 120
	most, least, each   = 2200, 600, 16
	mostQuick           = 70
	perReadQuick        = 4
	confirmations       = 2 // of mishaps alike
	maxCrashes          = 6 // confirmed of one operation; then it was heard enough
	maxAccepted         = 5 // bad creates that a portal accepts before no more are sent
	reserved, mostSteps = 60, 12
)

// Gatherer makes the transcript of bad input.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:    "input",
		Doc:     "feeds every operation with bad input",
		Makes:   artifact.Fed.Name(),
		Needs:   []string{artifact.SignIns.Name(), artifact.Inventories.Name(), artifact.Corpora.Name()},
		Wants:   []string{artifact.Baselines.Name()},
		Effects: []portal.Effect{portal.Look},
		Budget:  func(t *gather.Tools) int { return bound(t) + bound(t)/3 }, // proofs of life, and what is cut off
		Gather: func(ctx context.Context, t *gather.Tools) (any, error) {
			return newFeeder(t, probe.Hang).feed(ctx), nil
		},
	}
}

// bound is what the whole may cost: so much for each operation, within limits.
func bound(t *gather.Tools) int {
	inv := gather.Made[artifact.Inventory](t, artifact.Inventories)
	switch {
	case t.Quick:
		return mostQuick
	case inv == nil:
		return least
	}
	reads, writes := split(inv.Routes)
	return min(most, max(least, each*(len(reads)+len(writes))))
}

// feeder feeds one portal.
type feeder struct {
	*gather.Tools
	inv      *artifact.Inventory
	corpus   *artifact.Corpus
	ground   *probe.Ground
	patience time.Duration // how long an answer may take

	left    int             // requests
	waiting int             // operations that were not fed yet
	seen    map[string]bool // parameters and fields that were tried in depth
	planted map[string]*planted
	ops     []*artifact.Operation
}

func newFeeder(t *gather.Tools, patience time.Duration) *feeder {
	f := &feeder{
		Tools: t, inv: gather.Made[artifact.Inventory](t, artifact.Inventories), corpus: gather.Made[artifact.Corpus](t, artifact.Corpora),
		ground: probe.On(gather.Made[artifact.Baseline](t, artifact.Baselines), t.Exchange), patience: patience,
		left: bound(t), seen: map[string]bool{}, planted: map[string]*planted{},
	}
	f.ground.Slow = patience
	return f
}

func (f *feeder) feed(ctx context.Context) *artifact.Inputs {
	if f.Allowed(portal.Write) && !f.Quick {
		f.plantAll(ctx)
	}
	reads, writes := split(f.inv.Routes)
	f.waiting = len(reads) + len(writes)
	for _, r := range writes {
		f.write(ctx, r)
		f.waiting--
	}
	f.refresh(ctx)
	for _, r := range reads {
		f.read(ctx, r)
		f.waiting--
	}
	out := &artifact.Inputs{Operations: make([]artifact.Operation, len(f.ops))}
	for i, op := range f.ops {
		out.Operations[i] = *op
	}
	return out
}

// open begins an operation.
func (f *feeder) open(r artifact.Route) *artifact.Operation {
	op := &artifact.Operation{Route: r.ID}
	f.ops = append(f.ops, op)
	return op
}

// shot is one bad input on its way.
type shot struct {
	c       artifact.Case
	request wire.Request
	who     string
	remake  func(bad) *shot // the same with another value; nil when there is no other
	bad     bad
	got     gather.Answered

	// Of writes: the journal's lines, whether it was accepted, what it made, and
	// what else was sent for it.
	more     []*shot
	entries  []int
	accepted bool
	id       string
}

// ask is the request of a shot.
func (f *feeder) ask(name string, s *shot, r wire.Request) gather.Ask {
	r.Expect5xx, r.Timeout = true, f.patience
	return gather.Ask{Name: name, Who: s.who, Request: r}
}

// fire sends shots and notes what came back; it says how many were sent.
func (f *feeder) fire(ctx context.Context, shots []*shot) {
	var b gather.Batch
	for _, s := range shots {
		b.Add(f.ask("bad "+s.c.Class, s, s.request), func(got gather.Answered) { s.got, s.c.Try = got, got.Attempt })
	}
	f.left -= len(shots)
	b.Send(ctx, f.Tools)
}

// spent moves what there is no budget for to what is left out.
func (f *feeder) within(op *artifact.Operation, shots []*shot, most int) []*shot {
	n := max(0, min(len(shots), most, f.left-f.reserve()))
	for _, s := range shots[n:] {
		f.leave(op, s.c.Class, check.BudgetSpent, "not all of its cases were sent: the budget is spent")
	}
	return shots[:n]
}

// reserve is what is kept for trying again what failed.
func (f *feeder) reserve() int {
	if f.Quick {
		return mostSteps
	}
	return reserved
}

// share is what one operation may cost when all that wait get as much.
func (f *feeder) share() int { return (f.left - f.reserve()) / max(1, f.waiting) }

// deeply reports whether something is tried in depth: where it is met first,
// or where there is enough for all.
func (f *feeder) deeply(key string, cases int) bool {
	first := f.first(key)
	return first || !f.Quick && cases <= f.share()
}

func (f *feeder) leave(op *artifact.Operation, class string, reason check.Reason, why string) {
	for _, l := range op.Left {
		if l.Class == class && l.Reason == reason {
			return
		}
	}
	op.Left = append(op.Left, artifact.Left{Class: class, Reason: reason, Why: why})
}

// view is an answer as it is judged.
func (f *feeder) view(got gather.Answered) probe.Answer {
	a, err := f.ground.Load(got.Attempt)
	if err != nil {
		a.Unproven, a.Why = check.RunError, err.Error()
	}
	return a
}

// sessionOf reports whether somebody can ask.
func (f *feeder) canAsk(who string) bool { return who == evidence.Anonymous || f.Sessions[who] != nil }
