package report

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/verdict"
)

// failures writes the blockers, then the advice in short.
func (t *terminal) failures(r *verdict.Report) {
	var blockers, advice []verdict.Finding
	for _, f := range r.Findings {
		switch {
		case f.Outcome != check.Fail || f.Waiver != nil:
		case f.Severity == check.Blocker:
			blockers = append(blockers, f)
		default:
			advice = append(advice, f)
		}
	}
	if len(blockers) > 0 {
		t.heading("Blockers")
	}
	shown, ofCheck := 0, 0
	for i, f := range blockers {
		if i > 0 && f.Check != blockers[i-1].Check {
			ofCheck = 0
		}
		if ofCheck++; ofCheck > shownOfCheck && !t.o.Verbose {
			if i+1 == len(blockers) || blockers[i+1].Check != f.Check {
				t.line("    %s", t.dim(fmt.Sprintf("… and %d more of %s", ofCheck-shownOfCheck, f.Check)))
			}
			continue
		}
		if t.cut(shown, shownBlockers, shown+len(blockers)-i) {
			break
		}
		shown++
		t.line("")
		subject := strings.Split(lipgloss.Wrap(clean(f.Subject), t.width-4, "/"), "\n")
		t.line("  %s %s", t.style(lipgloss.NewStyle().Foreground(lipgloss.Red), "✗"), strings.Join(subject, "\n    "))
		t.text(4, said(f), plain)
		t.line("    %s", t.dim(strings.TrimRight(fmt.Sprintf("%s · launchready replay %s %s", f.Check, f.ID, clean(t.o.Run)), " ")))
	}
	if len(advice) > 0 {
		t.heading("Advice")
		t.line("")
	}
	for i, f := range advice {
		if t.cut(i, shownAdvice, len(advice)) {
			break
		}
		t.text(2, f.Subject+": "+said(f), plain)
		t.line("    %s", t.dim(f.Check+" · "+f.ID))
	}
}

// said is a finding's message with who did it, unless it names them already.
func said(f verdict.Finding) string {
	name, _, _ := strings.Cut(f.Who, " ")
	if f.Who == "" || strings.Contains(f.Message, name) {
		return f.Message
	}
	return f.Who + ": " + f.Message
}

// cut reports whether a list ends before item i, and says how much is left out.
func (t *terminal) cut(i, shown, total int) bool {
	if t.o.Verbose || i < shown {
		return false
	}
	t.line("")
	t.line("  %s", t.dim(fmt.Sprintf("… and %d more in the report", total-i)))
	return true
}

// unproven writes what could not be decided, by reason, and what would decide it.
func (t *terminal) unproven(r *verdict.Report) {
	groups := byReason(r)
	if len(groups) == 0 {
		return
	}
	t.heading("Unproven")
	for _, g := range groups {
		t.line("")
		t.line("  %s %s", t.style(lipgloss.NewStyle().Foreground(lipgloss.Yellow), fmt.Sprintf("%4d", len(g.Findings))), g.Title)
		t.text(7, "→ "+g.Clears, t.dim)
		subjects := distinct(g.Findings)
		for i, s := range subjects {
			if i == shownSubjects && !t.o.Verbose {
				t.line("       %s", t.dim(fmt.Sprintf("… and %d more", len(subjects)-i)))
				break
			}
			t.text(7, s, plain)
		}
	}
}

// distinct lists the subjects of findings, each once, with its check.
func distinct(fs []verdict.Finding) []string {
	var out []string
	seen := map[string]bool{}
	for _, f := range fs {
		if s := f.Subject + "  (" + f.Check + ")"; !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

func (t *terminal) waived(r *verdict.Report) {
	first := true
	for _, f := range r.Findings {
		if f.Waiver == nil {
			continue
		}
		if first {
			t.heading("Accepted")
			t.line("")
			first = false
		}
		t.text(2, fmt.Sprintf("%s (%s): %s, until %s: %s", f.Subject, f.ID, f.Waiver.By, f.Waiver.Until.Format("2 Jan 2006"), f.Waiver.Reason), plain)
	}
}

// trouble writes what went wrong with the run itself.
func (t *terminal) trouble(r *verdict.Report) {
	for _, list := range []struct {
		title string
		lines []string
	}{{"Left behind", r.Leftovers}, {"Errors of the run", r.Errors}, {"Notes", r.Notes}} {
		if len(list.lines) == 0 {
			continue
		}
		t.heading(list.title)
		for i, l := range list.lines {
			// What was left behind has to be cleaned up: all of it is named.
			if list.title != "Left behind" && t.cut(i, shownNotes, len(list.lines)) {
				break
			}
			t.text(2, l, plain)
		}
	}
}
