package artifact

import (
	"encoding/json"

	"github.com/launchready/launchready/check"
)

// Handles of the transcripts of bad input.
var (
	Fed     = check.NewArtifact[Inputs]("inputs")
	Limited = check.NewArtifact[GraphLimits]("graphlimits")
)

// Inputs is every operation fed with input that it must not choke on.
type Inputs struct {
	Operations []Operation `json:"operations"`
}

// Operation is one route and what it was fed, one mutation at a time. Controls
// are good requests ("P", and "P NAME" with one parameter set); Unknown asks
// for an id of the right form that names nothing. Narrow says why only bodies
// were sent that nothing can be read from.
type Operation struct {
	Route    string    `json:"route"`
	Who      string    `json:"who"`
	Writes   bool      `json:"writes,omitempty"`
	Narrow   string    `json:"narrow,omitempty"`
	Controls []Attempt `json:"controls,omitempty"`
	Unknown  Attempt   `json:"unknown"`
	Cases    []Case    `json:"cases,omitempty"`
	Left     []Left    `json:"left,omitempty"`
	Tag      string    `json:"tag,omitempty"` // in what the good request made
	// Readings are made around refused writes, as who wrote them:
	// "before", "after" (the object), "list" (where what was created would show).
	Readings []Attempt `json:"readings,omitempty"`
	Skipped  Skip      `json:"skipped"`
}

// Left is a class of cases that was not sent, and why.
type Left struct {
	Class  string       `json:"class"`
	Reason check.Reason `json:"reason"`
	Why    string       `json:"why"`
}

// Case is one bad input. Class is presence, type, bounds, form, structure,
// bytes, path, upload or injection; Place is "query NAME", "path NAME",
// "body /POINTER" or "body".
type Case struct {
	Class string `json:"class"`
	Name  string `json:"name"` // "a text for a number"
	Place string `json:"place"`
	Sent  string `json:"sent"` // as it stood on the wire, shortened
	// Rule is the word of the schema that the wire value breaks (type, required,
	// enum, minimum …); "" when nothing says that it is wrong.
	Rule     string `json:"rule,omitempty"`
	Inferred bool   `json:"inferred,omitempty"` // the rule is read off what was seen, not written in a contract
	Needed   bool   `json:"needed,omitempty"`   // it is a required field
	// Odd inputs may end the connection without an answer: too large, or no HTTP.
	Odd bool `json:"odd,omitempty"`

	Try     Attempt `json:"try"`
	Again   Attempt `json:"again"`   // the same once more, after a failure
	Still   Attempt `json:"still"`   // the good request after that
	Minimal string  `json:"minimal"` // the smallest input that still fails, when smaller
	Reduced Attempt `json:"reduced"` // and its answer

	// Of writes. Value is what was sent at Pointer of the reading, as JSON; ""
	// for a field left out. Tag is in the free text that went with it.
	Tag     string          `json:"tag,omitempty"`
	Pointer string          `json:"pointer,omitempty"`
	Value   json.RawMessage `json:"value,omitempty"`
	Before  Attempt         `json:"before"`
	After   Attempt         `json:"after"` // a reading after it was accepted

	// Of injections. Sign is what no harmless portal puts into its answer; Rounds
	// are requests that are compared: "true", "false"; "operator", "other"; "slow", "fast".
	Kind   string    `json:"kind,omitempty"` // sql, like, number, operator, template, traversal, header, delay, markup
	Sign   string    `json:"sign,omitempty"`
	Rounds []Attempt `json:"rounds,omitempty"`
}

// GraphLimits is what one GraphQL endpoint is asked to bear. Trials are named
// depth, aliases, batch and introspection; Deepest says how deep its types nest.
type GraphLimits struct {
	None    bool         `json:"none,omitempty"`
	Route   string       `json:"route,omitempty"`
	Who     string       `json:"who,omitempty"`
	Control Attempt      `json:"control"`
	Trials  []GraphTrial `json:"trials,omitempty"`
	Skipped Skip         `json:"skipped"`
}

// GraphTrial is one costly document. Bounded says that it need not be sent,
// for the types themselves set the bound.
type GraphTrial struct {
	Name    string  `json:"name"`
	Size    int     `json:"size"`
	Bounded string  `json:"bounded,omitempty"`
	Small   Attempt `json:"small"` // the same form, small: shows that it is understood
	Try     Attempt `json:"try"`
}
