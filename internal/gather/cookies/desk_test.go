package cookies

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/launchready/launchready/check"
)

// rotating replaces the session on each answer, and the old one dies at once.
func rotating(name string) func(*desk, http.ResponseWriter, *http.Request) bool {
	return func(d *desk, w http.ResponseWriter, r *http.Request) bool {
		if !d.holds(r, name) {
			return false
		}
		k, _ := r.Cookie(name)
		delete(d.live, k.Value)
		w.Header().Add("Set-Cookie", name+"="+d.issue()+"; Path=/; Secure; HttpOnly; SameSite=Lax")
		return true
	}
}

// careless sets the same session anew on each answer, without its flags.
func careless(name string) func(*desk, http.ResponseWriter, *http.Request) bool {
	return func(d *desk, w http.ResponseWriter, r *http.Request) bool {
		if !d.holds(r, name) {
			return false
		}
		k, _ := r.Cookie(name)
		w.Header().Add("Set-Cookie", name+"="+k.Value+"; Path=/; Secure")
		return true
	}
}

// vengeful ends the session of a request that comes without another cookie.
func vengeful(name, other string) func(*desk, http.ResponseWriter, *http.Request) bool {
	return func(d *desk, _ http.ResponseWriter, r *http.Request) bool {
		if !d.holds(r, name) {
			return false
		}
		if _, err := r.Cookie(other); err != nil {
			k, _ := r.Cookie(name)
			delete(d.live, k.Value)
			return false
		}
		return true
	}
}

func either(names ...string) func(*desk, http.ResponseWriter, *http.Request) bool {
	return func(d *desk, _ http.ResponseWriter, r *http.Request) bool {
		return slices.ContainsFunc(names, func(n string) bool { return d.holds(r, n) })
	}
}

// token returns a login that gives a bearer token beside its cookies.
func token(lines ...string) func(*desk, http.ResponseWriter) {
	return func(d *desk, w http.ResponseWriter) {
		for _, l := range lines {
			if strings.Contains(l, "%s") {
				l = fmt.Sprintf(l, d.issue())
			}
			w.Header().Add("Set-Cookie", l)
		}
		fmt.Fprintf(w, `{"token":%q}`, d.issue())
	}
}

func byToken(d *desk, _ http.ResponseWriter, r *http.Request) bool {
	return d.live[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
}

func sorted(s []string) []string {
	slices.Sort(s)
	return s
}

// expect compares findings, sorted by subject, with "outcome: part of the message".
func expect(t *testing.T, name string, got []check.Finding, want []string) {
	t.Helper()
	slices.SortFunc(got, func(a, b check.Finding) int { return strings.Compare(a.Subject, b.Subject) })
	good := len(got) == len(want)
	for i := 0; good && i < len(want); i++ {
		outcome, part, _ := strings.Cut(want[i], ":")
		good = string(got[i].Outcome) == outcome && strings.Contains(got[i].Message, strings.TrimSpace(part))
	}
	if !good {
		for _, f := range got {
			t.Errorf("%s: got %s %s: %s: %s", name, f.Outcome, f.Reason, f.Subject, f.Message)
		}
		t.Errorf("%s: want %q", name, want)
	}
}
