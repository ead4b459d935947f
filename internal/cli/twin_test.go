package cli

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/checks"
	"github.com/launchready/launchready/internal/lab"
	"github.com/launchready/launchready/internal/verdict"
)

var all = flag.Bool("all", false, "audit every flaw and every oddity of the lab, not one flaw of each check and one group of oddities")

var each = flag.Bool("each", false, "audit the lab with one flaw at a time instead of several of different checks")

var row = flag.String("row", "", "audit this row of the scorecard alone, with its own flaws")

// groups are rows that are audited together: a flaw of one group is not
// looked at by the checks of another, which keeps each audit short.
func groups() [][]string {
	if *row != "" {
		return [][]string{{*row}}
	}
	return [][]string{{"authn", "authz"}, {"session"}, {"input"}, {"ratelimit"}, {"cors", "hygiene"}, {"latency"}}
}

// TestTwins is the twin rule: with flaws on, exactly their checks fail; with
// none, every check of a row is ok, and the portal is left as it was found.
func TestTwins(t *testing.T) {
	t.Parallel()
	for _, rows := range groups() {
		rows = slices.DeleteFunc(rows, func(r string) bool { return !slices.Contains(examinable(), r) })
		if len(rows) == 0 {
			continue
		}
		audits := append([][]string{nil}, worlds(rows)...)
		if !*all && *row == "" && rows[0] != "authn" {
			audits = audits[1:] // TestReadme and the whole run audit the well-kept lab as well
		}
		for _, flaws := range audits {
			t.Run(rows[0]+" "+worldName(flaws), func(t *testing.T) {
				timed := rows[0] == "latency"
				if !timed { // nothing beside what is timed
					t.Parallel()
				}
				r := auditLab(t, rows, lab.Config{Flaws: flaws, Seed: 7})
				for again := 0; timed && again < 3 && overloaded(r); again++ {
					r = auditLab(t, rows, lab.Config{Flaws: flaws, Seed: 7})
				}
				got, want := failing(r), checksOf(flaws)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("failing checks (-want +got):\n%s%s", diff, explained(r, check.Fail))
				}
				if len(flaws) == 0 && r.Verdict != verdict.Ready {
					t.Errorf("the well-kept lab is %s, want ready\n%s", r.Verdict, explained(r, check.Unproven))
				}
			})
		}
	}
}

// overloaded reports an audit that could not keep its own schedule: on a busy
// machine it says so, and is made again.
func overloaded(r *verdict.Report) bool {
	return slices.ContainsFunc(r.Findings, func(f verdict.Finding) bool {
		return f.Outcome == check.Unproven && f.Reason == check.Unstable
	})
}

// flawsOf are the flaws that checks of these rows must notice.
func flawsOf(rows []string) []lab.Flaw {
	return slices.DeleteFunc(lab.Flaws(), func(f lab.Flaw) bool {
		of, _, _ := strings.Cut(f.Check, "/")
		return !slices.Contains(rows, of)
	})
}

// worlds spreads the flaws of some rows over as few worlds as hold no two of one
// check; a flaw that hides others has a world by itself.
func worlds(rows []string) [][]string {
	var out [][]string
	if *each {
		for _, f := range flawsOf(rows) {
			out = append(out, []string{f.Name})
		}
		return out
	}
	byCheck := map[string]int{}
	var alone [][]string
	for _, f := range flawsOf(rows) {
		if f.Alone() {
			alone = append(alone, []string{f.Name})
			continue
		}
		n := byCheck[f.Check]
		byCheck[f.Check]++
		if n == len(out) {
			out = append(out, nil)
		}
		out[n] = append(out[n], f.Name)
	}
	if !*all && len(out) > 0 {
		return out[:1] // one flaw of each check
	}
	return append(out, alone...)
}

func worldName(flaws []string) string {
	switch len(flaws) {
	case 0:
		return "well-kept"
	case 1:
		return flaws[0]
	}
	return fmt.Sprintf("%s and %d more", flaws[0], len(flaws)-1)
}

func checksOf(flaws []string) []string {
	var out []string
	for _, f := range lab.Flaws() {
		if slices.Contains(flaws, f.Name) && !slices.Contains(out, f.Check) {
			out = append(out, f.Check)
		}
	}
	slices.Sort(out)
	return out
}

// failing are the checks that found something wrong.
func failing(r *verdict.Report) []string {
	var out []string
	for _, f := range r.Findings {
		if f.Outcome == check.Fail && !slices.Contains(out, f.Check) {
			out = append(out, f.Check)
		}
	}
	slices.Sort(out)
	return out
}

func explained(r *verdict.Report, o check.Outcome) string {
	var b strings.Builder
	for _, f := range r.Findings {
		if f.Outcome == o {
			fmt.Fprintf(&b, "%s %s %s %s: %s\n", f.Check, f.Outcome, f.Reason, f.Subject, f.Message)
		}
	}
	for _, e := range r.Errors {
		fmt.Fprintf(&b, "error: %s\n", e)
	}
	return b.String()
}

// auditLab audits some rows of a lab and proves that the audit left the lab's
// data as it found it.
func auditLab(t *testing.T, rows []string, c lab.Config, allow ...string) *verdict.Report {
	t.Helper()
	w, err := lab.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	dir := t.TempDir()
	f := auditFlags{config: filepath.Join(dir, "portal.yaml"), run: filepath.Join(dir, "run"), only: rows, quiet: true}
	if err := os.WriteFile(f.config, w.PortalYAML(allow...), 0o600); err != nil {
		t.Fatal(err)
	}
	before := w.Digest()
	s, err := load(f)
	if err != nil {
		t.Fatal(err)
	}
	s.target.Rate, s.target.InFlight = 2000, 8
	var picked []check.Check
	for _, ch := range checks.Suite() {
		if slices.Contains(f.only, ch.Row()) {
			picked = append(picked, ch)
		}
	}
	o, err := conduct(t.Context(), s, picked, f, progressFor(os.Stderr, true))
	if err != nil {
		t.Fatal(err)
	}
	if after := w.Digest(); after != before {
		t.Errorf("the audit left the lab changed: digest %s, was %s", after, before)
	}
	return o.report
}

// TestOddities audits well-kept portals that behave oddly: nothing may fail.
func TestOddities(t *testing.T) {
	t.Parallel()
	quirks := [][]string{
		{"denies-200", "volatile", "echo"},
		{"denies-404", "rotating-csrf", "badtoken-anonymous"},
		{"denies-500", "optional-auth", "noop-204"},
		{"denies-empty", "login-200", "integer-ids-per-tenant"},
		{"spa-fallback", "rotating-cookie"},
	}
	if !*all {
		quirks = quirks[:1]
	}
	for _, quirks := range quirks {
		t.Run(strings.Join(quirks, " "), func(t *testing.T) {
			t.Parallel()
			r := auditLab(t, []string{"authn", "authz"}, lab.Config{Quirks: quirks, Seed: 7})
			if got := failing(r); len(got) > 0 {
				t.Errorf("failing checks: %v\n%s", got, explained(r, check.Fail))
			}
			for _, row := range r.Rows {
				if row.OK == 0 {
					t.Errorf("row %s proves nothing:\n%s", row.ID, explained(r, check.Unproven))
				}
			}
			t.Logf("unproven:\n%s", explained(r, check.Unproven))
		})
	}
}
