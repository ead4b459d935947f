package login

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/launchready/launchready/portal"
)

// minting is a portal that hands out one kind of token, and counts its sign-ins.
func minting(t *testing.T, token func() (value string, expiresIn int)) (*Session, *atomic.Int64) {
	t.Helper()
	var logins atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, _ *http.Request) {
		logins.Add(1)
		value, life := token()
		body := map[string]any{"access_token": value}
		if life > 0 {
			body["expires_in"] = life
		}
		reply(w, 200, body)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	recipe := &portal.Recipe{
		Steps: []portal.Step{{Request: portal.Call{Method: "POST", Path: "/token"}, JSON: map[string]any{"email": "${user}"}, Capture: []portal.Pair{{Name: "access", Value: "/access_token"}}}},
		Send:  portal.Send{Kind: "bearer", Value: "${access}"},
	}
	s := New(alice(), recipe, way(t, server.URL))
	if err := s.SignIn(t.Context()); err != nil {
		t.Fatalf("sign in: %v", err)
	}
	return s, &logins
}

func signedToken(from, to time.Time) string {
	c := jwt.MapClaims{"sub": userID}
	if !from.IsZero() {
		c["iat"] = from.Unix()
	}
	if !to.IsZero() {
		c["exp"] = to.Unix()
	}
	value, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString([]byte("a key of thirty-two bytes or more"))
	if err != nil {
		return fmt.Sprint(err)
	}
	return value
}

func TestEnding(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, tc := range []struct {
		name  string
		token func() (string, int)
		in    time.Duration // from now
		want  bool
	}{
		{"a token of five minutes, fresh", func() (string, int) { return signedToken(now, now.Add(5*time.Minute)), 0 }, 0, false},
		{"a token of five minutes, at its end", func() (string, int) { return signedToken(now, now.Add(5*time.Minute)), 0 }, 281 * time.Second, true},
		{"a clock an hour behind", func() (string, int) { return signedToken(now.Add(-time.Hour), now.Add(-55*time.Minute)), 0 }, 0, false},
		{"no time of issue", func() (string, int) { return signedToken(time.Time{}, now.Add(time.Hour)), 0 }, 59*time.Minute + 45*time.Second, true},
		{"no end", func() (string, int) { return signedToken(now, time.Time{}), 0 }, 24 * time.Hour, false},
		{"an opaque token of a minute", func() (string, int) { return "tok-4f1d22c09b7a", 60 }, 50 * time.Second, true},
		{"an opaque token of a minute, half-way", func() (string, int) { return "tok-4f1d22c09b7a", 60 }, 30 * time.Second, false},
		{"an opaque token that says nothing", func() (string, int) { return "tok-4f1d22c09b7a", 0 }, time.Hour, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s, _ := minting(t, tc.token)
			if got := s.end.near(time.Now().Add(tc.in)); got != tc.want {
				t.Errorf("near the end after %v: %v, want %v (%+v)", tc.in, got, tc.want, s.end)
			}
		})
	}
}

func TestRenewAhead(t *testing.T) {
	t.Parallel()
	var minted atomic.Int64
	s, logins := minting(t, func() (string, int) {
		raw, _ := json.Marshal(minted.Add(1))
		return "tok-4f1d22c09b7a-" + string(raw), 60
	})
	for range MaxRenewals + 3 { // nothing died: they do not use up the renewals
		s.end.at = time.Now().Add(time.Second)
		if !s.Ending() {
			t.Fatal("a second before its end the session does not count as ending")
		}
		if err := s.RenewAhead(t.Context()); err != nil {
			t.Fatalf("renew ahead: %v", err)
		}
		if s.Ending() {
			t.Fatal("right after it was renewed the session counts as ending")
		}
	}
	if got := logins.Load(); got != MaxRenewals+4 {
		t.Errorf("%d sign-ins, want %d", got, MaxRenewals+4)
	}
	if got := s.Vars()["access"]; got != fmt.Sprintf("tok-4f1d22c09b7a-%d", MaxRenewals+4) {
		t.Errorf("sends %s, want the token of the last sign-in", got)
	}
}

func TestRenewAheadInVain(t *testing.T) {
	t.Parallel()
	end := time.Now().Add(2 * time.Second)
	s, logins := minting(t, func() (string, int) { return signedToken(time.Time{}, end), 0 })
	s.end.life = time.Hour // else a token of two seconds is not near its end yet
	if !s.Ending() {
		t.Fatal("two seconds before its end the session does not count as ending")
	}
	if err := s.RenewAhead(t.Context()); err != nil {
		t.Fatalf("renew ahead: %v", err)
	}
	if s.Ending() || logins.Load() != 2 {
		t.Errorf("a session whose end does not move is renewed ahead again (%d sign-ins)", logins.Load())
	}
}
