// Package check says what a rule is: a value that judges one property of a
// portal from gathered artifacts, without acting on anything. Every folder
// under checks/ holds one Check; the engine runs them over a run's artifacts.
package check

import (
	"strings"

	"github.com/launchready/launchready/evidence"
)

// Severity says what a failure means for the launch.
type Severity string

// The two severities: a failed blocker alone makes the portal not ready.
const (
	Blocker Severity = "blocker"
	Advice  Severity = "advice"
)

// Outcome is what a check says about one subject.
type Outcome string

// The four outcomes. Silence is never a pass.
const (
	OK            Outcome = "ok"
	Fail          Outcome = "fail"
	Unproven      Outcome = "unproven"
	NotApplicable Outcome = "not-applicable"
)

// Reason says why a subject is unproven. The list is closed; reports group by it.
type Reason string

// The reasons.
const (
	NoPositiveControl Reason = "no-positive-control"
	SessionDead       Reason = "session-dead"
	Throttled         Reason = "throttled"
	Intercepted       Reason = "intercepted" // WAF, captcha, maintenance
	EffectRefused     Reason = "effect-refused"
	NoMarker          Reason = "no-marker"
	Suspected         Reason = "suspected"
	Unstable          Reason = "unstable"
	BudgetSpent       Reason = "budget-spent"
	CircuitOpen       Reason = "circuit-open"
	Undeclared        Reason = "undeclared"
	RestoreFailed     Reason = "restore-failed"
	NotExamined       Reason = "not-examined" // nothing was gathered for it
	RunError          Reason = "run-error"    // a problem in our run
)

// Check judges one property. ID is its folder ("authz/tenantswap"); Doc is
// its doc.md. Needs are required (a missing one yields unproven without
// calling Judge); Wants may be missing.
type Check struct {
	ID       string
	Doc      string
	Severity Severity
	Needs    []Need
	Wants    []Need
	Judge    func(*Pass) error
}

// Row is the row of the scorecard the check belongs to: the first element of ID.
func (c Check) Row() string {
	row, _, _ := strings.Cut(c.ID, "/")
	return row
}

// Title is the first heading of the check's doc: a statement that is true when it passes.
func (c Check) Title() string {
	line, _, _ := strings.Cut(strings.TrimSpace(c.Doc), "\n")
	return strings.TrimSpace(strings.TrimLeft(line, "#"))
}

// Finding is one check's word on one subject. One finding per subject (a
// route, a record); examples are grouped inside it, at most three.
type Finding struct {
	Check    string    `json:"check"`
	Severity Severity  `json:"severity"`
	Outcome  Outcome   `json:"outcome"`
	Reason   Reason    `json:"reason,omitempty"` // only when unproven
	Subject  string    `json:"subject"`          // stable between runs: a route template, never a concrete id
	Route    string    `json:"route,omitempty"`  // inventory route id, for coverage
	Message  string    `json:"message"`
	Who      string    `json:"who,omitempty"` // who did what they must not: "bob (globex member)"
	Exhibits []Exhibit `json:"exhibits,omitempty"`
}

// Exhibit is one exchange shown with a finding. Part says what it shows:
// "owner", "stranger", "anonymous", "control", "before", "after", "attempt".
type Exhibit struct {
	Part   string       `json:"part"`
	Ref    evidence.Ref `json:"ref"`
	Places []Place      `json:"places,omitempty"`
}

// Place is where proof was found; the value itself is masked.
type Place struct {
	Where  string `json:"where"`  // JSON pointer ("/data/0/iban"), "header Location", "body byte 1234"
	Kind   string `json:"kind"`   // canary, declared, email, id, text …
	Masked string `json:"masked"` // enough to recognise, too little to use
}

// MaxExamples bounds the examples shown in one finding: few findings, each with proof.
const MaxExamples = 3

// Show builds exhibits of one part from refs, dropping empty ones.
func Show(part string, refs ...evidence.Ref) []Exhibit {
	var out []Exhibit
	for _, r := range refs {
		if r != "" {
			out = append(out, Exhibit{Part: part, Ref: r})
		}
	}
	return out
}
