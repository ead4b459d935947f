package lifecycle

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/launchready/launchready/artifact"
)

// always is a portal of pages that answers 200 to everything, refuses with its
// login page, keeps the session in two cookies and asks before it logs out.
type always struct{ *desk }

func (p always) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var half [2]string
	for i, name := range []string{"s1", "s2"} {
		if k, err := r.Cookie(name); err == nil {
			half[i] = k.Value
		}
	}
	id := half[0] + "." + half[1]
	user := p.of(id)
	w.Header().Set("Content-Type", "text/html")
	page := func(text string) { _, _ = fmt.Fprintf(w, "<html><body>%s</body></html>", text) }
	form := func(why string) {
		page(why + `<form method="post" action="/index.php?do=login"><input name="who"><input name="pw" type="password"></form>`)
	}
	switch r.Method + " " + r.URL.Query().Get("do") {
	case "POST login":
		name := r.PostFormValue("who")
		if want := p.passwords[name]; want == "" || want != r.PostFormValue("pw") {
			form("Wrong name or password.")
			return
		}
		fresh := p.id() + "." + p.id()
		if p.flaws["adopt"] && half[0] != "" && half[1] != "" {
			fresh = id
		}
		p.begin(name, fresh)
		for i, v := range strings.SplitN(fresh, ".", 2) {
			http.SetCookie(w, &http.Cookie{Name: fmt.Sprintf("s%d", i+1), Value: v, Path: "/", MaxAge: int(siteLife.Seconds())})
		}
		page("Welcome, " + name)
	case "GET logout":
		page(`Really? <form method="post" action="/index.php?do=logout"><input type="hidden" name="sure" value="yes"></form>`)
	case "POST logout":
		if r.PostFormValue("sure") == "yes" && !p.flaws["no-logout"] {
			delete(p.sittings, id)
		}
		form("Bye.")
	case "GET me":
		if user == "" {
			form("Please sign in.")
			return
		}
		page("You are " + user + ".")
	default:
		page("Nothing here.")
	}
}

func (p always) description(t *testing.T, logout string) string {
	return `version: 1
portal: Old desk
targets:
  test:
    url: ` + serve(t, p) + `
    allow: [look, sign-in]
login:
  steps:
    - request: POST /index.php?do=login
      form:
        who: ${user}
        pw: ${password}
      ok:
        body: Welcome
  send: cookie
  alive:
    request: GET /index.php?do=me
    contains: ${user}
  logout: ` + logout + `
policy:
  session:
    idle: 20s
identities:
  ann: {tenant: acme, role: admin, user: ann@acme.test, password: ann-pass-2026}
  dan: {tenant: acme, role: member, user: dan@acme.test, password: dan-pass-2026, disposable: true}
`
}

func TestAlways(t *testing.T) {
	t.Parallel()
	mended := map[string]string{
		"fixation": "ok", "logoutkills": "ok", "expires": "ok", "idle": "ok", "endless": "ok", "lifetime": "ok",
		"entropy": "ok", "tokenplace": "ok", "password": "unproven effect-refused", "role": "unproven effect-refused",
	}
	for _, tc := range []struct {
		flaw   string
		logout string
		want   map[string]string
	}{
		{"", "GET /index.php?do=logout", nil},
		{"adopt", "GET /index.php?do=logout", map[string]string{"fixation": "fail"}},
		{"no-logout", "GET /index.php?do=logout", map[string]string{"logoutkills": "fail"}},
		{"no-expiry", "GET /index.php?do=logout", nil}, // unused, it ends all the same
		{"no-idle", "GET /index.php?do=logout", map[string]string{"idle": "fail", "expires": "unproven budget-spent"}},
		{"counter", "GET /index.php?do=logout", map[string]string{"entropy": "fail"}},
	} {
		t.Run("always "+tc.flaw, func(t *testing.T) {
			t.Parallel()
			p := always{newDesk(tc.flaw)}
			said, _ := run(t, p.desk, p.description(t, tc.logout))
			want := maps.Clone(mended)
			maps.Copy(want, tc.want)
			expect(t, said, want)
		})
	}
}

// TestStored tries sessions of earlier that the description holds.
func TestStored(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, value string
		flaw        string
		want        string
	}{
		{"refused", "s1=0123456789abcdef0123456789abcdef01234567; s2=0123456789abcdef0123456789abcdef01234567", "", "ok"},
		{"accepted", "s1=0123456789abcdef0123456789abcdef01234567; s2=0123456789abcdef0123456789abcdef01234567", "no-expiry", "fail"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := always{newDesk(tc.flaw, "no-idle")}
			old := p.begin("ann@acme.test", strings.NewReplacer("s1=", "", "; s2=", ".").Replace(tc.value))
			p.sittings[old].begun = p.Now().Add(-10 * siteLife)
			text := strings.Replace(p.description(t, "POST /index.php?do=logout"), "password: ann-pass-2026}", `password: ann-pass-2026, expired: "`+tc.value+`"}`, 1)
			said, r := run(t, p.desk, text)
			if got, _, _ := strings.Cut(said["expires"], " "); got != tc.want {
				t.Errorf("expires: %s, want %s", said["expires"], tc.want)
			}
			x, ok := r.Artifact(artifact.Expiries.Name()).(*artifact.Expiry)
			if !ok || len(x.Tokens) == 0 || !x.Tokens[0].Stored || x.Tokens[0].Unlike != "" {
				t.Errorf("the stored session was not tried: %+v", x)
			}
		})
	}
}
