package limits

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/netip"
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

// guesser tries passwords at a login by the recipe of a disposable identity.
type guesser struct {
	*burst
	study   *limiting.Study
	victim  *portal.Identity
	own     *login.Session // of the victim: its recipe, its probe, its codes
	again   bool           // the form may be sent more than once
	lanes   map[netip.Addr]*login.Session
	sources []netip.Addr // not used yet
	device  []*http.Cookie
	begun   time.Time
}

func lanes() map[netip.Addr]*login.Session { return map[netip.Addr]*login.Session{} }

// aim is one attempt to sign in.
type aim struct {
	name    string // of the shot
	id      *portal.Identity
	from    netip.Addr
	trick   func(*wire.Request) // changes the request with the password; nil: nothing
	fresh   bool                // a browser that was never here
	own     *login.Session      // of id, where that is not the victim
	brought []*http.Cookie
}

// known is a wrong password for the victim, unknown one for nobody.
func (g *guesser) known() *portal.Identity {
	id := *g.victim
	id.Name, id.Password, id.Token = evidence.Anonymous, portal.NewSecret(gather.Canary("Wrong-1-")), portal.Secret{}
	return &id
}

func (g *guesser) unknown() *portal.Identity {
	id := g.known()
	id.User = gather.StrangerLike(g.victim.User)
	return id
}

// shoot makes one attempt and adds it to the series.
func (g *guesser) shoot(ctx context.Context, r *limiting.Run, a aim) limiting.Face {
	g.pace(ctx)
	s, err := g.send(ctx, a)
	shot := artifact.Shot{Attempt: artifact.Attempt{Name: a.name, Who: evidence.Anonymous}, User: a.id.User}
	if a.from.IsValid() {
		shot.From = a.from.String()
	}
	shot.Ref, shot.After = s.Told()
	switch reason := refusal(err); {
	case reason != "":
		shot.Unproven, shot.Why = reason, err.Error()
	case shot.Ref == "":
		shot.Unproven, shot.Why = check.Unstable, "nothing was sent"
		if err != nil {
			shot.Why = err.Error()
		}
	default:
		if a.name == artifact.ShotRight || a.name == artifact.ShotDevice {
			g.prove(ctx, s, &shot)
		}
	}
	return g.add(r, shot)
}

// add records a shot.
func (b *burst) add(r *limiting.Run, shot artifact.Shot) limiting.Face {
	ex, after := b.exchange(shot.Ref), b.exchange(shot.After)
	if ex != nil && ex.Response == nil {
		shot.Cut = cmp.Or(ex.Error, "no answer")
	}
	return r.Add(shot, ex, after)
}

func (b *burst) exchange(ref evidence.Ref) *evidence.Exchange {
	if ref == "" {
		return nil
	}
	ex, err := b.Exchange(ref)
	if err != nil {
		return nil
	}
	return ex
}

// send signs in, on the page that the last attempt from there left where that works.
func (g *guesser) send(ctx context.Context, a aim) (*login.Session, error) {
	if s := g.lanes[a.from]; g.again && s != nil && !a.fresh && a.trick == nil {
		return s, s.Again(ctx, a.id)
	}
	own := g.own
	if a.own != nil {
		own = a.own
	}
	s := own.Beside(a.id, func(w *login.Way) {
		w.By, w.From = name, a.from
		w.Alter = func(r *wire.Request, telling bool) {
			r.Expect5xx, r.Timeout = true, patience
			if telling && a.trick != nil {
				a.trick(r)
			}
		}
	}, a.brought...)
	if !a.fresh && a.trick == nil {
		g.lanes[a.from] = s
	}
	return s, s.SignIn(ctx)
}

// prove asks whether an attempt signed in, whatever it was answered.
func (g *guesser) prove(ctx context.Context, s *login.Session, shot *artifact.Shot) {
	alive, ans, err := s.Alive(ctx)
	shot.In = alive
	switch {
	case alive:
	case errors.Is(err, login.ErrNoProbe), err != nil && ans == nil:
		shot.Unproven, shot.Why = check.NoPositiveControl, "whether it signed in could not be seen: "+err.Error()
	case ans != nil && g.Refusals().Throttled(ans.Exchange):
		// The answer to the password may tell; that somebody is not let
		// through to the probe does not.
		if ex := g.exchange(shot.Ref); ex == nil || !g.Refusals().Throttled(ex) {
			shot.Unproven, shot.Why = check.Throttled, "whether it signed in could not be seen: throttled"
		}
	}
}

// refusal is why an attempt was not made; "" when it was, whatever came of it.
func refusal(err error) check.Reason {
	if r := gather.Refusal(err); r != check.Unstable {
		return r
	}
	return ""
}

// source is an address that nothing was sent from yet.
func (g *guesser) source() (netip.Addr, bool) {
	if len(g.sources) == 0 {
		return netip.Addr{}, false
	}
	a := g.sources[0]
	g.sources = g.sources[1:]
	return a, true
}

// right signs the victim in with the right password, in a browser of its own.
func (g *guesser) right(ctx context.Context, r *limiting.Run, from netip.Addr) bool {
	return g.shoot(ctx, r, aim{name: artifact.ShotRight, id: g.victim, from: from, fresh: true}).In
}

const (
	// patience is how long an answer is waited for: a delay of this length is a limit.
	patience = 8 * time.Second
	// gentle is the time between two attempts at other people's machines: 5 in a second.
	gentle = 200 * time.Millisecond
)

// pace keeps attempts apart, but for portals on this machine.
func (b *burst) pace(ctx context.Context) {
	if wire.OnLoopback(b.Target) {
		return
	}
	pause(ctx, time.Until(b.last.Add(gentle)))
	b.last = time.Now()
}

func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
