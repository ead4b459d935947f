package lifecycle

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
)

const (
	// grace is what clocks may differ by: servers accept a token for about a
	// minute after its end.
	grace = time.Minute
	// mostWait is the longest that a run waits for ends, all together.
	mostWait = 2 * time.Minute
	margin   = 2 * time.Second
)

// minted is a session begun early, not used since, and asked for at the end.
type minted struct {
	main   *login.Session
	own    *login.Session
	at     time.Time // when it was used last
	single bool      // the account has one session at a time: another ends this one
	tokens []held
}

// mint begins one session by each recipe, with an identity that nothing else
// of the run locks out or signs out.
func (s *studies) mint(ctx context.Context, t *gather.Tools) {
	for _, who := range stayers(t) {
		main := t.As(who.Name)
		if why := t.Alive(ctx, who.Name); why != "" {
			continue
		}
		own, err := main.FreshFor(ctx, name)
		if err != nil {
			continue // the sign-ins before have told why
		}
		v := &visitor{studies: s, t: t, who: who, main: main}
		m := minted{main: main, own: own}
		m.tokens = v.lasting(ctx, own)
		m.at = s.now()
		m.single = !t.StillAlive(ctx, who.Name)
		s.minted = append(s.minted, m)
	}
}

// stayers are the identities to mint with, one for each recipe that signs in:
// one that is not disposable before others.
func stayers(t *gather.Tools) []artifact.Identity {
	best := map[string]artifact.Identity{}
	for _, i := range t.People() {
		s := t.As(i.Name)
		if len(s.Recipe.Steps) == 0 || len(s.Steps()) == 0 || s.Probe == nil {
			continue
		}
		b, known := best[s.Recipe.Name]
		if !known || b.Disposable && !i.Disposable || b.Disposable == i.Disposable && gather.RoleRank(i.Role) < gather.RoleRank(b.Role) {
			best[s.Recipe.Name] = i
		}
	}
	var out []artifact.Identity
	for _, i := range best {
		out = append(out, i)
	}
	slices.SortFunc(out, func(a, b artifact.Identity) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// lasting are the credentials of a sign-in that open something: its cookies
// together, and each token that goes elsewhere.
func (v *visitor) lasting(ctx context.Context, s *login.Session) []held {
	var out []held
	cookies := held{cred: login.Credential{Cookies: s.Credential().Cookies}}
	cookies.Name, cookies.Kind = "cookies", "cookie"
	for _, h := range v.handouts(s) {
		switch h.Kind {
		case "access":
			if h.Alone = v.probe(ctx, h.Name+", new", h.cred); h.Alone.Alive {
				out = append(out, h)
			}
		case "cookie":
			if h.Life > 0 && (cookies.Life == 0 || h.Life < cookies.Life) && !strings.Contains(strings.ToLower(h.Name), "csrf") {
				cookies.Life, cookies.States = h.Life, h.States
			}
		}
	}
	if len(cookies.cred.Cookies) > 0 {
		if cookies.Alone = v.probe(ctx, "cookies, new", cookies.cred); cookies.Alone.Alive {
			out = append(out, cookies)
		}
	}
	return out
}

// sure proves somebody's session alive now, renewing it when it is not: a proof
// of earlier says nothing once time has passed.
func sure(ctx context.Context, t *gather.Tools, who string) string {
	if t.StillAlive(ctx, who) {
		return ""
	}
	return t.Alive(ctx, who)
}

// end asks again with everything that should be over by now, and waits a
// little where the end is near.
func (s *studies) end(ctx context.Context, t *gather.Tools) *artifact.Expiry {
	out := &artifact.Expiry{Idle: cmp.Or(t.Portal.Policy.Session.Idle, defaultIdle)}
	out.Tokens = s.stored(ctx, t)
	left := mostWait
	for _, m := range s.minted {
		for _, h := range m.tokens {
			out.Tokens = append(out.Tokens, s.watch(ctx, t, m, h, out.Idle, &left)...)
		}
		_ = m.own.SignOut(ctx) // what it leaves behind ends by itself
	}
	return out
}

// watch looks at one credential after the idle limit, and after its stated end.
func (s *studies) watch(ctx context.Context, t *gather.Tools, m minted, h held, idle time.Duration, left *time.Duration) []artifact.Expired {
	e := artifact.Expired{Recipe: m.main.Recipe.Name, Who: m.main.Who(), Token: h.Name, Life: h.Life, Fresh: h.Alone}
	var out []artifact.Expired
	over := e
	over.Event = "expired"
	signed := endOf(h.value)
	switch {
	case !signed.IsZero():
		over.Ends = signed
	case h.Life > 0:
		over.Ends = m.at.Add(h.Life)
	}
	// A signed token knows nothing of its use, and what ends sooner by itself is never idle for so long.
	if rests := m.at.Add(idle); signed.IsZero() && (over.Ends.IsZero() || rests.Add(margin).Before(over.Ends)) {
		resting := e
		resting.Event, resting.Ends = "idle", rests
		resting = s.late(ctx, t, m, h, resting, margin, left)
		if !over.Ends.IsZero() && !s.now().Before(over.Ends) && resting.Late.Dead() {
			resting.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "it was asked for after its own end only"}
		}
		if resting.Late.Alive && h.Life > 0 { // asking has begun a new life
			over.Ends = s.now().Add(h.Life)
		}
		out = append(out, resting)
	}
	switch {
	case over.Ends.IsZero():
		over.Skipped = artifact.Skip{Reason: check.BudgetSpent, Why: "it does not say when it ends, so no run can wait for it"}
	case signed.IsZero(): // each answer may prolong it: it is asked once, when clocks no longer explain anything
		over = s.late(ctx, t, m, h, over, grace+margin, left)
	default:
		if over = s.late(ctx, t, m, h, over, margin, left); over.Late.Alive {
			over = s.late(ctx, t, m, h, over, grace+margin, left)
		}
	}
	return append(out, over)
}

// late asks with h some time after its end, if that is within reach.
func (s *studies) late(ctx context.Context, t *gather.Tools, m minted, h held, e artifact.Expired, after time.Duration, left *time.Duration) artifact.Expired {
	wait := e.Ends.Add(after).Sub(s.now())
	switch {
	case wait > *left:
		e.Skipped = artifact.Skip{Reason: check.BudgetSpent, Why: "its end lies beyond this run"}
		return e
	case m.single:
		e.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "an account has one session at a time here: what ended this one cannot be told"}
		return e
	case wait > 0:
		s.pause(ctx, wait)
		*left -= wait
	}
	if why := sure(ctx, t, m.main.Who()); why != "" {
		e.Skipped = artifact.Skip{Reason: check.SessionDead, Why: why}
		return e
	}
	e.Control = ask(ctx, t, m.main, ending, "control", m.main.Credential())
	e.Late = ask(ctx, t, m.main, ending, "after its end", h.cred)
	return e
}
