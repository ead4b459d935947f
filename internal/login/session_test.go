package login

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// enter signs alice in by the form and chooses her probe.
func enter(t *testing.T, w *site) *Session {
	t.Helper()
	by := way(t, w.URL)
	recipe := formLogin()
	recipe.Logout = &portal.Call{Method: "POST", Path: "/logout"}
	s := New(alice(), recipe, by)
	if err := s.SignIn(t.Context()); err != nil {
		t.Fatalf("sign in: %v", err)
	}
	if _, err := ChooseProbe(t.Context(), s, nil, nil, New(nil, nil, by)); err != nil {
		t.Fatalf("choose probe: %v", err)
	}
	return s
}

func note(text string) wire.Request {
	return wire.Request{Method: "POST", URL: "/notes", Body: []byte(text), Header: []evidence.Field{{Name: "Content-Type", Value: "text/plain"}}}
}

func TestCSRF(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		site func(*site)
	}{
		{"same token all along", func(*site) {}},
		{"token good for one write", func(s *site) { s.spend = true }},
		{"token good for one write, refused without a word", func(s *site) { s.spend, s.silent = true, true }},
		{"cookie and token change", func(s *site) { s.spend, s.rotate = true, true }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			tc.site(w)
			s := enter(t, w)
			if err := s.LearnCSRF(t.Context()); err != nil {
				t.Fatalf("learn CSRF: %v", err)
			}
			if got := s.CSRF(); !strings.HasPrefix(got, "header X-CSRF-Token from meta[name=csrf-token i] on ") {
				t.Errorf("learned %q", got)
			}
			var want []string
			for _, text := range []string{"one", "two", "three", "four", "five"} {
				a, err := s.Do(t.Context(), note(text))
				if err != nil || a.Status != http.StatusCreated {
					t.Fatalf("write %s: %v, status %d", text, err, a.Status)
				}
				want = append(want, text)
			}
			if d := cmp.Diff(want, w.written); d != "" {
				t.Errorf("written (-want +got):\n%s", d)
			}
		})
	}
}

func TestTokenThatStoppedWorkingIsFetchedAgain(t *testing.T) {
	t.Parallel()
	w := open(t)
	s := enter(t, w)
	for range trials + 1 {
		if a, err := s.Do(t.Context(), note("before")); err != nil || a.Status != http.StatusCreated {
			t.Fatalf("write: %v, status %d", err, a.Status)
		}
	}
	w.mu.Lock()
	for id := range w.sessions {
		w.sessions[id] = random()
	}
	w.mu.Unlock()
	a, err := s.Do(t.Context(), note("after"))
	if err != nil || a.Status != http.StatusCreated {
		t.Errorf("write after the token changed: %v, status %d", err, a.Status)
	}
}

func TestConcurrentRequestsOfARotatingSession(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.rotate, w.spend = true, true
	s := enter(t, w)
	var group sync.WaitGroup
	var mu sync.Mutex
	var got []int
	for i := range 24 {
		group.Go(func() {
			r := wire.Request{Method: "GET", URL: "/api/me"}
			if i%4 == 0 {
				r = note("x")
			}
			a, err := s.Do(t.Context(), r)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				got = append(got, a.Status)
			}
		})
	}
	group.Wait()
	if bad := slices.DeleteFunc(slices.Clone(got), func(s int) bool { return s == 200 || s == 201 }); len(got) != 24 || len(bad) > 0 {
		t.Errorf("%d answers, of them refused: %v", len(got), bad)
	}
}

func TestDeadSessionIsRenewedOnce(t *testing.T) {
	t.Parallel()
	w := open(t)
	s := enter(t, w)
	w.mu.Lock()
	clear(w.sessions)
	w.mu.Unlock()
	if alive, a, err := s.Alive(t.Context()); alive || err != nil || a.Status != http.StatusUnauthorized {
		t.Fatalf("alive %v, %v, want a dead session", alive, err)
	}
	before := len(w.seen)
	var group sync.WaitGroup
	start := make(chan struct{})
	for range 8 {
		group.Go(func() {
			<-start
			if err := s.Renew(t.Context()); err != nil {
				t.Errorf("renew: %v", err)
			}
		})
	}
	close(start)
	group.Wait()
	if alive, _, err := s.Alive(t.Context()); !alive || err != nil {
		t.Errorf("alive %v, %v after renewal", alive, err)
	}
	logins := 0
	for _, line := range w.seen[before:] {
		if line == "POST /login" {
			logins++
		}
	}
	if logins > 2 || logins != s.Renewals() { // a caller may arrive after the first renewal is over
		t.Errorf("%d logins, %d renewals for 8 callers", logins, s.Renewals())
	}
}

func TestRenewalsEnd(t *testing.T) {
	t.Parallel()
	s := enter(t, open(t))
	for i := range MaxRenewals {
		if err := s.Renew(t.Context()); err != nil {
			t.Fatalf("renewal %d: %v", i+1, err)
		}
	}
	if err := s.Renew(t.Context()); !errors.Is(err, ErrRenewals) {
		t.Errorf("got %v, want ErrRenewals", err)
	}
}

func TestRefusedRenewalsEndSooner(t *testing.T) {
	t.Parallel()
	w := open(t)
	s := enter(t, w)
	s.Identity.Password = portal.NewSecret("changed meanwhile")
	for range mostRefusals {
		var e *Error
		if err := s.Renew(t.Context()); !errors.As(err, &e) {
			t.Fatalf("got %v, want a refused sign-in", err)
		}
	}
	before := len(w.seen)
	if err := s.Renew(t.Context()); !errors.Is(err, ErrRenewals) {
		t.Errorf("got %v, want ErrRenewals", err)
	}
	if len(w.seen) != before {
		t.Error("the account was tried once more")
	}
}

