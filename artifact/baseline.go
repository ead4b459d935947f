package artifact

import (
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Baselines is the handle of what was learned about the target's manners.
var Baselines = check.NewArtifact[Baseline]("baseline")

// Baseline is what the target answers when there is nothing to see.
type Baseline struct {
	Known        []Known             `json:"known"`
	LoginTargets []string            `json:"loginTargets,omitempty"` // paths that refused pages redirect to
	Volatile     map[string][]string `json:"volatile,omitempty"`     // route id → JSON pointers (indexes as *) that change between two equal requests
	Denied       Denied              `json:"denied"`                 // declared in portal.yaml
	DeniedFor    map[string]Denied   `json:"deniedFor,omitempty"`    // declared on a resource, by route id
}

// Known is a learned answer. Kind: soft404, shell, login, waf, throttle,
// method, denial. Normal is the digest of its normal form (artifact/normal).
type Known struct {
	Kind     string       `json:"kind"`
	Prefix   string       `json:"prefix,omitempty"` // router prefix it was learned under
	Status   int          `json:"status"`
	Normal   string       `json:"normal"`
	Location string       `json:"location,omitempty"`
	Ref      evidence.Ref `json:"ref"`
}

// Denied is a declared way of refusing; see portal.Denied.
type Denied struct {
	Status   []int            `json:"status,omitempty"`
	Redirect string           `json:"redirect,omitempty"`
	Body     string           `json:"body,omitempty"`
	JSON     map[string][]any `json:"json,omitempty"`
	Empty    []string         `json:"empty,omitempty"`
}
