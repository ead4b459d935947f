package swap

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/gather/gathertest"
)

// site is a portal of two tenants with invoices; hooks change its manners.
type site struct {
	mu    sync.Mutex
	asked []string // "who method uri"

	before func(w http.ResponseWriter, r *http.Request, who string) bool // true: answered
}

// tenantOf knows the callers: their bearer token is their name.
func tenantOf(who string) string {
	return map[string]string{"alice": "acme", "amir": "acme", "bob": "globex", "zoe": "globex"}[who]
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	s.asked = append(s.asked, who+" "+r.Method+" "+r.URL.RequestURI())
	s.mu.Unlock()
	if s.before != nil && s.before(w, r, who) {
		return
	}
	tenant := tenantOf(who)
	segs := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case tenant == "":
		reply(w, 401, map[string]any{"error": "sign in"})
	case r.URL.Path == "/me":
		reply(w, 200, map[string]any{"name": who, "tenantId": "tn-" + tenant})
	case r.URL.Path == "/invoices":
		reply(w, 200, map[string]any{"items": []any{invoice(tenant)}})
	case len(segs) == 2 && segs[0] == "invoices" && segs[1] == idOf(tenant):
		reply(w, 200, invoice(tenant))
	case len(segs) == 3 && segs[0] == "tenants" && segs[1] == "tn-"+tenant:
		reply(w, 200, map[string]any{"items": []any{invoice(tenant)}})
	default:
		reply(w, 404, map[string]any{"error": "no such thing"})
	}
}

func idOf(tenant string) string {
	return map[string]string{"acme": "4101", "globex": "4202"}[tenant]
}

func invoice(tenant string) map[string]any {
	return map[string]any{"id": idOf(tenant), "tenantId": "tn-" + tenant, "notes": "Terms that only " + tenant + " agreed with the ferry yard"}
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// description is the portal.yaml of a site.
func description(url string) string {
	return `version: 1
portal: Ferry yard
targets:
  test:
    url: ` + url + `
    allow: [look, sign-in]
login:
  send: bearer ${token}
  alive:
    request: GET /me
    contains: ${user}
identities:
  alice: {tenant: acme, role: admin, user: alice, token: alice}
  amir: {tenant: acme, role: member, user: amir, token: amir}
  bob: {tenant: globex, role: admin, user: bob, token: bob}
  zoe: {tenant: globex, role: viewer, user: zoe, token: zoe}
`
}

func routes() []artifact.Route {
	return []artifact.Route{
		{ID: "GET /invoices", Method: "GET", Template: "/invoices", Kind: "list", Noun: "invoice"},
		{ID: "GET /invoices/{id}", Method: "GET", Template: "/invoices/{id}", Kind: "detail", Noun: "invoice", Params: []artifact.Param{{Name: "id", In: "path", Noun: "invoice"}}},
		{ID: "GET /tenants/{tenantId}/invoices", Method: "GET", Template: "/tenants/{tenantId}/invoices", Kind: "list", Noun: "invoice", Params: []artifact.Param{{Name: "tenantId", In: "path", Noun: "tenant"}}},
	}
}

func objects() []artifact.Object {
	var out []artifact.Object
	for tenant, owner := range map[string]string{"acme": "alice", "globex": "bob"} {
		out = append(out, artifact.Object{
			Noun: "invoice", ID: idOf(tenant), Tenant: tenant, Owner: owner, Guess: true,
			Route: "GET /invoices/{id}", Values: artifact.Values{"id": idOf(tenant)},
		})
	}
	slices.SortFunc(out, func(a, b artifact.Object) int { return strings.Compare(a.ID, b.ID) })
	return out
}

func stage(t *testing.T, s *site) *gathertest.Run {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	r := gathertest.Start(t, description(srv.URL))
	signIns := gather.Made[artifact.Sessions](r.Tools, artifact.SignIns)
	for i := range signIns.Identities {
		signIns.Identities[i].Facts = append(signIns.Identities[i].Facts, "tn-"+signIns.Identities[i].Tenant)
	}
	r.Put("inventory", &artifact.Inventory{Routes: routes()})
	r.Put("corpus", &artifact.Corpus{Objects: objects(), Isolates: true})
	return r
}

// find returns the trials of a class on a route by an owner and a stranger.
func find(t *testing.T, made any, class, route, owner, stranger string) artifact.Swap {
	t.Helper()
	for _, s := range made.(*artifact.Swaps).Trials {
		if s.Class == class && s.Route == route && s.Owner == owner && s.Stranger == stranger {
			return s
		}
	}
	t.Fatalf("no %s trial of %s by %s and %s", class, route, owner, stranger)
	return artifact.Swap{}
}

func names(as []artifact.Attempt) []string {
	var out []string
	for _, a := range as {
		out = append(out, a.Name)
	}
	return out
}

func (s *site) got(line string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.asked, line)
}

