package lists

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/gather/gathertest"
)

// site lists invoices and searches notes, per tenant; it remembers who asked what.
type site struct {
	mu    sync.Mutex
	asked []string
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	s.asked = append(s.asked, who+" "+r.URL.RequestURI())
	s.mu.Unlock()
	tenant := map[string]string{"alice": "acme", "bob": "globex"}[who]
	rows := map[string]any{"id": "id-" + tenant, "notes": tenant + " alone agreed on these terms"}
	items := []any{rows}
	switch {
	case tenant == "":
		w.WriteHeader(http.StatusUnauthorized)
		return
	case r.URL.Path == "/me":
		rows["name"] = who
	case r.URL.Path == "/search" && !strings.Contains(rows["notes"].(string), r.URL.Query().Get("q")):
		items = []any{}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"name": who, "items": items})
}

func (s *site) got(line string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.asked, line)
}

func start(t *testing.T, s *site, routes ...artifact.Route) *gathertest.Run {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	r := gathertest.Start(t, `version: 1
portal: Ferry yard
targets:
  test:
    url: `+srv.URL+`
login:
  send: bearer ${token}
  alive:
    request: GET /me
    contains: ${user}
identities:
  alice: {tenant: acme, role: admin, user: alice, token: alice}
  bob: {tenant: globex, role: admin, user: bob, token: bob}
`)
	signIns := gather.Made[artifact.Sessions](r.Tools, artifact.SignIns)
	for i := range signIns.Identities {
		signIns.Identities[i].Facts = []string{"tn7-" + signIns.Identities[i].Tenant}
	}
	r.Put("inventory", &artifact.Inventory{Routes: routes})
	r.Put("corpus", &artifact.Corpus{Isolates: true, Objects: []artifact.Object{
		{Noun: "invoice", ID: "id-acme", Tenant: "acme", Owner: "alice"},
		{Noun: "client", ID: "client-acme", Tenant: "acme", Owner: "alice"},
		{Noun: "catalog", ID: "id-a", Tenant: "acme", Owner: "alice", Ambiguous: true},
	}})
	return r
}

func trials(made any, route, stranger string) []artifact.ListTrial {
	var out []artifact.ListTrial
	for _, t := range made.(*artifact.Lists).Trials {
		if t.Route == route && t.Stranger == stranger {
			out = append(out, t)
		}
	}
	return out
}

func TestListsAreReadByBothSides(t *testing.T) {
	t.Parallel()
	s := &site{}
	invoices := artifact.Route{ID: "GET /invoices", Method: "GET", Template: "/invoices", Kind: "list", Noun: "invoice"}
	made := start(t, s, invoices).Gather(t, Gatherer())
	got := trials(made, invoices.ID, "bob")
	if len(got) == 0 || got[0].Tries[0].Name != "X plain" || !got[0].Tries[0].Sent() {
		t.Fatalf("trials %+v, want a plain one first", got)
	}
	if !slices.Equal(got[0].OwnerIDs, []string{"id-acme"}) {
		t.Errorf("owner ids %v, want those of the owner alone that the list names", got[0].OwnerIDs)
	}
	for _, line := range []string{"alice /invoices", "bob /invoices", " /invoices"} {
		if !s.got(line) {
			t.Errorf("%q was not sent", line)
		}
	}
}

func TestFiltersNameTheOwnersSide(t *testing.T) {
	t.Parallel()
	s := &site{}
	r := artifact.Route{
		ID: "GET /invoices", Method: "GET", Template: "/invoices", Kind: "list", Noun: "invoice",
		Params: []artifact.Param{{Name: "clientId", In: "query", Noun: "client"}, {Name: "org", In: "query"}, {Name: "status", In: "query", Enum: []string{"open"}}},
	}
	start(t, s, r).Gather(t, Gatherer())
	for _, line := range []string{"bob /invoices?clientId=client-acme", "bob /invoices?org=tn7-acme"} {
		if !s.got(line) {
			t.Errorf("%q was not sent; sent %v", line, s.asked)
		}
	}
	if slices.ContainsFunc(s.asked, func(l string) bool { return strings.Contains(l, "status=") }) {
		t.Error("an enumeration was used as a filter of ids")
	}
}

func TestSearchIsProvedByItsOwnerFirst(t *testing.T) {
	t.Parallel()
	s := &site{}
	notes := artifact.Route{ID: "GET /notes", Method: "GET", Template: "/notes", Kind: "list", Noun: "note"}
	search := artifact.Route{ID: "GET /search", Method: "GET", Template: "/search", Kind: "list", Params: []artifact.Param{{Name: "q", In: "query"}}}
	made := start(t, s, notes, search).Gather(t, Gatherer())
	found := false
	for _, trial := range trials(made, search.ID, "bob") {
		if trial.Tries[0].Name == "X search" {
			found = len(trial.P) == 2 && trial.P[0].Name == "P search" && len(trial.N) == 1
		}
	}
	if !found || !s.got("alice /search?q=acme+alone+agreed") || !s.got("bob /search?q="+unknownText) {
		t.Errorf("no complete search trial; sent %v", s.asked)
	}
}

func TestWhatIsNotListedIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := &site{}
	made := start(
		t, s,
		artifact.Route{ID: "GET /news", Method: "GET", Template: "/news", Kind: "list", Public: "declared"},
		artifact.Route{ID: "GET /catalog", Method: "GET", Template: "/catalog", Kind: "list", Shared: true},
		artifact.Route{ID: "GET /invoices/export.csv", Method: "GET", Template: "/invoices/export.csv", Kind: "export"},
		artifact.Route{ID: "GET /reset-all", Method: "GET", Template: "/reset-all", HeldBack: "its path says reset"},
	).Gather(t, Gatherer()).(*artifact.Lists)
	if len(made.Trials) != 1 || made.Trials[0].Skipped.Reason != check.EffectRefused {
		t.Errorf("trials %+v, want only the one that was held back", made.Trials)
	}
	for _, path := range []string{"/news", "/catalog", "/invoices/export.csv", "/reset-all"} {
		if s.got("bob " + path) {
			t.Errorf("%s was asked for", path)
		}
	}
}
