package wire

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/portal"
)

func cookies(a *Agent, url string) string {
	var out []string
	for _, k := range a.Cookies(url) {
		out = append(out, k.Name+"="+k.Value)
	}
	return strings.Join(out, "; ")
}

func TestCookiesBelongToOneIdentity(t *testing.T) {
	t.Parallel()
	visits := 0
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		visits++
		w.Header().Set("X-Got", r.Header.Get("Cookie"))
		w.Header().Add("Set-Cookie", fmt.Sprintf("sid=visit-%d; Path=/; HttpOnly; Secure", visits))
		w.Header().Add("Set-Cookie", `odd={"a":"b c"}; Path=/`)
		w.Header().Add("Set-Cookie", "deep=1; Path=/deep; Max-Age=60")
	})
	c, _ := newClient(t, s.URL, nil)
	alice, bob := c.Agent("alice"), c.Agent("bob")
	got := func(a *Agent, r Request) string {
		t.Helper()
		ans, err := a.Do(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		return ans.Header.Get("X-Got")
	}
	if g := got(alice, Request{URL: "/"}); g != "" {
		t.Errorf("first visit sent %q", g)
	}
	if g := got(alice, Request{URL: "/"}); g != `sid=visit-1; odd={"a":"b c"}` {
		t.Errorf("second visit sent %q", g)
	}
	if g := got(bob, Request{URL: "/"}); g != "" {
		t.Errorf("another identity sent %q", g)
	}
	if g := got(alice, Request{URL: "/deep/x", Target: "/deep/x"}); g != `deep=1; sid=visit-2; odd={"a":"b c"}` {
		t.Errorf("below a path, raw: %q", g)
	}
	own := []evidence.Field{{Name: "cookie", Value: "sid=mine"}}
	if g := got(alice, Request{URL: "/", Header: own}); g != "sid=mine" {
		t.Errorf("the caller's cookie does not win: %q", g)
	}
	clone := alice.Clone("alice-2")
	alice.ClearCookies()
	if g := cookies(alice, "/"); g != "" {
		t.Errorf("cleared jar holds %q", g)
	}
	if g := cookies(clone, s.URL+"/deep/"); g != `deep=1; sid=visit-5; odd={"a":"b c"}` {
		t.Errorf("the clone holds %q", g)
	}
	if clone.Who() != "alice-2" {
		t.Errorf("the clone is %s", clone.Who())
	}
	alice.SetCookies("/", []*http.Cookie{{Name: "set", Value: "by-hand", Path: "/"}})
	if g := got(alice, Request{URL: "/"}); g != "set=by-hand" {
		t.Errorf("sent %q", g)
	}
	if alice.Cookies("https://evil.test/") != nil {
		t.Error("cookies for a foreign origin")
	}
	bare := c.Bare("nobody")
	_ = got(bare, Request{URL: "/"})
	if g := got(bare, Request{URL: "/"}); g != "" {
		t.Errorf("a bare agent sent %q", g)
	}
}

func TestJarIsBounded(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, "http://127.0.0.1:9", nil)
	a := c.Agent("x")
	for i := range mostCookies + 50 {
		a.SetCookies("/", []*http.Cookie{{Name: fmt.Sprintf("c%d", i), Value: "v", Path: "/"}})
	}
	got := a.Cookies("/")
	if len(got) != mostCookies || len(a.jar.known) != mostCookies {
		t.Errorf("%d cookies, %d known", len(got), len(a.jar.known))
	}
}

func TestGateHeaders(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Got", strings.Join(r.Header.Values("Authorization"), "|")+" "+r.Header.Get("X-Gate"))
	})
	c, l := newClient(t, s.URL, func(c *Config) {
		c.Target.Headers = []portal.Header{
			{Name: "Authorization", Value: portal.NewSecret("Basic Z2F0ZTpvcGVuLXNlc2FtZQ==")},
			{Name: "X-Gate", Value: portal.NewSecret("gate-secret-1")},
		}
	})
	for name, test := range map[string]struct {
		header []evidence.Field
		want   string
	}{
		"anonymous too":     {nil, "Basic Z2F0ZTpvcGVuLXNlc2FtZQ== gate-secret-1"},
		"the caller's wins": {[]evidence.Field{{Name: "authorization", Value: "Bearer b"}}, "Bearer b gate-secret-1"},
	} {
		for _, raw := range []string{"", "/"} {
			ans, err := c.Agent(evidence.Anonymous).Do(t.Context(), Request{URL: "/", Target: raw, Header: test.header})
			if err != nil {
				t.Fatal(err)
			}
			if got := ans.Header.Get("X-Got"); got != test.want {
				t.Errorf("%s %q: got %q", name, raw, got)
			}
		}
	}
	stored, _ := json.Marshal(l.all())
	for _, secret := range []string{"open-sesame", "Z2F0ZTpvcGVuLXNlc2FtZQ", "gate-secret-1"} {
		if strings.Contains(string(stored), secret) {
			t.Errorf("%s is recorded", secret)
		}
	}
}

