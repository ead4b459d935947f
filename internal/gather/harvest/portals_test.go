package harvest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather/gathertest"
	"github.com/launchready/launchready/internal/gather/routes"
)

// person is who a bearer token signs in: "alice" of acme or "bob" of globex.
type person struct{ name, tenant string }

// serve starts a portal whose routes are answered for a signed-in person.
func serve(t *testing.T, handlers map[string]func(person, *http.Request) (int, string)) string {
	t.Helper()
	mux := http.NewServeMux()
	handlers["GET /api/me"] = func(p person, _ *http.Request) (int, string) {
		return 200, fmt.Sprintf(`{"name":%q,"tenantId":"tn-%s-77","email":"%s@%s.test"}`, p.name, p.tenant, p.name, p.tenant)
	}
	for pattern, answer := range handlers {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			who, ok := map[string]person{"Bearer alice-token-1": {"alice", "acme"}, "Bearer bob-token-22": {"bob", "globex"}}[r.Header.Get("Authorization")]
			status, body := 401, `{"error":"sign in"}`
			if ok {
				status, body = answer(who, r)
			}
			media := "application/json"
			if !strings.HasPrefix(body, "{") && !strings.HasPrefix(body, "[") {
				media = "text/plain"
			}
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		})
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

// gatherFrom harvests a portal described by its resources alone.
func gatherFrom(t *testing.T, url, resources string) *artifact.Corpus {
	t.Helper()
	run := gathertest.Start(t, `version: 1
portal: small
targets:
  local:
    url: `+url+`
    allow: [look, sign-in]
login:
  send: bearer ${token}
  alive:
    request: GET /api/me
    contains: ${user}
identities:
  alice: {tenant: acme, role: member, user: alice@acme.test, token: alice-token-1}
  bob: {tenant: globex, role: member, user: bob@globex.test, token: bob-token-22}
routes:
  from:
    - crawl: false
`+resources)
	run.Gather(t, routes.Gatherer())
	return run.Gather(t, Gatherer()).(*artifact.Corpus)
}

// brief is what these tests look at of an object.
type brief struct {
	Tenant, Noun, ID, Route, Marker string
	Ambiguous                       bool
}

func briefs(c *artifact.Corpus) []brief {
	var out []brief
	for _, o := range c.Objects {
		if o.Noun != "me" && o.Noun != "tenant" {
			out = append(out, brief{o.Tenant, o.Noun, o.ID, o.Route, o.Marker, o.Ambiguous})
		}
	}
	return out
}

func notes(tenant string) string {
	return fmt.Sprintf("the %s ledger mentions the settlement of the northern quarry", tenant)
}

