package anon

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/gather/gathertest"
)

const invoice = "GET /invoices/{id}"

func detail() artifact.Route {
	return artifact.Route{ID: invoice, Kind: "detail", Params: []artifact.Param{{Name: "id", In: "path"}}}
}

// cover runs the gatherer and returns the transcript by route.
func cover(t *testing.T, r *gathertest.Run) map[string]artifact.Asked {
	t.Helper()
	out := map[string]artifact.Asked{}
	for _, a := range r.Gather(t, Gatherer()).(*artifact.Coverage).Routes {
		out[a.Route] = a
	}
	return out
}

func names(as []artifact.Attempt) []string {
	var out []string
	for _, a := range as {
		out = append(out, a.Name)
	}
	return out
}

func TestAsksOfARoute(t *testing.T) {
	t.Parallel()
	s := &site{}
	r := stage(t, s, "", detail())
	read(t, r, invoice, artifact.Values{"id": "4101"})
	got := cover(t, r)[invoice]
	want := []string{
		"A0", "A1 garbage bearer", "A2 empty bearer", "A2 empty authorization", "A3 other scheme", "A5 other accept",
	}
	if diff := cmp.Diff(want, names(got.Tries)); diff != "" {
		t.Errorf("tries (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"A6 known id", "A6 unknown id"}, names(got.Order)); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"P", "P2"}, names(got.Control)); diff != "" {
		t.Errorf("control (-want +got):\n%s", diff)
	}
	for _, a := range slices.Concat(got.Tries, got.Order) {
		if a.Unproven != "" || !a.Sent() || a.Who != evidence.Anonymous {
			t.Errorf("%s: %+v, want it answered to nobody", a.Name, a)
		}
	}
	control, err := r.Exchange(got.Control[0].Ref)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range s.of("/invoices/4101") {
		html := strings.HasPrefix(a.header.Get("Accept"), "text/html")
		if !html && a.header.Get("Accept") != evidence.Get(control.Request.Header, "Accept") {
			t.Errorf("asked with Accept %q, the control with %q", a.header.Get("Accept"), evidence.Get(control.Request.Header, "Accept"))
		}
		if a.header.Get("Cookie") != "" {
			t.Errorf("nobody sent the cookie %q", a.header.Get("Cookie"))
		}
	}
	if n := len(s.of("/invoices/4101")); n != len(want) {
		t.Errorf("%d requests for the known id, want %d", n, len(want))
	}
}

func TestWhichRoutes(t *testing.T) {
	t.Parallel()
	s := &site{}
	r := stage(t, s, "",
		detail(),
		artifact.Route{ID: "GET /health", Kind: "read", Public: "declared public: GET /health"},
		artifact.Route{ID: "GET /me", Kind: "read"},
		artifact.Route{ID: "HEAD /me", Kind: "read"},
		artifact.Route{ID: "HEAD /only", Kind: "read"},
		artifact.Route{ID: "OPTIONS /me", Kind: "read"},
		artifact.Route{ID: "GET /createdb", Kind: "read", Never: true},
		artifact.Route{ID: "GET /reset-demo", Kind: "read", HeldBack: "reset"},
		artifact.Route{ID: "POST /invoices", Kind: "create"},
		artifact.Route{ID: "GET /login", Kind: "login"},
		artifact.Route{ID: "GET /app.js", Kind: "static"},
	)
	got := cover(t, r)
	type gist struct {
		Skipped check.Reason
		Tries   int
	}
	want := map[string]gist{
		invoice:           {Skipped: check.NoPositiveControl}, // nobody reads one
		"GET /health":     {Tries: 1},
		"GET /me":         {Tries: 6},
		"HEAD /only":      {Tries: 6},
		"GET /createdb":   {Skipped: check.EffectRefused},
		"GET /reset-demo": {Skipped: check.EffectRefused},
	}
	gists := map[string]gist{}
	for route, a := range got {
		gists[route] = gist{a.Skipped.Reason, len(a.Tries)}
	}
	if diff := cmp.Diff(want, gists); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	for _, path := range []string{"/createdb", "/reset-demo", "/login", "/app.js"} {
		if n := len(s.of(path)); n > 0 {
			t.Errorf("%s was asked %d times", path, n)
		}
	}
}

func TestRefusesWith500(t *testing.T) {
	t.Parallel()
	s := &site{refuse: func(w http.ResponseWriter, _ *http.Request) { reply(w, 500, map[string]any{"error": "no session"}) }}
	r := stage(t, s, "", artifact.Route{ID: "GET /me", Kind: "read"})
	for _, a := range cover(t, r)["GET /me"].Tries {
		if a.Unproven != "" {
			t.Errorf("%s: %s %s, want an answer: some portals refuse with 500", a.Name, a.Unproven, a.Why)
		}
	}
}

func TestThrottled(t *testing.T) {
	t.Parallel()
	s := &site{refuse: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1")
		reply(w, 429, map[string]any{"error": "too many requests"})
	}}
	r := stage(t, s, "    in-flight: 16\n", artifact.Route{ID: "GET /me", Kind: "read"}, artifact.Route{ID: "GET /events", Kind: "sse"})
	got := cover(t, r)
	for _, route := range []string{"GET /me", "GET /events"} {
		for _, a := range got[route].Tries {
			if a.Unproven != check.Throttled {
				t.Errorf("%s %s: %q, want throttled", route, a.Name, a.Unproven)
			}
		}
	}
}

