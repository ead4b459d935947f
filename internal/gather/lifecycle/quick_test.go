package lifecycle

import (
	"strings"
	"testing"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather/gathertest"
)

// TestQuick leaves out what costs most, and says so.
func TestQuick(t *testing.T) {
	t.Parallel()
	p := classic{newDesk()}
	r := gathertest.Start(t, p.description(t))
	r.Put(artifact.Inventories.Name(), &artifact.Inventory{Routes: classicRoutes})
	r.Quick = true
	study, _ := (&studies{pause: p.wait, now: p.Now}).gatherers()
	life, ok := r.Gather(t, study).(*artifact.Lifecycle)
	if !ok || len(life.Recipes) != 1 || len(life.Recipes[0].Samples) != 1 {
		t.Fatalf("made %+v", life)
	}
	if got := life.Recipes[0].Samples[0].Skipped.Reason; got != check.BudgetSpent {
		t.Errorf("samples: %q, want %q", got, check.BudgetSpent)
	}
	for _, v := range life.Revocations {
		if v.Skipped.Reason == "" {
			t.Errorf("%s was tried", v.Event)
		}
	}
	if got := life.Recipes[0].Logout; len(got.Replays) == 0 || !strings.Contains(got.Request, "/logout") {
		t.Errorf("the logout was left out: %+v", got)
	}
}