func TestHarvestOfDeclaredResources(t *testing.T) {
	t.Parallel()
	const detail = "GET /api/notes/{id}"
	one := func(id, text string) string { return fmt.Sprintf(`{"id":%q,"text":%q}`, id, text) }
	ownerOf := map[string]string{"1": "acme", "2": "globex"}
	kept := func(p person, r *http.Request) (int, string) {
		if id := r.PathValue("id"); ownerOf[id] == p.tenant {
			return 200, one(id, notes(p.tenant))
		}
		return 404, `{"error":"not found"}`
	}
	for _, tt := range []struct {
		name      string
		handlers  map[string]func(person, *http.Request) (int, string)
		resources string
		want      []brief
		isolates  bool
	}{
		{
			"ids by tenant, the tenant in the path",
			map[string]func(person, *http.Request) (int, string){"GET /{tenant}/contacts/{file}": func(p person, r *http.Request) (int, string) {
				if r.PathValue("tenant") != p.tenant {
					return 403, `{"error":"forbidden"}`
				}
				return 200, "BEGIN:VCARD\nFN:Somebody of " + p.tenant + "\nEND:VCARD\n"
			}},
			"resources:\n  contacts:\n    ids: {acme: [kestrel], globex: [foreman]}\n    detail: GET /${tenant}/contacts/${id}.vcf\n",
			[]brief{
				{Tenant: "acme", Noun: "contact", ID: "kestrel", Route: "GET /{tenant}/contacts/{id}.vcf"},
				{Tenant: "globex", Noun: "contact", ID: "foreman", Route: "GET /{tenant}/contacts/{id}.vcf"},
			},
			true,
		},
		{
			"ids by tenant on a portal with a hole",
			map[string]func(person, *http.Request) (int, string){detail: func(_ person, r *http.Request) (int, string) {
				return 200, one(r.PathValue("id"), notes(ownerOf[r.PathValue("id")]))
			}},
			"resources:\n  notes:\n    ids: {acme: [1], globex: [2]}\n    detail: GET /api/notes/${id}\n",
			[]brief{{Tenant: "acme", Noun: "note", ID: "1", Route: detail}, {Tenant: "globex", Noun: "note", ID: "2", Route: detail}},
			true,
		},
		{
			"ids of nobody: whoever can read it owns it",
			map[string]func(person, *http.Request) (int, string){detail: kept},
			"resources:\n  notes:\n    ids: [1, 2]\n    detail: GET /api/notes/${id}\n",
			[]brief{{Tenant: "acme", Noun: "note", ID: "1", Route: detail}, {Tenant: "globex", Noun: "note", ID: "2", Route: detail}},
			true,
		},
		{
			"ids of nobody: everybody reads the same",
			map[string]func(person, *http.Request) (int, string){detail: func(_ person, r *http.Request) (int, string) {
				return 200, one(r.PathValue("id"), "a notice for everybody who uses this portal")
			}},
			"resources:\n  notes:\n    ids: [1, 2]\n    detail: GET /api/notes/${id}\n",
			nil, false,
		},
		{
			"ids of nobody: everybody reads all, the declared marker tells",
			map[string]func(person, *http.Request) (int, string){detail: func(_ person, r *http.Request) (int, string) {
				return 200, one(r.PathValue("id"), notes(ownerOf[r.PathValue("id")]))
			}},
			"resources:\n  notes:\n    ids: [1, 2]\n    detail: GET /api/notes/${id}\n    marker: the ${tenant} ledger\n",
			[]brief{
				{Tenant: "acme", Noun: "note", ID: "1", Route: detail, Marker: "the acme ledger"},
				{Tenant: "globex", Noun: "note", ID: "2", Route: detail, Marker: "the globex ledger"},
			},
			true,
		},
		{
			"ids of nobody: one id, another object for each tenant",
			map[string]func(person, *http.Request) (int, string){detail: func(p person, r *http.Request) (int, string) {
				return 200, one(r.PathValue("id"), notes(p.tenant))
			}},
			"resources:\n  notes:\n    ids: [1]\n    detail: GET /api/notes/${id}\n",
			[]brief{{Tenant: "acme", Noun: "note", ID: "1", Route: detail}, {Tenant: "globex", Noun: "note", ID: "1", Route: detail}},
			true,
		},
		{
			"ids where a pointer says",
			map[string]func(person, *http.Request) (int, string){
				detail: kept,
				"GET /api/overview": func(p person, _ *http.Request) (int, string) {
					return 200, `{"rows":[[` + map[string]string{"acme": "1", "globex": "2"}[p.tenant] + `,"open"]]}`
				},
			},
			"resources:\n  notes:\n    ids: GET /api/overview /rows/*/0\n    detail: GET /api/notes/${id}\n",
			[]brief{{Tenant: "acme", Noun: "note", ID: "1", Route: detail}, {Tenant: "globex", Noun: "note", ID: "2", Route: detail}},
			true,
		},
		{
			"a list that shows everybody's, with the tenant beside each",
			map[string]func(person, *http.Request) (int, string){
				"GET /api/notes": func(person, *http.Request) (int, string) {
					return 200, fmt.Sprintf(`[{"id":1,"tenantId":"tn-acme-77","text":%q},{"id":2,"tenantId":"tn-globex-77","text":%q}]`, notes("acme"), notes("globex"))
				},
				detail: kept,
			},
			"resources:\n  notes:\n    list: GET /api/notes\n    detail: GET /api/notes/${id}\n",
			[]brief{
				{Tenant: "acme", Noun: "note", ID: "1", Route: detail, Ambiguous: true},
				{Tenant: "globex", Noun: "note", ID: "2", Route: detail, Ambiguous: true},
			},
			false,
		},
		{
			"a list that shows everybody's, and nothing tells whose",
			map[string]func(person, *http.Request) (int, string){
				"GET /api/notes": func(person, *http.Request) (int, string) {
					return 200, `[{"id":1,"text":"the first of the notes"},{"id":2,"text":"the second of the notes"}]`
				},
				detail: func(_ person, r *http.Request) (int, string) { return 200, one(r.PathValue("id"), "a note for all") },
			},
			"resources:\n  notes:\n    list: GET /api/notes\n    detail: GET /api/notes/${id}\n",
			nil, false,
		},
		{
			"ids of nobody beside a list, and a hole",
			map[string]func(person, *http.Request) (int, string){
				"GET /api/notes": func(p person, _ *http.Request) (int, string) {
					return 200, fmt.Sprintf(`[{"id":%q,"text":%q}]`, map[string]string{"acme": "1", "globex": "2"}[p.tenant], notes(p.tenant))
				},
				detail: func(_ person, r *http.Request) (int, string) {
					return 200, one(r.PathValue("id"), notes(ownerOf[r.PathValue("id")]))
				},
			},
			"resources:\n  notes:\n    ids: [1, 2]\n    list: GET /api/notes\n    detail: GET /api/notes/${id}\n",
			[]brief{{Tenant: "acme", Noun: "note", ID: "1", Route: detail}, {Tenant: "globex", Noun: "note", ID: "2", Route: detail}},
			true,
		},
		{
			"the same id declared for both tenants",
			map[string]func(person, *http.Request) (int, string){detail: func(p person, r *http.Request) (int, string) {
				return 200, one(r.PathValue("id"), notes(p.tenant))
			}},
			"resources:\n  notes:\n    ids: {acme: [1], globex: [1]}\n    detail: GET /api/notes/${id}\n",
			[]brief{{Tenant: "acme", Noun: "note", ID: "1", Route: detail}, {Tenant: "globex", Noun: "note", ID: "1", Route: detail}},
			true,
		},
		{
			"a stranger who has nothing of its own, and a search that leaks",
			map[string]func(person, *http.Request) (int, string){
				"GET /api/notes": func(p person, _ *http.Request) (int, string) {
					if p.tenant == "globex" {
						return 200, `[]`
					}
					return 200, fmt.Sprintf(`[{"id":"1","text":%q}]`, notes("acme"))
				},
				"GET /api/search": func(person, *http.Request) (int, string) {
					return 200, fmt.Sprintf(`{"notes":[{"id":"1","text":%q}]}`, notes("acme"))
				},
				detail: kept,
			},
			"resources:\n  notes:\n    list: GET /api/notes\n    ids: GET /api/search /notes/*/id\n    detail: GET /api/notes/${id}\n",
			[]brief{{Tenant: "acme", Noun: "note", ID: "1", Route: detail, Ambiguous: true}},
			false,
		},
		{
			"a stranger who is throttled proves nothing",
			map[string]func(person, *http.Request) (int, string){
				"GET /api/notes": func(p person, _ *http.Request) (int, string) {
					if p.tenant == "globex" {
						return 429, `{"error":"slow down"}`
					}
					return 200, fmt.Sprintf(`[{"id":"1","text":%q}]`, notes("acme"))
				},
				detail: kept,
			},
			"resources:\n  notes:\n    list: GET /api/notes\n    detail: GET /api/notes/${id}\n",
			[]brief{{Tenant: "acme", Noun: "note", ID: "1", Route: detail, Ambiguous: true}},
			false,
		},
		{"nothing answers", map[string]func(person, *http.Request) (int, string){}, "resources:\n  notes:\n    ids: [1]\n    detail: GET /api/notes/${id}\n", nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := gatherFrom(t, serve(t, tt.handlers), tt.resources)
			if diff := cmp.Diff(tt.want, briefs(c)); diff != "" {
				t.Errorf("objects (-want +got):\n%s", diff)
			}
			if c.Isolates != tt.isolates || c.Isolates == (c.Why != "") {
				t.Errorf("isolates = %t (%s), want %t", c.Isolates, c.Why, tt.isolates)
			}
			for _, r := range c.Readings {
				for _, o := range briefs(c) {
					if r.OK && r.Values["id"] == o.ID && !r.Shared && !mayShow(c, r, o.ID) {
						t.Errorf("%s is %s's control for %s of %s", r.Route, r.Who, o.ID, o.Tenant)
					}
				}
			}
		})
	}
}

