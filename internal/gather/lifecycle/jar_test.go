package lifecycle

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/launchready/launchready/artifact"
)

// jar is an API whose access token is a signed cookie of a few minutes, and
// whose refresh token is a cookie too.
type jar struct{ *desk }

func (p jar) set(w http.ResponseWriter, id string) {
	life := 4 * time.Minute
	if p.flaws["long"] {
		life = time.Hour
	}
	now := time.Now()
	signed := token(`{"alg":"HS256"}`, fmt.Sprintf(`{"sid":%q,"iat":%d,"exp":%d}`, id, now.Unix(), now.Add(life).Unix()))
	p.sittings[id].refresh = p.id()
	http.SetCookie(w, &http.Cookie{Name: "access", Value: signed, Path: "/"})
	http.SetCookie(w, &http.Cookie{Name: "refresh", Value: p.sittings[id].refresh, Path: "/"})
}

func (p jar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	value := func(name string) string {
		k, err := r.Cookie(name)
		if err != nil {
			return ""
		}
		return k.Value
	}
	claims := struct{ Sid string }{}
	if parts := strings.Split(value("access"), "."); len(parts) == 3 && parts[2] == "c2ln" {
		_ = json.Unmarshal(decoded(parts[1]), &claims)
	}
	refused := func() { w.WriteHeader(http.StatusUnauthorized) }
	switch r.Method + " " + r.URL.Path {
	case "POST /login":
		b := body(r)
		if want := p.passwords[b["user"]]; want == "" || want != b["password"] {
			refused()
			return
		}
		p.set(w, p.begin(b["user"], p.id()))
	case "POST /refresh":
		for id, s := range p.sittings {
			if s.refresh != "" && s.refresh == value("refresh") {
				p.set(w, id)
				return
			}
		}
		refused()
	case "POST /logout":
		if s := p.sittings[claims.Sid]; s != nil && !p.flaws["keeps-refresh"] {
			s.refresh = ""
		}
	case "GET /me":
		s := p.sittings[claims.Sid]
		if s == nil {
			refused()
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"user": s.user})
	default:
		http.NotFound(w, r)
	}
}

func TestJar(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		flaw, refresh, want string
	}{
		{"", "POST /refresh", "ok"},
		{"", "", "ok"},
		{"keeps-refresh", "", "fail"},
		{"keeps-refresh", "POST /refresh", "fail"},
		{"long", "", "fail"},
	} {
		t.Run("jar "+tc.flaw+" "+tc.refresh, func(t *testing.T) {
			t.Parallel()
			p := jar{newDesk(tc.flaw)}
			declared := ""
			if tc.refresh != "" {
				declared = "\n  refresh: " + tc.refresh
			}
			said, _ := run(t, p.desk, `version: 1
targets:
  test:
    url: `+serve(t, p)+`
    allow: [look, sign-in]
login:
  steps:
    - request: POST /login
      json: {user: "${user}", password: "${password}"}
  send: cookie
  csrf: none
  alive:
    request: GET /me
    contains: ${user}
  logout: POST /logout`+declared+`
identities:
  dan: {tenant: acme, user: dan@acme.test, password: dan-pass-2026, disposable: true}
`, artifact.Route{ID: "POST /refresh", Method: "POST", Template: "/refresh"})
			if got := said["logoutkills"]; !strings.HasPrefix(got, tc.want+" ") {
				t.Errorf("logoutkills: %s, want %s", got, tc.want)
			}
		})
	}
}

func decoded(part string) []byte {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return nil
	}
	return raw
}
