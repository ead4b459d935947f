package verdict

import (
	"fmt"
	"time"

	"github.com/launchready/launchready/check"
)

// Waiver is a named person's dated, expiring, reasoned acceptance of one
// finding. It names the finding by id or fingerprint, or by check and subject.
type Waiver struct {
	Finding string `json:"finding,omitempty"`
	Check   string `json:"check,omitempty"`
	Subject string `json:"subject,omitempty"`
	// Outcome is the worst that is accepted. Left out, it is "unproven": what was
	// accepted while nobody knew is not accepted once it is proven wrong.
	Outcome check.Outcome `json:"outcome,omitempty"`
	By      string        `json:"by"`
	Reason  string        `json:"reason"`
	At      time.Time     `json:"at"`    // when it was given
	Until   time.Time     `json:"until"` // when it ends
}

// names reports whether the waiver is about f.
func (w Waiver) names(f Finding) bool {
	if w.Finding != "" {
		return w.Finding == f.ID || w.Finding == f.Fingerprint
	}
	return w.Check != "" && w.Check == f.Check && w.Subject == f.Subject
}

// void says why the waiver counts for nothing at that time; "" when it counts.
func (w Waiver) void(now time.Time) string {
	switch {
	case w.Finding == "" && w.Check == "":
		return "it names no finding"
	case w.By == "":
		return "nobody signed it"
	case w.Reason == "":
		return "it gives no reason"
	case w.Until.IsZero():
		return "it never expires"
	case w.At.After(now):
		return "it starts on " + w.At.Format(time.DateOnly)
	case !now.Before(w.Until):
		return "it expired on " + w.Until.Format(time.DateOnly)
	}
	return ""
}

// label names the waiver for people.
func (w Waiver) label() string {
	if w.Finding != "" {
		return w.Finding
	}
	return fmt.Sprintf("%s on %q", w.Check, w.Subject)
}

// waive marks the findings that were accepted and says which waivers did nothing.
func waive(findings []Finding, waivers []Waiver, now time.Time) []string {
	var notes []string
	for _, w := range waivers {
		if why := w.void(now); why != "" {
			notes = append(notes, fmt.Sprintf("the waiver of %s does not count: %s", w.label(), why))
			continue
		}
		used := false
		for i := range findings {
			f := &findings[i]
			if !w.names(*f) || (f.Outcome != check.Fail && f.Outcome != check.Unproven) {
				continue
			}
			used = true
			if f.Outcome == check.Fail && w.Outcome != check.Fail {
				notes = append(notes, fmt.Sprintf("the waiver of %s does not count: it is a failure, and the waiver does not say outcome: fail", w.label()))
				continue
			}
			if f.Waiver == nil {
				f.Waiver = &w
			}
		}
		if !used {
			notes = append(notes, fmt.Sprintf("the waiver of %s has nothing to waive", w.label()))
		}
	}
	return notes
}
