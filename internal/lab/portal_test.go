package lab

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func TestUnknownNames(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		config Config
		want   string
	}{
		{"flaw", Config{Flaws: []string{"tenantswop"}}, `unknown flaw "tenantswop", did you mean "tenantswap"?`},
		{"quirk", Config{Quirks: []string{"rotating-crsf"}}, `unknown quirk "rotating-crsf", did you mean "rotating-csrf"?`},
		{"address", Config{Addr: "0.0.0.0:0"}, "starting the lab: 0.0.0.0:0 is not a loopback address"},
		{"number", Config{Quirks: []string{"down-after=never"}}, `quirk "down-after=never": the number after = must be 1 or more`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := Start(t.Context(), tc.config)
			if err == nil || err.Error() != tc.want {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		})
	}
}

// TestWellKept walks over every route of the table without and with a login.
func TestWellKept(t *testing.T) {
	t.Parallel()
	w := open(t, Config{})
	anon, alice := stranger(t, w), signIn(t, w, "alice@acme")
	if n := len(w.routes.routes); n < 60 {
		t.Errorf("only %d routes", n)
	}
	ids := map[string]string{}
	for _, kind := range []string{"clients", "projects", "invoices", "tickets", "documents", "users", "invites", "catalog", "exports", "notifications"} {
		ids[kind] = alice.first("/api/" + kind)
	}
	ids["tokens"] = alice.do("POST", "/api/tokens", `{"label":"probe"}`).text("id")
	ids["comments"] = alice.first("/api/tickets/" + ids["tickets"] + "/comments")
	parts := regexp.MustCompile(`/([a-z]+)/\{id\}`)
	for _, r := range w.routes.routes {
		if r.access != signedIn {
			continue
		}
		path := strings.ReplaceAll(r.path, "{tenantId}", alice.tenant)
		if found := parts.FindStringSubmatch(path); found != nil {
			path = strings.Replace(path, "{id}", ids[found[1]], 1)
		}
		switch r.path {
		case "/graphql":
			path += "?query={me{name}}"
		case "/api/manuals":
			path += "?file=welcome.txt"
		}
		got := anon.do(r.method, path, "")
		if want := map[bool]int{true: http.StatusSeeOther, false: http.StatusUnauthorized}[r.page]; got.status != want {
			t.Errorf("%s %s without a login: got %d, want %d", r.method, path, got.status, want)
		}
		if r.method != http.MethodGet || r.streams || r.page || len(r.roles) == 1 {
			continue
		}
		if got := alice.get(path); got.status != http.StatusOK || len(got.body) < 3 {
			t.Errorf("%s %s as an admin: got %d %q, want 200 with content", r.method, path, got.status, got.body)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := open(t, Config{})
	anon, alice, amir, vera, bob := stranger(t, w), signIn(t, w, "alice@acme"), signIn(t, w, "amir@acme"), signIn(t, w, "vera@acme"), signIn(t, w, "bob@globex")
	invoice := "/api/invoices/" + alice.first("/api/invoices")
	for _, tc := range []struct {
		name, method, path, body string
		who                      *visitor
		want                     int
	}{
		{"unknown path", "GET", "/api/nowhere", "", anon, 404},
		{"unknown page", "GET", "/nowhere", "", anon, 404},
		{"wrong method", "PUT", "/api/invoices", "", alice, 405},
		{"empty bearer is no bearer", "GET", "/api/me", "", &visitor{t: t, w: w, client: anon.client, bearer: "x"}, 401},
		{"malformed body without a login", "POST", "/api/tickets", "{", anon, 401},
		{"malformed body", "POST", "/api/tickets", "{", alice, 400},
		{"missing field", "POST", "/api/tickets", "{}", alice, 422},
		{"wrong type", "POST", "/api/tickets", `{"subject":7}`, alice, 422},
		{"foreign reference", "POST", "/api/tickets", `{"subject":"x","projectId":"` + bob.first("/api/projects") + `"}`, alice, 422},
		{"unknown reference", "POST", "/api/tickets", `{"subject":"x","projectId":"nowhere"}`, alice, 422},
		{"foreign object", "GET", invoice, "", bob, 404},
		{"foreign change", "PATCH", invoice, `{"notes":"mine now"}`, bob, 404},
		{"foreign delete", "DELETE", invoice, "", bob, 404},
		{"member changes an invoice", "PATCH", invoice, `{"notes":"mine now"}`, amir, 403},
		{"viewer creates a ticket", "POST", "/api/tickets", `{"subject":"x"}`, vera, 403},
		{"operations only", "GET", "/api/ops/usage", "", alice, 403},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.who.do(tc.method, tc.path, tc.body); got.status != tc.want {
				t.Errorf("got %d %s, want %d", got.status, got.body, tc.want)
			}
		})
	}
	foreign, unknown := bob.get(invoice), bob.get("/api/invoices/999999")
	if foreign.body != unknown.body {
		t.Errorf("a foreign invoice answers %s, an unknown one %s", foreign.body, unknown.body)
	}
	if got := alice.get("/api/me", "X-Tenant-Id", bob.tenant); got.status != 403 {
		t.Errorf("a foreign tenant selected: got %d, want 403", got.status)
	}
}

