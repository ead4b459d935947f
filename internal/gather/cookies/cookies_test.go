package cookies

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/checks/session/cookieflags"
	"github.com/launchready/launchready/checks/session/cookiescope"
	"github.com/launchready/launchready/internal/gather/gathertest"
)

// desk is a small portal that signs people in by POST /in and tells them who
// they are at /me; what it sets and what it demands are its parts.
type desk struct {
	mu   sync.Mutex
	live map[string]bool
	// enter answers a good login.
	enter func(d *desk, w http.ResponseWriter)
	// who reports whether a request is signed in.
	who func(d *desk, w http.ResponseWriter, r *http.Request) bool
}

func (d *desk) issue() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	d.live[hex.EncodeToString(b[:])] = true
	return hex.EncodeToString(b[:])
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch r.URL.Path {
	case "/in":
		d.enter(d, w)
	case "/me":
		if !d.who(d, w, r) {
			http.Error(w, `{"error":"sign in"}`, http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, `{"email":"ann@acme.test","id":"77120451"}`)
	default:
		http.NotFound(w, r)
	}
}

func (d *desk) holds(r *http.Request, name string) bool {
	k, err := r.Cookie(name)
	return err == nil && d.live[k.Value]
}

// sets returns a login that answers with Set-Cookie lines; %s is a fresh session.
func sets(lines ...string) func(*desk, http.ResponseWriter) {
	return func(d *desk, w http.ResponseWriter) {
		for _, l := range lines {
			if strings.Contains(l, "%s") {
				l = fmt.Sprintf(l, d.issue())
			}
			w.Header().Add("Set-Cookie", l)
		}
		fmt.Fprint(w, `{}`)
	}
}

func byCookie(name string) func(*desk, http.ResponseWriter, *http.Request) bool {
	return func(d *desk, _ http.ResponseWriter, r *http.Request) bool { return d.holds(r, name) }
}

const recipe = `version: 1
portal: desk
targets:
  lab:
    url: %s
    allow: [look, sign-in]
login:
  steps:
    - request: POST /in
      json:
        email: ${user}
        password: ${password}
%s
  alive:
    request: GET /me
    contains: ${user}
identities:
  ann:
    tenant: acme
    role: admin
    user: ann@acme.test
    password: a long password
%s`

const byBearer = `      capture:
        token: /token
  send: bearer ${token}`

