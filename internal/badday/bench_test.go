package badday

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/launchready/launchready/internal/bundle"
)

// BenchmarkAudit audits the lab at a rate and says how much longer it takes
// than its requests at that rate: "ratio" is the time between the first
// request after the sign-in and the end of the process, over those requests.
// Renewed sessions, proofs of life, undoing, judging and reports are in it.
func BenchmarkAudit(b *testing.B) {
	for _, rate := range []int{50, 200} {
		b.Run(fmt.Sprintf("rate=%d", rate), func(b *testing.B) {
			for b.Loop() {
				took, n := audited(b, rate)
				b.ReportMetric(took.Seconds()/(float64(n)/float64(rate)), "ratio")
				b.ReportMetric(float64(n), "requests")
			}
		})
	}
}

// audited runs one audit; n counts the requests after the sign-in.
func audited(b *testing.B, rate int) (took time.Duration, n int) {
	b.Helper()
	w := open(b, nil, "allow: [", fmt.Sprintf("rate: %d/s\n    allow: [", rate))
	defer func() { _ = w.Close() }()
	dir := filepath.Join(w.dir, "run")
	e := start(b, w, "audit", "-c", w.config, "--run", dir, "-q", "--only", "authn,authz").end(b)
	ended := time.Now()
	if e.code != 0 {
		b.Fatalf("the well-kept lab is not ready: %v", e)
	}
	run, err := bundle.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	for i, ref := range run.Refs() {
		ex, err := run.Exchange(ref)
		if err != nil {
			b.Fatal(err)
		}
		if ex.By != "session" {
			return ended.Sub(ex.At), len(run.Refs()) - i
		}
	}
	b.Fatal("nothing was sent but the sign-in")
	return 0, 0
}