// TestShutOut has a portal refuse everybody in the middle of the run, as one
// does that takes the audit for an attack: that proves nothing about its guards.
func TestShutOut(t *testing.T) {
	t.Parallel()
	s := &site{}
	r := stage(t, s, "", artifact.Route{ID: "GET /me", Kind: "read"})
	s.mu.Lock()
	s.shut = len(s.asked) + 1
	s.mu.Unlock()
	for _, a := range cover(t, r)["GET /me"].Tries {
		if a.Unproven == "" {
			t.Errorf("%s counts, though nobody is let in", a.Name)
		}
	}
}

func TestQuick(t *testing.T) {
	t.Parallel()
	r := stage(t, &site{}, "", artifact.Route{ID: "GET /me", Kind: "read"})
	r.Quick = true
	if diff := cmp.Diff([]string{"A0", "A1 garbage bearer"}, names(cover(t, r)["GET /me"].Tries)); diff != "" {
		t.Errorf("tries (-want +got):\n%s", diff)
	}
}

// TestExamples has a search give its control by the word its contract shows.
func TestExamples(t *testing.T) {
	t.Parallel()
	r := stage(t, &site{}, "", artifact.Route{ID: "GET /search", Kind: "list", Params: []artifact.Param{{Name: "q", In: "query", Example: "ferry"}}})
	got := cover(t, r)["GET /search"]
	if len(got.Control) != 2 || got.Control[0].Who != "alice" || got.Values["q"] != "ferry" {
		t.Fatalf("control %+v with %v, want alice's search for ferry", got.Control, got.Values)
	}
	ex, err := r.Exchange(got.Tries[0].Ref)
	if err != nil || !strings.HasSuffix(ex.Request.URL, "/search?q=ferry") {
		t.Errorf("A0 asked %s (%v), want the same search", ex.Request.URL, err)
	}
}

func TestDoors(t *testing.T) {
	t.Parallel()
	s := &site{}
	r := stage(t, s, "",
		artifact.Route{ID: "GET /events", Kind: "sse"}, artifact.Route{ID: "GET /ws", Kind: "websocket"},
		artifact.Route{ID: "POST /graphql", Kind: "graphql"}, artifact.Route{ID: "GET /graphql", Kind: "graphql"},
		artifact.Route{ID: "GET /rooms/{id}/events", Kind: "sse"},
	)
	got := cover(t, r)
	for route, status := range map[string]int{"GET /events": 200, "GET /ws": 101, "POST /graphql": 200, "GET /graphql": 200} {
		a := got[route]
		if len(a.Control) != 1 || a.Control[0].Unproven != "" {
			t.Errorf("%s: control %+v, want the owner let in", route, a.Control)
			continue
		}
		p, err := r.Exchange(a.Control[0].Ref)
		if err != nil || p.Status() != status {
			t.Errorf("%s: the owner got %d (%v), want %d", route, p.Status(), err, status)
		}
		if len(a.Tries) != 6 {
			t.Errorf("%s: %d tries, want 6", route, len(a.Tries))
		}
		for _, x := range a.Tries {
			ex, err := r.Exchange(x.Ref)
			if err != nil || ex.Status() != 401 || x.Unproven != "" {
				t.Errorf("%s %s: got %d, unproven %q (%v), want 401", route, x.Name, ex.Status(), x.Unproven, err)
			}
		}
	}
	if why := got["GET /rooms/{id}/events"].Skipped; why.Reason != check.NoPositiveControl {
		t.Errorf("a stream with a parameter: %+v, want it skipped", why)
	}
}

