package routes

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather/gathertest"
)

// site under test: who asked for what.
type asked struct {
	mu   sync.Mutex
	list []string
}

func (a *asked) note(s string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = append(a.list, s)
}

func (a *asked) has(s string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Contains(a.list, s)
}

// start serves answers by "METHOD /path" (and "METHOD /path name" for one
// identity), and signs two identities in.
func start(t *testing.T, base string, answers map[string]string, description string) (*gathertest.Run, *asked) {
	t.Helper()
	log := &asked{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := map[string]string{"Bearer alice-token-1": "alice", "Bearer bob-token-22": "bob"}[r.Header.Get("Authorization")]
		log.note(r.Method + " " + r.URL.Path)
		body, ok := answers[r.Method+" "+r.URL.Path+" "+who]
		if !ok {
			body, ok = answers[r.Method+" "+r.URL.Path]
		}
		switch {
		case r.URL.Path == base+"/me" && who != "":
			body, ok = fmt.Sprintf(`{"email":"%s@portal.test"}`, who), true
		case !ok:
			http.NotFound(w, r)
			return
		}
		if strings.HasPrefix(body, "{") || strings.HasPrefix(body, "[") {
			w.Header().Set("Content-Type", "application/json")
		} else {
			w.Header().Set("Content-Type", "text/html")
		}
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	return gathertest.Start(t, `version: 1
portal: small
targets:
  local:
    url: `+s.URL+base+`
    allow: [look, sign-in]
login:
  send: bearer ${token}
  alive:
    request: GET /me
    contains: ${user}
identities:
  alice: {tenant: acme, role: admin, user: alice@portal.test, token: alice-token-1}
  bob: {tenant: globex, role: member, user: bob@portal.test, token: bob-token-22}
`+description), log
}

func ids(inv *artifact.Inventory) []string {
	var out []string
	for _, r := range inv.Routes {
		out = append(out, r.ID)
	}
	return out
}

func noted(inv *artifact.Inventory, part string) bool {
	return slices.ContainsFunc(inv.Notes, func(n artifact.Note) bool { return strings.Contains(n.Message, part) })
}

func TestContractsDifferByCaller(t *testing.T) {
	t.Parallel()
	run, _ := start(t, "", map[string]string{
		"GET /spec.json alice": `{"openapi":"3.0.0","servers":[{"url":"https://elsewhere.test/v9"}],"paths":{
			"/notes":{"get":{"security":[{"o":["admin"]}]}},"/admin":{"get":{"operationId":"runEverything"}},"/broken":{"get":7}}}`,
		"GET /spec.json":   `{"openapi":"3.0.0","servers":[{"url":"https://elsewhere.test/v9"}],"paths":{"/notes":{"get":{"security":[]}}}}`,
		"GET /v9/notes":    `[]`,
		"GET /v9/admin":    `{}`,
		"POST /graphql":    `{"data":{"__typename":"Query"}}`,
		"GET /graphql":     `{"errors":[{"message":"use POST"}]}`,
		"GET /api/graphql": `{"errors":["nothing of the kind"]}`,
	}, "routes:\n  from:\n    - openapi: /spec.json\n    - openapi: missing.yaml\n    - crawl: false\n")
	inv := run.Gather(t, Gatherer()).(*artifact.Inventory)
	want := []string{"GET /v9/admin", "GET /v9/notes", "POST /graphql"}
	if diff := cmp.Diff(want, ids(inv)); diff != "" {
		t.Fatalf("routes (-want +got):\n%s\n%v", diff, inv.Notes)
	}
	if admin := inv.By("GET /v9/admin"); !slices.Equal(admin.SeenAs, []string{"alice"}) || admin.HeldBack == "" {
		t.Errorf("admin: seen as %v, held back %q", admin.SeenAs, admin.HeldBack)
	}
	if notes := inv.By("GET /v9/notes"); !slices.Equal(notes.Roles, []string{"admin"}) || notes.RolesFrom != "scopes" {
		t.Errorf("notes: roles %v from %q", notes.Roles, notes.RolesFrom)
	}
	for _, note := range []string{"elsewhere.test", "GET /broken", "missing.yaml", `below "/v9"`} {
		if !noted(inv, note) {
			t.Errorf("no note about %s: %v", note, inv.Notes)
		}
	}
}

func TestDamagedContractsAreNoted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, body, says string }{
		{"empty", " ", "empty"},
		{"HTML", "<html><body>Sign in</body></html>", "HTML"},
		{"hostile", "a: &a [*a, *a]\n" + strings.Repeat("x: {", 2000), "YAML"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			run, _ := start(t, "", map[string]string{"GET /spec": tt.body}, "routes:\n  from:\n    - openapi: /spec\n    - crawl: false\n")
			inv := run.Gather(t, Gatherer()).(*artifact.Inventory)
			if !noted(inv, tt.says) {
				t.Errorf("no note that says %q: %v", tt.says, inv.Notes)
			}
		})
	}
}

