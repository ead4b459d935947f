package report_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/report"
	"github.com/launchready/launchready/internal/verdict"
)

var update = flag.Bool("update", false, "rewrite golden files and the schema")

// golden compares got with a file, or rewrites it.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is not current; run 'go test ./internal/report -update' and look at it (-want +got):\n%s", path, diff)
	}
}

func terminal(t *testing.T, r *verdict.Report, o report.Options) string {
	t.Helper()
	var buf bytes.Buffer
	if err := report.Terminal(&buf, r, o); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func TestTerminal(t *testing.T) {
	t.Parallel()
	_, r := newSample(t)
	got := terminal(t, r, report.Options{Path: "launchready-runs/20260304-093000-7f3a/report.html"})
	golden(t, filepath.Join("testdata", "terminal.txt"), []byte(got))
	for line := range strings.SplitSeq(got, "\n") {
		if n := utf8.RuneCountInString(line); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if strings.Contains(got, "\x1b") {
		t.Error("colour without being asked for")
	}
	coloured := terminal(t, r, report.Options{Color: true})
	if !strings.Contains(coloured, "\x1b[") {
		t.Error("no colour when asked for")
	}
}

func TestTerminalReady(t *testing.T) {
	t.Parallel()
	r := verdict.Fold(verdict.Input{
		Facts:  verdict.Facts{Portal: "Northwind", Target: "staging", StartedAt: startedAt()},
		Checks: sampleChecks()[:1], Only: []string{"authn"}, Now: startedAt(),
		Findings: []check.Finding{{Check: "authn/anonymous", Severity: check.Blocker, Outcome: check.OK, Subject: "GET /a"}},
	})
	got := terminal(t, r, report.Options{})
	for _, want := range []string{"✓ READY", "Everything in the rows asked for was proven.", "A verdict on authn alone."} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "Blockers") || strings.Contains(got, "Unproven") {
		t.Errorf("empty sections are shown:\n%s", got)
	}
}

// TestTerminalShortensLists holds that one check with many blockers hides no
// other check, and that what is left out is counted.
func TestTerminalShortensLists(t *testing.T) {
	t.Parallel()
	var in verdict.Input
	for i := range 20 {
		for j := range 4 {
			in.Findings = append(in.Findings, check.Finding{
				Check: fmt.Sprintf("authz/x%02d", i), Outcome: check.Fail, Subject: fmt.Sprintf("GET /%d", j), Message: "open",
			})
		}
	}
	r := verdict.Fold(in)
	got := terminal(t, r, report.Options{})
	for want, n := range map[string]int{"authz/x00 · ": 2, "… and 2 more of authz/x00": 1, "authz/x09 · ": 2, "… and 40 more in the report": 1, "authz/x10": 0} {
		if strings.Count(got, want) != n {
			t.Errorf("%q is there %d times, want %d:\n%s", want, strings.Count(got, want), n, got)
		}
	}
	if all := terminal(t, r, report.Options{Verbose: true}); strings.Count(all, "✗ GET") != 80 {
		t.Errorf("a verbose report shows %d blockers of 80", strings.Count(all, "✗ GET"))
	}
}

func TestTerminalTrouble(t *testing.T) {
	t.Parallel()
	f := check.Finding{Check: "authz/x", Outcome: check.Fail, Message: "esc \x1b[2J\u202e\nnew line"}
	in := verdict.Input{
		Facts: verdict.Facts{
			Portal: "P\x1b]0;owned\x07", Errors: []string{"gather swap: connection reset"}, Leftovers: []string{"DELETE /api/notes/9"}, Interrupted: true,
		},
		Now: startedAt(), Waivers: []verdict.Waiver{{Check: "authz/x"}},
	}
	for i := range 20 {
		f.Subject = strings.Repeat("very/", i) + "\x1bsubject"
		in.Findings = append(in.Findings, f)
	}
	r := verdict.Fold(in)
	got := terminal(t, r, report.Options{Width: 100})
	for _, want := range []string{"Errors of the run", "gather swap: connection reset", "Left behind", "DELETE /api/notes/9", "nobody signed it", "… and 18 more of authz/x"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in:\n%s", want, got)
		}
	}
	if strings.ContainsAny(got, "\x1b\x07\u202e") {
		t.Errorf("the portal steers the terminal: %q", got)
	}
	if all := terminal(t, r, report.Options{Verbose: true}); strings.Count(all, "✗ very") != 19 || strings.Contains(all, "… and") {
		t.Errorf("a verbose report leaves findings out:\n%s", all)
	}
}
