package baseline

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather/gathertest"
	"github.com/launchready/launchready/internal/lab"
	"github.com/launchready/launchready/internal/wire"
)

// inventory is what a contract would say of the routes.
func inventory(lines ...string) *artifact.Inventory {
	inv := &artifact.Inventory{}
	for _, line := range lines {
		kind, template, _ := strings.Cut(line, " ")
		r := artifact.Route{ID: "GET " + template, Method: "GET", Template: template, Kind: kind, Sources: []string{"openapi"}}
		inv.Routes = append(inv.Routes, r)
	}
	slices.SortFunc(inv.Routes, func(a, b artifact.Route) int { return strings.Compare(a.ID, b.ID) })
	return inv
}

func learn(t *testing.T, description string, inv *artifact.Inventory) (*gathertest.Run, *artifact.Baseline) {
	t.Helper()
	r := gathertest.Start(t, description)
	r.Put(artifact.Inventories.Name(), inv)
	return r, r.Gather(t, Gatherer()).(*artifact.Baseline)
}

func labRoutes() *artifact.Inventory {
	return inventory("list /api/invoices", "list /api/projects", "list /api/tickets", "detail /api/invoices/{id}", "detail /api/tickets/{id}/comments/{commentId}",
		"page /dashboard", "page /invoices", "page /projects")
}

// kinds are the learned kinds, each once.
func kinds(b *artifact.Baseline) []string {
	var out []string
	for _, k := range b.Known {
		out = append(out, k.Kind)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestLab(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		quirk   string
		kinds   []string
		refused string // a route that refuses anonymous in the portal's way
		as      string
	}{
		{name: "well kept", kinds: []string{"denial", "login", "method", "soft404"}, refused: "/api/invoices", as: refusal.Unauthorized},
		{name: "shell for every path", quirk: "spa-fallback", kinds: []string{"denial", "login", "method", "soft404"}, refused: "/nothing/here", as: refusal.Soft404},
		{name: "refuses with 500", quirk: "denies-500", kinds: []string{"denial", "login", "method", "soft404"}, refused: "/api/clients", as: refusal.Learned},
		{name: "refuses with 200", quirk: "denies-200", kinds: []string{"denial", "login", "method", "soft404"}, refused: "/api/clients", as: refusal.Learned},
		{name: "refuses with 404", quirk: "denies-404", kinds: []string{"denial", "login", "method", "soft404"}, refused: "/api/clients", as: refusal.NotFound},
		{name: "everything changes", quirk: "volatile", kinds: []string{"denial", "login", "method", "soft404"}, refused: "/api/clients", as: refusal.Unauthorized},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := lab.Config{}
			if tc.quirk != "" {
				c.Quirks = []string{tc.quirk}
			}
			world, err := lab.Start(t.Context(), c)
			if err != nil {
				t.Fatalf("start the lab: %v", err)
			}
			t.Cleanup(func() { _ = world.Close() })
			r, got := learn(t, string(world.PortalYAML()), labRoutes())
			if d := cmp.Diff(tc.kinds, kinds(got)); d != "" {
				t.Errorf("learned kinds (-want +got):\n%s", d)
			}
			if d := cmp.Diff([]string{"/login"}, got.LoginTargets); d != "" {
				t.Errorf("login targets (-want +got):\n%s", d)
			}
			judge := refusal.New(got)
			a, err := r.Anonymous().Do(t.Context(), wire.Request{Method: "GET", URL: tc.refused})
			if err != nil {
				t.Fatalf("ask %s: %v", tc.refused, err)
			}
			if kind, ok := judge.Denied("GET "+tc.refused, a.Exchange); !ok || kind != tc.as {
				t.Errorf("%s: refused %v as %q, want %q", tc.refused, ok, kind, tc.as)
			}
			mine, err := r.As("alice").Do(t.Context(), wire.Request{Method: "GET", URL: "/api/invoices"})
			if err != nil {
				t.Fatalf("read as alice: %v", err)
			}
			if kind, ok := judge.Denied("GET /api/invoices", mine.Exchange); ok {
				t.Errorf("the owner's own list counts as refused: %s", kind)
			}
			if n := r.Sent("baseline"); n > manners+2*perPrefix*mostPrefixes {
				t.Errorf("%d requests", n)
			}
		})
	}
}

const basic = `version: 1
portal: Small portal
targets:
  local:
    url: %s
    allow: [look, sign-in]
login:
  send: basic
  alive:
    request: GET /api/me
    contains: ${user}
identities:
  alice:
    tenant: acme
    role: admin
    user: alice@acme.test
    password: correct horse
denied:
  status: [418]
resources:
  secrets:
    list: GET /api/secrets
    denied:
      body: not for you
`

