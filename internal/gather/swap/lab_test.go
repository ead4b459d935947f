package swap_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/checks/authz/credentialfields"
	"github.com/launchready/launchready/checks/authz/existence"
	"github.com/launchready/launchready/checks/authz/exportswap"
	"github.com/launchready/launchready/checks/authz/extrafields"
	"github.com/launchready/launchready/checks/authz/hierarchy"
	"github.com/launchready/launchready/checks/authz/selector"
	"github.com/launchready/launchready/checks/authz/sharedcache"
	"github.com/launchready/launchready/checks/authz/signedurl"
	"github.com/launchready/launchready/checks/authz/tenantlist"
	"github.com/launchready/launchready/checks/authz/tenantswap"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/gather/baseline"
	"github.com/launchready/launchready/internal/gather/exports"
	"github.com/launchready/launchready/internal/gather/gathertest"
	"github.com/launchready/launchready/internal/gather/harvest"
	"github.com/launchready/launchready/internal/gather/lists"
	"github.com/launchready/launchready/internal/gather/routes"
	"github.com/launchready/launchready/internal/gather/session"
	"github.com/launchready/launchready/internal/gather/swap"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/lab"
)

func reading() []check.Check {
	return []check.Check{
		tenantswap.Check, tenantlist.Check, hierarchy.Check, selector.Check, exportswap.Check, sharedcache.Check,
		credentialfields.Check, extrafields.Check, signedurl.Check, existence.Check,
	}
}

// audit runs the reading half of authz on a lab and returns the checks that
// fail and, in words, every finding that is not ok.
func audit(t *testing.T, c lab.Config) (failing, said []string) {
	t.Helper()
	c.Seed = 7
	w, err := lab.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	r := gathertest.Start(t, string(w.PortalYAML("look", "sign-in", "write")))
	if r.Journal, err = journal.Open(filepath.Join(t.TempDir(), journal.File)); err != nil {
		t.Fatal(err)
	}
	r.Quick = true
	for _, g := range []gather.Gatherer{
		session.Gatherer(), routes.Gatherer(), baseline.Gatherer(), harvest.Gatherer(), swap.Gatherer(), lists.Gatherer(), exports.Gatherer(),
	} {
		r.Gather(t, g)
	}
	for _, c := range reading() {
		for _, f := range r.Judge(t, c) {
			if f.Outcome == check.Fail && !slices.Contains(failing, c.ID) {
				failing = append(failing, c.ID)
			}
			if f.Outcome != check.OK {
				said = append(said, fmt.Sprintf("%s %s %s | %s | %s", c.ID, f.Outcome, f.Reason, f.Subject, f.Message))
			}
		}
	}
	if left := r.Undo(t.Context()); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	return failing, said
}

// TestLab runs gatherers and checks together, in the quick profile: each flaw
// is found by its check alone, and nothing is said of a well-kept portal,
// however odd. Whole runs are the twin test's, in internal/cli.
func TestLab(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		flaws, quirks []string
		want          []string
	}{
		{name: "well kept and odd", quirks: []string{"denies-200", "echo", "volatile", "rotating-cookie"}},
		{name: "well kept, refusing by crashes", quirks: []string{"denies-500", "integer-ids-per-tenant"}},
		{
			name:  "flaws of reading",
			flaws: []string{"tenantswap-client", "tenantlist-search", "hierarchy-own", "exportswap-csv", "sharedcache", "credentialfields", "extrafields", "signedurl", "existence"},
			want: []string{
				"authz/tenantswap", "authz/tenantlist", "authz/hierarchy", "authz/exportswap", "authz/sharedcache",
				"authz/credentialfields", "authz/extrafields", "authz/signedurl", "authz/existence",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			failing, said := audit(t, lab.Config{Flaws: tt.flaws, Quirks: tt.quirks})
			if diff := cmp.Diff(tt.want, failing); diff != "" {
				t.Errorf("failing checks (-want +got):\n%s%s", diff, strings.Join(said, "\n"))
			}
			if tt.want == nil && len(said) > 0 {
				t.Errorf("not ok on a well-kept portal:\n%s", strings.Join(said, "\n"))
			}
		})
	}
}
