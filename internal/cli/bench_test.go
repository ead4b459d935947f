package cli

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/launchready/launchready/checks"
	"github.com/launchready/launchready/internal/bundle"
	"github.com/launchready/launchready/internal/engine"
	"github.com/launchready/launchready/internal/lab"
)

// BenchmarkJudge judges a whole audit of the lab from its bundle: artifacts and
// exchanges are read from disk each time. s/10k is what 10,000 exchanges take,
// and cpu-s/10k what they cost on all cores together, whatever else runs there.
func BenchmarkJudge(b *testing.B) {
	dir := audited(b)
	run, err := bundle.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	n := len(run.Refs())
	before := cpu(b)
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
	per := 10_000 / float64(b.N) / float64(n)
	b.ReportMetric(b.Elapsed().Seconds()*per, "s/10k")
	b.ReportMetric((cpu(b)-before).Seconds()*per, "cpu-s/10k")
	b.ReportMetric(float64(n), "exchanges")
}

// cpu is the time this process has spent on any core.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
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
