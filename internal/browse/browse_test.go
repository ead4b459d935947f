package browse_test

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/launchready/launchready/internal/browse"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// TestForeignPage has a page of another site submit a form: the cookies travel
// as SameSite says, everything goes through the proxy, and nothing else gets out.
func TestForeignPage(t *testing.T) {
	t.Parallel()
	var got atomic.Value
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			got.Store(r.Header.Get("Cookie") + " " + r.Header.Get("Origin") + " " + r.Header.Get("X-Launchready-Run"))
		}
		fmt.Fprint(w, "<p>Thank you</p>")
	})
	for _, tc := range []struct {
		name  string
		start func(http.Handler) *httptest.Server
	}{
		{"http", httptest.NewServer},
		{"https", httptest.NewTLSServer},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := tc.start(handler)
			t.Cleanup(server.Close)
			target := &portal.Target{Name: "test", URL: server.URL, Allow: []portal.Effect{portal.Look, portal.Write}, Rate: 1000, InFlight: 8, CA: ca(t, server)}
			client, err := wire.New(wire.Config{Run: "run-7", Target: target})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.Close)
			page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				fmt.Fprintf(w, `<img src="http://elsewhere.example/x"><form method="post" action="%s/pay"><input name="to" value="evil"></form><script>document.forms[0].submit()</script>`, server.URL)
			})
			proxy, err := client.Bare("victim").Proxy(t.Context(), wire.Request{By: "test"}, map[string]http.Handler{"evil.example": page})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(proxy.Close)
			b, err := browse.Open(t.Context(), proxy.Addr)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(b.Close)
			if err := b.Hold(
				browse.Cookie{Name: "none", Value: "1", URL: server.URL, Path: "/", Secure: true, SameSite: "None"},
				browse.Cookie{Name: "lax", Value: "1", URL: server.URL, Path: "/", Secure: true, SameSite: "Lax"},
			); err != nil {
				t.Fatal(err)
			}
			if err := b.Visit("http://evil.example/"); err != nil {
				t.Fatal(err)
			}
			if !b.Until(func() bool { text, err := b.Text(); return err == nil && strings.Contains(text, "Thank you") }) {
				t.Fatalf("the form did not arrive: %v", proxy.Trips())
			}
			if want := "none=1 http://evil.example run-7"; got.Load() != want {
				t.Errorf("the portal saw %q, want %q", got.Load(), want)
			}
			if !strings.HasPrefix(b.Version, "Chromium ") {
				t.Errorf("version %q", b.Version)
			}
			for _, trip := range proxy.Trips() {
				if !strings.HasPrefix(trip.URL, server.URL) && trip.Ref != "" {
					t.Errorf("%s got out", trip.URL)
				}
			}
		})
	}
}

// ca writes down the certificate of a TLS server; "" for another.
func ca(t *testing.T, server *httptest.Server) string {
	t.Helper()
	if server.Certificate() == nil {
		return ""
	}
	name := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