// TestGate leaves alone the header that opens an outer gate.
func TestGate(t *testing.T) {
	t.Parallel()
	s := &site{}
	r := stage(t, s, "    headers:\n      Authorization: Basic gate\n      Cookie: gate=open\n", artifact.Route{ID: "GET /me", Kind: "read"})
	if diff := cmp.Diff([]string{"A0", "A5 other accept"}, names(cover(t, r)["GET /me"].Tries)); diff != "" {
		t.Errorf("tries (-want +got):\n%s", diff)
	}
	for _, a := range s.of("/me") {
		if a.header.Get("Authorization") != "Basic gate" || a.header.Get("Cookie") != "gate=open" {
			t.Errorf("asked with %q and %q, want the gate's", a.header.Get("Authorization"), a.header.Get("Cookie"))
		}
	}
}

func TestTries(t *testing.T) {
	t.Parallel()
	jwt := "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9." + base64.RawURLEncoding.EncodeToString([]byte("a signature"))
	c := credentials{
		cookies: []string{"sid", "theme"}, query: []string{"key"},
		headers: []evidence.Field{{Name: "Authorization", Value: "Bearer " + jwt}, {Name: "X-Api-Key", Value: "k"}},
		gate:    []evidence.Field{{Name: "Cookie", Value: "gate=open"}},
	}
	by := map[string]try{}
	for _, x := range c.tries(artifact.Route{Kind: "page"}) {
		by[x.name] = x
	}
	for name, want := range map[string]string{
		"A1 garbage cookie":    "gate=open; sid=" + garbage + "; theme=" + garbage,
		"A1 garbage X-Api-Key": garbage,
		"A2 empty X-Api-Key":   "",
		"A5 other accept":      "application/json",
	} {
		x, ok := by[name]
		if !ok || len(x.header) != 1 || x.header[0].Value != want {
			t.Errorf("%s: %+v, want the header's value %q", name, x, want)
		}
	}
	empty := []evidence.Field{{Name: "Cookie", Value: "gate=open; sid=; theme="}, {Name: "Authorization"}}
	if diff := cmp.Diff(empty, by["A2 empty authorization and cookie"].header); diff != "" {
		t.Errorf("empty credentials (-want +got):\n%s", diff)
	}
	if got := by["A1 garbage key"].at("/a?b=c"); got != "/a?b=c&key="+garbage {
		t.Errorf("garbage key asks %s", got)
	}
	forged := by["A4 foreign signature in Authorization"].header
	if len(forged) != 1 || forged[0].Value == "Bearer "+jwt || !strings.HasPrefix(forged[0].Value, "Bearer "+jwt[:strings.LastIndexByte(jwt, '.')+1]) {
		t.Errorf("foreign signature: %v, want the same claims under another signature", forged)
	}
}

func TestForeign(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"", "Bearer abc", "eyJ.a", "eyJhbGciOiJub25lIn0.e30.", "Bearer eyJhbGciOiJIUzI1NiJ9.e30.!!"} {
		if got, ok := foreign(value); ok {
			t.Errorf("foreign(%q) = %q, want none: it is no signed token", value, got)
		}
	}
}

func TestBudget(t *testing.T) {
	t.Parallel()
	s := &site{}
	r := stage(t, s, "", detail(), artifact.Route{ID: "GET /me", Kind: "read"}, artifact.Route{ID: "GET /events", Kind: "sse"},
		artifact.Route{ID: "GET /search", Kind: "list", Params: []artifact.Param{{Name: "q", In: "query", Example: "ferry"}}})
	read(t, r, invoice, artifact.Values{"id": "4101"})
	budget := Gatherer().Budget(r.For("anon"))
	cover(t, r)
	if sent := r.Sent("anon"); sent > budget || sent == 0 {
		t.Errorf("%d requests were sent, the budget is %d", sent, budget)
	}
	if n := Gatherer().Budget(gather.NewTools(r.Portal, r.Target, func(string) any { return nil }, nil)); n != 0 {
		t.Errorf("a budget of %d without routes", n)
	}
}
