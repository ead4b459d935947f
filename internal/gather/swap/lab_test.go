package swap_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

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

// failing runs the reading half of authz on a lab and returns the checks that
// fail, each with a subject, and every finding that is not ok for the log.
func audit(t *testing.T, c lab.Config) (failing []string, log []string) {
	t.Helper()
	c.Seed = 7
	w, err := lab.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	r := gathertest.Start(t, string(w.PortalYAML("look", "sign-in", "write")))
	j, err := journal.Open(filepath.Join(t.TempDir(), journal.File))
	if err != nil {
		t.Fatal(err)
	}
	r.Journal = j
	for _, g := range []gather.Gatherer{
		session.Gatherer(), routes.Gatherer(), baseline.Gatherer(), harvest.Gatherer(), swap.Gatherer(), lists.Gatherer(), exports.Gatherer(),
	} {
		before := r.Wire.Sent()
		r.Gather(t, g)
		log = append(log, fmt.Sprintf("%s sent %d", g.Name, r.Wire.Sent()-before))
	}
	for _, c := range reading() {
		for _, f := range r.Judge(t, c) {
			if f.Outcome == check.Fail && !slices.Contains(failing, c.ID) {
				failing = append(failing, c.ID)
			}
			if f.Outcome != check.OK {
				log = append(log, fmt.Sprintf("%s %s %s | %s | %s", c.ID, f.Outcome, f.Reason, f.Subject, f.Message))
			}
		}
	}
	return failing, log
}

func TestLab(t *testing.T) {
	flaws := strings.Fields(os.Getenv("LAB"))
	failing, log := audit(t, lab.Config{Flaws: flaws, Quirks: strings.Fields(os.Getenv("QUIRKS"))})
	t.Logf("failing %v\n%s", failing, strings.Join(log, "\n"))
}
