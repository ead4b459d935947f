package errors

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/checks/hygiene/actionable"
	"github.com/launchready/launchready/checks/hygiene/credentials"
	"github.com/launchready/launchready/checks/hygiene/dberrors"
	"github.com/launchready/launchready/checks/hygiene/debugpages"
	"github.com/launchready/launchready/checks/hygiene/internals"
	"github.com/launchready/launchready/checks/hygiene/stacktraces"
	"github.com/launchready/launchready/internal/gather/gathertest"
)

// dock is a small portal with a static token; fail writes its errors.
type dock struct {
	fail  func(w http.ResponseWriter, r *http.Request, what string)
	extra http.HandlerFunc // for addresses it does not know
}

func (d *dock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, item := strings.CutPrefix(r.URL.Path, "/api/items/")
	switch {
	case r.URL.Path == "/health":
		_, _ = fmt.Fprint(w, `{"status":"ok"}`)
	case d.extra != nil && !strings.HasPrefix(r.URL.Path, "/api/"):
		d.extra(w, r)
	case !strings.HasPrefix(r.URL.Path, "/api/"):
		d.fail(w, r, "nowhere")
	case r.Header.Get("Authorization") != "Bearer t0ken-of-alice-2026":
		d.fail(w, r, "nobody")
	case r.URL.Path == "/api/me":
		_, _ = fmt.Fprint(w, `{"email":"alice@acme.test"}`)
	case item && strings.Trim(id, "0123456789") != "":
		d.fail(w, r, "id")
	case r.URL.Path == "/api/items" && r.Method == http.MethodPost:
		var v map[string]any
		if json.NewDecoder(r.Body).Decode(&v) != nil {
			d.fail(w, r, "body")
		}
	default:
		d.fail(w, r, "nowhere")
	}
}

// provoked runs the gatherer on a portal and returns what each check says but ok.
func provoked(t *testing.T, h http.Handler, allow string, quick bool) (*gathertest.Run, []string) {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	r := gathertest.Start(t, `version: 1
portal: Dock
targets:
  test:
    url: `+srv.URL+`
    allow: [`+allow+`]
login:
  send: bearer ${token}
  alive:
    request: GET /api/me
    contains: ${user}
identities:
  alice: {tenant: acme, role: admin, user: alice@acme.test, token: t0ken-of-alice-2026}
`)
	r.Tools.Quick = quick
	r.Put("inventory", &artifact.Inventory{Routes: []artifact.Route{
		{ID: "GET /api/items/{id}", Method: "GET", Template: "/api/items/{id}", Kind: "detail", Params: []artifact.Param{{Name: "id", In: "path"}}},
		{ID: "GET /api/me", Method: "GET", Template: "/api/me", Kind: "read"},
		{ID: "GET /health", Method: "GET", Template: "/health", Kind: "read", Public: "declared"},
		{ID: "POST /api/items", Method: "POST", Template: "/api/items", Kind: "create", BodyType: "application/json"},
		{ID: "POST /api/logout", Method: "POST", Template: "/api/logout", Kind: "logout", BodyType: "application/json"},
	}})
	r.Gather(t, Gatherer())
	r.Put("replies", &artifact.Replies{Refs: r.Recorded()})
	var out []string
	for _, c := range []check.Check{actionable.Check, credentials.Check, dberrors.Check, debugpages.Check, internals.Check, stacktraces.Check} {
		for _, f := range r.Judge(t, c) {
			if f.Outcome != check.OK {
				out = append(out, strings.TrimPrefix(c.ID, "hygiene/")+" "+string(f.Outcome)+string(f.Reason))
			}
		}
	}
	slices.Sort(out)
	return r, slices.Compact(out)
}

const everything = "look, sign-in, write"

