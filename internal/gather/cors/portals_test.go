package cors

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/checks/cors/approved"
	"github.com/launchready/launchready/checks/cors/brokenpair"
	"github.com/launchready/launchready/checks/cors/credentials"
	"github.com/launchready/launchready/checks/cors/looseorigin"
	"github.com/launchready/launchready/checks/cors/preflight"
	"github.com/launchready/launchready/checks/cors/reflects"
	"github.com/launchready/launchready/checks/cors/uncredentialed"
	"github.com/launchready/launchready/checks/cors/vary"
	"github.com/launchready/launchready/internal/gather/gathertest"
)

const partner = "https://app.partner.test"

// shop is a small portal of somebody else's: an API behind a cookie or a token.
type shop struct {
	cookie string // attributes of the session cookie; empty: bearer tokens
	// share writes CORS headers; it returns true when it has answered by itself.
	share func(w http.ResponseWriter, r *http.Request) bool
	// late is share, called once the status is known to be a success.
	late bool
	dies int // requests until everything is a 503; 0: never
	n    int
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.n++; s.dies > 0 && s.n > s.dies {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	if !s.late && s.share != nil && s.share(w, r) {
		return
	}
	signed := r.Header.Get("Authorization") == "Bearer a-token-of-ann-1234567890" && s.cookie == ""
	if k, err := r.Cookie("sid"); err == nil && s.cookie != "" {
		signed = k.Value == "a-session-of-ann-1234567890"
	}
	known := map[string]string{
		"/me": `{"email":"ann@acme.test","id":"77120451"}`, "/orders": `{"items":[{"id":"o-5512","title":"Crane hire in Delft for Ann"}]}`,
	}
	public := r.URL.Path == "/version" || r.URL.Path == "/in"
	switch {
	case r.Method == http.MethodOptions:
		http.Error(w, "", http.StatusMethodNotAllowed)
		return
	case !public && known[r.URL.Path] != "" && !signed:
		http.Error(w, `{"error":"sign in"}`, http.StatusUnauthorized)
		return
	case !public && known[r.URL.Path] == "":
		http.Error(w, `{"error":"no such thing"}`, http.StatusNotFound)
		return
	}
	if s.late && s.share != nil && s.share(w, r) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/version":
		fmt.Fprint(w, `{"version":"1.0"}`)
	case "/in":
		if s.cookie != "" {
			w.Header().Add("Set-Cookie", "sid=a-session-of-ann-1234567890; "+s.cookie)
		}
		fmt.Fprint(w, `{"token":"a-token-of-ann-1234567890"}`)
	default:
		fmt.Fprint(w, known[r.URL.Path])
	}
}

// allow names an origin for everything, preflights included.
func allow(w http.ResponseWriter, r *http.Request, origin string, creds bool) bool {
	h := w.Header()
	h.Add("Vary", "Origin")
	if origin != "" {
		h.Set("Access-Control-Allow-Origin", origin)
		if creds {
			h.Set("Access-Control-Allow-Credentials", "true")
		}
	}
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	if origin != "" {
		h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
		h.Set("Access-Control-Allow-Headers", "authorization, content-type")
	}
	w.WriteHeader(http.StatusNoContent)
	return true
}

type sharing = func(http.ResponseWriter, *http.Request) bool

// by lets an origin in by a rule.
func by(rule func(origin string) bool, creds bool) sharing {
	return func(w http.ResponseWriter, r *http.Request) bool {
		origin := r.Header.Get("Origin")
		if origin == "" || !rule(origin) {
			origin = ""
		}
		return allow(w, r, origin, creds)
	}
}

func listed(origin string) bool { return origin == partner }
func anybody(string) bool       { return true }

func star(w http.ResponseWriter, r *http.Request) bool { return allow(w, r, "*", false) }

// throws answers unapproved origins with an error, as a middleware that throws does.
func throws(w http.ResponseWriter, r *http.Request) bool {
	if o := r.Header.Get("Origin"); o != "" && o != partner && o != "http://"+r.Host {
		http.Error(w, "Error: Not allowed by CORS", http.StatusInternalServerError)
		return true
	}
	return by(listed, true)(w, r)
}

