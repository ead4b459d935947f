package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/launchready/launchready/checks"
	"github.com/launchready/launchready/internal/bundle"
	"github.com/launchready/launchready/internal/engine"
	"github.com/launchready/launchready/internal/lab"
)

// BenchmarkJudge judges a whole audit of the lab from its bundle: artifacts and
// exchanges are read from disk each time. s/10k is what 10,000 exchanges cost.
func BenchmarkJudge(b *testing.B) {
	dir := audited(b)
	run, err := bundle.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	n := len(run.Refs())
	b.ResetTimer()
	for b.Loop() {
		run, err := bundle.Open(dir)
		if err != nil {
			b.Fatal(err)
		}
		if findings, broken := engine.Judge(checks.Suite(), run.Source(handles())); len(findings) == 0 || len(broken) > 0 {
			b.Fatalf("%d findings; broken: %v", len(findings), broken)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*10_000/float64(n), "s/10k")
	b.ReportMetric(float64(n), "exchanges")
}

// audited is the run folder of an audit of the well-kept lab.
func audited(b *testing.B) string {
	b.Helper()
	w, err := lab.Start(b.Context(), lab.Config{Seed: 7})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	dir := b.TempDir()
	f := auditFlags{config: filepath.Join(dir, "portal.yaml"), run: filepath.Join(dir, "run"), only: []string{"authn", "authz"}, quiet: true}
	if err := os.WriteFile(f.config, w.PortalYAML(), 0o600); err != nil {
		b.Fatal(err)
	}
	s, err := load(f)
	if err != nil {
		b.Fatal(err)
	}
	s.target.Rate = 2000
	picked, err := selected(f.only)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := conduct(b.Context(), s, picked, f, progressFor(os.Stderr, true)); err != nil {
		b.Fatal(err)
	}
	return f.run
}
