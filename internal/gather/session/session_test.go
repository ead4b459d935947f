package session

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/lab"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// signIn starts a lab, describes it, and signs everybody in.
func signIn(t *testing.T, quirks []string, change func(string) string) (*gather.Tools, *artifact.Sessions) {
	t.Helper()
	world, err := lab.Start(t.Context(), lab.Config{Quirks: quirks})
	if err != nil {
		t.Fatalf("start the lab: %v", err)
	}
	t.Cleanup(func() { _ = world.Close() })
	text := string(world.PortalYAML())
	if change != nil {
		text = change(text)
	}
	p, err := portal.Parse("portal.yaml", []byte(text), nil)
	if err != nil {
		t.Fatalf("read the lab's portal.yaml: %v", err)
	}
	target := p.Targets[0]
	c, err := wire.New(wire.Config{Run: "test", Target: target, Never: p.Routes.Never})
	if err != nil {
		t.Fatalf("set up wire: %v", err)
	}
	t.Cleanup(c.Close)
	tools := gather.NewTools(p, target, nil, nil)
	tools.Wire = c
	made, err := Gatherer().Gather(t.Context(), tools)
	if err != nil {
		t.Fatalf("sign in: %v", err)
	}
	return tools, made.(*artifact.Sessions)
}

// learnAlive takes the declared probes out, so that they must be learned.
func learnAlive(text string) string {
	lines := strings.Split(text, "\n")
	var out []string
	for i := 0; i < len(lines); i++ {
		if strings.TrimSpace(lines[i]) == "alive:" {
			i += 2
			continue
		}
		if strings.Contains(lines[i], "csrf: header") {
			continue
		}
		out = append(out, lines[i])
	}
	return strings.Join(out, "\n")
}

func TestEverybodySignsIn(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		quirks []string
		change func(string) string
	}{
		{name: "as described"},
		{name: "probe and CSRF learned", change: learnAlive},
		{name: "a failed login is a page", quirks: []string{"login-200"}},
		{name: "cookie changes on each answer", quirks: []string{"rotating-cookie"}},
		{name: "token changes on each page", quirks: []string{"rotating-csrf"}, change: learnAlive},
		{name: "everything changes", quirks: []string{"rotating-cookie", "rotating-csrf", "volatile"}, change: learnAlive},
		{name: "refuses with 200", quirks: []string{"denies-200"}, change: learnAlive},
		{name: "refuses with 500", quirks: []string{"denies-500"}, change: learnAlive},
		{name: "refuses with nothing", quirks: []string{"denies-empty"}, change: learnAlive},
		{name: "unknown paths get the shell", quirks: []string{"spa-fallback"}, change: learnAlive},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tools, got := signIn(t, tc.quirks, tc.change)
			if len(got.Identities) != len(tools.Portal.Identities) {
				t.Fatalf("%d identities told, want %d", len(got.Identities), len(tools.Portal.Identities))
			}
			for _, id := range got.Identities {
				if !id.SignedIn {
					t.Errorf("%s is not signed in: %s", id.Name, id.Why)
					continue
				}
				alive, _, err := tools.As(id.Name).Alive(t.Context())
				if !alive || err != nil {
					t.Errorf("%s: alive %v, %v", id.Name, alive, err)
				}
				if !strings.Contains(strings.Join(id.Facts, " "), id.User) || len(id.Facts) < 4 {
					t.Errorf("%s: only the facts %q", id.Name, id.Facts)
				}
				if id.Sends == "cookie" && !strings.HasPrefix(id.CSRF, "header X-CSRF-Token") {
					t.Errorf("%s: CSRF %q", id.Name, id.CSRF)
				}
				if id.Learned != (tc.change != nil) {
					t.Errorf("%s: probe %s, learned %v", id.Name, id.Alive, id.Learned)
				}
			}
			if tools.Anonymous() == nil {
				t.Error("nobody is anonymous")
			}
		})
	}
}

func TestWrites(t *testing.T) {
	t.Parallel()
	for _, quirks := range [][]string{nil, {"rotating-csrf"}, {"rotating-cookie", "rotating-csrf"}} {
		t.Run(strings.Join(quirks, " "), func(t *testing.T) {
			t.Parallel()
			tools, _ := signIn(t, quirks, learnAlive)
			for i := range 5 {
				a, err := tools.As("alice").Do(t.Context(), wire.Request{
					Method: "POST", URL: "/api/tickets", Body: []byte(`{"subject":"The oven does not heat","body":"Since Monday"}`),
					Header: []evidence.Field{{Name: "Content-Type", Value: "application/json"}},
				})
				if err != nil || a.Status != 201 {
					t.Fatalf("write %d: %v, status %d: %s", i+1, err, a.Status, a.Body)
				}
			}
		})
	}
}

func TestWhoCannotSignInIsTold(t *testing.T) {
	t.Parallel()
	wrong := func(text string) string { return strings.Replace(text, "password: alice-", "password: nobody-", 1) }
	deaf := func(text string) string {
		return strings.Replace(text, "contains: ${user}", "contains: no such text", 1)
	}
	refused := func(text string) string {
		return strings.Replace(text, "[look, sign-in, write, burst, load, mail]", "[look]", 1)
	}
	for _, tc := range []struct {
		name   string
		quirks []string
		change func(string) string
		why    string
	}{
		{name: "wrong password", change: wrong, why: "wrong user or password"},
		{name: "wrong password, answered 200", quirks: []string{"login-200"}, change: wrong, why: "wrong user or password"},
		{name: "wrong password, nothing described", quirks: []string{"login-200"}, change: func(s string) string { return bare(learnAlive(wrong(s))) }, why: "with the login form again: wrong user or password"},
		{name: "probe without the text", change: deaf, why: "answered 200 without no such text"},
		{name: "sign-in not granted", change: refused, why: "sign-in is not granted for target lab"},
		{name: "answers 200 to everything", quirks: []string{"all-200"}, change: learnAlive, why: "capture csrf"},
		{name: "redirects in a loop", quirks: []string{"redirect-loop"}, why: "redirected more than 5 times"},
		{name: "connections are reset", quirks: []string{"reset"}, why: "no answer"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tools, got := signIn(t, tc.quirks, tc.change)
			alice := got.By("alice")
			if alice.SignedIn || tools.As("alice") != nil {
				t.Fatalf("alice counts as signed in: %+v", alice)
			}
			if !strings.Contains(alice.Why, tc.why) {
				t.Errorf("got  %s\nwant %s", alice.Why, tc.why)
			}
			if strings.Contains(alice.Why, "-pass-2026") {
				t.Errorf("the reason tells the password: %s", alice.Why)
			}
		})
	}
}

// bare takes the description of good and failed answers out of the recipe.
func bare(text string) string {
	start := strings.Index(text, "        ok:\n")
	end := strings.Index(text, "    send: cookie")
	return text[:start] + text[end:]
}

func TestExpandedLeavesOutWhatNobodyKnows(t *testing.T) {
	t.Parallel()
	tools, _ := signIn(t, nil, nil)
	got := expanded(tools.As("alice"), []portal.Call{{Method: "GET", Path: "/tenants/${tenant}"}, {Method: "GET", Path: "/x/${id}"}})
	if d := cmp.Diff([]portal.Call{{Method: "GET", Path: "/tenants/acme"}}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
