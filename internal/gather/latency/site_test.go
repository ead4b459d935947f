package latency

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather/gathertest"
)

// site is a small portal whose answers to the auditor's load are scripted.
type site struct {
	bearer bool // a token and JSON; else a form, a cookie and HTML
	// list answers the nth GET of /orders, from 1; false: as it should.
	list func(w http.ResponseWriter, n int) bool
	// waits is how long the nth GET of /orders takes.
	waits func(n int) time.Duration
	// ends is after how many orders every session ends, once; 0: never.
	ends int
	// stalls is how long every order waits from the 120th on, once.
	stalls time.Duration

	mu     sync.Mutex
	n      int
	out    bool
	served []time.Duration // by the portal's own clock, in the order of the requests
	frozen sync.RWMutex
}

// who is signed in; "" for nobody.
func (s *site) who(r *http.Request) string {
	s.mu.Lock()
	out := s.out
	s.mu.Unlock()
	if out {
		return ""
	}
	if s.bearer {
		return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer token-of-")
	}
	c, err := r.Cookie("sid")
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(c.Value, "the-session-of-")
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "POST /login":
		user := r.PostFormValue("email")
		if r.PostFormValue("password") != "right-pass-2026" {
			http.Error(w, "wrong password", http.StatusUnauthorized)
			return
		}
		s.mu.Lock()
		s.out = false
		s.mu.Unlock()
		if s.bearer {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"token":"token-of-%s"}`, user)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "the-session-of-" + user, Path: "/", HttpOnly: true})
		http.Redirect(w, r, "/me", http.StatusSeeOther)
		return
	case "GET /me", "GET /orders":
	case "GET /login":
		s.form(w)
		return
	default:
		http.NotFound(w, r)
		return
	}
	user := s.who(r)
	if user == "" {
		s.stranger(w, r)
		return
	}
	if r.URL.Path == "/me" {
		s.say(w, "You are "+user, "me")
		return
	}
	s.orders(w)
}

// orders answers the list whose answers are scripted.
func (s *site) orders(w http.ResponseWriter) {
	began := time.Now()
	s.mu.Lock()
	s.n++
	n := s.n
	s.out = s.out || n == s.ends
	s.mu.Unlock()
	if n == 120 && s.stalls > 0 {
		s.freeze(s.stalls)
	}
	if s.waits != nil {
		time.Sleep(s.waits(n))
	}
	s.frozen.RLock()
	defer s.frozen.RUnlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for len(s.served) < n {
			s.served = append(s.served, 0)
		}
		s.served[n-1] = time.Since(began)
	}()
	if s.list != nil && s.list(w, n) {
		return
	}
	s.say(w, "Order 4711: two ladders for the northern pier", "orders")
}

// freeze stops every order for a while.
func (s *site) freeze(d time.Duration) {
	s.frozen.Lock()
	time.AfterFunc(d, s.frozen.Unlock)
}

func (s *site) say(w http.ResponseWriter, what, kind string) {
	if s.bearer {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{%q: [{"text": %q, "total": 12}], "page": 1}`, kind, what)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<title>%s</title><h1>Your %s</h1><p>%s</p><p>Ask the office when something is missing here.</p>", kind, kind, what)
}

func (s *site) form(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(`<title>Sign in</title><form method="post" action="/login"><input name="email"><input type="password" name="password"><button>Sign in</button></form>`))
}

func (s *site) stranger(w http.ResponseWriter, r *http.Request) {
	if s.bearer {
		http.Error(w, `{"error":"sign in first"}`, http.StatusUnauthorized)
		return
	}
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

// open starts a site and signs everybody in; policy is the latency policy.
func open(t *testing.T, s *site, policy string) *gathertest.Run {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	sends := "  send: cookie\n"
	if s.bearer {
		sends = "      capture:\n        token: /token\n  send: bearer ${token}\n"
	}
	r := gathertest.Start(t, `version: 1
portal: Ladder works
targets:
  test:
    url: `+srv.URL+`
    allow: [look, sign-in, load]
login:
  steps:
    - request: POST /login
      form:
        email: ${user}
        password: ${password}
`+sends+`  alive:
    request: GET /me
    contains: ${user}
identities:
  ada: {tenant: pier, role: admin, user: ada@pier.test, password: right-pass-2026}
  ben: {tenant: quay, role: admin, user: ben@quay.test, password: right-pass-2026}
policy:
  latency: `+policy+`
`)
	r.Put("inventory", &artifact.Inventory{Routes: []artifact.Route{
		{ID: "GET /me", Method: "GET", Template: "/me", Kind: "detail"},
		{ID: "GET /orders", Method: "GET", Template: "/orders", Kind: "list"},
	}})
	return r
}

// again is the same site, before anybody came.
func (s *site) again() *site {
	return &site{bearer: s.bearer, list: s.list, waits: s.waits, ends: s.ends, stalls: s.stalls}
}

// tries is how often a portal is measured anew when the machine was too busy to
// keep the schedule: what is tested is the rest.
const tries = 4

// measure gathers from a fresh site until the schedule was kept.
func measure(t *testing.T, s *site, policy string) (*site, *gathertest.Run, *artifact.Latency) {
	t.Helper()
	for left := tries; ; left-- {
		s = s.again()
		r := open(t, s, policy)
		l := r.Gather(t, Gatherer()).(*artifact.Latency)
		if left == 0 || !busy(l) {
			return s, r, l
		}
	}
}

// busy reports a run that the machine's own delays spoilt.
func busy(l *artifact.Latency) bool {
	return l.Late() > artifact.LateMost/4 || slices.ContainsFunc(l.Actions, l.LateAlone)
}

// figures returns the action of a name.
func figures(t *testing.T, l *artifact.Latency, name string) artifact.Action {
	t.Helper()
	for _, a := range l.Actions {
		if a.Name == name {
			return a
		}
	}
	t.Fatalf("no action %s in %+v", name, l.Actions)
	return artifact.Action{}
}
