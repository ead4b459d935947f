// Package login signs an identity in by its recipe and keeps its session:
// credentials on every request, CSRF on unsafe ones, an alive probe, renewal.
// Gatherers meet a target through its Session; only wire stands below it.
package login

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// Probe is the request that tells a living session from a dead one.
type Probe struct {
	Request portal.Call `json:"request"`
	Needles []string    `json:"needles"` // any of them in the body means alive: the caller's own name, e-mail or id
	Learned bool        `json:"learned"`
	Score   int         `json:"score"`
	Dead    int         `json:"dead,omitempty"` // status a caller without a login gets; 0 when not known
}

// Credential is what a session sends, so that gatherers can damage it on purpose.
type Credential struct {
	Headers []evidence.Field // Authorization, X-Auth, X-CSRF-Token …
	Cookies []*http.Cookie
	Query   []evidence.Field // query keys
	JSON    []evidence.Field // JSON body fields
}

// Way is how a session gets out to its target.
type Way struct {
	Client *wire.Client
	Target *portal.Target
	// Now is the clock of one-time codes; nil: time.Now.
	Now func() time.Time
	// By is the gatherer that login's own requests are booked to; "": "session".
	By string
	// From is the address of this machine that connections leave from; zero: the usual one.
	From netip.Addr
	// Alter, when not nil, changes what login sends just before it goes out;
	// telling says that it is the request with the password.
	Alter func(r *wire.Request, telling bool)
}

// Session is one identity on one target. The one without an identity is anonymous.
// Its methods may be called at the same time from several goroutines.
type Session struct {
	Identity *portal.Identity // nil: anonymous
	Recipe   *portal.Recipe   // never nil
	Probe    *Probe           // set once chosen

	way   Way
	base  *url.URL
	agent *wire.Agent
	bare  *wire.Agent // keeps no cookies: for credentials damaged on purpose, and for anonymous
	codes *codes      // shared by every session of the identity

	// gate is held alone by what must not run beside other requests of this
	// session: signing in, a write with a token that may be used once, and
	// everything while the session cookie changes on each answer.
	gate     sync.RWMutex
	rotating atomic.Bool
	rotated  atomic.Int32

	vars    map[string]string
	sends   []sending
	steps   []evidence.Ref
	facts   facts
	pages   []page // seen while signing in, newest last
	landing string // where signing in ended up
	learned []string
	end     ending
	wentIn  bool // steps were run, so there is something to sign out of
	handed  handed
	brought []*http.Cookie // what the jar holds before the first step
	met     *visit         // where the last step led, whether it was judged well or not
	lost    evidence.Ref   // the exchange of a step that got no answer
	guard   guard

	renewing   sync.Mutex
	generation atomic.Int64
	renewals   atomic.Int64
	forgiven   atomic.Int64 // renewals that no longer count
	refused    int          // renewals that failed in a row
}

// New returns the session of an identity, not signed in yet. A nil id is
// anonymous; a nil recipe sends the identity's token as a bearer token.
func New(id *portal.Identity, recipe *portal.Recipe, way Way) *Session {
	return newSession(id, recipe, way, &codes{})
}

func newSession(id *portal.Identity, recipe *portal.Recipe, way Way, shared *codes) *Session {
	if recipe == nil {
		recipe = &portal.Recipe{Send: portal.Send{Kind: "bearer", Value: "${token}"}}
	}
	if way.Now == nil {
		way.Now = time.Now
	}
	base, err := url.Parse(way.Target.URL)
	if err != nil {
		base = &url.URL{} // wire.New refuses such a target
	}
	s := &Session{Identity: id, Recipe: recipe, way: way, base: base, codes: shared, vars: map[string]string{}}
	s.agent, s.bare = way.Client.AgentFrom(s.Who(), way.From), way.Client.Bare(s.Who())
	return s
}

// Who returns the identity's name or evidence.Anonymous.
func (s *Session) Who() string {
	if s.Identity == nil {
		return evidence.Anonymous
	}
	return s.Identity.Name
}

// Do sends r with the session's credential; unsafe methods get the CSRF proof.
// A header that r sets itself is left as it is; its cookies are added to the session's.
func (s *Session) Do(ctx context.Context, r wire.Request) (*wire.Answer, error) {
	if s.rotating.Load() || (unsafe(r) && s.guarded()) {
		s.gate.Lock()
		defer s.gate.Unlock()
	} else {
		s.gate.RLock()
		defer s.gate.RUnlock()
	}
	if unsafe(r) {
		return s.doUnsafe(ctx, r)
	}
	return s.send(ctx, r)
}