func TestSwapAsksForForeignObjects(t *testing.T) {
	t.Parallel()
	s := &site{}
	made := stage(t, s).Gather(t, Gatherer())
	for _, pair := range [][2]string{{"alice", "bob"}, {"alice", "zoe"}, {"bob", "alice"}, {"bob", "amir"}} {
		trial := find(t, made, "tenantswap", "GET /invoices/{id}", pair[0], pair[1])
		want := []string{"P", "P2", "X", "N", "Q", "A"}
		if pair[1] == "zoe" || pair[1] == "amir" { // a second role: controls only when it is not refused
			want = []string{"P", "P2", "X", "A"}
		}
		if got := names(trial.Core); !slices.Equal(got, want) {
			t.Errorf("%s by %s: attempts %v, want %v", pair[0], pair[1], got, want)
		}
		for _, a := range trial.Core {
			if a.Unproven != "" || !a.Sent() {
				t.Errorf("%s by %s: %s is unproven (%s)", pair[0], pair[1], a.Name, a.Why)
			}
		}
		if trial.ID == trial.NoID || trial.ID == trial.OwnID {
			t.Errorf("%s by %s: ids %q, %q, %q must differ", pair[0], pair[1], trial.ID, trial.NoID, trial.OwnID)
		}
	}
	for _, line := range []string{"bob GET /invoices/4101", "zoe GET /invoices/4101", "bob GET /invoices/4202", " GET /invoices/4101"} {
		if !s.got(line) {
			t.Errorf("%q was not sent", line)
		}
	}
}

func TestVariantsFollowARefusal(t *testing.T) {
	t.Parallel()
	s := &site{}
	made := stage(t, s).Gather(t, Gatherer())
	trial := find(t, made, "tenantswap", "GET /invoices/{id}", "alice", "bob")
	if n := len(trial.Variants); n == 0 || n > maxVariants {
		t.Fatalf("%d variants, want 1 to %d", n, maxVariants)
	}
	for _, line := range []string{"bob GET /invoices/4202?id=4101", "bob GET /invoices/4202/../4101", "bob GET /invoices/004101"} {
		if !s.got(line) {
			t.Errorf("%q was not sent", line)
		}
	}
	if other := find(t, made, "tenantswap", "GET /invoices/{id}", "bob", "alice"); len(other.Variants) > 0 {
		t.Errorf("variants were tried on a second object of the route: %v", names(other.Variants))
	}
}

func TestLeakIsAskedAgainPastCaches(t *testing.T) {
	t.Parallel()
	s := &site{before: func(w http.ResponseWriter, r *http.Request, who string) bool {
		if who != "" && r.URL.Path == "/invoices/4101" {
			reply(w, 200, invoice("acme"))
			return true
		}
		return false
	}}
	trial := find(t, stage(t, s).Gather(t, Gatherer()), "tenantswap", "GET /invoices/{id}", "alice", "bob")
	if _, ok := artifact.Find(trial.Core, "X fresh"); !ok {
		t.Errorf("attempts %v, want an X fresh", names(trial.Core))
	}
	if len(trial.Variants) > 0 {
		t.Errorf("variants %v of an object that was not refused", names(trial.Variants))
	}
}

func TestTenantInThePathIsAHierarchy(t *testing.T) {
	t.Parallel()
	s := &site{}
	made := stage(t, s).Gather(t, Gatherer())
	trial := find(t, made, "hierarchy", "GET /tenants/{tenantId}/invoices", "alice", "bob")
	if trial.ID != "tn-acme" || !s.got("bob GET /tenants/tn-acme/invoices") {
		t.Errorf("asked for %q, want tn-acme", trial.ID)
	}
}