// serve serves alice's reads; nobody answers whoever is not alice, and unknown paths.
func serve(t *testing.T, reads map[string]string, nobody func(http.ResponseWriter, *http.Request)) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, _, _ := r.BasicAuth()
		body, known := reads[r.URL.Path]
		if name != "alice@acme.test" || !known {
			nobody(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func own() map[string]string {
	return map[string]string{
		"/api/me":       `{"email":"alice@acme.test"}`,
		"/api/invoices": `{"items":[{"id":"inv_81f0c2d4","memo":"Second instalment of the hull plating"}]}`,
		"/api/projects": `{"items":[{"id":"prj_0b8e6d55","title":"The lighthouse survey stays unannounced"}]}`,
	}
}

func TestAHoleDoesNotTeachItself(t *testing.T) {
	t.Parallel()
	reads := own()
	open := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if body, known := reads[r.URL.Path]; known && r.URL.Path != "/api/me" {
			_, _ = fmt.Fprint(w, body)
			return
		}
		w.WriteHeader(http.StatusNotFound)
		_, _ = fmt.Fprint(w, `{"error":"unknown path"}`)
	}
	_, got := learn(t, fmt.Sprintf(basic, serve(t, reads, open)), inventory("list /api/invoices", "list /api/projects"))
	if d := cmp.Diff([]string{"soft404"}, kinds(got)); d != "" {
		t.Errorf("learned kinds (-want +got):\n%s", d)
	}
}

func TestListForAnyPathIsNoSoft404(t *testing.T) {
	t.Parallel()
	reads := own()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, _, _ := r.BasicAuth()
		w.Header().Set("Content-Type", "application/json")
		switch {
		case name != "alice@acme.test":
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/api/me":
			_, _ = fmt.Fprint(w, reads["/api/me"])
		default:
			_, _ = fmt.Fprint(w, reads["/api/invoices"])
		}
	}))
	t.Cleanup(server.Close)
	r, got := learn(t, fmt.Sprintf(basic, server.URL), inventory("list /api/invoices", "list /api/projects", "detail /api/invoices/{id}"))
	a, err := r.As("alice").Do(t.Context(), wire.Request{Method: "GET", URL: "/api/invoices"})
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	if kind, ok := refusal.New(got).Denied("GET /api/invoices", a.Exchange); ok {
		t.Errorf("alice's invoices count as refused: %s", kind)
	}
}

func TestRedirectElsewhereIsALogin(t *testing.T) {
	t.Parallel()
	away := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://id.example.com/authorize?state="+r.URL.Path, http.StatusFound)
	}
	_, got := learn(t, fmt.Sprintf(basic, serve(t, own(), away)), inventory("list /api/invoices", "list /api/projects"))
	if d := cmp.Diff([]string{"https://id.example.com/authorize"}, got.LoginTargets); d != "" {
		t.Errorf("login targets (-want +got):\n%s", d)
	}
}

func TestNuisancesAreKept(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		status int
		body   string
		kind   string
	}{
		{"limiter", http.StatusTooManyRequests, "Too many requests", "throttle"},
		{"firewall", http.StatusForbidden, "Your request was blocked. Support ID is 1234567890", "waf"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			nobody := func(w http.ResponseWriter, r *http.Request) {
				if _, _, ok := r.BasicAuth(); ok || r.URL.Path == "/api/me" {
					w.WriteHeader(http.StatusNotFound)
					return
				}
				w.WriteHeader(tc.status)
				_, _ = fmt.Fprint(w, tc.body)
			}
			_, got := learn(t, fmt.Sprintf(basic, serve(t, own(), nobody)), inventory())
			if !slices.Contains(kinds(got), tc.kind) {
				t.Errorf("learned %q, want %s among them", kinds(got), tc.kind)
			}
			for _, k := range got.Known {
				if k.Kind == "soft404" && k.Status == tc.status {
					t.Errorf("the %s teaches what unknown paths get", tc.name)
				}
			}
		})
	}
}

func TestDeclaredRefusals(t *testing.T) {
	t.Parallel()
	inv := inventory("list /api/secrets", "list /api/projects")
	inv.Routes[1].Resource = "secrets"
	_, got := learn(t, fmt.Sprintf(basic, serve(t, own(), http.NotFound)), inv)
	if d := cmp.Diff(artifact.Denied{Status: []int{418}}, got.Denied); d != "" {
		t.Errorf("denied (-want +got):\n%s", d)
	}
	if d := cmp.Diff(map[string]artifact.Denied{"GET /api/secrets": {Body: "not for you"}}, got.DeniedFor); d != "" {
		t.Errorf("denied for (-want +got):\n%s", d)
	}
}

func TestRouterPrefix(t *testing.T) {
	t.Parallel()
	for template, want := range map[string]string{
		"/api/v1/invoices": "/api/v1", "/api/invoices/{id}": "/api", "/v2/invoices": "/v2", "/invoices": "", "/invoices/{id}": "", "/rest/x": "/rest", "/api": "",
	} {
		if got := routerPrefix(template); got != want {
			t.Errorf("%s: %q, want %q", template, got, want)
		}
	}
}

func TestNobodySignedIn(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	description := strings.SplitAfter(fmt.Sprintf(basic, server.URL), "identities:")[0] + " {}\n"
	r, got := learn(t, description, inventory("list /api/invoices"))
	if d := cmp.Diff([]string{"soft404"}, kinds(got)); d != "" {
		t.Errorf("learned kinds (-want +got):\n%s", d)
	}
	if r.As(evidence.Anonymous) == nil {
		t.Error("nobody is anonymous")
	}
}
