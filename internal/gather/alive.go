package gather

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/login"
)

// lives remembers which sessions were proved alive and not used since.
type lives struct {
	sync.Mutex
	of map[string]*life
	// throttled counts the answers in a row, from anywhere, that said to slow down.
	throttled int
	spared    int           // refusals of anonymous since somebody was seen to be let in
	slowed    int           // such answers in all
	waited    time.Duration // because of them
	until     time.Time     // when the latest of those pauses ends

	known map[string]artifact.Attempt // answers to plain reads since the last write
	own   map[string]bool             // addresses, each with the tag of the run's own object seen there

	judge   *refusal.Judge
	learned *artifact.Baseline // what judge knows
}

// A proof of life holds for a batch of requests, and not for ever: sessions
// also end while nobody uses them.
const proofHolds = 30 * time.Second

type life struct {
	sync.Mutex
	trust  int       // requests that may still be sent on the strength of the last proof
	proved time.Time // when that was
	gone   death     // why it is given up
}

// trusted reports whether the last proof still holds for n more requests.
func (l *life) trusted(n int) bool {
	return l.trust >= n && l.trust > 0 && time.Since(l.proved) < proofHolds
}

// death is why somebody's session cannot be used, and whose fault that is.
type death struct {
	reason check.Reason
	why    string
}

func (t *Tools) life(name string) *life {
	t.lives.Lock()
	defer t.lives.Unlock()
	l := t.lives.of[name]
	if l == nil {
		l = &life{}
		t.lives.of[name] = l
	}
	return l
}

// ensureAlive proves name's session alive, renewing it when it is not; it
// returns why that failed, or "". Anonymous is always alive.
func (t *Tools) ensureAlive(ctx context.Context, name string) string { return t.ensure(ctx, name).why }

func (t *Tools) ensure(ctx context.Context, name string) death {
	if name == evidence.Anonymous {
		return death{}
	}
	s := t.Sessions[name]
	if s == nil {
		return death{check.SessionDead, name + " is not signed in"}
	}
	l := t.life(name)
	l.Lock()
	defer l.Unlock()
	if l.gone.why != "" {
		return l.gone
	}
	if s.Ending() && s.RenewAhead(ctx) == nil { // else it may end in the middle of what comes now
		l.trust = 0
	}
	if l.trusted(1) {
		return death{}
	}
	d := t.prove(ctx, s, l)
	if d.why == "" || d.reason != check.SessionDead {
		return d // signing in again helps against nothing but a dead session
	}
	if err := s.Renew(ctx); err != nil {
		d.why = fmt.Sprintf("%s's session died and could not be renewed: %v", name, err)
		if r := Refusal(err); r != check.Unstable {
			d.reason = r
		}
		if ctx.Err() == nil {
			l.gone = d
		}
		return d
	}
	if d = t.prove(ctx, s, l); d.why != "" && d.reason == check.SessionDead {
		d.why = name + "'s session is dead right after signing in again"
	}
	return d
}

// Alive proves somebody's session alive, renewing it when it is not, for what
// a gatherer sends past Ask; it returns why that failed, or "".
func (t *Tools) Alive(ctx context.Context, who string) string { return t.ensureAlive(ctx, who) }

// StillAlive reports whether somebody's session lives, and renews nothing: when
// it does, what was sent since Alive was sent by a living session.
func (t *Tools) StillAlive(ctx context.Context, who string) bool {
	return who == evidence.Anonymous || t.stillAlive(ctx, who)
}

// forget forgets which sessions were given up, for what must still be undone.
func (t *Tools) forget() {
	t.lives.Lock()
	defer t.lives.Unlock()
	t.lives.of = map[string]*life{}
	t.lives.throttled, t.lives.waited = 0, 0
}

// stillAlive proves that name's session is alive now.
func (t *Tools) stillAlive(ctx context.Context, name string) bool {
	s := t.Sessions[name]
	l := t.life(name)
	l.Lock()
	defer l.Unlock()
	return s != nil && t.prove(ctx, s, l).why == ""
}

// prove probes a session and notes how far the proof reaches.
func (t *Tools) prove(ctx context.Context, s *login.Session, l *life) death {
	l.trust = 0
	d := t.probe(ctx, s)
	if d.why == "" {
		l.trust, l.proved = batchSize, time.Now()
	}
	return d
}

// doubt makes the next use of name's session prove it alive first.
func (t *Tools) doubt(name string) {
	l := t.life(name)
	l.Lock()
	l.trust = 0
	l.Unlock()
}

// lived reports whether name's answers in a batch show by themselves that its
// session was alive: none of them turns the caller away, where a dead session is
// refused by status. Such a batch needs no probe after it, within the reach of
// the last.
func (t *Tools) lived(name string, asks []Ask, out []Answered) bool {
	s := t.Sessions[name]
	if s == nil || s.Probe == nil || s.Probe.Dead < 300 {
		return false
	}
	n := 0
	for i, a := range asks {
		if a.Who != name {
			continue
		}
		if n++; out[i].Status() == s.Probe.Dead || !t.grants(out[i]) {
			return false
		}
	}
	l := t.life(name)
	l.Lock()
	defer l.Unlock()
	if !l.trusted(n) {
		return false
	}
	l.trust -= n
	return true
}

// grants reports an answer that lets the caller in: content, or a complaint
// about what was sent, which only comes to somebody who may send it.
func (t *Tools) grants(a Answered) bool {
	if a.Unproven != "" || a.Answer == nil {
		return false
	}
	switch status := a.Answer.Status; {
	case status/100 == 2:
		_, refused := t.Refusals().Denied("", a.Answer.Exchange)
		return !refused
	case status == 400, status == 409, status == 413, status == 415, status == 422:
		return true
	}
	return false
}

// probe asks for a proof of life. Where none comes because the portal throttles
// or nothing may be sent, the session is not to blame and need not be renewed.
func (t *Tools) probe(ctx context.Context, s *login.Session) death {
	for try := 0; ; try++ {
		alive, ans, err := s.Alive(ctx)
		switch {
		case err == nil && alive:
			return death{}
		case err != nil:
			if r := Refusal(err); r != check.Unstable {
				return death{r, err.Error()}
			}
			return death{check.SessionDead, err.Error()}
		case !t.Refusals().Throttles(normal.Of(ans.Exchange, normal.Mask{})):
			return death{check.SessionDead, s.Who() + " is not signed in any more"}
		}
		t.countThrottled(true)
		if try > 0 || t.throttledOut() || !t.pause(ctx, ans) {
			return death{check.Throttled, fmt.Sprintf("whether %s is signed in could not be seen: answered %d: throttled", s.Who(), ans.Status)}
		}
	}
}