// TestLifeCycle creates, changes, reads and deletes an object of each kind, and leaves nothing behind.
func TestLifeCycle(t *testing.T) {
	t.Parallel()
	w := open(t, Config{Seed: 7})
	alice := signIn(t, w, "alice@acme")
	before := w.Digest()
	for path, x := range map[string]struct{ body, field string }{
		"/api/clients":  {`{"name":"lrc-client"}`, "notes"},
		"/api/projects": {`{"name":"lrc-project"}`, "brief"},
		"/api/invoices": {`{"title":"lrc-invoice","amount":12.5}`, "notes"},
		"/api/tickets":  {`{"subject":"lrc-ticket"}`, "body"},
		"/api/exports":  {`{"name":"lrc-export"}`, ""},
		"/api/invites":  {`{"email":"lrc@example.invalid"}`, ""},
		"/api/tokens":   {`{"label":"lrc-token"}`, ""},
	} {
		made := alice.do("POST", path, x.body)
		at := path + "/" + made.text("id")
		if made.status != 201 || made.header.Get("Location") != at {
			t.Errorf("POST %s: %d, Location %q, want 201 and %q", path, made.status, made.header.Get("Location"), at)
		}
		if x.field != "" {
			if got := alice.do("PATCH", at, `{"`+x.field+`":"lrw-changed","tenantId":"tn-other","id":"x"}`); got.status != 204 {
				t.Errorf("PATCH %s: got %d %s, want 204", at, got.status, got.body)
			}
			if got := alice.get(at); got.text(x.field) != "lrw-changed" || got.text("tenantId") != alice.tenant {
				t.Errorf("GET %s after the change: %s", at, got.body)
			}
			if before == w.Digest() {
				t.Errorf("the digest does not see %s", at)
			}
		}
		if got := alice.do("DELETE", at, ""); got.status != 204 {
			t.Errorf("DELETE %s: got %d, want 204", at, got.status)
		}
		if got := alice.do("DELETE", at, ""); got.status != 404 {
			t.Errorf("DELETE %s again: got %d, want 404", at, got.status)
		}
	}
	if before != w.Digest() {
		t.Error("the digest differs although everything was deleted")
	}
}

func TestUpload(t *testing.T) {
	t.Parallel()
	w := open(t, Config{})
	alice := signIn(t, w, "alice@acme")
	body := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../plan.txt\"\r\n\r\nthe plan\r\n--b--\r\n"
	got := alice.do("POST", "/api/documents", body, "Content-Type", "multipart/form-data; boundary=b")
	if got.status != 201 || got.text("name") != "plan.txt" {
		t.Fatalf("upload: %d %s", got.status, got.body)
	}
	if file := alice.get("/api/documents/" + got.text("id") + "/download"); file.body != "the plan" {
		t.Errorf("download: got %q", file.body)
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	for _, quirk := range []string{"", "rotating-csrf", "rotating-cookie", "login-200", "volatile"} {
		t.Run(quirk, func(t *testing.T) {
			t.Parallel()
			var quirks []string
			if quirk != "" {
				quirks = []string{quirk}
			}
			w := open(t, Config{Quirks: quirks})
			alice := browse(t, w, "alice@acme")
			for _, page := range []string{"/dashboard", "/clients", "/projects", "/invoices", "/tickets", "/reports", "/settings", "/account"} {
				if got := alice.get(page); got.status != 200 || !strings.Contains(got.body, "Alice Verbruggen") {
					t.Errorf("GET %s: %d %s", page, got.status, got.body)
				}
			}
			ticket := alice.first("/api/tickets")
			if got := alice.do("POST", "/api/tickets", `{"subject":"no token"}`); got.status != 403 {
				t.Errorf("a write without the token: got %d, want 403", got.status)
			}
			if got := alice.do("POST", "/api/tickets", `{"subject":"with token"}`, "X-CSRF-Token", alice.csrf("/account")); got.status != 201 {
				t.Errorf("a write with the token: got %d %s, want 201", got.status, got.body)
			}
			form := url.Values{"csrf_token": {alice.csrf("/tickets/" + ticket)}, "text": {"A remark from the page."}}
			if got := alice.do("POST", "/tickets/"+ticket+"/comments", form.Encode(), "Content-Type", "application/x-www-form-urlencoded"); got.status != 303 {
				t.Errorf("a comment: got %d %s, want 303", got.status, got.body)
			}
			if got := alice.get("/tickets/" + ticket); !strings.Contains(got.body, "A remark from the page.") {
				t.Error("the comment does not show")
			}
			if got := alice.do("POST", "/logout", "csrf_token="+url.QueryEscape(alice.csrf("/account")), "Content-Type", "application/x-www-form-urlencoded"); got.status != 303 {
				t.Errorf("signing out: got %d", got.status)
			}
			if got := alice.get("/account"); got.status != 303 {
				t.Errorf("after signing out: got %d, want 303", got.status)
			}
		})
	}
}

func TestSeed(t *testing.T) {
	t.Parallel()
	list := func(seed int64) string {
		w := open(t, Config{Seed: seed, Rows: 3})
		return signIn(t, w, "alice@acme").get("/api/invoices").body
	}
	one := list(1)
	if one != list(1) {
		t.Error("the same seed gives different invoices")
	}
	if one == list(2) {
		t.Error("another seed gives the same invoices")
	}
}
