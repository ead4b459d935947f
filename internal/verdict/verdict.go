// Package verdict folds the findings of a run, and what people accepted, into
// the launch decision: each row's state, then ready, not ready or not proven.
// Its Report is the result document; every rendering, exit code and hand-over
// is made from that one value. Folding the same run gives the same bytes.
package verdict

import (
	"time"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Version is the version of the result document.
const Version = 1

// Verdict is the launch decision.
type Verdict string

// The three answers.
const (
	Ready     Verdict = "ready"
	NotReady  Verdict = "not-ready"
	NotProven Verdict = "not-proven"
)

// State is what a row of the scorecard comes to.
type State string

// The states of a row. Ok and Waived let a launch pass, NotApplicable does not
// stand in its way, Fail and Unproven do.
const (
	OK            State = "ok"
	Fail          State = "fail"
	Unproven      State = "unproven"
	Waived        State = "waived" // only waivers stand between it and ok
	NotApplicable State = "not-applicable"
)

// Report is the result document, report.json.
type Report struct {
	Version     int                  `json:"version"`
	Tool        string               `json:"tool"` // version that made the run
	Run         string               `json:"run"`
	Portal      string               `json:"portal"`
	Target      string               `json:"target"`
	URL         string               `json:"url"`
	StartedAt   time.Time            `json:"startedAt"`
	Took        time.Duration        `json:"took"` // nanoseconds
	Verdict     Verdict              `json:"verdict"`
	Only        []string             `json:"only,omitempty"` // the verdict is over these rows alone
	Rows        []Row                `json:"rows"`
	Findings    []Finding            `json:"findings"`
	Coverage    map[string]Coverage  `json:"coverage"`          // by row
	Latency     *Latency             `json:"latency,omitempty"` // of the core actions, when it was measured
	Requests    Requests             `json:"requests"`
	Reasons     map[check.Reason]int `json:"reasons"`               // unproven findings by reason, without the waived
	Errors      []string             `json:"errors,omitempty"`      // problems in our run, not in the portal
	Leftovers   []string             `json:"leftovers,omitempty"`   // what the run changed and could not undo
	Interrupted bool                 `json:"interrupted,omitempty"` // the run was stopped before its end
	Notes       []string             `json:"notes,omitempty"`       // what kept the run from deciding; waivers that did not count
	Bundle      string               `json:"bundle"`                // digest of what was judged
}

// Row is one line of the scorecard. Its counts are of findings, one a subject,
// and add up to Subjects.
type Row struct {
	ID            string `json:"id"`
	Title         string `json:"title"`
	State         State  `json:"state"`
	Subjects      int    `json:"subjects"`
	OK            int    `json:"ok"`
	Failed        int    `json:"failed"`
	Unproven      int    `json:"unproven"`
	Waived        int    `json:"waived"`
	NotApplicable int    `json:"notApplicable"`
	Blockers      int    `json:"blockers"`       // failures of blocker checks that nobody accepted
	Note          string `json:"note,omitempty"` // why an unproven row is, when no finding says so
}

// Finding is one check's word on one subject, ready to be read.
type Finding struct {
	ID          string          `json:"id"` // unique in the report, the same in the next run
	Check       string          `json:"check"`
	Row         string          `json:"row"`
	Title       string          `json:"title"` // what is true when the check passes
	Severity    check.Severity  `json:"severity"`
	Outcome     check.Outcome   `json:"outcome"`
	Reason      check.Reason    `json:"reason,omitempty"`
	Subject     string          `json:"subject"`
	Route       string          `json:"route,omitempty"`
	Message     string          `json:"message"`
	Who         string          `json:"who,omitempty"`
	Evidence    []evidence.Ref  `json:"evidence,omitempty"`
	Exhibits    []check.Exhibit `json:"exhibits,omitempty"`
	Replay      []string        `json:"replay,omitempty"` // Replay[i] is the curl command that repeats Exhibits[i]
	Fix         string          `json:"fix,omitempty"`    // Markdown
	Fingerprint string          `json:"fingerprint"`
	Waiver      *Waiver         `json:"waiver,omitempty"` // who accepted it
}

// Open reports whether the finding keeps its row from being ok: a failure or
// an unproven subject of a blocker check that nobody accepted.
func (f Finding) Open() bool {
	return f.Waiver == nil && f.Severity != check.Advice && (f.Outcome == check.Fail || f.Outcome == check.Unproven)
}

// Coverage is how much of the route inventory a row examined.
type Coverage struct {
	Examined   int      `json:"examined"`
	Routes     int      `json:"routes"`
	Unexamined []string `json:"unexamined,omitempty"` // route ids, at most MaxUnexamined
}

// MaxUnexamined bounds the unexamined routes named in the document: enough to
// act on; a portal with thousands of routes is not listed whole.
const MaxUnexamined = 50

// Requests counts what went out and what was refused before it did.
type Requests struct {
	Sent    int `json:"sent"`
	Refused int `json:"refused"`
}

// ExitCode is what the process ends with: 0 ready, 1 not ready, 2 not proven,
// 4 when the run itself failed. Leftovers come first, because somebody has to
// clean them up; an error does not hide a blocker that was proven.
func (r *Report) ExitCode() int {
	switch {
	case len(r.Leftovers) > 0:
		return 4
	case r.Verdict == NotReady:
		return 1
	case len(r.Errors) > 0:
		return 4
	case r.Verdict == Ready:
		return 0
	}
	return 2
}

// Finding returns the finding of that id or fingerprint.
func (r *Report) Finding(id string) (Finding, bool) {
	for _, f := range r.Findings {
		if f.ID == id || f.Fingerprint == id {
			return f, true
		}
	}
	return Finding{}, false
}
