package badday

import (
	"testing"

	"github.com/launchready/launchready/check"
)

// quick is a rate at which nothing waits for a token.
const quick = "rate: 2000/s\n    allow: ["

// TestNobodyThere audits portals that let nobody in: everything is unproven,
// nothing is ok, and one line says why.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		quirk  string
		change []string
		says   string
	}{
		{name: "all-200", quirk: "all-200", says: "nobody could be signed in: alice: step 1, GET /login"},
		{name: "redirect-loop", quirk: "redirect-loop", says: "redirected more than 5 times"},
		{name: "huge-body", quirk: "huge-body", says: "nobody could be signed in: alice"},
		{name: "gzip-bomb", quirk: "gzip-bomb", says: "expands without measure"},
		{name: "slow-header", quirk: "slow-header", says: "cannot be reached: 3 requests in a row got no answer"},
		{name: "reset", quirk: "reset", says: "connection reset by peer"},
		{name: "unavailable", quirk: "unavailable-after=1", says: "nobody could be signed in: alice: step"},
		{name: "throttled", quirk: "throttle-after=1", says: "POST /login: answered 429"},
		{name: "nothing listens", change: []string{"url: http://127.0.0.1:", "url: http://127.0.0.2:"}, says: "connection refused"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var quirks []string
			if tc.quirk != "" {
				quirks = []string{tc.quirk}
			}
			w := open(t, quirks, append(tc.change, "allow: [", quick)...)
			e, r := w.audit(t, "--only", "authn,authz")
			w.holds(t, e, r)
			if e.code != 2 {
				t.Errorf("want exit 2, not proven: %v", e)
			}
			says(t, e, tc.says)
			for _, f := range r.Findings {
				if f.Outcome != check.Unproven {
					t.Errorf("%s is %s: %s", f.Check, f.Outcome, f.Message)
				}
			}
		})
	}
}

// TestWrongPassword audits with passwords that are not the identities': the
// tenant with a token is left, and one tenant proves no isolation.
func TestWrongPassword(t *testing.T) {
	t.Parallel()
	w := open(t, nil, "allow: [", quick, "-pass-2026", "-pass-wrong")
	e, r := w.audit(t, "--only", "authz", "--quick")
	w.holds(t, e, r)
	if e.code != 2 {
		t.Errorf("want exit 2, not proven: %v", e)
	}
	says(t, e, "alice is not signed in: step 2, POST /login")
	if got := oks(r, "authz/tenantswap", "authz/tenantlist", "authz/tenantwrite", "authz/tenantcreate"); len(got) > 0 {
		t.Errorf("ok with one tenant alone: %q", got)
	}
}

// isolation are the checks that nothing may be ok in once everything is refused.
var isolation = []string{"authz/tenantswap", "authz/tenantlist", "authz/tenantwrite", "authz/tenantcreate", "authz/exportswap", "authn/anonymous", "authn/badtoken", "authn/anonwrite"}

// TestTurnsBad audits portals whose bad day begins during the audit: what was
// decided before it may stand, what a refused or dead session says is no proof.
func TestTurnsBad(t *testing.T) {
	t.Parallel()
	const signedIn = "60" // requests; the seven identities take some fifty
	for _, tc := range []struct {
		quirk string
		says  string
		none  []string // checks of which nothing may be ok
	}{
		{"throttle-after=" + signedIn, "the portal throttled", isolation},
		{"unavailable-after=" + signedIn, "server errors", isolation},
		{"down-after=" + signedIn, "cannot be reached", isolation},
		{"throttle-after=700", "the portal throttled", nil},
		{"unavailable-after=700", "server errors", nil},
		{"down-after=700", "cannot be reached", nil},
		{"kill-sessions=12", "had to sign in again", nil},
		{"kill-sessions=150", "had to sign in again", nil},
	} {
		t.Run(tc.quirk, func(t *testing.T) {
			t.Parallel()
			w := open(t, []string{tc.quirk}, "allow: [", quick)
			e, r := w.audit(t, "--only", "authn,authz", "--quick")
			w.holds(t, e, r)
			says(t, e, tc.says)
			if got := oks(r, tc.none...); len(got) > 0 {
				t.Errorf("ok although everything was refused: %q", got)
			}
		})
	}
}

// TestOddButWell audits portals that are strange and well kept: nothing may be
// found, nothing left, and what was spent on them stays within bounds.
func TestOddButWell(t *testing.T) {
	t.Parallel()
	for _, quirks := range [][]string{{"many-objects"}, {"rotating-csrf", "rotating-cookie"}, {"spa-fallback", "login-200", "volatile"}} {
		t.Run(quirks[0], func(t *testing.T) {
			t.Parallel()
			w := open(t, quirks, "allow: [", quick)
			e, r := w.audit(t, "--only", "authz", "--limit", "1500")
			w.holds(t, e, r)
			if e.code != 2 || r.Requests.Sent < 500 {
				t.Errorf("want exit 2 after the limit: %v", e)
			}
		})
	}
}
