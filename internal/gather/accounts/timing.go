package accounts

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// timed is how many pairs a comparison of times needs, and mostWaiting how long
// it waits for limits on the way.
const (
	timed       = 10
	mostWaiting = 30 * time.Second
	firstPause  = 500 * time.Millisecond
)

// Timing makes the transcript whose times are compared. It runs after the rate
// limits: it needs more guesses than a lock-out may allow.
func Timing() gather.Gatherer {
	return gather.Gatherer{
		Name:    "timing",
		Doc:     "times the answers to accounts that exist and to others",
		Makes:   artifact.Timed.Name(),
		Needs:   []string{artifact.SignIns.Name(), artifact.Inventories.Name()},
		Wants:   []string{artifact.Baselines.Name()},
		Effects: []portal.Effect{portal.SignIn, portal.Burst},
		Budget:  func(t *gather.Tools) int { return 4 * 2 * 2 * timed * max(1, len(t.Portal.Logins)+1) },
		Gather: func(ctx context.Context, t *gather.Tools) (any, error) {
			out, c := &artifact.Timings{}, &clock{Tools: t, waits: mostWaiting}
			for _, recipe := range slices.SortedFunc(recipes(t), func(a, b *portal.Recipe) int { return cmp.Compare(a.Name, b.Name) }) {
				if p, ok := c.login(ctx, recipe); ok {
					out.Pairs = append(out.Pairs, p)
				}
			}
			out.Pairs = append(out.Pairs, c.resets(ctx)...)
			return out, nil
		},
	}
}

// clock compares times.
type clock struct {
	*gather.Tools
	waits time.Duration // left for limits on the way
}

// shot names an account and returns what came of it.
type shot func(ctx context.Context, user string) artifact.Attempt

// compare takes the rounds, and once more where they differ.
func (c *clock) compare(ctx context.Context, p *artifact.TimedPair, known string, send shot) {
	if c.Quick {
		p.Skipped = artifact.Skip{Reason: check.BudgetSpent, Why: "left out of a quick audit"}
		return
	}
	send(ctx, gather.StrangerLike(known)) // opens the connection
	p.Known, p.Unknown = c.rounds(ctx, known, send)
	if differ, _, _, _ := limiting.Apart(c.times(p.Known), c.times(p.Unknown)); differ {
		p.KnownAgain, p.UnknownAgain = c.rounds(ctx, known, send)
	}
}

// rounds sends in turn, each first as often as second.
func (c *clock) rounds(ctx context.Context, user string, send shot) (known, unknown []artifact.Attempt) {
	for i := range timed {
		a, b := user, gather.StrangerLike(user)
		if i%2 == 1 {
			a, b = b, a
		}
		first, ok := c.once(ctx, a, send)
		second := first
		if ok {
			second, ok = c.once(ctx, b, send)
		}
		if i%2 == 1 {
			first, second = second, first
		}
		known, unknown = append(known, first), append(unknown, second)
		if !ok {
			break
		}
	}
	return known, unknown
}

