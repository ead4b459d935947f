package anon

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather/gathertest"
)

// site is a portal that tells what it was asked; hooks change its manners.
type site struct {
	mu    sync.Mutex
	asked []visit

	refuse func(w http.ResponseWriter, r *http.Request) // nil: 401
	shut   int                                          // from this request on everybody gets 403; 0: never
}

// visit is one request as it arrived.
type visit struct {
	who, method, uri string
	header           http.Header
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	s.asked = append(s.asked, visit{who, r.Method, r.URL.RequestURI(), r.Header.Clone()})
	shut := s.shut > 0 && len(s.asked) >= s.shut
	s.mu.Unlock()
	if shut {
		reply(w, 403, map[string]any{"error": "forbidden"})
		return
	}
	if who != "alice" && who != "bob" && r.URL.Path != "/health" {
		if s.refuse != nil {
			s.refuse(w, r)
			return
		}
		reply(w, 401, map[string]any{"error": "sign in"})
		return
	}
	switch r.URL.Path {
	case "/health":
		reply(w, 200, map[string]any{"status": "ok"})
	case "/me":
		reply(w, 200, map[string]any{"name": who, "tenantId": "tn-" + who})
	case "/search":
		items := []any{}
		if r.URL.Query().Get("q") == "ferry" {
			items = append(items, map[string]any{"id": "4101", "title": "Ferry terms of " + who})
		}
		reply(w, 200, map[string]any{"items": items})
	case "/events":
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write([]byte(": following\n\n"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	case "/ws":
		conn, err := websocket.Accept(w, r, nil)
		if err == nil {
			_, _, _ = conn.Read(r.Context())
		}
	case "/graphql":
		reply(w, 200, map[string]any{"data": map[string]any{"__typename": "Query"}})
	default:
		reply(w, 200, map[string]any{"id": "4101", "notes": "Terms that only " + who + " agreed with the yard"})
	}
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// of returns what arrived at a path, from nobody who may.
func (s *site) of(path string) []visit {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []visit
	for _, a := range s.asked {
		if p, _, _ := strings.Cut(a.uri, "?"); p == path && a.who != "alice" && a.who != "bob" {
			out = append(out, a)
		}
	}
	return out
}

func description(url, more string) string {
	return `version: 1
portal: Ferry yard
targets:
  test:
    url: ` + url + `
    allow: [look, sign-in]
` + more + `login:
  send: bearer ${token}
  alive:
    request: GET /me
    contains: ${user}
identities:
  alice: {tenant: acme, role: admin, user: alice, token: alice}
  bob: {tenant: globex, role: admin, user: bob, token: bob}
`
}

func stage(t *testing.T, s *site, more string, routes ...artifact.Route) *gathertest.Run {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	r := gathertest.Start(t, description(srv.URL, more))
	for i := range routes {
		routes[i].Method, routes[i].Template, _ = strings.Cut(routes[i].ID, " ")
	}
	slices.SortFunc(routes, func(a, b artifact.Route) int { return strings.Compare(a.ID, b.ID) })
	r.Put("inventory", &artifact.Inventory{Routes: routes})
	r.Put("corpus", &artifact.Corpus{})
	return r
}

// read has alice read a route twice, as the harvest would have.
func read(t *testing.T, r *gathertest.Run, route string, v artifact.Values) {
	t.Helper()
	target, ok := r.Artifact("inventory").(*artifact.Inventory).By(route).Fill(v)
	if !ok {
		t.Fatalf("%s: not filled by %v", route, v)
	}
	reading := artifact.Reading{Route: route, Who: "alice", Values: v, OK: true}
	for _, into := range []*artifact.Attempt{&reading.First, &reading.Again} {
		q := request("P", artifact.Route{Method: "GET"}, target, nil)
		q.Who = "alice"
		*into = r.Ask(t.Context(), q)[0].Attempt
	}
	corpus := r.Artifact("corpus").(*artifact.Corpus)
	corpus.Readings = append(corpus.Readings, reading)
}
