package limits

import (
	"context"
	"net/netip"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/login"
)

// usual is where connections leave from when nothing is said.
var usual = netip.Addr{}

// login tries one recipe's login through all phases.
func (g *guesser) login(ctx context.Context) artifact.Door {
	g.begun = time.Now()
	if g.control(ctx) {
		g.phases(ctx)
	}
	return g.study.Transcript()
}

// phases go from one address and one account to others, while the limit that
// the burst has met still holds: windows may be longer than an audit.
func (g *guesser) phases(ctx context.Context) {
	if !g.burst1(ctx) {
		g.restore(ctx)
		return
	}
	for _, step := range []struct {
		phase string
		try   func(context.Context)
	}{
		{artifact.PhaseOthers, g.others},
		{artifact.PhaseSpray, g.spell},
		{artifact.PhaseTricks, g.headers},
		{artifact.PhaseAccount, g.account},
		{artifact.PhaseOthers, g.lockout},
	} {
		if g.late() {
			g.leaveOut("the limit delays every attempt: there was no time for it", step.phase)
			continue
		}
		step.try(ctx)
	}
	elsewhere, counted := g.ownWay()
	if counted = counted && !g.late() && g.shows(); counted {
		g.counter(ctx, elsewhere)
	}
	recovered := g.restore(ctx)
	g.repeat(ctx, recovered)
	switch {
	case counted:
	case !g.shows():
		g.study.Begin(artifact.PhaseCounter, "").Skipped = artifact.Skip{Reason: check.Unstable, Why: noSign}
	case g.late():
		g.leaveOut("there was no time for it", artifact.PhaseCounter)
	case recovered:
		g.counter(ctx, func() (aim, bool) { return aim{}, g.restore(ctx) })
		g.restore(ctx)
	default:
		g.study.Begin(artifact.PhaseCounter, "").Skipped = artifact.Skip{Reason: check.Throttled, Why: "the limit had not ended within the time waited"}
	}
}

// ownWay is an address that nothing was sent from, with the browser in which
// the own account has just signed in at another one in spite of the limit: then
// nothing need be waited for.
func (g *guesser) ownWay() (func() (aim, bool), bool) {
	for _, r := range g.study.Of(artifact.PhaseOthers) {
		if r.Trick == "" {
			continue
		}
		_, right, _ := r.Last(artifact.ShotRight)
		_, device, _ := r.Last(artifact.ShotDevice)
		if !right.In && !device.In {
			continue
		}
		brought := g.device
		if right.In {
			brought = nil
		}
		return func() (aim, bool) {
			from, ok := g.source()
			return aim{from: from, brought: brought}, ok
		}, len(g.sources) > 0
	}
	return nil, false
}

// spell tries what may get around a limit of the account, then spraying, which
// the address's own limit ends.
func (g *guesser) spell(ctx context.Context) {
	if g.shows() {
		g.spellings(ctx)
		g.shapes(ctx)
	}
	g.spray(ctx)
}

// shows reports whether the limit has a sign: what gets around one that has
// none cannot be told from it.
func (g *guesser) shows() bool { return g.study.The(artifact.PhaseBurst).Limited }

// late reports that a door has taken its time: where each attempt is held up,
// no audit waits for all of them.
func (g *guesser) late() bool { return time.Since(g.begun) > 2*g.waiting }

func (g *guesser) leaveOut(why string, phases ...string) {
	for _, p := range phases {
		g.study.Begin(p, "").Skipped = artifact.Skip{Reason: check.BudgetSpent, Why: why}
	}
}