func TestDoWithSendsOnlyWhatItIsGiven(t *testing.T) {
	t.Parallel()
	w := open(t)
	s := enter(t, w)
	status := func(c Credential) int {
		t.Helper()
		a, err := s.DoWith(t.Context(), wire.Request{Method: "GET", URL: "/api/me"}, c)
		if err != nil {
			t.Fatalf("send: %v", err)
		}
		return a.Status
	}
	whole := s.Credential()
	if got := status(whole); got != 200 {
		t.Errorf("the whole credential: %d, want 200", got)
	}
	if got := status(Credential{}); got != 401 {
		t.Errorf("no credential: %d, want 401", got)
	}
	for _, c := range whole.Cookies {
		c.Value = "garbage"
	}
	if got := status(whole); got != 401 {
		t.Errorf("garbage cookies: %d, want 401", got)
	}
	if got := status(s.Credential()); got != 200 {
		t.Errorf("the credential after a damaged copy was sent: %d, want 200", got)
	}
}

func TestFreshIsIndependent(t *testing.T) {
	t.Parallel()
	s := enter(t, open(t))
	second, err := s.Fresh(t.Context())
	if err != nil {
		t.Fatalf("second session: %v", err)
	}
	if err := s.SignOut(t.Context()); err != nil {
		t.Fatalf("sign out: %v", err)
	}
	for _, tc := range []struct {
		name string
		s    *Session
		want bool
	}{{"signed out", s, false}, {"second", second, true}} {
		if alive, _, err := tc.s.Alive(t.Context()); alive != tc.want || err != nil {
			t.Errorf("%s: alive %v, %v, want %v", tc.name, alive, err, tc.want)
		}
	}
}

// echo is a server that answers with what it got.
func echo(t *testing.T) (*httptest.Server, func() *http.Request) {
	t.Helper()
	var mu sync.Mutex
	var last *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		last = r.Clone(context.Background())
	}))
	t.Cleanup(server.Close)
	return server, func() *http.Request {
		mu.Lock()
		defer mu.Unlock()
		return last
	}
}

func TestSecondCredentialOfSomePaths(t *testing.T) {
	t.Parallel()
	server, last := echo(t)
	id := with(func(id *portal.Identity) { id.Extra = map[string]portal.Secret{"api_key": portal.NewSecret(apiKey)} })
	recipe := &portal.Recipe{
		Send: portal.Send{Kind: "basic"},
		Also: []portal.AlsoSend{{For: "/api/", Send: portal.Send{Kind: "header", Name: "X-API-Key", Value: "${api_key}"}}},
	}
	s := New(id, recipe, way(t, server.URL))
	if err := s.SignIn(t.Context()); err != nil {
		t.Fatalf("sign in: %v", err)
	}
	for path, want := range map[string]string{"/api/clients": apiKey, "/clients": ""} {
		if _, err := s.Do(t.Context(), wire.Request{Method: "GET", URL: path}); err != nil {
			t.Fatalf("get %s: %v", path, err)
		}
		if got := last().Header.Get("X-API-Key"); got != want {
			t.Errorf("%s: key %q, want %q", path, got, want)
		}
		if name, _, _ := last().BasicAuth(); name != user {
			t.Errorf("%s: basic user %q", path, name)
		}
	}
}

func TestOwnHeaderOfARequestStays(t *testing.T) {
	t.Parallel()
	w := open(t)
	s := enter(t, w)
	r := wire.Request{Method: "GET", URL: "/api/me", Header: []evidence.Field{{Name: "Cookie", Value: "role=admin"}}}
	a, err := s.Do(t.Context(), r)
	if err != nil || a.Status != http.StatusOK {
		t.Fatalf("with a cookie of its own: %v, status %d", err, a.Status)
	}
	if d := cmp.Diff([]evidence.Field{{Name: "Cookie", Value: "role=admin"}}, r.Header); d != "" {
		t.Errorf("the caller's request was changed (-want +got):\n%s", d)
	}
}

func TestAnonymousWriteHasAVisitorsToken(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "visitor", Value: "v-123456", Path: "/"})
		show(w, 200, `<meta name="csrf-token" content="visitor-token">`)
	})
	mux.HandleFunc("POST /notes", func(w http.ResponseWriter, r *http.Request) {
		c, err := r.Cookie("visitor")
		if err != nil || c.Value != "v-123456" || r.Header.Get("X-CSRF-Token") != "visitor-token" {
			show(w, 403, "no")
			return
		}
		show(w, 201, "written by nobody")
	})
	mux.HandleFunc("GET /notes", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie") != "" {
			show(w, 500, "a visitor's read carried a cookie")
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s := New(nil, cookieRecipe(portal.Step{Request: call("GET /login")}), way(t, server.URL))
	if a, err := s.Do(t.Context(), note("x")); err != nil || a.Status != http.StatusCreated {
		t.Errorf("write: %v, status %d, want 201: the hole hides behind the token", err, a.Status)
	}
	if a, err := s.Do(t.Context(), wire.Request{Method: "GET", URL: "/notes"}); err != nil || a.Status != http.StatusOK {
		t.Errorf("read: %v, status %d", err, a.Status)
	}
}
