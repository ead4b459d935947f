package lifecycle

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/launchready/launchready/artifact"
)

// bearer is an API with opaque access tokens and refresh tokens that change.
type bearer struct{ *desk }

func (p bearer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	user := p.of(id)
	w.Header().Set("Content-Type", "application/json")
	answer := func(status int, v any) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
	denied := func() { answer(http.StatusForbidden, map[string]string{"error": "denied"}) }
	tokens := func(id string) {
		out := map[string]any{"accessToken": id, "refreshToken": p.sittings[id].refresh, "expiresIn": int(siteLife.Seconds())}
		if p.flaws["silent"] {
			delete(out, "expiresIn")
		}
		answer(http.StatusOK, map[string]any{"data": out})
	}
	switch r.Method + " " + r.URL.Path {
	case "POST /v1/auth/login":
		b := body(r)
		if want := p.passwords[b["login"]]; want == "" || want != b["password"] {
			denied()
			return
		}
		if p.flaws["throttle"] {
			if p.serial++; p.serial > 8 {
				answer(http.StatusTooManyRequests, map[string]string{"error": "slow down"})
				return
			}
		}
		tokens(p.begin(b["login"], p.id()))
	case "POST /v1/auth/token/refresh":
		sent := body(r)["refreshToken"]
		for old, s := range p.sittings {
			if s.refresh != sent || sent == "" {
				continue
			}
			fresh := p.id()
			p.begin(s.user, fresh)
			if p.flaws["rotates"] {
				delete(p.sittings, old)
			} else {
				s.refresh = ""
			}
			tokens(fresh)
			return
		}
		denied()
	case "GET /v1/profile":
		if user == "" {
			denied()
			return
		}
		answer(http.StatusOK, map[string]string{"login": user, "plan": "gold"})
	case "POST /v1/auth/logout":
		sent := body(r)["refreshToken"]
		if user == "" || sent == "" {
			answer(http.StatusUnprocessableEntity, map[string]string{"error": "refreshToken is required"})
			return
		}
		for other, s := range p.sittings {
			switch {
			case other != id && s.refresh != sent:
			case p.flaws["keeps-refresh"]:
				s.closed = true
			case p.flaws["keeps-access"]:
				s.refresh = ""
			default:
				delete(p.sittings, other)
			}
		}
		answer(http.StatusOK, map[string]bool{"ok": true})
	default:
		answer(http.StatusNotFound, map[string]string{"error": "no such route"})
	}
}

func (p bearer) description(t *testing.T) string {
	return `version: 1
portal: Freight API
targets:
  test:
    url: ` + serve(t, p) + `
    allow: [look, sign-in, write]
login:
  steps:
    - request: POST /v1/auth/login
      json:
        login: ${user}
        password: ${password}
      capture:
        token: /data/accessToken
  send: bearer ${token}
  alive:
    request: GET /v1/profile
    contains: ${user}
identities:
  ann: {tenant: acme, role: admin, user: ann@acme.test, password: ann-pass-2026}
  dan: {tenant: acme, role: member, user: dan@acme.test, password: dan-pass-2026, disposable: true}
`
}

func bearerRoutes() []artifact.Route {
	refresh := json.RawMessage(`{"properties":{"refreshToken":{"type":"string"}}}`)
	return []artifact.Route{
		{ID: "POST /v1/auth/logout", Method: "POST", Template: "/v1/auth/logout", Kind: "logout", BodyType: "application/json", BodySchema: refresh},
		{ID: "POST /v1/auth/token/refresh", Method: "POST", Template: "/v1/auth/token/refresh", BodyType: "application/json", BodySchema: refresh, Public: "security"},
	}
}

func TestBearer(t *testing.T) {
	t.Parallel()
	mended := map[string]string{
		"fixation": "not-applicable", "logoutkills": "ok", "expires": "ok", "endless": "ok", "lifetime": "ok",
		"entropy": "ok", "tokenplace": "ok", "password": "unproven undeclared",
	}
	for _, tc := range []struct {
		flaws []string
		want  map[string]string
	}{
		{nil, nil},
		{[]string{"rotates"}, nil},
		{[]string{"keeps-refresh"}, map[string]string{"logoutkills": "fail"}},
		{[]string{"rotates", "keeps-refresh"}, map[string]string{"logoutkills": "fail"}},
		{[]string{"silent", "keeps-access"}, map[string]string{"logoutkills": "fail", "expires": "unproven budget-spent", "endless": "unproven no-positive-control", "lifetime": "unproven not-examined"}},
		{[]string{"no-expiry", "no-idle"}, map[string]string{"expires": "fail"}},
		{[]string{"counter"}, map[string]string{"entropy": "fail"}},
		{[]string{"throttle"}, map[string]string{"entropy": "unproven throttled", "expires": "unproven not-examined"}},
	} {
		t.Run("bearer "+strings.Join(tc.flaws, " "), func(t *testing.T) {
			t.Parallel()
			p := bearer{newDesk(tc.flaws...)}
			said, _ := run(t, p.desk, p.description(t), bearerRoutes()...)
			want := maps.Clone(mended)
			maps.Copy(want, tc.want)
			expect(t, said, want)
		})
	}
}