// control sends a wrong and a right password before any burst: only where the
// right one opens a session do refusals of the wrong one prove anything.
func (g *guesser) control(ctx context.Context) bool {
	r := g.study.Begin(artifact.PhaseControl, "")
	defer r.End()
	begun := time.Now()
	for g.shoot(ctx, r, aim{name: artifact.ShotKnown, id: g.known()}).Loud {
		// What came before has used the limit up.
		wait := max(r.Faces[len(r.Faces)-1].Wait, time.Second) + margin
		if ctx.Err() != nil || time.Since(begun)+wait > g.waiting {
			r.Skipped = artifact.Skip{Reason: check.Throttled, Why: "the login was limited before the first attempt, and stayed so"}
			return false
		}
		pause(ctx, wait)
		delete(g.lanes, usual)
	}
	g.again = true
	in := g.shoot(ctx, r, aim{name: artifact.ShotRight, id: g.victim}).In
	s := g.lanes[usual]
	if !in {
		g.again = false // the form is good for one attempt
		delete(g.lanes, usual)
		s = g.own.Beside(g.victim, func(w *login.Way) { w.By = name })
		shot := artifact.Shot{Attempt: artifact.Attempt{Name: artifact.ShotRight, Who: g.victim.Name}, User: g.victim.User}
		err := s.SignIn(ctx)
		shot.Ref, shot.After = s.Told()
		if reason := refusal(err); reason != "" {
			shot.Unproven, shot.Why = reason, err.Error()
		} else {
			g.prove(ctx, s, &shot)
		}
		in = g.add(r, shot).In
	}
	delete(g.lanes, usual)
	if in {
		g.remember(ctx, s)
		g.shoot(ctx, r, aim{name: artifact.ShotUnknown, id: g.unknown()})
	}
	return in
}

// remember keeps what a browser keeps that was signed in and signed out: a
// portal may know it again.
func (g *guesser) remember(ctx context.Context, s *login.Session) {
	if s.Recipe.Logout == nil || s.SignOut(ctx) != nil {
		return
	}
	if alive, _, err := s.Alive(ctx); err == nil && !alive {
		g.device = s.Brings()
	}
}

// burst1 guesses at one account from one address until a limit shows, then
// tries the right password.
func (g *guesser) burst1(ctx context.Context) bool {
	limited := g.guessing(ctx, artifact.PhaseBurst)
	r := g.study.Begin(artifact.PhaseRight, "")
	defer r.End()
	in := g.right(ctx, r, usual)
	if !limited {
		return !in // refused, though nothing showed: the account is locked
	}
	f := g.shoot(ctx, r, aim{name: artifact.ShotControl, id: g.known()})
	if in && !g.study.Scale.Under(f) {
		// Either the limit has ended meanwhile, or the sign-in ended it.
		if g.relimit(ctx, r, func() aim { return aim{name: artifact.ShotControl, id: g.known()} }) {
			g.right(ctx, r, usual)
		}
	}
	return true
}

// guessing is one burst at the victim's account.
func (g *guesser) guessing(ctx context.Context, phase string) bool {
	r := g.study.Begin(phase, "")
	g.until(ctx, r, g.study.Door.Most, func() (aim, bool) { return aim{name: artifact.ShotKnown, id: g.known()}, true })
	r.End()
	return r.Limited
}

// until shoots until a limit shows, and on until it holds: two more in a row.
func (g *guesser) until(ctx context.Context, r *limiting.Run, most int, next func() (aim, bool)) {
	g.burst.until(ctx, r, most, func() bool {
		a, ok := next()
		if ok {
			g.shoot(ctx, r, a)
		}
		return ok
	})
}

func (b *burst) until(ctx context.Context, r *limiting.Run, most int, shoot func() bool) {
	for n := 0; n < most+steadying && ctx.Err() == nil; n++ {
		sig, limited := r.Look()
		if limited && held(r, sig) || !limited && n >= most || !shoot() {
			return
		}
		if r.Shots[len(r.Shots)-1].Unproven != "" {
			return // nothing goes out any more
		}
	}
}

// held reports whether the last answers were the limit's.
func held(r *limiting.Run, sig limiting.Signal) bool {
	if sig.Kind != limiting.Said {
		return true // it was seen several times before it was believed
	}
	faces := r.Faces[sig.At:]
	if len(faces) <= steadying {
		return false
	}
	for _, f := range faces[len(faces)-steadying:] {
		if r.Scale().Plain(f) {
			return false
		}
	}
	return true
}