func TestRedirectsAreAnswers(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://evil.test/", http.StatusFound)
	})
	c, l := newClient(t, s.URL, nil)
	ans, err := c.Agent("x").Do(t.Context(), Request{URL: "/"})
	if err != nil || ans.Status != 302 || ans.Header.Get("Location") != "https://evil.test/" || len(l.all()) != 1 {
		t.Errorf("%+v, %v, recorded %d", ans, err, len(l.all()))
	}
}

func TestWhatIsRecorded(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Set-Cookie", "sid=0123456789abcdef; Path=/")
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Date", "today")
		w.WriteHeader(201)
		fmt.Fprintf(w, `{"id": 1.0, "echo": %q, "token": "tok-123456"}`, body)
	})
	c, l := newClient(t, s.URL, func(c *Config) { c.Target.Allow = append(c.Target.Allow, portal.Write) })
	c.Redactor().Add("password", "hunter-two")
	a := c.Agent("alice")
	ans, err := a.Do(t.Context(), Request{
		Method: "POST", URL: "/x?token=abcdef&a=b", Body: []byte(`{"password":"hunter-two"}`), By: "swap", For: "P",
		Header: []evidence.Field{{Name: "Content-Type", Value: "application/json"}, {Name: "Authorization", Value: "Bearer opaque-token"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(ans.Body), "hunter-two") || ans.Header.Get("Set-Cookie") != "sid=0123456789abcdef; Path=/" {
		t.Error("the answer itself is redacted")
	}
	got := l.all()[0]
	if diff := cmp.Diff(got, ans.Exchange); diff != "" {
		t.Errorf("recorded and returned differ: %s", diff)
	}
	stored, _ := json.Marshal(got)
	if want := evidence.RefOf(stored); ans.Ref != want {
		t.Errorf("ref %s, want %s", ans.Ref, want)
	}
	for _, secret := range []string{"hunter-two", "opaque-token", "0123456789abcdef", "tok-123456", "abcdef"} {
		if strings.Contains(string(stored), secret) {
			t.Errorf("%s is recorded: %s", secret, stored)
		}
	}
	if got.Who != "alice" || got.By != "swap" || got.For != "P" || got.Seq != 1 || got.Took <= 0 || got.At.IsZero() || got.Request.Target != "" {
		t.Errorf("recorded %+v", got)
	}
	if !strings.HasPrefix(string(got.Body()), `{"id": 1.0, "echo": "{`) {
		t.Errorf("body %s", got.Body())
	}
	var names []string
	for _, f := range got.Request.Header {
		names = append(names, f.Name)
	}
	if diff := cmp.Diff([]string{"Content-Type", "Authorization", "User-Agent", "X-Launchready-Run", "Accept-Encoding"}, names); diff != "" {
		t.Errorf("request header: %s", diff)
	}
	if ans, err := a.Do(t.Context(), Request{URL: "/", Host: "other.test"}); err != nil {
		t.Error(err)
	} else if evidence.Get(ans.Exchange.Request.Header, "Host") != "other.test" {
		t.Error("another Host header is not recorded")
	}
}

func TestRecordFailureIsAnError(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	c, _ := newClient(t, s.URL, func(c *Config) {
		c.Record = func(*evidence.Exchange) (evidence.Ref, error) { return "", os.ErrClosed }
	})
	if ans, err := c.Agent("x").Do(t.Context(), Request{URL: "/"}); err == nil || ans == nil || ans.Ref != "" {
		t.Errorf("%+v, %v", ans, err)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are the point
	s.StartTLS()
	t.Cleanup(s.Close)
	dir := t.TempDir()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), ca, 0o600); err != nil {
		t.Fatal(err)
	}
	trusting := func(c *Config) { c.Target.CA, c.Dir = "ca.pem", dir }
	for name, test := range map[string]struct {
		url    string
		change func(*Config)
		r      Request
		want   string // protocol
		fails  string
	}{
		"http/2":         {s.URL, trusting, Request{URL: "/"}, "HTTP/2.0", ""},
		"http/1.1":       {s.URL, trusting, Request{URL: "/", HTTP1: true}, "HTTP/1.1", ""},
		"raw":            {s.URL, trusting, Request{URL: "/", Target: "/"}, "HTTP/1.1", ""},
		"untrusted":      {s.URL, nil, Request{URL: "/"}, "", "verify the certificate of 127.0.0.1"},
		"untrusted, raw": {s.URL, nil, Request{URL: "/", Target: "/"}, "", "verify the certificate of 127.0.0.1"},
		"another name": {"https://portal.test", func(c *Config) {
			trusting(c)
			c.Target.Resolve = map[string]string{"portal.test": strings.TrimPrefix(s.URL, "https://")}
		}, Request{URL: "/"}, "", "verify the certificate of portal.test"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := newClient(t, test.url, test.change)
			ans, err := c.Agent("x").Do(t.Context(), test.r)
			if test.fails != "" {
				if err == nil || !strings.Contains(err.Error(), test.fails) || ans.Exchange.Error == "" {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if string(ans.Body) != test.want || ans.Exchange.Request.Proto != test.want {
				t.Errorf("spoke %s, recorded %s", ans.Body, ans.Exchange.Request.Proto)
			}
		})
	}
}