func TestPortals(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	say := func(status int, kind, body string) func(http.ResponseWriter, *http.Request, string) {
		return func(w http.ResponseWriter, _ *http.Request, _ string) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("X-Request-Id", fmt.Sprintf("8f2c61d%07d", n.Add(1)))
			w.WriteHeader(status)
			_, _ = fmt.Fprint(w, body)
		}
	}
	clean := say(404, "application/json", `{"title":"Not Found"}`)
	when := func(what string, bad func(http.ResponseWriter, *http.Request, string)) func(http.ResponseWriter, *http.Request, string) {
		return func(w http.ResponseWriter, r *http.Request, was string) {
			if was == what {
				bad(w, r, was)
				return
			}
			clean(w, r, was)
		}
	}
	for name, test := range map[string]struct {
		portal http.Handler
		want   []string
	}{
		"well kept":         {&dock{fail: clean}, nil},
		"a trace of a body": {&dock{fail: when("body", say(400, "application/json", `{"stack":"SyntaxError: x\n    at parse (/app/node_modules/body-parser/lib/types/json.js:92:19)"}`))}, []string{"stacktraces fail"}},
		"a word of the database": {
			&dock{fail: when("id", say(500, "application/json", `{"error":"ERROR: invalid input syntax for type bigint: \"x\""}`))},
			[]string{"dberrors fail"},
		},
		"a page of the framework": {
			&dock{fail: when("nowhere", say(404, "text/html", `<p>You&#x27;re seeing this error because you have <code>DEBUG = True</code></p>`))},
			[]string{"debugpages fail"},
		},
		"a parser's own words": {&dock{fail: when("body", say(400, "application/json", `{"error":"unexpected end: cannot unmarshal string into Go value"}`))}, []string{"internals fail"}},
		"a connection in an error": {
			&dock{fail: when("id", say(500, "text/plain", `cannot connect to mysql://portal:Gr4nite-Kettle@db/portal`))},
			[]string{"credentials fail"},
		},
		"an open environment file": {
			&dock{fail: clean, extra: func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/.env" {
					_, _ = fmt.Fprint(w, "APP_ENV=prod\nDB_PASSWORD=Gr4nite-Kettle\n")
					return
				}
				clean(w, r, "")
			}},
			[]string{"debugpages fail"},
		},
		"a shell for every address": {
			&dock{fail: clean, extra: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				_, _ = fmt.Fprint(w, "<!doctype html><title>Portal</title><div id=app></div><script src=/app.js></script>")
			}},
			[]string{"actionable not-applicable"},
		},
		"nameless errors": {&dock{fail: func(w http.ResponseWriter, _ *http.Request, _ string) { http.Error(w, "Not Found", 404) }}, []string{"actionable fail"}},
	} {
		t.Run(name, func(t *testing.T) {
			r, got := provoked(t, test.portal, everything, false)
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if n := r.Sent("errors"); n > budget {
				t.Errorf("%d requests, over the budget of %d", n, budget)
			}
		})
	}
}

func TestLookAlone(t *testing.T) {
	t.Parallel()
	var sent atomic.Bool
	_, got := provoked(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			sent.Store(true)
		}
		(&dock{fail: func(w http.ResponseWriter, _ *http.Request, _ string) { http.Error(w, "Not Found", 404) }}).ServeHTTP(w, r)
	}), "look, sign-in", false)
	if sent.Load() {
		t.Error("a body was sent though nothing may be written")
	}
	if !slices.Contains(got, "stacktraces unproveneffect-refused") {
		t.Errorf("got %q, want that bodies were held back", got)
	}
}

func TestQuick(t *testing.T) {
	t.Parallel()
	var routes []artifact.Route
	for i := range 60 {
		routes = append(routes, artifact.Route{ID: fmt.Sprintf("GET /api/k%02d/{id}", i), Method: "GET", Template: fmt.Sprintf("/api/k%02d/{id}", i), Kind: "detail"})
	}
	srv := httptest.NewServer(&dock{fail: func(w http.ResponseWriter, _ *http.Request, _ string) { http.Error(w, "Not Found", 404) }})
	t.Cleanup(srv.Close)
	r := gathertest.Start(t, "version: 1\nportal: Dock\ntargets:\n  test:\n    url: "+srv.URL+"\n    allow: [look, sign-in]\n")
	r.Put("inventory", &artifact.Inventory{Routes: routes})
	r.Put("sessions", &artifact.Sessions{})
	r.Tools.Quick = true
	made := r.Gather(t, Gatherer()).(*artifact.Provocations)
	left := 0
	for _, g := range made.Groups {
		for _, x := range g.Triggers {
			if x.Try.Unproven == check.BudgetSpent {
				left++
			}
		}
	}
	if n := r.Sent("errors"); n > quickBudget || left == 0 {
		t.Errorf("%d requests and %d triggers left out, want at most %d requests and the rest said", n, left, quickBudget)
	}
}

// TestDies holds that a portal that dies on the way proves nothing.
func TestDies(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	_, got := provoked(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) > 6 {
			panic(http.ErrAbortHandler)
		}
		(&dock{fail: func(w http.ResponseWriter, _ *http.Request, _ string) { http.Error(w, "Not Found", 404) }}).ServeHTTP(w, r)
	}), everything, false)
	for _, g := range got {
		if strings.Contains(g, " fail") {
			t.Errorf("got %q of a portal that died", got)
		}
	}
	if !slices.ContainsFunc(got, func(g string) bool { return strings.HasPrefix(g, "stacktraces unproven") }) {
		t.Errorf("got %q, want stack traces unproven", got)
	}
}
