package jwt

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/jose"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
)

const (
	// mostEntries bounds the sign-ins of one study: a good token that keeps
	// dying proves nothing.
	mostEntries = 6
	// soon is how long before its end a token is no longer worth an attempt.
	soon = 3 * time.Second
	// alike is how much the answer to a forged token must have the shape of the
	// good one's to count as let in without naming anybody that is known.
	alike = 0.9
	// quickEvery is after how many attempts a quick run sends the good token.
	quickEvery = 5
	// mostVain is after how many attempts in a row that were throttled, kept
	// away or broken off nothing more is tried.
	mostVain = 3
)

// desk is where the tokens of one kind are forged and tried.
type desk struct {
	kind
	t    *gather.Tools
	main *login.Session // the run's own session of the identity
	cur  *login.Session // the sign-in that is worked with
	cred login.Credential
	out  artifact.TokenType

	entries int
	ours    ourKeys
	waiting []int         // trials whose good token has not been sent yet
	closed  artifact.Skip // why nothing more can be tried
	crash   *normal.View  // the portal's error for a refusal, once that is known
	vain    int           // attempts in a row that nobody answered for good
}

// study tries everything on one kind of token.
func (d *desk) study(ctx context.Context) artifact.TokenType {
	d.out = artifact.TokenType{
		Recipe: d.recipe, Who: d.who.Name, Place: d.Place, Alg: d.alg, Typ: d.found.Token.Text("typ"),
		Claims: slices.Sorted(maps.Keys(d.found.Token.Claims)), Expires: d.found.Token.Time("exp"),
		JWE: d.found.Encrypted, Presented: !d.Sent, Standing: standing(d.main),
	}
	if d.main.Probe != nil {
		d.out.Probe = d.main.Probe.Request.String()
	}
	if d.out.JWE {
		return d.out
	}
	if d.out.Skipped = d.enter(ctx); d.out.Skipped.Reason != "" {
		return d.out
	}
	defer d.leave(ctx)
	if !d.controls(ctx) {
		return d.out
	}
	if d.verify(ctx) {
		for _, phase := range []func(context.Context){d.claims, d.others, d.confusion, d.embedded, d.remote, d.keyIDs, d.guess} {
			phase(ctx)
		}
		d.services(ctx)
	}
	d.settle(ctx)
	return d.out
}

// enter signs in anew, so that nothing that happens to the token is the run's loss.
func (d *desk) enter(ctx context.Context) artifact.Skip {
	if d.out.Standing {
		if why := d.t.Alive(ctx, d.who.Name); why != "" {
			return artifact.Skip{Reason: check.SessionDead, Why: why}
		}
		d.cur = d.main
	} else {
		if d.entries++; d.entries > mostEntries {
			return artifact.Skip{Reason: check.SessionDead, Why: fmt.Sprintf("the good token ended early in each of %d sign-ins", mostEntries)}
		}
		s, err := d.main.FreshFor(ctx, name)
		if err != nil {
			return artifact.Skip{Reason: cmp.Or(gather.Refusal(err), check.SessionDead), Why: err.Error()}
		}
		d.cur = s
	}
	held, ok := at(carried(d.cur), d.Place)
	if !ok {
		return artifact.Skip{Reason: check.Unstable, Why: "another sign-in brought no token of this kind"}
	}
	d.carry, d.cred = held, d.cur.Credential()
	if !d.Sent { // what is sent anyway must not sign in beside it
		d.cred = login.Credential{}
	}
	return artifact.Skip{}
}

// leave ends the sign-in that was worked with; the run's own session stays.
func (d *desk) leave(ctx context.Context) {
	if d.cur != nil && d.cur != d.main {
		_ = d.cur.SignOut(ctx) // it lives on until its end: nobody holds it
	}
}

// controls asks with the token, without it and with nothing; false says that
// the token signs nobody in, so that there is nothing to forge.
func (d *desk) controls(ctx context.Context) bool {
	token := d.found.Token.String()
	d.out.None = d.ask(ctx, "nothing", login.Credential{})
	d.out.Control = d.ask(ctx, "the good token", d.with(d.cred, token))
	if !d.out.Control.Alive {
		return false
	}
	alone := d.cred
	for _, other := range carried(d.cur) { // another token may do the same by itself
		if other.Sent && other.Form != artifact.FormOpaque && other.Place != d.Place {
			alone = other.without(alone)
		}
	}
	if d.Sent && d.ask(ctx, "the token alone", alone).Alive {
		d.cred = alone
	}
	d.out.Without = d.ask(ctx, "without the token", d.without(d.cred))
	return d.out.Without.Dead()
}

