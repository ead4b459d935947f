package lab

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestQuirks(t *testing.T) {
	t.Parallel()
	unknown := "/api/invoices/999999"
	for _, tc := range []struct {
		quirk  string
		shows  func(c cast) string // what the oddity looks like
		on, no string
	}{
		{"denies-200", func(c cast) string { return c.anon.get("/api/me").body }, `"ok":false`, `"ok":false`},
		{"denies-404", func(c cast) string { return c.anon.get("/api/me").body }, "unknown-path", "unknown-path"},
		{"denies-500", func(c cast) string { return http.StatusText(c.bob.get(unknown).status) }, "Internal Server Error", "Internal Server Error"},
		{"denies-empty", func(c cast) string { return c.anon.get("/api/clients").body }, `"items":[]`, `"items":[]`},
		{"spa-fallback", func(c cast) string { return c.anon.get("/nowhere/at/all").body }, `id="app"`, `id="app"`},
		{"badtoken-anonymous", func(c cast) string { return c.anon.get("/api/announcements", "Authorization", "Bearer garbage").body }, "items", "items"},
		{"echo", func(c cast) string { return c.bob.get(unknown).body }, "999999", "999999"},
		{"optional-auth", func(c cast) string { return c.bob.get("/api/announcements").body }, "Welcome back, Bob", "Welcome back, Bob"},
		{"noop-204", func(c cast) string {
			got := c.bob.do("PATCH", "/api/invoices/"+c.alice.first("/api/invoices"), `{"notes":"lrw-written by another"}`)
			if strings.Contains(c.alice.get("/api/invoices").body, "lrw-written") {
				return "written"
			}
			return http.StatusText(got.status)
		}, "No Content", "No Content"},
		{"volatile", func(c cast) string { return c.bob.get("/api/me").body }, "generatedAt", "generatedAt"},
		{"integer-ids-per-tenant", func(c cast) string {
			return c.alice.first("/api/invoices") + c.bob.first("/api/invoices") + c.bob.get("/api/invoices/1").body
		}, "11{", "11{"},
		{"many-objects", func(c cast) string { return c.bob.get("/api/notifications").body }, `"total":100000`, `"total":100000`},
	} {
		t.Run(tc.quirk, func(t *testing.T) {
			t.Parallel()
			if got := tc.shows(assembleCast(t, open(t, Config{Quirks: []string{tc.quirk}}))); !strings.Contains(got, tc.on) {
				t.Errorf("on: got %.300s, want %s in it", got, tc.on)
			}
			if got := tc.shows(assembleCast(t, open(t, Config{}))); strings.Contains(got, tc.no) {
				t.Errorf("off: got %.300s, want no %s in it", got, tc.no)
			}
		})
	}
}

func TestBadDays(t *testing.T) {
	t.Parallel()
	ask := func(t *testing.T, w *World, patience time.Duration) (*http.Response, error) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		t.Cleanup(cancel)
		request, err := http.NewRequestWithContext(ctx, "GET", w.URL+"/health", nil)
		if err != nil {
			t.Fatal(err)
		}
		transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
		got, err := transport.RoundTrip(request)
		if err == nil {
			t.Cleanup(func() { _ = got.Body.Close() })
		}
		return got, err
	}
	for _, tc := range []struct {
		quirk  string
		before int // requests that still work
		status int // 0: no answer at all
	}{
		{"down-after=3", 3, 0},
		{"reset", 0, 0},
		{"slow-header", 0, 0},
		{"throttle-after=2", 2, 429},
		{"unavailable-after=2", 2, 503},
		{"redirect-loop", 0, 302},
		{"all-200", 0, 200},
		{"huge-body", 0, 200},
		{"gzip-bomb", 0, 200},
	} {
		t.Run(tc.quirk, func(t *testing.T) {
			t.Parallel()
			w := open(t, Config{Quirks: []string{tc.quirk}})
			for range tc.before {
				if got, err := ask(t, w, time.Minute); err != nil || got.StatusCode != 200 {
					t.Fatalf("before the bad day: %v", err)
				}
			}
			patience := time.Minute
			if tc.status == 0 {
				patience = 500 * time.Millisecond
			}
			got, err := ask(t, w, patience)
			if (err != nil) != (tc.status == 0) {
				t.Fatalf("got error %v, want status %d", err, tc.status)
			}
			if err == nil && got.StatusCode != tc.status {
				t.Errorf("got %d, want %d", got.StatusCode, tc.status)
			}
			if w.Requests() != tc.before+1 {
				t.Errorf("%d requests counted, want %d", w.Requests(), tc.before+1)
			}
			if tc.quirk == "huge-body" {
				if n, _ := io.CopyN(io.Discard, got.Body, 1<<20); n != 1<<20 {
					t.Errorf("only %d bytes came", n)
				}
			}
		})
	}
}

func TestKillSessions(t *testing.T) {
	t.Parallel()
	w := open(t, Config{Quirks: []string{"kill-sessions=10"}})
	alice := browse(t, w, "alice@acme")
	alive := 0
	for range 10 {
		if alice.get("/api/me").status == 200 {
			alive++
		}
	}
	if alive == 0 || alive == 10 {
		t.Errorf("the session answered %d of 10 times, want some and not all", alive)
	}
}
