package artifact

import (
	"time"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Handles of what answers and logs give away.
var (
	Provoked  = check.NewArtifact[Provocations]("errors")
	Replied   = check.NewArtifact[Replies]("replies")
	LogMarked = check.NewArtifact[LogMarks]("logmarks")
	Logged    = check.NewArtifact[LogStudy]("logs")
)

// Provocations are requests made to fail, and addresses where debug pages
// stand when somebody forgot them.
type Provocations struct {
	Groups []Provoking `json:"groups"`
	Debug  []DebugAsk  `json:"debug,omitempty"`
}

// Provoking is what was provoked below one router prefix; "/" for pages.
type Provoking struct {
	Prefix   string    `json:"prefix"`
	Triggers []Trigger `json:"triggers"`
}

// Trigger is one request that must fail. Kind: bad id, bad value, malformed
// body, wrong method, bad accept, long header, unknown path.
type Trigger struct {
	Kind  string  `json:"kind"`
	Route string  `json:"route"` // route id, or the prefix for an unknown path
	Try   Attempt `json:"try"`
}

// DebugAsk is one well-known address of debug output, asked as nobody.
type DebugAsk struct {
	Path string  `json:"path"`
	Try  Attempt `json:"try"`
}

// Replies names every exchange of the run, in the order recorded.
type Replies struct {
	Refs []evidence.Ref `json:"refs"`
	Left int            `json:"left,omitempty"` // exchanges beyond the bound, not named
}

// LogMarks says how long the log files were before anything was sent.
type LogMarks struct {
	At    time.Time        `json:"at"`
	Files map[string]int64 `json:"files"`
}

// LogStudy is what the portal logged of this run. What is secret is known to
// the gatherer alone: only masked pieces of lines are kept.
type LogStudy struct {
	Sources   []LogSource   `json:"sources"`
	Plants    []Plant       `json:"plants"`
	Sightings []LogSighting `json:"sightings,omitempty"`
	// References counts the error answers of the planted requests that named a
	// reference of their own.
	References int `json:"references,omitempty"`
}

// LogSource is one entry of logs: and how much of it was read.
type LogSource struct {
	Name    string    `json:"name"` // as declared, without credentials
	Command bool      `json:"command,omitempty"`
	Files   []LogFile `json:"files,omitempty"`
	Lines   int64     `json:"lines"`
	Fresh   int64     `json:"fresh"` // lines written since the run began
	Bytes   int64     `json:"bytes"`
	// Marks are harmless traces of the run that the source holds: they prove
	// that it is this portal's own log, and live.
	Marks   []LogMark `json:"marks,omitempty"`
	Skipped Skip      `json:"skipped"`
}

// LogFile is one file of a source.
type LogFile struct {
	Path    string `json:"path"`
	Size    int64  `json:"size"`
	From    int64  `json:"from,omitempty"` // the byte reading began at: only the tail was read
	Skipped Skip   `json:"skipped"`
}

// LogMark is one kind of trace and how often it was seen.
type LogMark struct {
	Kind  string `json:"kind"` // path, run, reference, agent, canary
	Count int    `json:"count"`
	Where string `json:"where"` // of the first: "app.log:12"
}

// Plant is one value put into an ordinary request of this run. Kind: password,
// token, cookie, card, identity, email.
type Plant struct {
	Kind  string  `json:"kind"`
	Place string  `json:"place"` // "body password of POST /api/login"
	Try   Attempt `json:"try"`
}

// LogSighting is something that must not be in a log, and where it was first
// seen. Kind: as of plants, or what a pattern recognised (jwt, private key …).
type LogSighting struct {
	Source string `json:"source"`
	Kind   string `json:"kind"`
	// From says where the value comes from: planted (Plant is its index), held (a
	// credential that the run itself holds), pattern (recognised by its form).
	From  string `json:"from"`
	Plant int    `json:"plant"`
	Whose string `json:"whose,omitempty"` // of what is held: "session cookie of alice"
	How   string `json:"how,omitempty"`   // how it was written: raw, base64, …
	Fresh bool   `json:"fresh"`           // written since the run began
	Count int    `json:"count"`
	Where string `json:"where"` // "app.log:12"
	Line  string `json:"line"`  // the piece of the line around it, masked
}
