// Package report renders a verdict: for a terminal, as a page to show to a
// client, and as JSON with its schema. Every rendering is a function of the
// one result document; none decides anything.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/verdict"
)

// JSON writes the result document, report.json.
func JSON(w io.Writer, r *verdict.Report) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// words is how people read a verdict or a state.
func words(s string) string {
	switch s {
	case string(verdict.NotReady):
		return "not ready"
	case string(verdict.NotProven):
		return "not proven"
	case string(verdict.NotApplicable):
		return "not applicable"
	}
	return s
}

// summary says in a sentence what stands between the portal and its launch.
func summary(r *verdict.Report) string {
	blockers, open := 0, 0
	for _, f := range r.Findings {
		switch {
		case f.Open() && f.Outcome == check.Fail:
			blockers++
		case f.Open():
			open++
		}
	}
	empty := 0
	for _, row := range r.Rows {
		if row.State == verdict.Unproven && row.Subjects == 0 {
			empty++
		}
	}
	var parts []string
	if blockers > 0 {
		parts = append(parts, plural(blockers, "blocker stands", "blockers stand")+" in the way of the launch")
	}
	if open > 0 {
		parts = append(parts, plural(open, "subject", "subjects")+" could not be proven")
	}
	if empty > 0 {
		parts = append(parts, "nothing was examined in "+plural(empty, "row", "rows"))
	}
	if r.Interrupted {
		parts = append(parts, "the run was stopped before its end")
	}
	if n := len(r.Errors); n > 0 {
		parts = append(parts, plural(n, "error", "errors")+" of our own left gaps")
	}
	if n := len(r.Leftovers); n > 0 {
		parts = append(parts, plural(n, "change was", "changes were")+" left behind")
	}
	switch {
	case len(parts) > 0:
		return sentence(strings.Join(parts, ", ")) + "."
	case r.Verdict == verdict.Ready && len(r.Only) > 0:
		return "Everything in the rows asked for was proven."
	case r.Verdict == verdict.Ready:
		return "Everything on the scorecard was proven."
	}
	return "Nothing was proven."
}

func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// plural counts in words: "1 row", "3 rows".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// took shows a duration as exactly as people want it.
func took(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	if d < 10*time.Millisecond && d > 0 {
		return strconv.FormatFloat(float64(max(d, 100*time.Microsecond))/float64(time.Millisecond), 'f', 1, 64) + "ms"
	}
	return d.Round(time.Millisecond).String()
}

// clean takes out of text from the portal whatever would steer a terminal or
// turn the order of the letters around.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
}

// unsure are the unproven findings that share a reason.
type unsure struct {
	Reason   check.Reason
	Title    string // the reason in words
	Clears   string // what would decide them
	Findings []verdict.Finding
}

// byReason groups what is unproven, in the order of the closed list.
func byReason(r *verdict.Report) []unsure {
	groups := map[check.Reason][]verdict.Finding{}
	for _, f := range r.Findings {
		if f.Outcome == check.Unproven && f.Waiver == nil {
			groups[f.Reason] = append(groups[f.Reason], f)
		}
	}
	var out []unsure
	for _, known := range reasons() {
		if fs := groups[known.Reason]; len(fs) > 0 {
			known.Findings = fs
			out = append(out, known)
		}
	}
	return out
}

// reasons says of each reason what it means and what would clear it.
func reasons() []unsure {
	return []unsure{
		{Reason: check.Suspected, Title: "Looks wrong, and needs a person", Clears: "mend it, or declare it under routes.public, routes.shared or routes.allow"},
		{Reason: check.SessionDead, Title: "Nobody was, or stayed, signed in", Clears: "see 'launchready doctor': the recipe, login.alive and how long a session lives"},
		{Reason: check.Throttled, Title: "The portal throttled the run", Clears: "lower the target's rate, or let the auditor pass"},
		{Reason: check.Intercepted, Title: "A firewall, captcha or maintenance page answered", Clears: "let the auditor pass, or name another target"},
		{Reason: check.NoPositiveControl, Title: "Nobody got a real answer to compare with", Clears: "give ids under resources, or an identity that may see it"},
		{Reason: check.NoMarker, Title: "Nothing in the answer tells whose it is", Clears: "declare resources.*.marker, or allow write for canaries"},
		{Reason: check.EffectRefused, Title: "The effect it needs is not granted", Clears: "grant it under the target's allow, or on another target"},
		{Reason: check.Undeclared, Title: "Nothing says what is right here", Clears: "declare it under routes.allow, routes.public or routes.shared"},
		{Reason: check.Unstable, Title: "There was no steady answer", Clears: "see that the target is up and nobody else works on it, then run again"},
		{Reason: check.BudgetSpent, Title: "The request budget was spent", Clears: "run fewer rows at a time with --only, or raise the rate"},
		{Reason: check.CircuitOpen, Title: "The route kept failing or timing out", Clears: "mend the route, then run again"},
		{Reason: check.RestoreFailed, Title: "A change could not be undone", Clears: "run 'launchready cleanup' on this run"},
		{Reason: check.NotExamined, Title: "Nothing was examined", Clears: "see 'launchready plan' for what is missing or refused"},
		{Reason: check.RunError, Title: "Our own run broke", Clears: "see the errors below, then run again"},
	}
}
