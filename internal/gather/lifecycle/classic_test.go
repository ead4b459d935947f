package lifecycle

import (
	"fmt"
	"maps"
	"net/http"
	"testing"

	"github.com/launchready/launchready/artifact"
)

// classic is a portal of pages and one session cookie, which visitors get as well.
type classic struct{ *desk }

func (p classic) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := ""
	if k, err := r.Cookie("SESSID"); err == nil {
		id = k.Value
	}
	user := p.of(id)
	set := func(value string) {
		k := &http.Cookie{Name: "SESSID", Value: value, Path: "/", HttpOnly: true}
		if p.flaws["year"] {
			k.MaxAge = 365 * 24 * 3600
		}
		http.SetCookie(w, k)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	switch r.Method + " " + r.URL.Path {
	case "GET /login":
		if p.sittings[id] == nil {
			id = p.id()
			p.begin("", id)
			set(id)
		}
		_, _ = fmt.Fprint(w, `<form method="post"><input name="email"><input type="password" name="password"></form>`)
	case "POST /login":
		email := r.PostFormValue("email")
		if want := p.passwords[email]; want == "" || want != r.PostFormValue("password") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		known := p.sittings[id] != nil
		switch {
		case id != "" && p.flaws["adopt"], known && p.flaws["keep"]:
		default:
			delete(p.sittings, id)
			id = p.id()
			set(id)
		}
		p.begin(email, id)
		to := "/home"
		if p.flaws["url"] {
			to += "?SESSID=" + id
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
	case "GET /home":
		if user == "" {
			http.Redirect(w, r, "/login", http.StatusSeeOther)
			return
		}
		_, _ = fmt.Fprintf(w, `<h1>Hello %s</h1><form method="post" action="/logout"><button>Bye</button></form>`, user)
	case "POST /logout":
		if !p.flaws["no-logout"] {
			delete(p.sittings, id)
		}
		set("")
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	case "POST /settings/password":
		if user == "" || !p.change(user, r.PostFormValue("old_password"), r.PostFormValue("new_password"), id) || r.PostFormValue("new_password") != r.PostFormValue("new_password_confirmation") {
			w.WriteHeader(http.StatusUnprocessableEntity)
			return
		}
		http.Redirect(w, r, "/home", http.StatusSeeOther)
	default:
		http.NotFound(w, r)
	}
}

func (p classic) description(t *testing.T) string {
	return `version: 1
portal: Harbour office
targets:
  test:
    url: ` + serve(t, p) + `
    allow: [look, sign-in, write]
login:
  steps:
    - request: GET /login
    - request: POST /login
      form:
        email: ${user}
        password: ${password}
      ok:
        status: [303]
  alive:
    request: GET /home
    contains: ${user}
  csrf: none
  logout: POST /logout
policy:
  session:
    idle: 20s
identities:
  ann: {tenant: acme, role: admin, user: ann@acme.test, password: ann-pass-2026}
  dan: {tenant: acme, role: member, user: dan@acme.test, password: dan-pass-2026, disposable: true}
`
}

var classicRoutes = []artifact.Route{
	{ID: "GET /home", Method: "GET", Template: "/home"},
	{ID: "POST /logout", Method: "POST", Template: "/logout", Kind: "logout"},
	{ID: "POST /settings/password", Method: "POST", Template: "/settings/password", BodyType: "application/x-www-form-urlencoded", Params: []artifact.Param{
		{Name: "new_password", In: "body"}, {Name: "new_password_confirmation", In: "body"}, {Name: "old_password", In: "body"},
	}},
}

func TestClassic(t *testing.T) {
	t.Parallel()
	mended := map[string]string{
		"fixation": "ok", "logoutkills": "ok", "expires": "ok", "idle": "ok", "endless": "ok", "lifetime": "ok",
		"entropy": "ok", "tokenplace": "ok", "password": "ok", "role": "unproven undeclared",
	}
	for _, tc := range []struct {
		flaw string
		want map[string]string // what differs from the mended one
	}{
		{"", nil},
		{"keep", map[string]string{"fixation": "fail"}},
		{"adopt", map[string]string{"fixation": "fail"}},
		{"no-logout", map[string]string{"logoutkills": "fail"}},
		{"no-idle", map[string]string{"idle": "fail", "expires": "unproven budget-spent"}},
		{"year", map[string]string{"endless": "fail"}},
		{"counter", map[string]string{"entropy": "fail"}},
		{"url", map[string]string{"tokenplace": "fail"}},
		{"no-revoke", map[string]string{"password": "fail"}},
		{"one-session", map[string]string{"password": "not-applicable", "idle": "unproven no-positive-control", "expires": "unproven budget-spent"}},
	} {
		t.Run("classic "+tc.flaw, func(t *testing.T) {
			t.Parallel()
			p := classic{newDesk(tc.flaw)}
			said, r := run(t, p.desk, p.description(t), classicRoutes...)
			want := maps.Clone(mended)
			maps.Copy(want, tc.want)
			expect(t, said, want)
			if p.passwords["dan@acme.test"] != "dan-pass-2026" || p.writes%2 != 0 {
				t.Errorf("the password is %q after %d changes", p.passwords["dan@acme.test"], p.writes)
			}
			if n := r.Sent(name) + r.Sent(ending); n > perRecipe {
				t.Errorf("%d requests, the bound is %d", n, perRecipe)
			}
		})
	}
}
