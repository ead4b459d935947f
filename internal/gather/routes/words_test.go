package routes

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
)

func TestHeldBack(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		template, operation string
		held                bool
	}{
		{"/createdb", "", true},
		{"/admin/reset-chef-password", "", true},
		{"/user/change-password?old={old}", "", true},
		{"/api/users/{id}/delete", "", true},
		{"/api/users/{id}/deactivateAccount", "", true},
		{"/index.php?action=delete&id={id}", "", true},
		{"/api/password-reset", "", true},
		{"/api/logout", "", true},
		{"/api/jobs/{id}", "runJob", true},
		{"/api/jobs/{id}", "jobs_delete", true},
		{"/api/created-invoices", "", false},
		{"/updates", "", false},
		{"/settings", "", false},
		{"/api/change-log", "", false},
		{"/api/test-run/{id}", "", false},
		{"/api/datasets", "", false},
		{"/api/invoices/export", "exportInvoices", false},
		{"/api/files/{id}/download", "downloadFile", false},
		{"/search", "searchEverything", false},
		{"/api/invoices/{id}", "getUpdateOfInvoice", false},
		{"/api/addresses", "listAddresses", false},
		{"/api/runs", "listRuns", false},
		{"/index.php?page=issue&id={id}", "", false},
		{"/api/{delete}", "", false},
	} {
		t.Run(strings.Trim(tt.template+" "+tt.operation, "/ "), func(t *testing.T) {
			t.Parallel()
			if got := heldBack(tt.template, tt.operation); (got != "") != tt.held {
				t.Errorf("heldBack = %q, want held: %t", got, tt.held)
			}
		})
	}
}