// forger makes a token out of the good one; "" when it cannot.
type forger func(t jose.Token) string

// trial is one token to be tried.
type trial struct {
	id, what string
	forge    forger
	names    []string // whom else the answer may name
	whom     string
	fetched  func() bool
}

// try sends a forged token and the good one after it, and reports whether the
// forged one was accepted. When the good one no longer works, its time may have
// run out: then both are sent once more with a new sign-in.
func (d *desk) try(ctx context.Context, x trial) bool {
	got := artifact.TokenTrial{ID: x.id, Whom: x.whom}
	got.Attempt = artifact.Attempt{Name: x.what, Who: d.who.Name}
	for range 2 {
		if !d.lasts(ctx) {
			break
		}
		forged := x.forge(d.found.Token)
		if forged == "" {
			return false
		}
		d.t.Wire.Redactor().Add("jwt", forged)
		got.Proof = d.ask(ctx, x.what, d.with(d.cred, forged), x.names...)
		if x.fetched != nil {
			got.Fetched = x.fetched()
		}
		if d.t.Quick || got.Unproven == check.Throttled || got.Unproven == check.Intercepted {
			break
		}
		got.After = d.ask(ctx, "the good token again", d.with(d.cred, d.found.Token.String()))
		if got.After.Alive || got.After.Unproven != "" || d.closed.Reason != "" {
			break
		}
		if d.out.Expires.IsZero() && d.out.Standing {
			break
		}
		if skip := d.enter(ctx); skip.Reason != "" {
			d.closed = skip
		}
	}
	d.out.Trials = append(d.out.Trials, got)
	d.conclude(ctx, len(d.out.Trials)-1)
	return d.out.Trials[len(d.out.Trials)-1].Alive
}

// lasts sees to it that the good token outlives the next attempt; false says
// that nothing can be tried any more.
func (d *desk) lasts(ctx context.Context) bool {
	end := d.found.Token.Time("exp")
	if d.closed.Reason == "" && !end.IsZero() && time.Until(end) < soon && !d.out.Standing {
		d.settle(ctx)
		d.closed = d.enter(ctx)
	}
	return d.closed.Reason == "" && ctx.Err() == nil
}

// conclude says whether a trial counts: the good token must have worked after it.
func (d *desk) conclude(ctx context.Context, i int) {
	x := &d.out.Trials[i]
	if d.vain++; x.Unproven == "" || x.Unproven == check.Suspected {
		d.vain = 0
	}
	if d.vain == mostVain && d.closed.Reason == "" {
		d.closed = artifact.Skip{Reason: x.Unproven, Why: fmt.Sprintf("given up after %d attempts in a row: %s", mostVain, x.Why)}
	}
	switch {
	case !x.Sent() && x.Unproven == "":
		x.Unproven, x.Why = cmp.Or(d.closed.Reason, check.NotExamined), cmp.Or(d.closed.Why, "the run was interrupted")
	case d.t.Quick:
		if d.waiting = append(d.waiting, i); len(d.waiting) >= quickEvery {
			d.settle(ctx)
		}
	case x.Unproven == "" && !x.After.Alive:
		d.lost(x)
	}
}

// lost marks a trial after which the good token was refused as well.
func (d *desk) lost(x *artifact.TokenTrial) {
	x.Unproven, x.Why = check.SessionDead, "the good token is refused after it as well"
	if x.After.Unproven != "" {
		x.Unproven, x.Why = x.After.Unproven, "the good token after it: "+x.After.Why
	}
}

// settle sends the good token for the trials of a quick run that wait for it.
func (d *desk) settle(ctx context.Context) {
	if len(d.waiting) == 0 {
		return
	}
	after := d.ask(ctx, "the good token again", d.with(d.cred, d.found.Token.String()))
	for _, i := range d.waiting {
		x := &d.out.Trials[i]
		if x.After = after; x.Unproven == "" && !after.Alive {
			d.lost(x)
		}
	}
	d.waiting = nil
	if !after.Alive && d.closed.Reason == "" {
		d.closed = d.enter(ctx)
	}
}

// leaveOut notes what is not tried.
func (d *desk) leaveOut(id, what string, reason check.Reason, why string, needed bool) {
	d.out.Left = append(d.out.Left, artifact.Untried{ID: id, What: what, Needed: needed, Skip: artifact.Skip{Reason: reason, Why: why}})
}

// accepted reports whether some trial of an attempt was let in.
func (d *desk) accepted(id string) bool {
	return slices.ContainsFunc(d.out.Trials, func(x artifact.TokenTrial) bool { return x.ID == id && x.Alive })
}