func TestContractsAreFoundAtTheUsualPlaces(t *testing.T) {
	t.Parallel()
	run, _ := start(t, "/portal", map[string]string{
		"GET /portal/openapi.json":     "<html>any page of the application</html>",
		"GET /portal/api/openapi.json": `{"openapi":"3.0.0","servers":[{"url":"/portal/api"}],"paths":{"/notes/{id}":{"get":{}}}}`,
	}, "")
	inv := run.Gather(t, Gatherer()).(*artifact.Inventory)
	if r := inv.By("GET /api/notes/{id}"); r == nil || !slices.Equal(r.SeenAs, []string{"anonymous", "alice", "bob"}) {
		t.Errorf("routes %v: %+v", ids(inv), r)
	}
}

func TestCrawl(t *testing.T) {
	t.Parallel()
	run, log := start(t, "/portal", map[string]string{
		"GET /portal/":          `<a href="clients">c</a> <a href="/portal/createdb">seed</a> <a href="/logout">out</a> <a href="https://elsewhere.test/x">x</a> <a href="/other/place">o</a>`,
		"GET /portal/ bob":      `<a href="/portal/clients">c</a>`,
		"GET /portal/clients":   `<a href="/portal/clients/1">1</a><a href="/portal/clients/2">2</a><a href="/portal/clients/3">3</a><a href="/portal/gone">g</a><form method=post action="/portal/clients"><input name=name></form>`,
		"GET /portal/clients/1": `<a href="/portal/clients/1/delete">d</a><a href="report.pdf">r</a>`,
		"GET /portal/clients/2": `two`, "GET /portal/clients/3": `three`,
		"GET /portal/me":        `{}`,
		"GET /portal/api/links": `{"next":"/portal/api/links/2","file":"/var/log/messages","self":"/portal/api/links"}`,
		"GET /other/place":      `beside the portal`,
		"GET /portal/createdb":  `done`,
	}, "routes:\n  never: [GET /api/secret]\nresources:\n  links:\n    list: GET /api/links\n")
	inv := run.Gather(t, Gatherer()).(*artifact.Inventory)
	got := ids(inv)
	for _, want := range []string{"GET /", "GET /clients", "GET /clients/{id}", "POST /clients", "GET /createdb", "GET /clients/{id}/delete", "GET /clients/report.pdf", "GET /api/links"} {
		if !slices.Contains(got, want) {
			t.Errorf("no route %s in %v", want, got)
		}
	}
	for _, never := range []string{"GET /gone", "GET /var/log/messages"} {
		if slices.Contains(got, never) {
			t.Errorf("%s is not there, yet a route", never)
		}
	}
	for _, danger := range []string{"GET /portal/createdb", "GET /portal/clients/1/delete", "GET /logout", "GET /portal/logout"} {
		if log.has(danger) {
			t.Errorf("%s was called", danger)
		}
	}
	if r := inv.By("GET /createdb"); r == nil || r.HeldBack == "" || !slices.Equal(r.SeenAs, []string{"alice", "anonymous"}) {
		t.Errorf("GET /createdb: %+v", r)
	}
	if !log.has("GET /other/place") {
		t.Error("a page beside the portal on its own origin was not read")
	}
}

func TestRecordings(t *testing.T) {
	t.Parallel()
	run, _ := start(t, "", nil, "routes:\n  from:\n    - har: rec/*.har\n    - har: none/*.har\n    - crawl: false\n")
	dir := filepath.Join(run.Portal.Dir, "rec")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	entry := func(method, url, post string) string {
		return fmt.Sprintf(`{"request":{"method":%q,"url":%q%s},"response":{"status":200,"content":{"mimeType":"application/json"}}}`, method, url, post)
	}
	har := `{"log":{"entries":[` + strings.Join([]string{
		entry("GET", run.Target.URL+"/api/invoices/41?expand=lines&token=hush-hush", ""),
		entry("GET", "https://elsewhere.test/api/tracking", ""),
		entry("POST", run.Target.URL+"/api/notes", `,"postData":{"mimeType":"application/json; charset=utf-8","text":"{\"text\":\"hello\",\"password\":\"hush-hush\"}"}`),
		entry("GET", run.Target.URL+"/app.css", ""),
	}, ",") + `]}}`
	if err := os.WriteFile(filepath.Join(dir, "a.har"), []byte(har), 0o600); err != nil {
		t.Fatal(err)
	}
	inv := run.Gather(t, Gatherer()).(*artifact.Inventory)
	if diff := cmp.Diff([]string{"GET /api/invoices/{id}", "POST /api/notes"}, ids(inv)); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	if got := inv.By("GET /api/invoices/{id}").Bindings; !slices.EqualFunc(got, []artifact.Values{{"id": "41", "expand": "lines"}}, func(a, b artifact.Values) bool { return cmp.Equal(a, b) }) {
		t.Errorf("bindings %v", got)
	}
	if r := inv.By("POST /api/notes"); r.BodyType != "application/json" || string(r.BodySample) != `{"password":"","text":"hello"}` {
		t.Errorf("body %s %s", r.BodyType, r.BodySample)
	}
	if !noted(inv, "1 requests to other hosts") || !noted(inv, "none/*.har") {
		t.Errorf("notes %v", inv.Notes)
	}
	if strings.Contains(fmt.Sprintf("%+v", inv), "hush-hush") {
		t.Error("a credential of the recording is in the inventory")
	}
}