// once sends one, and again when a limit has ended that refused it.
func (c *clock) once(ctx context.Context, user string, send shot) (artifact.Attempt, bool) {
	for wait := firstPause; ; wait *= 2 {
		a := send(ctx, user)
		if a.Unproven != check.Throttled {
			return a, a.Unproven == ""
		}
		wait = max(wait, c.asked(a))
		if wait > c.waits || ctx.Err() != nil {
			return a, false
		}
		c.waits -= wait
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// asked is the Retry-After of an answer.
func (c *clock) asked(a artifact.Attempt) time.Duration {
	ex, err := c.Exchange(a.Ref)
	if err != nil {
		return 0
	}
	return limiting.FaceOf(artifact.Shot{}, ex, nil).Wait
}

func (c *clock) times(as []artifact.Attempt) []time.Duration {
	var out []time.Duration
	for _, a := range as {
		if ex, err := c.Exchange(a.Ref); err == nil && ex != nil && a.Unproven == "" {
			out = append(out, ex.Took)
		}
	}
	return out
}

// login times wrong passwords.
func (c *clock) login(ctx context.Context, recipe *portal.Recipe) (artifact.TimedPair, bool) {
	p := artifact.TimedPair{Endpoint: "login", Route: recipe.Steps[len(recipe.Steps)-1].Request.String()}
	i := slices.IndexFunc(c.Portal.Identities, func(i *portal.Identity) bool {
		return i.Login == recipe.Name && i.Disposable && !i.Password.IsZero()
	})
	if i < 0 || c.As(c.Portal.Identities[i].Name) == nil {
		return p, false // the answers' own rounds say so
	}
	known, own := c.Portal.Identities[i], c.As(c.Portal.Identities[i].Name)
	var kept *login.Session
	c.compare(ctx, &p, known.User, func(ctx context.Context, user string) artifact.Attempt {
		id := *known
		id.Name, id.User, id.Token = evidence.Anonymous, user, portal.Secret{}
		id.Password = portal.NewSecret(gather.Canary("Wrong-1-"))
		var err error
		if kept != nil && single(recipe) {
			err = kept.Again(ctx, &id) // on the connection that is open: opening one takes time too
		} else {
			kept = own.Beside(&id, func(w *login.Way) {
				w.By = "timing"
				w.Alter = func(r *wire.Request, _ bool) { r.Expect5xx = true }
			})
			err = kept.SignIn(ctx)
		}
		return c.told(kept, err)
	})
	if p.Skipped.Reason == "" && !c.open(ctx, own) {
		p.Skipped = artifact.Skip{Reason: check.Throttled, Why: "the account was locked on the way: its times tell of the lock"}
	}
	return p, true
}

// single reports a recipe without a form: nothing opens the connection before
// the password is sent.
func single(r *portal.Recipe) bool { return len(r.Steps) == 1 && r.Steps[0].Form == nil }

func (c *clock) told(s *login.Session, err error) artifact.Attempt {
	a := artifact.Attempt{Name: "wrong password", Who: evidence.Anonymous}
	a.Ref, _ = s.Told()
	ex, _ := c.Exchange(a.Ref)
	switch {
	case a.Ref == "" || ex == nil || ex.Response == nil:
		a.Unproven, a.Why = check.Unstable, "an answer did not arrive"
		if r := gather.Refusal(err); r != "" {
			a.Unproven, a.Why = r, err.Error()
		}
	case c.Refusals().Throttled(ex):
		a.Unproven, a.Why = check.Throttled, "it was throttled"
	case err == nil:
		a.Unproven, a.Why = check.Suspected, "a wrong password was not refused"
	}
	return a
}

// open reports whether the right password still works.
func (c *clock) open(ctx context.Context, own *login.Session) bool {
	s, err := own.FreshFor(ctx, "timing")
	if err != nil {
		return false
	}
	alive, _, err := s.Alive(ctx)
	return err == nil && alive
}

// resets times requests for a new password.
func (c *clock) resets(ctx context.Context) []artifact.TimedPair {
	var out []artifact.TimedPair
	for _, r := range gather.Made[artifact.Inventory](c.Tools, artifact.Inventories).Routes {
		field, is := gather.AsksReset(r)
		i := slices.IndexFunc(c.Portal.Identities, func(i *portal.Identity) bool { return i.Disposable && i.User != "" })
		if !is || i < 0 || r.Never || !c.Allowed(portal.Mail) {
			continue // the answers' own rounds say so
		}
		p := artifact.TimedPair{Endpoint: "reset", Route: r.ID}
		c.compare(ctx, &p, c.Portal.Identities[i].User, func(ctx context.Context, user string) artifact.Attempt {
			a := artifact.Attempt{Name: "reset", Who: evidence.Anonymous}
			ask := reset(r, field, user).Request
			ask.By, ask.For, ask.Expect5xx = "timing", "reset", true
			ans, err := c.Anonymous().Do(ctx, ask)
			if ans != nil {
				a.Ref = ans.Ref
			}
			switch {
			case err != nil:
				a.Unproven, a.Why = gather.Refusal(err), err.Error()
			case c.Refusals().Throttled(ans.Exchange):
				a.Unproven, a.Why = check.Throttled, "it was throttled"
			}
			return a
		})
		out = append(out, p)
	}
	return out
}
