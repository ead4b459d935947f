package wire

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/portal"
)

// ledger keeps what a client recorded.
type ledger struct {
	mu   sync.Mutex
	kept []*evidence.Exchange
}

func (l *ledger) record(e *evidence.Exchange) (evidence.Ref, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = append(l.kept, e)
	return refOf(e)
}

func (l *ledger) all() []*evidence.Exchange {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]*evidence.Exchange(nil), l.kept...)
}

// newClient returns a client for a target that grants look and sign-in, after
// change has had its say.
func newClient(t *testing.T, url string, change func(*Config)) (*Client, *ledger) {
	t.Helper()
	l := &ledger{}
	conf := Config{
		Run: "run-1", Version: "1.2.3",
		Target: &portal.Target{Name: "staging", URL: url, Allow: []portal.Effect{portal.Look, portal.SignIn}, Rate: 1e6},
		Record: l.record,
	}
	if change != nil {
		change(&conf)
	}
	c, err := New(conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, l
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func TestDoSendsAndRecords(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("X-Launchready-Run"); got != "run-1" {
			t.Errorf("run header %q", got)
		}
		if got := r.Header.Get("User-Agent"); got != "launchready/1.2.3 (+https://github.com/launchready/launchready)" {
			t.Errorf("user agent %q", got)
		}
		w.Header().Set("X-Path", r.URL.RequestURI())
		_, _ = io.WriteString(w, "hello")
	})
	c, l := newClient(t, s.URL+"/base", nil)
	a := c.Agent("alice")
	for name, test := range map[string]struct{ url, want string }{
		"below the base path":         {"/x?y=1", "/base/x?y=1"},
		"with the base path":          {"/base/x", "/base/x"},
		"base path is no mere prefix": {"/based", "/base/based"},
		"absolute":                    {s.URL + "/other", "/other"},
		"relative":                    {"x", "/base/x"},
		"only a query":                {"?q=1", "/base?q=1"},
		"escapes stay":                {"/a%2Fb", "/base/a%2Fb"},
	} {
		ans, err := a.Do(t.Context(), Request{URL: test.url, By: "anon", For: name})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := ans.Header.Get("X-Path"); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
		if string(ans.Body) != "hello" || ans.Status != 200 || ans.Ref == "" {
			t.Errorf("%s: answer %+v", name, ans)
		}
	}
	if got := len(l.all()); got != 7 || c.Sent() != 7 || c.SentBy()["anon"] != 7 {
		t.Errorf("recorded %d, sent %d by %v", got, c.Sent(), c.SentBy())
	}
}
