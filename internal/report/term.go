package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/launchready/launchready/internal/verdict"
)

// Options say how a report looks on a terminal.
type Options struct {
	Color   bool
	Width   int    // columns; 0: 80
	Verbose bool   // list every subject instead of the first few
	Path    string // where the page is; "" when there is none
	Run     string // run folder that commands must name; "" when it is the latest
}

// How much of each list is shown before "… and N more".
const (
	shownBlockers = 20
	shownOfCheck  = 2 // blockers of one check: they mostly share a cause
	shownAdvice   = 5
	shownSubjects = 3
	shownNotes    = 5
)

// Terminal writes the report for a person at a terminal: the verdict, the
// rows, what blocks, and what would clear the rest.
func Terminal(w io.Writer, r *verdict.Report, o Options) error {
	if o.Width <= 0 {
		o.Width = 80
	}
	t := &terminal{o: o, width: min(max(o.Width, 40), 100)}
	t.head(r)
	t.rows(r)
	t.coverage(r)
	t.latency(r)
	t.failures(r)
	t.unproven(r)
	t.waived(r)
	t.trouble(r)
	if o.Path != "" {
		t.line("")
		t.line("%s  %s", t.dim("Report"), clean(o.Path))
	}
	if _, err := t.out.WriteTo(w); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// terminal is a report being written.
type terminal struct {
	o     Options
	width int
	out   bytes.Buffer
}

func (t *terminal) line(format string, args ...any) {
	t.out.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " ") + "\n")
}

// text writes s wrapped, indented by n columns.
func (t *terminal) text(n int, s string, style func(string) string) {
	pad := strings.Repeat(" ", n)
	for l := range strings.SplitSeq(lipgloss.Wrap(clean(s), t.width-n, "/"), "\n") {
		t.line("%s%s", pad, style(strings.TrimRight(l, " ")))
	}
}

func (t *terminal) heading(s string) {
	t.line("")
	t.line("%s", t.style(lipgloss.NewStyle().Bold(true), s))
}

func (t *terminal) style(s lipgloss.Style, text string) string {
	if !t.o.Color || text == "" {
		return text
	}
	return s.Render(text)
}

func (t *terminal) dim(s string) string { return t.style(lipgloss.NewStyle().Faint(true), s) }

func plain(s string) string { return s }

// state colours a verdict or a state, and pads it to n columns.
func (t *terminal) state(s string, n int) string {
	style := lipgloss.NewStyle()
	switch s {
	case "ok", "ready":
		style = style.Foreground(lipgloss.Green)
	case "fail", "not-ready":
		style = style.Foreground(lipgloss.Red).Bold(true)
	case "unproven", "not-proven":
		style = style.Foreground(lipgloss.Yellow)
	case "waived":
		style = style.Foreground(lipgloss.Cyan)
	default:
		style = style.Faint(true)
	}
	text := words(s)
	return t.style(style, text) + strings.Repeat(" ", max(0, n-len(text)))
}

// head writes the verdict first, then what was judged.
func (t *terminal) head(r *verdict.Report) {
	t.line("")
	mark := map[verdict.Verdict]string{verdict.Ready: "✓", verdict.NotReady: "✗", verdict.NotProven: "?"}[r.Verdict]
	t.line("%s %s", t.verdictStyle(r.Verdict, mark+" "+strings.ToUpper(words(string(r.Verdict)))), t.dim("· "+clean(r.Portal)+" · "+clean(r.Target)))
	t.text(2, summary(r), plain)
	facts := fmt.Sprintf("%s · %s · %s in %s", r.URL, r.StartedAt.Format("2 Jan 2006 15:04 MST"), plural(r.Requests.Sent, "request", "requests"), took(r.Took))
	if r.Requests.Refused > 0 {
		facts += fmt.Sprintf(", %d refused", r.Requests.Refused)
	}
	t.text(2, facts, t.dim)
	if len(r.Only) > 0 {
		t.text(2, "A verdict on "+strings.Join(r.Only, ", ")+" alone.", t.dim)
	}
	t.line("")
}

func (t *terminal) verdictStyle(v verdict.Verdict, s string) string {
	style := lipgloss.NewStyle().Bold(true)
	switch v {
	case verdict.Ready:
		style = style.Foreground(lipgloss.Green)
	case verdict.NotReady:
		style = style.Foreground(lipgloss.Red)
	default:
		style = style.Foreground(lipgloss.Yellow)
	}
	return t.style(style, s)
}

// rows writes the scorecard.
func (t *terminal) rows(r *verdict.Report) {
	for _, row := range r.Rows {
		t.line("  %-22s %s %s", clean(row.Title), t.state(string(row.State), 15), t.dim(counts(row)))
	}
}

// counts says what a row holds, in the order that matters.
func counts(row verdict.Row) string {
	if row.Note != "" && row.OK+row.Failed+row.Waived == 0 {
		return row.Note
	}
	var parts []string
	if row.Blockers > 0 {
		parts = append(parts, plural(row.Blockers, "blocker", "blockers"))
	}
	if n := row.Failed - row.Blockers; n > 0 {
		parts = append(parts, fmt.Sprintf("%d advice", n))
	}
	for _, c := range []struct {
		n    int
		what string
	}{{row.Unproven, "unproven"}, {row.Waived, "waived"}, {row.OK, "ok"}} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	if row.Note != "" {
		parts = append(parts, row.Note)
	}
	return strings.Join(parts, ", ")
}

func (t *terminal) coverage(r *verdict.Report) {
	var parts []string
	for _, row := range r.Rows {
		if c, ok := r.Coverage[row.ID]; ok {
			parts = append(parts, fmt.Sprintf("%s %d of %d routes", row.Title, c.Examined, c.Routes))
		}
	}
	if len(parts) > 0 {
		t.line("")
		t.text(2, "Examined: "+strings.Join(parts, " · "), t.dim)
	}
}

// latency writes what the core actions took, a line each.
func (t *terminal) latency(r *verdict.Report) {
	if r.Latency == nil || len(r.Latency.Actions) == 0 {
		return
	}
	name := 0
	for _, a := range r.Latency.Actions {
		name = max(name, lipgloss.Width(clean(a.Name)))
	}
	name = min(name, t.width-42)
	t.line("")
	t.line("  %s", t.dim(fmt.Sprintf("%-*s  %8s %8s %8s", name, fmt.Sprintf("At %g/s, budget %s", r.Latency.Rate, millis(r.Latency.Budget)), "p50", "p95", "p99")))
	for _, a := range r.Latency.Actions {
		if len(a.Curve) == 0 {
			t.text(2, a.Name+": "+cmp.Or(a.Why, "no right answer"), t.dim)
			continue
		}
		line := fmt.Sprintf("%s  %8s %8s %8s", fit(clean(a.Name), name), millis(a.P50), millis(a.P95), millis(a.P99))
		switch {
		case a.Wrong > 0:
			line += fmt.Sprintf("  %d wrong", a.Wrong)
		case a.Reason != "":
			line += "  unproven"
		}
		style := plain
		if a.Over(r.Latency.Budget) {
			style = func(s string) string { return t.style(lipgloss.NewStyle().Foreground(lipgloss.Red), s) }
		}
		t.line("  %s", style(line))
	}
}

// fit makes s exactly n columns wide.
func fit(s string, n int) string {
	if lipgloss.Width(s) > n {
		s = string([]rune(s)[:max(0, n-1)]) + "…"
	}
	return s + strings.Repeat(" ", max(0, n-lipgloss.Width(s)))
}
