package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/launchready/launchready/evidence"
)

// State says how far an entry got.
type State string

// The states of an entry. Only Undone entries are settled.
const (
	Planned State = "planned" // noted; it may or may not have been sent
	Done    State = "done"    // sent and answered
	Undone  State = "undone"  // undone and verified, or never sent
	Left    State = "left"    // undoing it failed
)

// Kind is what a write does to its object.
type Kind string

// The kinds of writes.
const (
	Create Kind = "create"
	Change Kind = "change"
	Delete Kind = "delete"
)

// Entry is one write: what it changes and how that is undone and verified.
type Entry struct {
	ID     int       `json:"id"`
	At     time.Time `json:"at,omitzero"`
	Target string    `json:"target,omitempty"` // name of the target in portal.yaml
	Kind   Kind      `json:"kind,omitempty"`
	What   string    `json:"what,omitempty"` // in words: "invoice 12 of acme"
	Who    string    `json:"who,omitempty"`  // identity that writes
	Method string    `json:"method,omitempty"`
	Path   string    `json:"path,omitempty"`
	Tag    string    `json:"tag,omitempty"` // the canary written into the object

	Snapshot *Snapshot `json:"snapshot,omitempty"` // the object before a change or delete
	Undo     *Request  `json:"undo,omitempty"`     // nil: not known (yet)
	Verify   *Verify   `json:"verify,omitempty"`   // how to see that it is undone
	Find     *Find     `json:"find,omitempty"`     // where a created object of unknown id is found by its tag

	// Masked says that Undo lost credentials when it was written to the file: as
	// read back it must not be sent, for it would write placeholders.
	Masked bool `json:"masked,omitempty"`

	State State  `json:"state,omitempty"`
	Note  string `json:"note,omitempty"` // what was said last: the answer, or why it is left
}

// Snapshot is an object as it was.
type Snapshot struct {
	Digest string        `json:"digest,omitempty"` // SHA-256 of its bytes before redaction, hex
	Body   evidence.Body `json:"body,omitempty"`   // redacted
}

// Request is the request that undoes a write.
type Request struct {
	Who         string           `json:"who,omitempty"` // identity that undoes
	Method      string           `json:"method"`
	Path        string           `json:"path"`
	Header      []evidence.Field `json:"header,omitempty"`
	ContentType string           `json:"contentType,omitempty"`
	Body        evidence.Body    `json:"body,omitempty"`
}

// Verify says what a re-read must show.
type Verify struct {
	Who     string          `json:"who,omitempty"`
	Path    string          `json:"path"`
	Expect  string          `json:"expect"`            // Gone or Equal
	Pointer string          `json:"pointer,omitempty"` // JSON pointer of the value compared; "" the whole body
	Value   json.RawMessage `json:"value,omitempty"`   // the value expected there
}

// What Verify.Expect may ask for.
const (
	Gone  = "gone"  // the object is not there any more
	Equal = "equal" // the value is as it was
)

// Find says where an object that carries a tag is listed.
type Find struct {
	Who  string `json:"who,omitempty"`
	Path string `json:"path"`
	Tag  string `json:"tag"`
}

// String describes an entry to whoever must clean up by hand.
func (e Entry) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", e.Kind, e.What)
	if e.What == "" {
		fmt.Fprintf(&b, "by %s %s", e.Method, e.Path)
	}
	if e.Who != "" {
		fmt.Fprintf(&b, " as %s", e.Who)
	}
	if e.Undo != nil {
		fmt.Fprintf(&b, ", undone by %s %s", e.Undo.Method, e.Undo.Path)
	} else if e.Tag != "" {
		fmt.Fprintf(&b, ", look for %s", e.Tag)
	}
	if e.Note != "" {
		fmt.Fprintf(&b, " (%s)", e.Note)
	}
	return b.String()
}

// Outstanding returns the entries that are not undone, newest first: the order
// in which to undo them.
func Outstanding(entries []Entry) []Entry {
	var out []Entry
	for _, e := range slices.Backward(entries) {
		if e.State != Undone {
			out = append(out, e)
		}
	}
	return out
}

// apply moves an entry on. Fields that the patch does not set stay; a settled
// entry stays settled, for an answer may be noted after its undoing.
func (e *Entry) apply(s State, note string, patch *Entry) {
	if e.State != Undone {
		e.State = s
	}
	if note != "" {
		e.Note = note
	}
	if patch == nil {
		return
	}
	set(&e.What, patch.What)
	set(&e.Path, patch.Path)
	set(&e.Method, patch.Method)
	set(&e.Who, patch.Who)
	set(&e.Tag, patch.Tag)
	set(&e.Kind, patch.Kind)
	set(&e.Target, patch.Target)
	set(&e.Snapshot, patch.Snapshot)
	if patch.Undo != nil {
		e.Undo, e.Masked = patch.Undo, patch.Masked
	}
	set(&e.Verify, patch.Verify)
	set(&e.Find, patch.Find)
}

func set[T comparable](to *T, from T) {
	var zero T
	if from != zero {
		*to = from
	}
}

// clean returns a copy of e without credentials, for the file.
func (j *Journal) clean(e *Entry) *Entry {
	if j.Redact == nil || e == nil {
		return e
	}
	c := *e
	c.What, c.Path = j.text(e.What), j.text(e.Path)
	if e.Snapshot != nil {
		s := *e.Snapshot
		s.Body = j.Redact("", s.Body)
		c.Snapshot = &s
	}
	if e.Undo != nil {
		u := *e.Undo
		u.Path, u.Body = j.text(u.Path), j.Redact(u.ContentType, u.Body)
		c.Masked = u.Path != e.Undo.Path || !bytes.Equal(u.Body, e.Undo.Body)
		u.Header = slices.Clone(u.Header)
		for i, f := range u.Header {
			u.Header[i].Value = j.text(f.Value)
			c.Masked = c.Masked || u.Header[i].Value != f.Value
		}
		c.Undo = &u
	}
	if e.Verify != nil {
		v := *e.Verify
		v.Path = j.text(v.Path)
		v.Value = j.Redact("application/json", v.Value)
		c.Verify = &v
	}
	return &c
}

func (j *Journal) text(s string) string {
	if j.Redact == nil || s == "" {
		return s
	}
	return string(j.Redact("text/plain", []byte(s)))
}