// steadying is how many attempts follow the first limited one.
const steadying = 2

// spray names each account once, from the usual address.
func (g *guesser) spray(ctx context.Context) {
	r := g.study.Begin(artifact.PhaseSpray, "")
	defer r.End()
	g.until(ctx, r, g.study.Door.Most, func() (aim, bool) { return aim{name: artifact.ShotUnknown, id: g.unknown()}, true })
	if _, limited := r.Look(); limited {
		return
	}
	if g.right(ctx, r, usual) {
		return
	}
	// The account may be what is locked: somebody else's right password tells.
	for _, p := range g.People() {
		s := g.As(p.Name)
		if p.Disposable || s == nil || s.Identity.Password.IsZero() || s.Recipe != g.own.Recipe {
			continue
		}
		g.shoot(ctx, r, aim{name: artifact.ShotRight, id: s.Identity, own: s, fresh: true})
		return
	}
}

// others looks who else the limit of the burst hits.
func (g *guesser) others(ctx context.Context) {
	r := g.study.Begin(artifact.PhaseOthers, "")
	defer r.End()
	g.shoot(ctx, r, aim{name: artifact.ShotUnknown, id: g.unknown()})
	known, ok := g.source()
	if !ok {
		return
	}
	g.shoot(ctx, r, aim{name: artifact.ShotKnown, id: g.known(), from: known})
	if unknown, ok := g.source(); ok {
		g.shoot(ctx, r, aim{name: artifact.ShotUnknown, id: g.unknown(), from: unknown})
	}
}

// noSign says why nothing is tried against a limit.
const noSign = "the limit has no sign but the right password that is refused"

// noSources says why nothing comes from another address.
const noSources = "needs further addresses to send from: name them under targets' egress:, or run the audit on the portal's own machine"

// account guesses at one account, each time from another address.
func (g *guesser) account(ctx context.Context) {
	r := g.study.Begin(artifact.PhaseAccount, "")
	defer r.End()
	next := func(name string) func() (aim, bool) {
		return func() (aim, bool) {
			from, ok := g.source()
			a := aim{name: name, id: g.known(), from: from}
			if !ok && g.forwarded != nil {
				a.trick, ok = g.forwarded(), true
			}
			return a, ok
		}
	}
	if len(g.sources) < 2 && g.forwarded == nil {
		r.Skipped = artifact.Skip{Reason: check.Undeclared, Why: noSources}
		return
	}
	g.until(ctx, r, g.study.Door.Most, next(artifact.ShotKnown))
	a, ok := next(artifact.ShotControl)()
	if !ok {
		return
	}
	if _, limited := r.Look(); limited {
		a.id = g.unknown()
		g.shoot(ctx, r, a)
		return
	}
	a.name, a.id, a.fresh = artifact.ShotRight, g.victim, true
	g.shoot(ctx, r, a)
}

// lockout tries the right password from elsewhere, as somebody who was never
// there and as the owner of a browser that the portal knows.
func (g *guesser) lockout(ctx context.Context) {
	r := g.study.Begin(artifact.PhaseOthers, "right password")
	defer r.End()
	from, ok := g.source()
	if !ok {
		r.Skipped = artifact.Skip{Reason: check.Undeclared, Why: noSources}
		return
	}
	if g.right(ctx, r, from) {
		if from, ok = g.source(); ok {
			g.shoot(ctx, r, aim{name: artifact.ShotControl, id: g.known(), from: from})
		}
		return
	}
	if from, ok = g.source(); ok && len(g.device) > 0 {
		g.shoot(ctx, r, aim{name: artifact.ShotDevice, id: g.victim, from: from, fresh: true, brought: g.device})
	}
}

// repeat makes the burst again where the first looked as if several places counted.
func (g *guesser) repeat(ctx context.Context, recovered bool) {
	if first := g.study.The(artifact.PhaseBurst); recovered && first.Limited && first.Passed() > 0 {
		g.guessing(ctx, artifact.PhaseRepeated)
		g.restore(ctx)
	}
}
