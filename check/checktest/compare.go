package checktest

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/launchready/launchready/check"
)

// want is one line of what a case wants.
type want struct{ outcome, subject, message string }

// wanted reads the want file of a case; # begins a comment line.
func wanted(ar *txtar.Archive) []want {
	var out []want
	for _, f := range ar.Files {
		if f.Name != "want" {
			continue
		}
		for line := range strings.Lines(string(f.Data)) {
			line = strings.TrimSpace(line)
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			parts := strings.SplitN(line, "|", 3)
			for len(parts) < 3 {
				parts = append(parts, "")
			}
			out = append(out, want{strings.Join(strings.Fields(parts[0]), " "), strings.TrimSpace(parts[1]), strings.TrimSpace(parts[2])})
		}
	}
	return out
}

func outcome(f check.Finding) string {
	return strings.TrimSpace(string(f.Outcome) + " " + string(f.Reason))
}

// line writes a finding as a want line.
func line(f check.Finding) string {
	return fmt.Sprintf("%s | %s | %s", outcome(f), f.Subject, f.Message)
}

func lines(findings []check.Finding) []string {
	var out []string
	for _, f := range findings {
		out = append(out, line(f))
	}
	slices.Sort(out)
	return out
}

// meets reports whether a finding is the one wanted.
func (w want) meets(f check.Finding) bool {
	return w.outcome == outcome(f) && w.subject == f.Subject && strings.Contains(f.Message, w.message)
}

// compare says how findings differ from what is wanted; "" when they do not.
// The most telling wants are matched first, so that none takes another's finding.
func compare(wants []want, findings []check.Finding) string {
	wants = slices.Clone(wants)
	slices.SortStableFunc(wants, func(a, b want) int { return len(b.message) - len(a.message) })
	left := slices.Clone(findings)
	var missing []string
	for _, w := range wants {
		i := slices.IndexFunc(left, w.meets)
		if i < 0 {
			missing = append(missing, fmt.Sprintf("- %s | %s | %s", w.outcome, w.subject, w.message))
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	slices.Sort(missing)
	out := missing
	for _, l := range lines(left) {
		out = append(out, "+ "+l)
	}
	return strings.Join(out, "\n")
}