const (
	laxCookie  = "Path=/; Secure; HttpOnly; SameSite=Lax"
	noneCookie = "Path=/; Secure; HttpOnly; SameSite=None"
)

func TestPortals(t *testing.T) {
	t.Parallel()
	every := []check.Check{approved.Check, brokenpair.Check, credentials.Check, looseorigin.Check, preflight.Check, reflects.Check, uncredentialed.Check, vary.Check}
	for _, tc := range []struct {
		name     string
		site     shop
		approves string // policy.origins
		fails    []string
		unproven []string
	}{
		{name: "cookie API, mended", site: shop{cookie: noneCookie, share: by(listed, true)}, approves: partner},
		{name: "cookie API that reflects", site: shop{cookie: noneCookie, share: by(anybody, true)}, approves: partner, fails: []string{"cors/credentials", "cors/preflight"}, unproven: []string{"cors/looseorigin", "cors/reflects"}},
		{name: "cookie API that reflects, with Lax", site: shop{cookie: laxCookie, share: by(anybody, true)}, approves: partner, fails: []string{"cors/preflight", "cors/reflects"}},
		{name: "cookie API that reflects, without SameSite", site: shop{cookie: "Path=/; Secure; HttpOnly", share: by(anybody, true)}, approves: partner, fails: []string{"cors/preflight", "cors/reflects"}},
		{
			name: "a list that looks for a part", site: shop{cookie: noneCookie, share: by(func(o string) bool { return strings.Contains(o, "partner.test") }, true)},
			approves: partner, fails: []string{"cors/credentials", "cors/preflight"}, unproven: []string{"cors/looseorigin", "cors/reflects"},
		},
		{
			name: "a list that takes null", site: shop{cookie: noneCookie, share: by(func(o string) bool { return listed(o) || o == "null" }, true)},
			approves: partner, fails: []string{"cors/looseorigin", "cors/preflight"}, unproven: []string{"cors/reflects"},
		},
		{
			name: "a list that takes subdomains", site: shop{cookie: noneCookie, share: by(func(o string) bool { return strings.HasSuffix(o, ".partner.test") && strings.HasPrefix(o, "https://") }, true)},
			approves: partner, fails: []string{"cors/looseorigin", "cors/preflight"}, unproven: []string{"cors/reflects"},
		},
		{name: "a middleware that throws at others", site: shop{cookie: noneCookie, share: throws}, approves: partner},
		{name: "headers on successes alone", site: shop{cookie: noneCookie, share: by(listed, true), late: true}, approves: partner},
		{name: "nothing about CORS", site: shop{cookie: laxCookie}},
		{name: "nothing about CORS, and somebody approved", site: shop{cookie: laxCookie}, approves: partner, fails: []string{"cors/approved"}},
		{name: "somebody is let in and nobody approved", site: shop{cookie: laxCookie, share: by(listed, true)}, unproven: []string{"cors/approved"}},
		{name: "token API with a star", site: shop{share: star}, approves: partner},
		{name: "token API that reflects with credentials", site: shop{share: by(anybody, true)}, approves: partner, fails: []string{"cors/preflight", "cors/reflects"}},
		{name: "token API that reflects without", site: shop{share: by(anybody, false)}, approves: partner},
		{name: "token API, its preflight behind the login", site: shop{share: by(listed, false), late: true}, approves: partner, fails: []string{"cors/approved"}},
		{
			name: "a star with credentials", site: shop{share: func(w http.ResponseWriter, r *http.Request) bool { return allow(w, r, "*", true) }},
			approves: partner, fails: []string{"cors/brokenpair"},
		},
		{
			name: "cacheable without Vary", site: shop{cookie: laxCookie, share: func(w http.ResponseWriter, r *http.Request) bool {
				done := by(listed, true)(w, r)
				w.Header().Del("Vary")
				w.Header().Set("Cache-Control", "private, max-age=60")
				return done
			}}, approves: partner, fails: []string{"cors/vary"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := begin(t, &tc.site, tc.approves)
			r.Gather(t, Gatherer())
			var fails, unproven []string
			for _, c := range every {
				for _, f := range r.Judge(t, c) {
					switch {
					case f.Outcome == check.Fail && !slices.Contains(fails, c.ID):
						fails = append(fails, c.ID)
					case f.Outcome == check.Unproven && !slices.Contains(unproven, c.ID):
						unproven = append(unproven, c.ID)
					}
				}
			}
			unproven = slices.DeleteFunc(unproven, func(id string) bool { return slices.Contains(fails, id) })
			if diff := cmp.Diff(tc.fails, fails); diff != "" {
				t.Errorf("failing checks (-want +got):\n%s%s", diff, told(t, r, every, check.Fail))
			}
			if diff := cmp.Diff(tc.unproven, unproven); diff != "" {
				t.Errorf("unproven checks (-want +got):\n%s%s", diff, told(t, r, every, check.Unproven))
			}
			if n := r.Sent("cors"); n > 250 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// TestDown lets the portal go down in mid-run: nothing may pass for proven.
func TestDown(t *testing.T) {
	t.Parallel()
	r := begin(t, &shop{cookie: noneCookie, share: by(listed, true), dies: 20}, partner)
	r.Gather(t, Gatherer())
	for _, c := range []check.Check{credentials.Check, looseorigin.Check} {
		for _, f := range r.Judge(t, c) {
			if f.Outcome != check.Unproven {
				t.Errorf("%s is %s: %s: %s", c.ID, f.Outcome, f.Subject, f.Message)
			}
		}
	}
}

func told(t *testing.T, r *gathertest.Run, checks []check.Check, o check.Outcome) string {
	var b strings.Builder
	for _, c := range checks {
		for _, f := range r.Judge(t, c) {
			if f.Outcome == o {
				fmt.Fprintf(&b, "%s %s %s: %s\n", c.ID, f.Reason, f.Subject, f.Message)
			}
		}
	}
	return b.String()
}

// begin signs ann in and puts what the gatherers before this one make.
func begin(t *testing.T, s *shop, approves string) *gathertest.Run {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	send, policy := "cookie", ""
	capture := ""
	if s.cookie == "" {
		send, capture = "bearer ${token}", "      capture:\n        token: /token\n"
	}
	if approves != "" {
		policy = "policy:\n  origins:\n    - " + approves + "\n"
	}
	r := gathertest.Start(t, fmt.Sprintf(`version: 1
portal: site
targets:
  lab:
    url: %s
    in-flight: 1
    allow: [look, sign-in]
login:
  steps:
    - request: POST /in
      json:
        email: ${user}
        password: ${password}
%s  send: %s
  alive:
    request: GET /me
    contains: ${user}
identities:
  ann:
    tenant: acme
    role: admin
    user: ann@acme.test
    password: a long password
%s`, server.URL, capture, send, policy))
	r.Put(artifact.Inventories.Name(), &artifact.Inventory{Routes: []artifact.Route{
		{ID: "GET /me", Method: "GET", Template: "/me", Kind: "read"},
		{ID: "GET /orders", Method: "GET", Template: "/orders", Kind: "list"},
		{ID: "GET /version", Method: "GET", Template: "/version", Kind: "read", Public: "declared"},
	}})
	corpus := &artifact.Corpus{}
	for _, route := range []string{"/me", "/orders"} {
		a, err := r.As("ann").Do(t.Context(), get(route))
		if err != nil {
			t.Fatal(err)
		}
		corpus.Readings = append(corpus.Readings, artifact.Reading{Route: "GET " + route, Who: "ann", OK: true, First: artifact.Attempt{Who: "ann", Ref: a.Ref}})
	}
	r.Put(artifact.Corpora.Name(), corpus)
	if s.cookie != "" {
		r.Put(artifact.Cookies.Name(), studied(t, server.URL, s.cookie))
	}
	return r
}
