package wire

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"testing"

	"github.com/launchready/launchready/portal"
)

// TestAgentFrom sees who the server takes the client for, over net/http and raw.
func TestAgentFrom(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		w.Header().Set("X-Seen", host)
	})
	c, _ := newClient(t, s.URL, nil)
	for _, tc := range []struct{ from, want string }{{"", "127.0.0.1"}, {"127.0.7.9", "127.0.7.9"}} {
		var from netip.Addr
		if tc.from != "" {
			from = netip.MustParseAddr(tc.from)
		}
		a := c.AgentFrom("alice", from)
		for _, target := range []string{"", "/raw"} {
			ans, err := a.Do(t.Context(), Request{URL: "/raw", Target: target})
			if err != nil {
				t.Fatalf("from %q, target %q: %v", tc.from, target, err)
			}
			if got := ans.Header.Get("X-Seen"); got != tc.want {
				t.Errorf("from %q, target %q: the server saw %s, want %s", tc.from, target, got, tc.want)
			}
		}
	}
}

// TestForeignSource refuses addresses that nobody granted.
func TestForeignSource(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") })
	c, _ := newClient(t, s.URL, nil)
	a := c.AgentFrom("alice", netip.MustParseAddr("192.0.2.7"))
	for _, target := range []string{"", "/raw"} {
		if _, err := a.Do(t.Context(), Request{URL: "/", Target: target}); !errors.Is(err, ErrScope) {
			t.Errorf("target %q: got %v, want ErrScope", target, err)
		}
	}
}

func TestSources(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		target portal.Target
		first  string
		n      int
	}{
		{"on loopback", portal.Target{URL: "http://127.0.0.1:8080"}, "127.0.7.2", mostSources},
		{"by name", portal.Target{URL: "https://portal.example.com", Resolve: map[string]string{"portal.example.com": "127.0.0.1:8443"}}, "127.0.7.2", mostSources},
		{"the one address of IPv6", portal.Target{URL: "http://[::1]:8080"}, "", 0},
		{"elsewhere", portal.Target{URL: "https://portal.example.com"}, "", 0},
		{"elsewhere, named", portal.Target{URL: "https://portal.example.com", Egress: []string{"192.0.2.7"}}, "192.0.2.7", 1},
	} {
		got := Sources(&tc.target)
		if len(got) != tc.n || tc.n > 0 && got[0].String() != tc.first {
			t.Errorf("%s: %d addresses, the first %v; want %d, %s", tc.name, len(got), got[:min(1, len(got))], tc.n, tc.first)
		}
	}
}
