package limits_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/checks/ratelimit/account"
	"github.com/launchready/launchready/checks/ratelimit/bypass"
	"github.com/launchready/launchready/checks/ratelimit/cosmetic"
	"github.com/launchready/launchready/checks/ratelimit/counter"
	"github.com/launchready/launchready/checks/ratelimit/export"
	"github.com/launchready/launchready/checks/ratelimit/invite"
	"github.com/launchready/launchready/checks/ratelimit/lockout"
	"github.com/launchready/launchready/checks/ratelimit/login"
	"github.com/launchready/launchready/checks/ratelimit/reset"
	"github.com/launchready/launchready/checks/ratelimit/sensitive"
	"github.com/launchready/launchready/checks/ratelimit/spray"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/gather/baseline"
	"github.com/launchready/launchready/internal/gather/gathertest"
	"github.com/launchready/launchready/internal/gather/harvest"
	"github.com/launchready/launchready/internal/gather/limits"
	"github.com/launchready/launchready/internal/gather/routes"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/lab"
)

func row() []check.Check {
	return []check.Check{
		login.Check, spray.Check, account.Check, bypass.Check, cosmetic.Check, counter.Check, lockout.Check,
		reset.Check, invite.Check, export.Check, sensitive.Check,
	}
}

// said is what the row's checks find, and which of them fail.
func said(t *testing.T, r *gathertest.Run) (failing, all []string) {
	t.Helper()
	for _, c := range row() {
		for _, f := range r.Judge(t, c) {
			all = append(all, fmt.Sprintf("%s %s %s | %s | %s", c.ID, f.Outcome, f.Reason, f.Subject, f.Message))
			if f.Outcome == check.Fail && !slices.Contains(failing, c.ID) {
				failing = append(failing, c.ID)
			}
		}
	}
	return failing, all
}

// TestLab tries the limits of the lab, well kept and not.
func TestLab(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		flaws []string
		want  []string
	}{
		{name: "well kept"},
		{"w0", []string{"limit-login", "limit-spray", "limit-account", "limit-reset", "limit-invite", "limit-export", "limit-forwarded", "limit-counter", "limit-cosmetic", "limit-code", "limit-shared"}, nil},
		{"w1", []string{"limit-case", "limit-cosmetic-invite", "limit-search", "limit-lockout"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w, err := lab.Start(t.Context(), lab.Config{Flaws: tc.flaws, Seed: 7})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = w.Close() })
			r := gathertest.Start(t, string(w.PortalYAML()))
			if r.Journal, err = journal.Open(filepath.Join(t.TempDir(), journal.File)); err != nil {
				t.Fatal(err)
			}
			for _, g := range []gather.Gatherer{routes.Gatherer(), baseline.Gatherer(), harvest.Gatherer(), limits.Gatherer()} {
				r.Gather(t, g)
			}
			failing, all := said(t, r)
			if diff := cmp.Diff(tc.want, failing); diff != "" {
				t.Errorf("failing (-want +got):\n%s", diff)
			}
			t.Logf("%d requests", r.Sent("limits"))
			for _, line := range all {
				t.Log(line)
			}
		})
	}
}
