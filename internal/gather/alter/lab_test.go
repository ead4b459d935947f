package alter_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/checks/authz/channels"
	"github.com/launchready/launchready/checks/authz/graphnode"
	"github.com/launchready/launchready/checks/authz/massassign"
	"github.com/launchready/launchready/checks/authz/poisoning"
	"github.com/launchready/launchready/checks/authz/rolematrix"
	"github.com/launchready/launchready/checks/authz/roletricks"
	"github.com/launchready/launchready/checks/authz/tenantcreate"
	"github.com/launchready/launchready/checks/authz/tenantwrite"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/gather/alter"
	"github.com/launchready/launchready/internal/gather/baseline"
	"github.com/launchready/launchready/internal/gather/gathertest"
	"github.com/launchready/launchready/internal/gather/graph"
	"github.com/launchready/launchready/internal/gather/harvest"
	"github.com/launchready/launchready/internal/gather/roles"
	"github.com/launchready/launchready/internal/gather/routes"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/lab"
)

// TestLab opens holes that different checks must find, one for each check, and
// wants exactly those found, everything else ok, and nothing left behind.
func TestLab(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		flaws []string
		want  []string // subjects that fail
	}{
		{"writing", []string{"tenantwrite-silent", "tenantcreate", "roletricks", "massassign-tenant", "graphnode-field", "channels"}, []string{
			"authz/channels GET /api/events",
			"authz/graphnode QUERY invoice",
			"authz/massassign PATCH /api/projects/{id}",
			"authz/roletricks PUT /api/invoices/{id}",
			"authz/tenantcreate POST /api/tickets",
			"authz/tenantwrite PATCH /api/clients/{id}",
		}},
		{"reading", []string{"tenantwrite-delete", "poisoning", "rolematrix", "rolematrix-write", "massassign", "graphnode", "channels-ws"}, []string{
			"authz/channels GET /api/ws",
			"authz/graphnode QUERY node",
			"authz/massassign PATCH /api/me",
			"authz/poisoning POST /api/tickets",
			"authz/rolematrix DELETE /api/invoices/{id}",
			"authz/rolematrix GET /api/audit",
			"authz/rolematrix PATCH /api/invoices/{id}",
			"authz/tenantwrite DELETE /api/tickets/{id}",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, r := audit(t, lab.Config{Seed: 7, Flaws: tt.flaws})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("failing (-want +got):\n%s", diff)
			}
			if left := r.Undo(t.Context()); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// audit gathers what is written and returns what fails; whatever is unproven
// on the lab is an error of the test.
func audit(t *testing.T, c lab.Config) (failing []string, r *gathertest.Run) {
	t.Helper()
	w, err := lab.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	r = gathertest.Start(t, string(w.PortalYAML("look", "sign-in", "write", "mail")))
	if r.Journal, err = journal.Open(filepath.Join(t.TempDir(), journal.File)); err != nil {
		t.Fatal(err)
	}
	for _, g := range []gather.Gatherer{
		routes.Gatherer(), baseline.Gatherer(), harvest.Gatherer(), graph.Gatherer(), roles.Gatherer(), alter.Gatherer(), alter.Assign(), alter.Channels(),
	} {
		r.Gather(t, g)
	}
	for _, c := range []check.Check{
		tenantwrite.Check, tenantcreate.Check, poisoning.Check, massassign.Check, rolematrix.Check, roletricks.Check, graphnode.Check, channels.Check,
	} {
		findings := r.Judge(t, c)
		if len(findings) == 0 {
			t.Errorf("%s found nothing to judge", c.ID)
		}
		for _, f := range findings {
			switch f.Outcome {
			case check.Fail:
				failing = append(failing, f.Check+" "+f.Subject)
			case check.Unproven:
				t.Errorf("%s: %s is unproven (%s): %s", f.Check, f.Subject, f.Reason, f.Message)
			}
		}
	}
	slices.Sort(failing)
	return failing, r
}
