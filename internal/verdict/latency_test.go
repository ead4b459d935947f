package verdict_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/quantile"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/verdict"
)

// TestLatencyIsRetold holds the document to what was measured; nothing of it
// decides anything.
func TestLatencyIsRetold(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	hundred := quantile.Counts{}
	for n := range int64(100) {
		hundred = append(hundred, [2]int64{1000 * (n + 1), 1})
	}
	r := verdict.Fold(verdict.Input{Latency: &artifact.Latency{
		Budget: 90 * ms, Rate: 10, For: 5 * time.Second,
		Rounds: []artifact.Round{{Due: 100, Sent: 100, Late: quantile.Of(7000)}, {Due: 100, Sent: 100}},
		Actions: []artifact.Action{
			{
				Name: "GET /a", Asked: 103, Took: hundred, Failures: []artifact.Failure{{Kind: "answered 502", Count: 3}},
				Phases: artifact.Phases{Wait: artifact.Phase{P50: 40_000, P95: 90_000}},
			},
			{Name: "GET /b", Unproven: check.NoPositiveControl, Why: "alice gets no right answer: status 404"},
		},
	}})
	got := r.Latency
	if got == nil || len(got.Actions) != 2 {
		t.Fatalf("latency: %+v", got)
	}
	curve := got.Actions[0].Curve
	got.Actions[0].Curve = nil
	want := &verdict.Latency{
		Rate: 10, For: 20 * time.Second, Budget: 90 * ms, Late: 7 * ms,
		Actions: []verdict.Action{
			{
				Name: "GET /a", Sent: 103, Wrong: 3, P50: 50 * ms, P95: 95 * ms, P99: 99 * ms, Low: 91 * ms, High: 100 * ms,
				Phases: []verdict.Phase{{Name: "wait", P50: 40 * ms, P95: 90 * ms}},
			},
			{Name: "GET /b", Reason: check.NoPositiveControl, Why: "alice gets no right answer: status 404"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("latency (-want +got):\n%s", diff)
	}
	for i, p := range curve {
		if at := time.Duration(max(1, p.Share)) * ms; p.Took != at || i > 0 && p.Share <= curve[i-1].Share {
			t.Errorf("point %d of the curve is %+v, want %v at %g %%", i, p, at, p.Share)
		}
	}
	if !got.Actions[0].Over(90*ms) || got.Actions[0].Over(95*ms) {
		t.Error("95 ms exceed a budget of 90 ms, and none of 95")
	}
	if r.Verdict != verdict.NotProven {
		t.Errorf("times alone make the verdict %s", r.Verdict)
	}
}
