package artifact

import (
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Corpora is the handle of what was harvested as each identity.
var Corpora = check.NewArtifact[Corpus]("corpus")

// Corpus is what each identity sees of its own: objects with their owners,
// and every reading the harvest made.
type Corpus struct {
	Objects  []Object  `json:"objects"`
	Readings []Reading `json:"readings"` // every GET of the harvest, per identity
	Links    []Link    `json:"links,omitempty"`
	// Isolates says whether set difference proved that the tenants own different
	// objects; when it is false, Why says what was missing and authz is unproven.
	Isolates bool   `json:"isolates"`
	Why      string `json:"why,omitempty"`
}

// Object is one thing a tenant owns.
type Object struct {
	Noun   string `json:"noun"`
	ID     string `json:"id"`
	Tenant string `json:"tenant"`
	Owner  string `json:"owner"`           // identity that reads it
	Guess  bool   `json:"guess,omitempty"` // id is guessable (integer, short slug)
	// Ambiguous: the owner lists it, but so does a stranger on some list.
	Ambiguous bool         `json:"ambiguous,omitempty"`
	Declared  bool         `json:"declared,omitempty"` // portal.yaml says whose it is
	Canary    bool         `json:"canary,omitempty"`
	Marker    string       `json:"marker,omitempty"` // declared marker text of its resource
	Route     string       `json:"route,omitempty"`  // detail route id
	Values    Values       `json:"values,omitempty"` // full parameter binding of Route
	Seen      evidence.Ref `json:"seen"`             // where the owner saw it
}

// Reading is one GET made as one identity, twice: the second tells what is volatile.
type Reading struct {
	Route  string  `json:"route"`
	Who    string  `json:"who"`
	Values Values  `json:"values,omitempty"`
	First  Attempt `json:"first"`
	Again  Attempt `json:"again"`
	// OK says that First was 2xx with real content that is no refusal: a positive control.
	OK bool `json:"ok,omitempty"`
	// Shared says that the object asked for is shown to other tenants too, so
	// that the reading is a control for logins and roles but not for tenants.
	Shared bool `json:"shared,omitempty"`
	// IDs are the ids listed in it, by noun.
	IDs map[string][]string `json:"ids,omitempty"`
}

// Link is an edge of the producer → consumer graph: values at Pointer of From feed Param of To.
type Link struct {
	From    string `json:"from"`
	Pointer string `json:"pointer"`
	To      string `json:"to"`
	Param   string `json:"param"`
	Why     string `json:"why"` // name, schema, link, template, format
}
