package accounts

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/gather/gathertest"
)

// site is a portal with a login form and a reset; hooks change its manners.
type site struct {
	mu    sync.Mutex
	named []string // accounts that a wrong login or a reset named, in order

	locks  int // wrong passwords after which the right one is refused; 0: never
	form   int // status of the form, 200 when zero
	failed func(w http.ResponseWriter, user string)
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /login":
		w.Header().Set("Content-Type", "text/html")
		if s.form != 0 {
			w.WriteHeader(s.form)
		}
		_, _ = w.Write([]byte(`<form method="post" action="/login"><input name="csrf" type="hidden" value="c0ffee"><input name="email"><input type="password" name="password"></form>`))
	case "POST /login":
		if r.PostFormValue("password") == "right-pass-2026" && r.PostFormValue("csrf") != "" && !s.locked() {
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: "session-of-" + url.QueryEscape(r.PostFormValue("email")), Path: "/"})
			http.Redirect(w, r, "/me", http.StatusSeeOther)
			return
		}
		s.name(r.PostFormValue("email"))
		if s.failed != nil {
			s.failed(w, r.PostFormValue("email"))
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte("Incorrect password"))
	case "GET /me":
		k, err := r.Cookie("sid")
		if err != nil || !strings.HasPrefix(k.Value, "session-of-") {
			http.Redirect(w, r, "/login", http.StatusSeeOther)
			return
		}
		user, _ := url.QueryUnescape(strings.TrimPrefix(k.Value, "session-of-"))
		_ = json.NewEncoder(w).Encode(map[string]string{"email": user})
	case "POST /api/password/forgot":
		var body map[string]string
		_ = json.NewDecoder(r.Body).Decode(&body)
		s.name(body["email"])
		w.WriteHeader(http.StatusAccepted)
	default:
		http.NotFound(w, r)
	}
}

func (s *site) locked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.locks > 0 && len(s.named) >= s.locks
}

func (s *site) name(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.named = append(s.named, user)
}

func run(t *testing.T, s *site, allow string, disposable bool) []artifact.AccountPair {
	t.Helper()
	return portalOf(t, s, allow, disposable).Gather(t, Gatherer()).(*artifact.Accounts).Pairs
}

// portalOf signs everybody in on a site.
func portalOf(t *testing.T, s *site, allow string, disposable bool) *gathertest.Run {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	mark := ""
	if disposable {
		mark = ", disposable: true"
	}
	form := s.form
	s.form = 0
	r := gathertest.Start(t, `version: 1
portal: Ferry yard
targets:
  test:
    url: `+srv.URL+`
    allow: [`+allow+`]
login:
  steps:
    - request: GET /login
      capture:
        csrf: input[name=csrf]
    - request: POST /login
      form:
        email: ${user}
        password: ${password}
        csrf: ${csrf}
  send: cookie
  alive:
    request: GET /me
    contains: ${user}
identities:
  alice: {tenant: acme, role: admin, user: alice@acme.test, password: right-pass-2026}
  dora: {tenant: acme, role: viewer, user: dora@acme.test, password: right-pass-2026`+mark+`}
`)
	s.form, s.named = form, nil
	r.Put("inventory", &artifact.Inventory{Routes: []artifact.Route{
		{ID: "POST /api/password/forgot", Method: "POST", Template: "/api/password/forgot", BodyType: "application/json", BodySchema: json.RawMessage(`{"properties":{"email":{}}}`)},
		{ID: "POST /api/password/reset", Method: "POST", Template: "/api/password/reset", BodySchema: json.RawMessage(`{"properties":{"code":{}}}`)},
	}})
	return r
}

