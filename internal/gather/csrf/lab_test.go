package csrf_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/check"
	crosssite "github.com/launchready/launchready/checks/session/csrf"
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
func checked() []check.Check { return []check.Check{crosssite.Check} }

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
		{name: "no token", flaws: []string{"csrf"}, want: []string{"session/csrf POST /api/tickets"}},
		{name: "no token in a form", flaws: []string{"csrf-form"}, want: []string{"session/csrf POST /account"}},
		{name: "another user's token", flaws: []string{"csrf-other"}, want: []string{"session/csrf POST /account"}},
		{name: "a made-up pair", flaws: []string{"csrf-double"}, want: []string{"session/csrf POST /account"}},
		{name: "a link, by SameSite=Lax", flaws: []string{"csrf-get"}, want: []string{"session/csrf GET /api/tickets/{id}/approve"}},
		{name: "the method in a field", flaws: []string{"csrf-method"}, want: []string{"session/csrf DELETE /api/clients/{id}"}},
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