func TestStudy(t *testing.T) {
	t.Parallel()
	good := "__Host-sid=%s; Path=/; Secure; HttpOnly; SameSite=Lax"
	for _, tc := range []struct {
		name   string
		send   string
		policy string
		d      *desk
		want   []string // session cookies
		flags  []string // outcome and part of the message, for each finding of cookieflags
		scope  []string
	}{
		{
			name: "well kept", d: &desk{enter: sets(good, "theme=dark; Path=/"), who: byCookie("__Host-sid")},
			want: []string{"__Host-sid"}, flags: []string{"ok: Secure, HttpOnly, SameSite=Lax"}, scope: []string{"ok: one host"},
		},
		{
			name: "no Secure", d: &desk{enter: sets("sid=%s; Path=/; httponly; samesite=strict"), who: byCookie("sid")},
			want: []string{"sid"}, flags: []string{"fail: no Secure"}, scope: []string{"fail: no __Host- prefix"},
		},
		{
			name: "no HttpOnly, odd case and order", d: &desk{enter: sets(`sid="%s"; SECURE ;PATH=/; SameSite = Lax ; Expires=Thu, 31 Dec 2099 23:59:59 GMT`), who: byCookie("sid")},
			want: []string{"sid"}, flags: []string{"fail: no HttpOnly"}, scope: []string{"fail: no __Host- prefix"},
		},
		{
			name: "None without need", d: &desk{enter: sets("__Host-sid=%s; Path=/; Secure; HttpOnly; SameSite=None"), who: byCookie("__Host-sid")},
			want: []string{"__Host-sid"}, flags: []string{"fail: SameSite=None"}, scope: []string{"ok: one host"},
		},
		{
			name: "None for an approved origin of another site", policy: "policy:\n  origins:\n    - https://app.partner.test\n",
			d:    &desk{enter: sets("__Host-sid=%s; Path=/; Secure; HttpOnly; SameSite=None"), who: byCookie("__Host-sid")},
			want: []string{"__Host-sid"}, flags: []string{"ok: https://app.partner.test"}, scope: []string{"ok: one host"},
		},
		{
			name: "no SameSite", d: &desk{enter: sets("__Host-sid=%s; Path=/; Secure; HttpOnly"), who: byCookie("__Host-sid")},
			want: []string{"__Host-sid"}, flags: []string{"ok: no SameSite"}, scope: []string{"fail: no SameSite"},
		},
		{
			name: "a new value on each answer", d: &desk{enter: sets(good, "b=2; Path=/"), who: rotating("__Host-sid")},
			want: []string{"__Host-sid"}, flags: []string{"ok:"}, scope: []string{"ok:"},
		},
		{
			name: "set anew without its flags", d: &desk{enter: sets(good), who: careless("__Host-sid")},
			want: []string{"__Host-sid"}, flags: []string{"fail: no HttpOnly: any script on the page can read it when it is set anew later"}, scope: []string{"fail: no SameSite"},
		},
		{
			name: "a missing cookie ends the session", d: &desk{enter: sets(good, "csrf=a-token-of-some-length; Path=/; Secure"), who: vengeful("__Host-sid", "csrf")},
			want: []string{"__Host-sid", "csrf"}, flags: []string{"ok:", "ok: readable by scripts"}, scope: []string{"ok:", "fail:"},
		},
		{
			name: "two that are enough each", d: &desk{enter: sets(good, "remember=%s; Path=/; HttpOnly; SameSite=Lax"), who: either("__Host-sid", "remember")},
			want: []string{"__Host-sid", "remember"}, flags: []string{"ok:", "fail: no Secure"}, scope: []string{"ok:", "fail:"},
		},
		{
			name: "halves of a token", d: &desk{
				enter: sets("head=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3NzEyMDQ1MSJ9; Path=/; Secure; SameSite=Lax", "tail=%s; Path=/; Secure; HttpOnly; SameSite=Lax"),
				who: func(d *desk, _ http.ResponseWriter, r *http.Request) bool {
					_, err := r.Cookie("head")
					return err == nil && d.holds(r, "tail")
				},
			},
			want: []string{"head", "tail"}, flags: []string{"ok: readable", "ok:"}, scope: []string{"fail:", "fail:"},
		},
		{
			name: "bearer only, with a cookie that does nothing", send: byBearer, d: &desk{enter: token("seen=1; Path=/"), who: byToken},
			flags: []string{"not-applicable: without any cookie"}, scope: []string{"not-applicable:"},
		},
		{
			name: "bearer, and a cookie that is enough", send: byBearer, d: &desk{enter: token("sid=%s; Path=/"), who: func(d *desk, w http.ResponseWriter, r *http.Request) bool {
				return byToken(d, w, r) || d.holds(r, "sid")
			}},
			want: []string{"sid"}, flags: []string{"fail: no Secure"}, scope: []string{"fail:"},
		},
		{
			name: "a pre-login cookie beside it", d: &desk{enter: sets("tenant=acme; Path=/; Secure; HttpOnly", "sid=%s; Path=/; Secure; SameSite=Lax"), who: func(d *desk, _ http.ResponseWriter, r *http.Request) bool {
				_, err := r.Cookie("tenant")
				return err == nil && d.holds(r, "sid")
			}},
			want: []string{"sid", "tenant"}, flags: []string{"fail: no HttpOnly"}, scope: []string{"fail:"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.d.live = map[string]bool{}
			server := httptest.NewServer(tc.d)
			t.Cleanup(server.Close)
			r := gathertest.Start(t, fmt.Sprintf(recipe, server.URL, tc.send, tc.policy))
			made := r.Gather(t, Gatherer()).(*artifact.CookieStudy)
			var got []string
			for _, c := range made.Jars[0].Session() {
				got = append(got, c.Name)
			}
			if diff := cmp.Diff(tc.want, sorted(got)); diff != "" {
				t.Errorf("session cookies (-want +got):\n%s%+v", diff, made)
			}
			expect(t, "cookieflags", r.Judge(t, cookieflags.Check), tc.flags)
			expect(t, "cookiescope", r.Judge(t, cookiescope.Check), tc.scope)
			if why := r.Alive(t.Context(), "ann"); why != "" {
				t.Errorf("the main session did not survive: %s", why)
			}
			if n := r.Sent("cookies"); n > 20 {
				t.Errorf("%d requests", n)
			}
		})
	}
}