func TestRounds(t *testing.T) {
	t.Parallel()
	s := &site{}
	pairs := run(t, s, "look, sign-in, mail", true)
	if len(pairs) != 2 || pairs[0].Endpoint != "login" || pairs[0].Route != "POST /login" || pairs[1].Endpoint != "reset" || pairs[1].Route != "POST /api/password/forgot" {
		t.Fatalf("pairs %+v, want the login and the reset", pairs)
	}
	for _, p := range pairs {
		if len(p.Known) != rounds || len(p.Unknown) != rounds || len(p.KnownNames) != rounds || len(p.UnknownNames) != rounds {
			t.Errorf("%s: %d and %d rounds, want %d of each", p.Endpoint, len(p.Known), len(p.Unknown), rounds)
		}
		for _, a := range slices.Concat(p.Known, p.Unknown) {
			if !a.Sent() || a.Unproven != "" {
				t.Errorf("%s: %+v, want an answer", p.Endpoint, a)
			}
		}
	}
	for i, user := range s.named {
		if known := i%2 == 0; known != (user == "dora@acme.test") || !strings.HasSuffix(user, "@acme.test") {
			t.Errorf("request %d named %s: want dora and nobody in turn", i, user)
		}
	}
	if len(s.named) != 4*rounds {
		t.Errorf("%d accounts were named, want %d", len(s.named), 4*rounds)
	}
}

func TestSkipped(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, allow  string
		disposable   bool
		login, reset check.Reason
	}{
		{"nobody is disposable", "look, sign-in, mail", false, check.Undeclared, check.Undeclared},
		{"no mail", "look, sign-in", true, "", check.EffectRefused},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := &site{}
			pairs := run(t, s, tc.allow, tc.disposable)
			if pairs[0].Skipped.Reason != tc.login || pairs[1].Skipped.Reason != tc.reset {
				t.Errorf("skipped %+v and %+v, want %q and %q", pairs[0].Skipped, pairs[1].Skipped, tc.login, tc.reset)
			}
			if tc.login != "" && len(s.named) > 0 {
				t.Errorf("%q were named though nobody may be", s.named)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		site     *site
		unproven check.Reason
		sent     bool
	}{
		{"the form cannot be fetched", &site{form: 503}, check.Unstable, false},
		{"throttled", &site{failed: func(w http.ResponseWriter, _ string) { w.WriteHeader(http.StatusTooManyRequests) }}, check.Throttled, true},
		{"anything goes", &site{failed: func(w http.ResponseWriter, user string) {
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: "session-of-" + url.QueryEscape(user)})
			w.Header().Set("Location", "/me")
			w.WriteHeader(http.StatusSeeOther)
		}}, check.Suspected, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, a := range run(t, tc.site, "look, sign-in", true)[0].Known {
				if a.Unproven != tc.unproven || a.Sent() != tc.sent {
					t.Errorf("%+v, want %q", a, tc.unproven)
				}
			}
		})
	}
}

// TestPageAfter compares the page that a failed login leads to by itself.
func TestPageAfter(t *testing.T) {
	t.Parallel()
	s := &site{failed: func(w http.ResponseWriter, _ string) {
		w.Header().Set("Location", "/login")
		w.WriteHeader(http.StatusSeeOther)
	}}
	pairs := run(t, s, "look, sign-in", true)
	if len(pairs) != 3 || pairs[1].Endpoint != "page after a failed login" {
		t.Fatalf("pairs %+v, want the login, the page after it, and the reset", pairs)
	}
	for i := range rounds {
		if pairs[0].Known[i].Ref == pairs[1].Known[i].Ref || !pairs[1].Known[i].Sent() || !pairs[1].Unknown[i].Sent() {
			t.Errorf("round %d: %+v and %+v, want two answers", i, pairs[0].Known[i], pairs[1].Known[i])
		}
	}
}

func TestMailField(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		r    artifact.Route
		want string
	}{
		{"a schema", artifact.Route{BodySchema: json.RawMessage(`{"properties":{"username":{}}}`)}, "username"},
		{"a form", artifact.Route{Params: []artifact.Param{{Name: "email", In: "body"}}}, "email"},
		{"a query", artifact.Route{Params: []artifact.Param{{Name: "email", In: "query"}}}, ""},
		{"a damaged schema", artifact.Route{BodySchema: json.RawMessage(`{`)}, ""},
	} {
		if got := gather.AccountField(tc.r); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}
