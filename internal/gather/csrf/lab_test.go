package csrf_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/checks/session/backbutton"
	crosssite "github.com/launchready/launchready/checks/session/csrf"
	"github.com/launchready/launchready/checks/session/logincsrf"
	"github.com/launchready/launchready/checks/session/nostore"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/gather/baseline"
	"github.com/launchready/launchready/internal/gather/cookies"
	"github.com/launchready/launchready/internal/gather/csrf"
	"github.com/launchready/launchready/internal/gather/gathertest"
	"github.com/launchready/launchready/internal/gather/harvest"
	"github.com/launchready/launchready/internal/gather/routes"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/lab"
)

// checked are the checks that read the transcript.
func checked() []check.Check {
	return []check.Check{crosssite.Check, logincsrf.Check, backbutton.Check, nostore.Check}
}

// audit gathers on a portal, undoes, and judges.
func audit(t *testing.T, description string) map[string][]check.Finding {
	t.Helper()
	r := gathertest.Start(t, description)
	var err error
	if r.Journal, err = journal.Open(filepath.Join(t.TempDir(), journal.File)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Journal.Close() })
	for _, g := range []gather.Gatherer{routes.Gatherer(), baseline.Gatherer(), harvest.Gatherer(), cookies.Gatherer(), csrf.Gatherer()} {
		r.Gather(t, g)
	}
	t.Logf("%d requests", r.Sent("csrf"))
	if left := r.Undo(t.Context()); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	found := map[string][]check.Finding{}
	for _, c := range checked() {
		found[c.ID] = r.Judge(t, c)
		if len(found[c.ID]) == 0 {
			t.Errorf("%s found nothing to judge", c.ID)
		}
		for _, f := range found[c.ID] {
			t.Logf("%s %s %s %s: %s", f.Check, f.Outcome, f.Reason, f.Subject, f.Message)
		}
	}
	return found
}

func failing(found map[string][]check.Finding) []string {
	var out []string
	for _, fs := range found {
		for _, f := range fs {
			if f.Outcome == check.Fail {
				out = append(out, f.Check+" "+f.Subject)
			}
		}
	}
	slices.Sort(out)
	return out
}

func TestLab(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		flaws []string
		want  []string
	}{
		{name: "well kept"},
		{name: "from elsewhere", flaws: []string{"csrf", "logincsrf", "backbutton", "nostore"}, want: []string{
			"session/backbutton login browser", "session/csrf POST /api/tickets", "session/logincsrf login: POST /login", "session/nostore answers below /api",
		}},
		{name: "by links", flaws: []string{"csrf-get", "logincsrf-logout", "nostore-page"}, want: []string{
			"session/csrf GET /api/tickets/{id}/approve", "session/logincsrf logout: POST /logout", "session/nostore pages",
		}},
		{name: "with tokens", flaws: []string{"csrf-other", "csrf-method"}, want: []string{
			"session/csrf DELETE /api/clients/{id}", "session/csrf POST /account",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w, err := lab.Start(t.Context(), lab.Config{Seed: 7, Flaws: tc.flaws})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = w.Close() })
			before := w.Digest()
			found := audit(t, string(w.PortalYAML("look", "sign-in", "write", "mail")))
			if diff := cmp.Diff(tc.want, failing(found)); diff != "" {
				t.Errorf("failing (-want +got):\n%s", diff)
			}
			if after := w.Digest(); after != before {
				t.Errorf("the audit left the lab changed")
			}
		})
	}
}
