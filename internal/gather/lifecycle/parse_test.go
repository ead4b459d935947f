package lifecycle

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/wire"
)

func token(header, payload string) string {
	e := base64.RawURLEncoding
	return e.EncodeToString([]byte(header)) + "." + e.EncodeToString([]byte(payload)) + ".c2ln"
}

func TestClaimedLife(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, value string
		life        time.Duration
		ends, ok    bool
	}{
		{"fifteen minutes", token(`{"alg":"RS256"}`, `{"iat":1000,"exp":1900}`), 15 * time.Minute, true, true},
		{"no end", token(`{"alg":"HS256"}`, `{"iat":1000}`), 0, false, true},
		{"in the past", token(`{"alg":"HS256"}`, `{"exp":1000}`), 0, true, true},
		{"as large as can be", token(`{"alg":"HS256"}`, `{"iat":0,"exp":1e300}`), time.Duration(1<<32) * time.Second, true, true},
		{"opaque", "c2Vzc2lvbi0xMjM0NTY3ODkw", 0, false, false},
		{"three parts of a signed cookie", "eyJ1IjoxfQ.ZxYz.sig", 0, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if life, ends, ok := claimedLife(tc.value); life != tc.life || ends != tc.ends || ok != tc.ok {
				t.Errorf("got %v %v %v, want %v %v %v", life, ends, ok, tc.life, tc.ends, tc.ok)
			}
		})
	}
}

func FuzzJWT(f *testing.F) {
	f.Add(token(`{"alg":"none"}`, `{"iat":1,"exp":2}`))
	f.Add("..")
	f.Fuzz(func(t *testing.T, value string) {
		if life, _, ok := claimedLife(value); life < 0 || ok != isJWT(value) {
			t.Errorf("%q: %v %v", value, life, ok)
		}
		if end := endOf(value); !end.IsZero() && !isJWT(value) {
			t.Errorf("%q ends at %v", value, end)
		}
	})
}

func FuzzConfirmation(f *testing.F) {
	f.Add(`<form method=post action=/logout><input type=hidden name=a value=b></form>`)
	f.Add(`<form method=post><input name=q></form><form`)
	f.Fuzz(func(t *testing.T, page string) {
		a := &wire.Answer{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}}, Body: []byte(page)}
		if form, ok := confirmation(a); !ok && form.body != "" {
			t.Errorf("%q: %+v", page, form)
		}
	})
}

func TestMadeUp(t *testing.T) {
	t.Parallel()
	const value = "s%3A9f3a7c52-0b1d.Xy_"
	got := madeUp(value)
	if got == value || len(got) != len(value) || strings.Count(got, "-") != 1 || strings.Count(got, "%") != 1 {
		t.Errorf("made %q of %q", got, value)
	}
}

func TestChanger(t *testing.T) {
	t.Parallel()
	fields := func(names ...string) []artifact.Param {
		var out []artifact.Param
		for _, n := range names {
			out = append(out, artifact.Param{Name: n, In: "body"})
		}
		return out
	}
	for _, tc := range []struct {
		name                   string
		route                  artifact.Route
		current, next, confirm string
	}{
		{"old and new", artifact.Route{Method: "POST", Template: "/api/password", Params: fields("oldPassword", "newPassword")}, "oldPassword", "newPassword", ""},
		{"Rails", artifact.Route{Method: "PATCH", Template: "/users/password", Params: fields("current_password", "password", "password_confirmation")}, "current_password", "password", "password_confirmation"},
		{"Django", artifact.Route{Method: "POST", Template: "/accounts/password_change/", Params: fields("old_password", "new_password1", "new_password2")}, "old_password", "new_password1", "new_password2"},
		{"a reset", artifact.Route{Method: "POST", Template: "/password/reset", Params: fields("code", "password")}, "", "", ""},
		{"public", artifact.Route{Method: "POST", Template: "/password", Public: "security", Params: fields("password")}, "", "", ""},
		{"somebody else's", artifact.Route{Method: "POST", Template: "/users/{id}/password", Params: fields("password")}, "", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got, _ := changes(tc.route); got.current != tc.current || got.next != tc.next || got.confirm != tc.confirm {
				t.Errorf("got %q %q %q, want %q %q %q", got.current, got.next, got.confirm, tc.current, tc.next, tc.confirm)
			}
		})
	}
}