// send sends r with the credential and keeps the cookies that come back.
func (s *Session) send(ctx context.Context, r wire.Request) (*wire.Answer, error) {
	if s.Identity == nil {
		return s.bare.Do(ctx, r)
	}
	r, err := attach(r, s.resolve(r.URL), s.sends)
	if err != nil {
		return nil, err
	}
	before := s.agent.Cookies(r.URL)
	a, err := s.carry(ctx, r)
	if a != nil {
		s.watchRotation(before, a)
	}
	return a, err
}

// carry sends r with the session's cookies, added to those r names itself.
func (s *Session) carry(ctx context.Context, r wire.Request) (*wire.Answer, error) {
	if evidence.Get(r.Header, "Cookie") != "" {
		r.Header = addCookies(r.Header, s.agent.Cookies(r.URL))
	}
	return s.agent.Do(ctx, r)
}

// rotations is how many replaced cookies mean that the session changes all the time.
const rotations = 2

// watchRotation notices a cookie that answers replace: from then on requests
// go one after the other, or each would kill the next.
func (s *Session) watchRotation(before []*http.Cookie, a *wire.Answer) {
	for _, set := range (&http.Response{Header: a.Header}).Cookies() {
		for _, old := range before {
			if set.Name == old.Name && set.Value != old.Value && set.Value != "" && s.rotated.Add(1) >= rotations {
				s.rotating.Store(true)
			}
		}
	}
}

// DoWith sends r with the credential it is given and nothing else of the
// session: no cookie is added, and none that comes back is kept.
func (s *Session) DoWith(ctx context.Context, r wire.Request, c Credential) (*wire.Answer, error) {
	at := s.resolve(r.URL)
	r, err := attach(r, at, c.sends())
	if err != nil {
		return nil, err
	}
	r.Header = addCookies(r.Header, c.Cookies)
	if unsafe(r) {
		r.Header = s.sameOrigin(r.Header, at)
	}
	return s.bare.Do(ctx, r)
}

// Credential returns a copy of what the session sends now.
func (s *Session) Credential() Credential {
	s.gate.RLock()
	defer s.gate.RUnlock()
	var c Credential
	if s.Identity == nil {
		return c
	}
	for _, x := range s.sends {
		field := evidence.Field{Name: x.name, Value: x.value}
		switch x.kind {
		case inHeader:
			c.Headers = append(c.Headers, field)
		case inQuery:
			c.Query = append(c.Query, field)
		case inJSON:
			c.JSON = append(c.JSON, field)
		}
	}
	if h := s.guard.how.header; h != "" && s.guard.token != "" {
		c.Headers = append(c.Headers, evidence.Field{Name: h, Value: s.guard.token})
	}
	c.Cookies = s.agent.AllCookies()
	return c
}

// resolve returns the absolute URL of ref, a path on the target or an absolute
// URL; the target itself when it cannot be told.
func (s *Session) resolve(ref string) *url.URL {
	if abs, err := s.agent.Resolve(ref); err == nil {
		if u, err := url.Parse(abs); err == nil {
			return u
		}
	}
	copied := *s.base
	return &copied
}

// addCookies returns header with the cookies in it, before those it names itself.
func addCookies(header []evidence.Field, set []*http.Cookie) []evidence.Field {
	if len(set) == 0 {
		return header
	}
	own := map[string]bool{}
	var rest []evidence.Field
	var parts []string
	for _, f := range header {
		if !strings.EqualFold(f.Name, "Cookie") {
			rest = append(rest, f)
			continue
		}
		parts = append(parts, f.Value)
		for pair := range strings.SplitSeq(f.Value, ";") {
			name, _, _ := strings.Cut(strings.TrimSpace(pair), "=")
			own[name] = true
		}
	}
	line := http.Request{Header: http.Header{}}
	for _, k := range set {
		if !own[k.Name] {
			line.AddCookie(k)
		}
	}
	if l := line.Header.Get("Cookie"); l != "" {
		parts = append([]string{l}, parts...)
	}
	return append(rest, evidence.Field{Name: "Cookie", Value: strings.Join(parts, "; ")})
}