// mayShow reports whether the object is one of the reader's own.
func mayShow(c *artifact.Corpus, r artifact.Reading, id string) bool {
	tenant := map[string]string{"alice": "acme", "bob": "globex"}[r.Who]
	for _, o := range c.Objects {
		if o.ID == id && o.Tenant == tenant {
			return true
		}
	}
	return false
}

func TestHarvestBoundsHugeLists(t *testing.T) {
	t.Parallel()
	var rows strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&rows, `{"id":%d,"text":"notification number %d"},`, i, i)
	}
	url := serve(t, map[string]func(person, *http.Request) (int, string){
		"GET /api/notes": func(p person, _ *http.Request) (int, string) {
			return 200, `{"items":[{"id":"` + p.tenant + `-10"},` + strings.TrimSuffix(rows.String(), ",") + `]}`
		},
		"GET /api/notes/{id}": func(_ person, r *http.Request) (int, string) {
			return 200, `{"id":"` + r.PathValue("id") + `","text":"somebody wrote this down"}`
		},
	})
	c := gatherFrom(t, url, "resources:\n  notes:\n    list: GET /api/notes\n    detail: GET /api/notes/${id}\n")
	for _, r := range c.Readings {
		if n := len(r.IDs["note"]); n > maxIDs {
			t.Errorf("%s keeps %d ids, want at most %d", r.Route, n, maxIDs)
		}
	}
	if n := len(c.Objects); n > 2*(maxListed+maxObjects)+10 {
		t.Errorf("%d objects", n)
	}
}