func TestSelectorsNameTheOwnersTenant(t *testing.T) {
	t.Parallel()
	var chosen []string
	var mu sync.Mutex
	s := &site{before: func(_ http.ResponseWriter, r *http.Request, who string) bool {
		if v := r.Header.Get("X-Tenant-Id"); v != "" {
			mu.Lock()
			chosen = append(chosen, who+" "+v)
			mu.Unlock()
		}
		return false
	}}
	made := stage(t, s).Gather(t, Gatherer())
	trial := find(t, made, "selector", "GET /invoices", "alice", "bob")
	if got := names(trial.Variants); !slices.Contains(got, "X header X-Tenant-Id") {
		t.Errorf("variants %v", got)
	}
	if !slices.Contains(chosen, "bob tn-acme") || !slices.Contains(chosen, "alice tn-globex") {
		t.Errorf("tenants chosen: %v", chosen)
	}
}

func TestCacheTrialAsksForTheSameURL(t *testing.T) {
	t.Parallel()
	kept := map[string][]byte{}
	var mu sync.Mutex
	s := &site{}
	s.before = func(w http.ResponseWriter, r *http.Request, who string) bool {
		if r.URL.Path != "/invoices" || who == "" || r.Header.Get("Cache-Control") != "" {
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		body, hit := kept[r.URL.RequestURI()]
		if !hit {
			body, _ = json.Marshal(invoice(tenantOf(who)))
			if r.URL.RawQuery != "" {
				kept[r.URL.RequestURI()] = body
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
		return true
	}
	st := stage(t, s)
	trial := find(t, st.Gather(t, Gatherer()), "sharedcache", "GET /invoices", "alice", "bob")
	if got, want := names(trial.Core), []string{"P", "P2", "X", "A", "X fresh"}; !slices.Equal(got, want) {
		t.Fatalf("attempts %v, want %v", got, want)
	}
	var urls []string
	for _, a := range trial.Core {
		ex, err := st.Exchange(a.Ref)
		if err != nil || ex == nil {
			t.Fatalf("%s has no exchange: %v", a.Name, err)
		}
		urls = append(urls, ex.Request.URL)
	}
	if urls[0] != urls[2] || urls[0] == urls[4] {
		t.Errorf("owner, stranger and fresh asked for %s, %s and %s", urls[0], urls[2], urls[4])
	}
}

func TestWhatCannotBeAskedIsSkippedWithAReason(t *testing.T) {
	t.Parallel()
	st := stage(t, &site{})
	st.Put("inventory", &artifact.Inventory{Routes: []artifact.Route{
		{ID: "GET /orders/{id}", Method: "GET", Template: "/orders/{id}", Kind: "detail", Noun: "order"},
		{ID: "GET /reset/{id}", Method: "GET", Template: "/reset/{id}", HeldBack: "its path says reset"},
		{ID: "GET /news/{id}", Method: "GET", Template: "/news/{id}", Public: "declared"},
		{ID: "GET /catalog/{id}", Method: "GET", Template: "/catalog/{id}", Shared: true},
	}})
	want := map[string]check.Reason{"GET /orders/{id}": check.NoPositiveControl, "GET /reset/{id}": check.EffectRefused}
	for _, s := range st.Gather(t, Gatherer()).(*artifact.Swaps).Trials {
		if s.Class != "tenantswap" {
			continue
		}
		if s.Skipped.Reason != want[s.Route] || s.Skipped.Why == "" {
			t.Errorf("%s is skipped for %q (%s), want %q", s.Route, s.Skipped.Reason, s.Skipped.Why, want[s.Route])
		}
		delete(want, s.Route)
	}
	if len(want) > 0 {
		t.Errorf("not skipped: %v", want)
	}
}

func TestDeadSessionIsNoRefusal(t *testing.T) {
	t.Parallel()
	var dead atomic.Bool
	s := &site{before: func(w http.ResponseWriter, _ *http.Request, who string) bool {
		if dead.Load() && (who == "bob" || who == "zoe") {
			reply(w, 401, map[string]any{"error": "expired"})
			return true
		}
		return false
	}}
	st := stage(t, s)
	dead.Store(true)
	trial := find(t, st.Gather(t, Gatherer()), "tenantswap", "GET /invoices/{id}", "alice", "bob")
	x, _ := artifact.Find(trial.Core, "X")
	if x.Unproven != check.SessionDead {
		t.Errorf("X with a dead session is %q, want %q", x.Unproven, check.SessionDead)
	}
}

func TestQuickAsksLess(t *testing.T) {
	t.Parallel()
	whole, quick := &site{}, &site{}
	stage(t, whole).Gather(t, Gatherer())
	st := stage(t, quick)
	st.Quick = true
	st.Gather(t, Gatherer())
	if len(quick.asked)*4 > len(whole.asked)*3 {
		t.Errorf("a quick run sent %d requests, a whole one %d", len(quick.asked), len(whole.asked))
	}
}
