package bypass

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/gather/gathertest"
	"github.com/launchready/launchready/internal/wire"
)

// site refuses whoever is not alice, but for the trick that opens it.
type site struct {
	mu    sync.Mutex
	asked []string // "METHOD target" of callers without a login

	opens func(r *http.Request) bool
	base  string
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	alice := r.Header.Get("Authorization") == "Bearer alice"
	if !alice {
		s.mu.Lock()
		s.asked = append(s.asked, r.Method+" "+r.RequestURI)
		s.mu.Unlock()
	}
	path := strings.TrimPrefix(r.URL.Path, s.base)
	switch {
	case path == "/":
		reply(w, 200, map[string]any{"welcome": "The portal of the ferry yard, for its clients"})
	case !alice && !strings.HasPrefix(path, "/health") && (s.opens == nil || !s.opens(r)):
		if strings.HasPrefix(path, "/pages") {
			http.Redirect(w, r, s.base+"/login", http.StatusSeeOther)
			return
		}
		reply(w, 401, map[string]any{"error": "sign in"})
	case path == "/me":
		reply(w, 200, map[string]any{"name": "alice", "tenantId": "tn-acme"})
	case strings.Contains(path, "lrx"):
		reply(w, 404, map[string]any{"error": "nothing here"})
	default:
		reply(w, 200, map[string]any{"path": strings.Trim(path, "/"), "notes": "Terms that only acme agreed with the yard"})
	}
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func stage(t *testing.T, s *site, allow string, routes ...string) *gathertest.Run {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	r := gathertest.Start(t, fmt.Sprintf(`version: 1
portal: Ferry yard
targets:
  test:
    url: %s%s
    allow: [%s]
login:
  send: bearer ${token}
  alive:
    request: GET /me
    contains: ${user}
identities:
  alice: {tenant: acme, role: admin, user: alice, token: alice}
`, srv.URL, s.base, allow))
	inv := &artifact.Inventory{}
	coverage := &artifact.Coverage{}
	slices.Sort(routes)
	for _, id := range routes {
		method, template, _ := strings.Cut(id, " ")
		inv.Routes = append(inv.Routes, artifact.Route{ID: id, Method: method, Template: template})
		if method != http.MethodGet {
			continue
		}
		a := artifact.Asked{Route: id}
		for _, x := range []struct{ name, who string }{{"P", "alice"}, {"P2", "alice"}, {"A0", evidence.Anonymous}} {
			got := r.Ask(t.Context(), gather.Ask{Name: x.name, Who: x.who, Request: wire.Request{Method: method, URL: template}})[0].Attempt
			if x.who == "alice" {
				a.Control = append(a.Control, got)
			} else {
				a.Tries = append(a.Tries, got)
			}
		}
		coverage.Routes = append(coverage.Routes, a)
	}
	s.asked = nil
	r.Put("inventory", inv)
	r.Put("coverage", coverage)
	r.Put("baseline", &artifact.Baseline{})
	return r
}

func play(t *testing.T, r *gathertest.Run) []artifact.Cluster {
	t.Helper()
	return r.Gather(t, Gatherer()).(*artifact.Bypass).Clusters
}

func find(t *testing.T, c artifact.Cluster, name, route string) artifact.Trick {
	t.Helper()
	for _, k := range c.Tricks {
		if k.Name == name && k.Route == route {
			return k
		}
	}
	t.Fatalf("cluster %s: no trick %q on %s", c.Name, name, route)
	return artifact.Trick{}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	s := &site{}
	clusters := play(t, stage(t, s, "look, sign-in", "GET /api/invoices", "GET /api/invoices/total", "GET /pages/home", "GET /health"))
	var got [][]string
	for _, c := range clusters {
		got = append(got, append([]string{c.Name, c.Who}, c.Routes...))
	}
	want := [][]string{
		{"/api/invoices refused by 401", evidence.Anonymous, "GET /api/invoices", "GET /api/invoices/total"},
		{"/pages/home refused by login-redirect 303", evidence.Anonymous, "GET /pages/home"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("clusters (-want +got):\n%s", diff)
	}
	k := find(t, clusters[0], "path trailing slash", "GET /api/invoices")
	if !k.Try.Sent() || k.Again.Sent() || k.Control.Sent() {
		t.Errorf("trailing slash: %+v, want it sent once: it was refused", k)
	}
	home := find(t, clusters[0], "header X-Original-URL", "GET /api/invoices")
	if !home.Again.Sent() || !home.Control.Sent() {
		t.Errorf("X-Original-URL: %+v, want a second look: it was answered with 200", home)
	}
	for _, k := range clusters[0].Tricks {
		if k.Route != clusters[0].Route {
			t.Errorf("%s was tried on %s too, though a random path gave the same", k.Name, k.Route)
		}
	}
	override := find(t, clusters[0], "method X-HTTP-Method-Override", "GET /api/invoices")
	if override.Try.Unproven != check.EffectRefused || override.Try.Sent() {
		t.Errorf("an overridden POST without the effect write: %+v, want it refused", override.Try)
	}
}

func TestOpens(t *testing.T) {
	t.Parallel()
	s := &site{opens: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/") }}
	c := play(t, stage(t, s, "look, sign-in", "GET /api/invoices", "GET /api/invoices/total"))[0]
	k := find(t, c, "path trailing slash", "GET /api/invoices")
	if !k.Again.Sent() || !k.Control.Sent() {
		t.Fatalf("trailing slash: %+v, want a second look and a control", k)
	}
	if other := find(t, c, "path trailing slash", "GET /api/invoices/total"); !other.Again.Sent() {
		t.Errorf("on the cluster's other route: %+v, want it tried there as well", other)
	}
	if !slices.Contains(s.asked, "GET /api/invoices/") {
		t.Errorf("on the wire: %q, want the raw target", s.asked)
	}
}

// TestBasePath has a portal below a path: tricks start above it.
func TestBasePath(t *testing.T) {
	t.Parallel()
	s := &site{base: "/yard"}
	play(t, stage(t, s, "look, sign-in", "GET /api/invoices"))
	for _, want := range []string{"GET /yard/api/invoices/", "GET //yard/api/invoices", "GET /%2e/yard/api/invoices"} {
		if !slices.Contains(s.asked, want) {
			t.Errorf("%s was not asked", want)
		}
	}
}

// TestWrites plays an overridden POST only where nothing is known to take it.
func TestWrites(t *testing.T) {
	t.Parallel()
	s := &site{}
	clusters := play(t, stage(t, s, "look, sign-in, write", "GET /api/invoices", "POST /api/invoices", "GET /api/reports"))
	for _, c := range clusters {
		for _, k := range c.Tricks {
			if !strings.Contains(k.Name, "ethod-Override") {
				continue
			}
			if known := c.Route == "GET /api/invoices"; known != (k.Try.Unproven == check.EffectRefused) {
				t.Errorf("%s on %s: %+v", k.Name, c.Route, k.Try)
			}
		}
	}
	if slices.Contains(s.asked, "POST /api/invoices") || !slices.Contains(s.asked, "POST /api/reports") {
		t.Errorf("on the wire: %q, want a POST to reports alone", s.asked)
	}
}

func TestAtMost(t *testing.T) {
	t.Parallel()
	refused, prefix := map[string]string{}, map[string]string{}
	var members []artifact.Asked
	for i := range 30 {
		route := fmt.Sprintf("GET /api/kind%02d", i)
		prefix[route], refused[route] = route[4:], "401"
		if i%3 == 0 {
			refused[route] = "login-redirect 303"
		}
		members = append(members, artifact.Asked{Route: route, Control: make([]artifact.Attempt, 2), Tries: []artifact.Attempt{{Name: "A0"}}})
	}
	got := atMost(maxClusters, groupBy(members, prefix, refused))
	if len(got) != maxClusters {
		t.Fatalf("%d clusters, want %d", len(got), maxClusters)
	}
	routes := 0
	for _, g := range got {
		routes += len(g.Routes)
		for _, r := range g.Routes {
			if refused[r] != refused[g.Route] {
				t.Errorf("cluster %s holds %s, which refuses in another way", g.Name, r)
			}
		}
	}
	if routes != 30 {
		t.Errorf("the clusters hold %d routes, want all 30", routes)
	}
}
