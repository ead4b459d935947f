package limits

import (
	"context"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/check"
)

// counter looks whether an own sign-in wipes out the guesses at others that
// were counted before it. Where the limit comes sooner than was thought, as it
// does when it had ended and begun again meanwhile, it is tried once more with
// the number that was seen.
func (g *guesser) counter(ctx context.Context, way func() (aim, bool)) {
	number := g.threshold()
	for range 2 {
		own, ok := way()
		if !ok {
			return
		}
		r := g.study.Begin(artifact.PhaseCounter, "")
		g.blocks(ctx, r, own, number)
		r.End()
		if !r.Limited || r.Has(artifact.ShotRight) || ctx.Err() != nil {
			return
		}
		number = r.Plain() + 1
	}
}

// blocks sends blocks of guesses below the limit, each ended by an own sign-in,
// and at last guesses until the limit shows, which proves that they were
// counted at all.
func (g *guesser) blocks(ctx context.Context, r *limiting.Run, own aim, number int) {
	if number < 2 {
		r.Skipped = artifact.Skip{Reason: check.Unstable, Why: "the limit shows at once: nothing fits between"}
		return
	}
	own.name, own.id, own.fresh = artifact.ShotRight, g.victim, true
	victim := g.unknown()
	next := func() aim {
		id := g.unknown()
		if !g.byAddress() {
			id.User = victim.User // only what is counted for one account can be wiped out
		}
		return aim{name: artifact.ShotUnknown, id: id, from: own.from}
	}
	block := max(1, number-2)
	for sent := 0; sent <= number+slack; sent += block {
		for range block {
			if g.guess(ctx, r, next()) {
				return
			}
		}
		if ctx.Err() != nil || !g.shoot(ctx, r, own).In {
			return
		}
	}
	for range number + slack {
		if g.guess(ctx, r, next()) {
			return
		}
	}
}

// slack is by how much the number of a limit is uncertain: the control's own
// attempts may count or not.
const slack = 2

// guess shoots and reports that the series is over.
func (g *guesser) guess(ctx context.Context, r *limiting.Run, a aim) bool {
	g.shoot(ctx, r, a)
	_, limited := r.Look()
	return limited || ctx.Err() != nil || r.Shots[len(r.Shots)-1].Unproven != ""
}

// threshold is how many guesses at accounts that nobody has it took until the
// usual address was limited, or else how many at one account.
func (g *guesser) threshold() int {
	if !g.byAddress() {
		return g.study.The(artifact.PhaseBurst).Number()
	}
	n := 0
	for _, r := range g.study.Runs {
		switch r.Phase {
		case artifact.PhaseBurst, artifact.PhaseOthers, artifact.PhaseTricks, artifact.PhaseSpray:
		default:
			continue
		}
		for i, f := range r.Faces {
			if r.Phase == artifact.PhaseSpray && r.Limited && i >= r.Signal.At {
				return n + 1
			}
			if f.From == "" && f.Name != artifact.ShotRight && f.Name != artifact.ShotTrick && g.study.Scale.Plain(f) {
				n++
			}
		}
	}
	return n + 1
}
