package lab

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// tokenPair is what signing in by tokens gives.
type tokenPair struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"id_token"`
	Expires int    `json:"expires_in"`
}

func openPair(t *testing.T, w *World, path, body string) (tokenPair, int) {
	t.Helper()
	got := stranger(t, w).do(http.MethodPost, path, body)
	var p tokenPair
	if got.status == http.StatusOK {
		if err := json.Unmarshal([]byte(got.body), &p); err != nil {
			t.Fatal(err)
		}
	}
	return p, got.status
}

func whoAmI(t *testing.T, w *World, bearer string) int {
	t.Helper()
	v := stranger(t, w)
	v.bearer = bearer
	return v.get("/api/me").status
}

const veraSignsIn = `{"email":"vera@acme.test","password":"vera-acme-pass-2026"}`

func TestTokens(t *testing.T) {
	t.Parallel()
	w := open(t, Config{Seed: 7})
	if _, status := openPair(t, w, "/api/session", `{"email":"vera@acme.test","password":"wrong"}`); status != 401 {
		t.Errorf("a wrong password answers %d, want 401", status)
	}
	p, _ := openPair(t, w, "/api/session", veraSignsIn)
	for name, want := range map[string]int{p.Access: 200, p.Refresh: 401, p.ID: 401, p.Access[:len(p.Access)-4]: 401} {
		if got := whoAmI(t, w, name); got != want {
			t.Errorf("%.20s… answers %d, want %d", name, got, want)
		}
	}
	next, status := openPair(t, w, "/api/session/refresh", `{"refresh_token":"`+p.Refresh+`"}`)
	if status != 200 || whoAmI(t, w, next.Access) != 200 {
		t.Fatalf("refreshing answers %d", status)
	}
	if _, status := openPair(t, w, "/api/session/refresh", `{"refresh_token":"`+p.Refresh+`"}`); status != 401 {
		t.Errorf("a used refresh token answers %d, want 401", status)
	}
	if got := whoAmI(t, w, next.Access); got != 401 {
		t.Errorf("after a refresh token came back, the session answers %d, want 401", got)
	}
}

func TestTokensEnd(t *testing.T) {
	t.Parallel()
	w := open(t, Config{Seed: 7})
	for _, way := range []struct{ method, path string }{{"POST", "/api/logout"}, {"DELETE", "/api/session"}} {
		p, _ := openPair(t, w, "/api/session", veraSignsIn)
		v := stranger(t, w)
		v.bearer = p.Access
		if got := v.do(way.method, way.path, ""); got.status != 204 {
			t.Fatalf("%s %s: %d %s", way.method, way.path, got.status, got.body)
		}
		if got := whoAmI(t, w, p.Access); got != 401 {
			t.Errorf("after %s %s the access token answers %d", way.method, way.path, got)
		}
		if _, status := openPair(t, w, "/api/session/refresh", `{"refresh_token":"`+p.Refresh+`"}`); status != 401 {
			t.Errorf("after %s %s the refresh token answers %d", way.method, way.path, status)
		}
	}
	got := stranger(t, w).get("/.well-known/jwks.json")
	if got.status != 200 || !strings.Contains(got.body, `"kty":"RSA"`) {
		t.Errorf("the keys: %d %s", got.status, got.body)
	}
}
