package login

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/internal/wire"
)

func TestHandedBy(t *testing.T) {
	t.Parallel()
	type got struct {
		Name, Value string
		Life        time.Duration
	}
	for _, tc := range []struct {
		name, body string
		want       []got
	}{
		{"OAuth", `{"access_token":"aaaaaaaaaa","refresh_token":"rrrrrrrrrr","token_type":"Bearer","expires_in":900}`, []got{
			{"access_token", "aaaaaaaaaa", 15 * time.Minute}, {"refresh_token", "rrrrrrrrrr", 0},
		}},
		{"below data", `{"data":{"accessToken":"aaaaaaaaaa","user":{"id":7}}}`, []got{{"accessToken", "aaaaaaaaaa", 0}}},
		{"not a token", `{"token_type":"Bearer token","csrfToken":"cccccccccc","page":{"nextToken":"nnnnnnnnnn"}}`, nil},
		{"too short", `{"token":"abc"}`, nil},
		{"others' in a list", `{"items":[{"token":"aaaaaaaaaa"}]}`, nil},
		{"a page", `<html>token</html>`, nil},
		{"a life that is none", `{"token":"aaaaaaaaaa","expires_in":-1}`, []got{{"token", "aaaaaaaaaa", 0}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var out []got
			for _, h := range HandedBy(&wire.Answer{Status: http.StatusOK, Header: http.Header{}, Body: []byte(tc.body)}) {
				out = append(out, got{h.Name, h.Value, h.Life})
			}
			if diff := cmp.Diff(tc.want, out); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzHanded(f *testing.F) {
	f.Add(`{"access_token":"aaaaaaaaaa","expires_in":900}`, "sid=1234567890; Path=/; Max-Age=60")
	f.Add(`[{"token":1}]`, "=;")
	f.Fuzz(func(t *testing.T, body, cookie string) {
		var h handed
		h.note(&wire.Answer{Header: http.Header{"Set-Cookie": {cookie}}, Body: []byte(body)}, &url.URL{Path: "/login"})
		if len(h.tokens) > mostHanded || len(h.cookies) > 1 {
			t.Errorf("%d tokens, %d cookies", len(h.tokens), len(h.cookies))
		}
		for _, x := range append(h.tokens, h.cookies...) {
			if x.Life < 0 || x.Name == "" && x.Cookie == nil {
				t.Errorf("%+v", x)
			}
		}
	})
}

// TestFreshFor begins a session with a cookie that was there before.
func TestFreshFor(t *testing.T) {
	t.Parallel()
	w := open(t)
	s := enter(t, w)
	before := s.way.Client.SentBy()["study"]
	n, err := s.FreshFor(t.Context(), "study", &http.Cookie{Name: "theme", Value: "brought-along", Path: "/"})
	if err != nil {
		t.Fatal(err)
	}
	if alive, _, err := n.Alive(t.Context()); err != nil || !alive {
		t.Errorf("the fresh session is alive: %v, %v", alive, err)
	}
	brought := false
	for _, k := range n.Credential().Cookies {
		brought = brought || k.Name == "theme" && k.Value == "brought-along"
	}
	if !brought || len(n.SetCookies()) == 0 || len(n.Visited()) == 0 {
		t.Errorf("cookies %v, set %v, visited %v", n.Credential().Cookies, n.SetCookies(), n.Visited())
	}
	if n.way.Client.SentBy()["study"] == before {
		t.Error("nothing was booked to the gatherer that asked")
	}
	if alive, _, err := s.Alive(t.Context()); err != nil || !alive {
		t.Errorf("the session it came from is alive: %v, %v", alive, err)
	}
}