// seen is a GET that somebody saw.
func seen(raw, shape string) sighting {
	u, err := url.Parse(raw)
	if err != nil {
		panic(err)
	}
	return sighting{method: "GET", place: place{path: u.EscapedPath(), query: u.Query()}, source: fromHAR, shape: shape, present: true}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		known []string
		owned []string
		seen  []sighting
		want  map[string][]artifact.Values
	}{
		{
			"known templates first, literal before parameter",
			[]string{"/clients/{clientId}", "/clients/export"},
			nil,
			[]sighting{seen("/clients/7", ""), seen("/clients/export", "")},
			map[string][]artifact.Values{"GET /clients/{clientId}": {{"clientId": "7"}}, "GET /clients/export": nil},
		},
		{
			"ids by their form", nil, nil,
			[]sighting{seen("/api/v1/invoices/8a8b3c1e-4f0a-4a57-9d8e-2f5f1a2b3c4d/lines/3", ""), seen("/files/report-2041.pdf", ""), seen("/days/2026-01-31", "")},
			map[string][]artifact.Values{
				"GET /api/v1/invoices/{invoiceId}/lines/{id}": {{"invoiceId": "8a8b3c1e-4f0a-4a57-9d8e-2f5f1a2b3c4d", "id": "3"}},
				"GET /files/{id}.pdf":                         {{"id": "report-2041"}},
				"GET /days/{id}":                              {{"id": "2026-01-31"}},
			},
		},
		{
			"places stay places", nil, nil,
			[]sighting{seen("/settings/two-factor", "a"), seen("/settings/api-keys", "b"), seen("/settings/sign-in", "c"), seen("/reports/aging", "")},
			map[string][]artifact.Values{"GET /settings/two-factor": nil, "GET /settings/api-keys": nil, "GET /settings/sign-in": nil, "GET /reports/aging": nil},
		},
		{
			"many of one shape are one", nil, nil,
			[]sighting{seen("/projects/harbour-crane", "p"), seen("/projects/ferry-gangway", "p"), seen("/projects/winch-overhaul", "p")},
			map[string][]artifact.Values{"GET /projects/{id}": {{"id": "harbour-crane"}, {"id": "ferry-gangway"}, {"id": "winch-overhaul"}}},
		},
		{
			"an identity's own id is a parameter", nil,
			[]string{"alice@acme.test"},
			[]sighting{seen("/people/alice@acme.test/calendar", "")},
			map[string][]artifact.Values{"GET /people/{id}/calendar": {{"id": "alice@acme.test"}}},
		},
		{
			"a literal elsewhere is no parameter",
			[]string{"/years/2026"},
			nil,
			[]sighting{seen("/archive/2026", "")},
			map[string][]artifact.Values{"GET /years/2026": nil, "GET /archive/2026": nil},
		},
		{
			"one script, many pages", nil, nil,
			[]sighting{seen("/index.php?page=issues", ""), seen("/index.php?page=issue&id=7", ""), seen("/list?page=2&token=secret", "")},
			map[string][]artifact.Values{
				"GET /index.php?page=issues": nil, "GET /index.php?page=issue": {{"id": "7"}}, "GET /list": {{"page": "2"}},
			},
		},
		{
			"the better source names",
			[]string{"/clients/{clientId}/notes/{noteId}"},
			nil,
			[]sighting{seen("/clients/7/notes/9", "")},
			map[string][]artifact.Values{"GET /clients/{clientId}/notes/{noteId}": {{"clientId": "7", "noteId": "9"}}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBuilder()
			for _, known := range tt.known {
				b.add(entry{Route: artifact.Route{Method: "GET", Template: known}}, fromOpenAPI, "")
			}
			for _, id := range tt.owned {
				b.owned[id] = true
			}
			for _, s := range tt.seen {
				b.see(s)
			}
			b.settle()
			got := map[string][]artifact.Values{}
			for _, e := range b.entries {
				got[routeID(e.Method, e.Origin, e.Template)] = e.Bindings
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("routes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBetterSourceRenames(t *testing.T) {
	t.Parallel()
	b := newBuilder()
	b.add(entry{Route: artifact.Route{
		Method: "GET", Template: "/a/{id}.json", Params: []artifact.Param{{Name: "id", In: "path"}}, Bindings: []artifact.Values{{"id": "7"}},
	}}, fromResource, "")
	e := b.add(entry{Route: artifact.Route{
		Method: "GET", Template: "/a/{issueId}.json", Params: []artifact.Param{{Name: "issueId", In: "path", Type: "integer"}},
	}}, fromOpenAPI, "alice")
	want := artifact.Route{
		Method: "GET", Template: "/a/{issueId}.json", Params: []artifact.Param{{Name: "issueId", In: "path", Type: "integer"}},
		Bindings: []artifact.Values{{"issueId": "7"}}, Sources: []string{fromResource, fromOpenAPI}, SeenAs: []string{"alice"},
	}
	if diff := cmp.Diff(want, e.Route); diff != "" {
		t.Errorf("merged route (-want +got):\n%s", diff)
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		method, template, answers, kind, noun string
	}{
		{"GET", "/api/collections/invoices/records", "application/json", "list", "invoice"},
		{"GET", "/api/collections/invoices/records/{id}", "application/json", "detail", "invoice"},
		{"POST", "/api/collections/invoices/records", "", "create", "invoice"},
		{"GET", "/api/invoices/{id}/pdf", "application/pdf", "export", "invoice"},
		{"GET", "/api/invoices/export.csv", "text/csv", "export", "invoice"},
		{"GET", "/api/settings", "application/json", "read", "settings"},
		{"GET", "/reports", "text/html", "page", "report"},
		{"GET", "/static/app.css", "", "static", "app"},
		{"GET", "/files/contract.png", "", "read", "contract"},
		{"POST", "/api/invoices/{id}/approve", "", "action", "invoice"},
		{"POST", "/login", "", "login", "login"},
		{"GET", "/auth/sign-out", "", "logout", "sign-out"},
		{"GET", "/api/stream", "text/event-stream", "sse", "stream"},
		{"PUT", "/issues/{id}.json", "", "update", "issue"},
	} {
		t.Run(tt.method+" "+tt.template, func(t *testing.T) {
			t.Parallel()
			e := entry{Route: artifact.Route{Method: tt.method, Template: tt.template}, answers: tt.answers}
			for _, name := range e.PathParams() {
				e.Params = append(e.Params, artifact.Param{Name: name, In: "path"})
			}
			classify(&e)
			if e.Kind != tt.kind || e.Noun != tt.noun {
				t.Errorf("kind %q, noun %q; want %q, %q", e.Kind, e.Noun, tt.kind, tt.noun)
			}
			if public := e.Public != ""; public != (tt.kind == "login" || tt.kind == "static") {
				t.Errorf("public %q", e.Public)
			}
		})
	}
}

func TestParamNoun(t *testing.T) {
	t.Parallel()
	for template, want := range map[string]string{
		"/books/v1/{book_title}":    "book",
		"/users/{username}":         "user",
		"/invoices/{invoiceId}":     "invoice",
		"/invoices/{id}":            "invoice",
		"/clients/{client}/notes":   "client",
		"/reports/{year}":           "",
		"/projects/{project}/{tag}": "project",
	} {
		e := entry{Route: artifact.Route{Method: "GET", Template: template}}
		if got := paramNoun(&e, artifact.Param{Name: e.PathParams()[0], In: "path"}); got != want {
			t.Errorf("%s: %q, want %q", template, got, want)
		}
	}
}

func TestReadPage(t *testing.T) {
	t.Parallel()
	const body = `<!doctype html><base href="/app/"><a href="clients/7">x</a><A HREF=/reports>y</a><a href="#top">z</a>
<a data-method=delete href="/clients/7">remove</a><button hx-post="/clients/7/archive">a</button><a href="javascript:alert(1)">j</a>
<form action="/notes" method=post><input name=_method value=patch type=hidden><input name=csrf_token value=abc type=hidden>
<input name=title value=hello><input type=password name=pw value=s3><textarea name=text></textarea></form><form action=/find><input name=q></form><form method=post><inp`
	got := readPage([]byte(body))
	if got.base != "/app/" {
		t.Errorf("base %q", got.base)
	}
	links := []link{{"GET", "clients/7"}, {"GET", "/reports"}, {"DELETE", "/clients/7"}, {"POST", "/clients/7/archive"}, {"GET", "javascript:alert(1)"}}
	if diff := cmp.Diff(links, got.links, cmp.AllowUnexported(link{})); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	if len(got.forms) != 3 || got.forms[0].method != "PATCH" || got.forms[0].action != "/notes" || got.forms[1].method != "GET" {
		t.Fatalf("forms %+v", got.forms)
	}
	want := map[string]any{"csrf_token": "", "title": "hello", "pw": "", "text": ""}
	if diff := cmp.Diff(want, got.forms[0].sample()); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func FuzzReadPage(f *testing.F) {
	f.Add([]byte(`<form method=post><input name=a type=password><a href="//x/y">z</a></form>`))
	f.Add([]byte("<a href=\x00><form><form></form"))
	f.Fuzz(func(t *testing.T, body []byte) {
		p := readPage(body)
		if len(p.links) > maxLinks || len(p.forms) > maxForms+1 {
			t.Errorf("%d links, %d forms", len(p.links), len(p.forms))
		}
	})
}

func TestReadHAR(t *testing.T) {
	t.Parallel()
	entry := `{"request":{"method":"GET","url":"http://portal.test/a","headers":[{"name":"Authorization","value":"Bearer s"}]},"response":{"status":200,"content":{"mimeType":"application/json","text":"…"}}}`
	for _, tt := range []struct {
		name, doc string
		entries   int
		fails     bool
	}{
		{"recording", `{"log":{"version":"1.2","entries":[` + entry + `,` + entry + `]}}`, 2, false},
		{"odd entry", `{"log":{"entries":[{"request":7},` + entry + `]}}`, 1, false},
		{"cut off", `{"log":{"entries":[` + entry + `,{"requ`, 1, true},
		{"something else", `{"openapi":"3.0.0"}`, 0, true},
		{"entries is an object", `{"log":{"entries":{}}}`, 0, true},
		{"empty", ``, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := 0
			err := readHAR(strings.NewReader(tt.doc), func(harEntry) { n++ })
			if n != tt.entries || (err != nil) != tt.fails {
				t.Errorf("%d entries, error %v; want %d, fails: %t", n, err, tt.entries, tt.fails)
			}
		})
	}
}

func FuzzReadHAR(f *testing.F) {
	f.Add(`{"log":{"entries":[{"request":{"method":"GET","url":"http://a/b","postData":{"text":"{}"}}}]}}`)
	f.Add(`{"log":{"entries":[{"request":[]},null,7`)
	f.Fuzz(func(t *testing.T, doc string) {
		n := 0
		if err := readHAR(strings.NewReader(doc), func(harEntry) { n++ }); err == nil && n > len(doc) {
			t.Errorf("%d entries from %d bytes", n, len(doc))
		}
	})
}

func TestPrefers(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]bool{
		"/?lang=de-DE": true, "/invoices?page=2&locale=fr": true, "/set-locale/de": true, "/app/theme/dark": true,
		"/": false, "/languages": false, "/invoices?q=lang": false, "/themes/7": false, "/locale": false,
	} {
		u, err := url.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		if got := prefers(u.Path, u.Query()); got != want {
			t.Errorf("prefers(%q) = %t, want %t", target, got, want)
		}
	}
}
