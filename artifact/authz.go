package artifact

import "github.com/launchready/launchready/check"

// Handles of the authorization transcripts.
var (
	Swapped   = check.NewArtifact[Swaps]("swaps")
	Listed    = check.NewArtifact[Lists]("lists")
	Exported  = check.NewArtifact[Exports]("exports")
	Graphed   = check.NewArtifact[Graph]("graph")
	Channeled = check.NewArtifact[Channels]("channels")
	Altered   = check.NewArtifact[WriteTrials]("alters")
	Assigned  = check.NewArtifact[Assignments]("assignments")
	Matrices  = check.NewArtifact[Matrix]("matrix")
)

// Swaps holds what strangers asked of owners' objects.
type Swaps struct {
	Trials []Swap `json:"trials"`
}

// Swap is one (route, object, owner, stranger): P, P2 (owner), X (stranger),
// N (stranger, unknown id), Q (stranger's own), A (anonymous), "X fresh"
// (no-cache and cache-buster), and variants. Class is the check it belongs to:
// tenantswap, hierarchy, selector.
type Swap struct {
	Class    string    `json:"class"`
	Route    string    `json:"route"`
	Noun     string    `json:"noun,omitempty"`
	ID       string    `json:"id"`    // the object asked for
	NoID     string    `json:"noId"`  // the id of the negative control
	OwnID    string    `json:"ownId"` // the stranger's own, in Q
	Guess    bool      `json:"guess,omitempty"`
	Owner    string    `json:"owner"`
	Stranger string    `json:"stranger"`
	Marker   string    `json:"marker,omitempty"` // declared or canary
	Core     []Attempt `json:"core"`
	Variants []Attempt `json:"variants,omitempty"` // "X body id", "X header X-Tenant-Id" …
	Skipped  Skip      `json:"skipped"`
}

// Lists holds every list, search and filter as owner and stranger.
type Lists struct {
	Trials []ListTrial `json:"trials"`
}

// ListTrial is one list asked by both sides. Tries are by the stranger:
// "X plain", "X filter customerId=…", "X search …"; N is the same with an
// unknown value. OwnerIDs are ids only the owner's tenant may see.
type ListTrial struct {
	Route    string    `json:"route"`
	Owner    string    `json:"owner"`
	Stranger string    `json:"stranger"`
	OwnerIDs []string  `json:"ownerIds,omitempty"`
	Marker   string    `json:"marker,omitempty"`
	P        []Attempt `json:"p"`
	N        []Attempt `json:"n,omitempty"`
	Tries    []Attempt `json:"tries"`
	Anon     Attempt   `json:"anon"`
	Skipped  Skip      `json:"skipped"`
}

// Exports holds exports, jobs and signed links.
type Exports struct {
	Trials []ExportTrial `json:"trials"`
	Links  []SignedLink  `json:"links,omitempty"`
}

// ExportTrial is a swap on an export, a job or a download.
type ExportTrial struct {
	Swap
	Submit Attempt   `json:"submit"`
	Polls  []Attempt `json:"polls,omitempty"`
}

// SignedLink is a link that carries its own authority.
type SignedLink struct {
	Route    string  `json:"route"`
	Owner    string  `json:"owner"`
	Param    string  `json:"param"`              // the signature's query key
	Expires  int64   `json:"expires,omitempty"`  // Unix seconds it states
	Lifetime int64   `json:"lifetime,omitempty"` // seconds from issue; 0 unknown
	Open     Attempt `json:"open"`               // anonymous, as issued
	Altered  Attempt `json:"altered"`            // other path, signature kept
	Broken   Attempt `json:"broken"`             // damaged signature
	Expired  Attempt `json:"expired"`            // after expiry, or expiry moved
}

// Graph holds GraphQL queries as owner and stranger, one Swap per field.
type Graph struct {
	Endpoint string `json:"endpoint,omitempty"`
	// None is set when it was proved that there is no GraphQL endpoint.
	None   bool      `json:"none,omitempty"`
	Probes []Attempt `json:"probes,omitempty"`
	Trials []Swap    `json:"trials"`
}

// Channels holds SSE and WebSocket subscriptions.
type Channels struct {
	None   bool           `json:"none,omitempty"`
	Trials []ChannelTrial `json:"trials"`
}

// ChannelTrial is one channel: the owner subscribes as control, the stranger
// to the owner's channel, the owner edits a canary. What each heard is an
// exchange whose body is the frames received.
type ChannelTrial struct {
	Route    string  `json:"route"`
	Kind     string  `json:"kind"` // sse, websocket
	Channel  string  `json:"channel"`
	How      string  `json:"how,omitempty"` // "query", or the message that subscribes; one how may be unknown to the server
	Owner    string  `json:"owner"`
	Stranger string  `json:"stranger"`
	Marker   string  `json:"marker"`
	ID       string  `json:"id,omitempty"` // of the canary
	Edit     Attempt `json:"edit"`
	Control  Attempt `json:"control"`
	Try      Attempt `json:"try"`
	Skipped  Skip    `json:"skipped"`
}

// WriteTrials holds writes decided by the owner's re-read.
type WriteTrials struct {
	Trials []WriteTrial `json:"trials"`
	// Orders are write routes asked without a login, with what no handler can
	// accept ("A0 invalid" …), and malformed beside valid ("A6 malformed", "A6 valid");
	// in alters, as a role that must not call them ("role invalid").
	Orders []Asked `json:"orders,omitempty"`
}

// WriteTrial is one write on a fresh object. Class: tenantwrite, tenantcreate,
// poisoning, anonwrite, rolewrite. Tag is the recognisable value sent.
//
// A tenantcreate's Before and After are the owner's list, its Positive an
// ordinary create of the writer's own, its Control the writer's reading of what
// it made. A poisoning's Before and Control are the owner's two readings of the
// object referred to (ID), its After the writer's readings of its own object.
type WriteTrial struct {
	Class    string    `json:"class"`
	Route    string    `json:"route"`
	Verb     string    `json:"verb"`
	Noun     string    `json:"noun,omitempty"`
	ID       string    `json:"id,omitempty"`
	How      string    `json:"how,omitempty"`     // tenantcreate: by which place the tenant was named ("body", "header", "query", "path", "parent")
	Pointer  string    `json:"pointer,omitempty"` // of the changed leaf in the re-read
	Tag      string    `json:"tag,omitempty"`
	Owner    string    `json:"owner"`
	Who      string    `json:"who"`                // who writes
	Declared bool      `json:"declared,omitempty"` // the expectation of refusal is declared (roles)
	Positive Attempt   `json:"positive"`           // the owner's own write of the same kind, on a control object
	Before   Attempt   `json:"before"`
	Write    Attempt   `json:"write"`
	After    []Attempt `json:"after,omitempty"` // owner's re-reads after 0 and 1.5 s, lists, audit trail
	Control  Attempt   `json:"control"`         // the untouched object, re-read (deletes)
	Restore  []Attempt `json:"restore,omitempty"`
	Skipped  Skip      `json:"skipped"`
}

// Assignments holds mass-assignment trials.
type Assignments struct {
	Trials []Assignment `json:"trials"`
}

// Assignment is one field tried on one endpoint.
type Assignment struct {
	Route    string    `json:"route"`
	Who      string    `json:"who"`
	Field    string    `json:"field"`
	Pointer  string    `json:"pointer"`
	Sent     string    `json:"sent"`               // JSON text of the value
	Writable bool      `json:"writable,omitempty"` // the schema lets that role write it
	Before   Attempt   `json:"before"`
	Write    Attempt   `json:"write"`
	After    []Attempt `json:"after,omitempty"`
	// NeedsEffect is set for role and tenant: Effect must show the privilege.
	NeedsEffect  bool      `json:"needsEffect,omitempty"`
	EffectBefore Attempt   `json:"effectBefore"`
	Effect       Attempt   `json:"effect"`
	Restore      []Attempt `json:"restore,omitempty"`
	Skipped      Skip      `json:"skipped"`
}

// Matrix is role × route.
type Matrix struct {
	Roles []string `json:"roles"`
	Cells []Cell   `json:"cells"`
}

// Cell is one route asked by one identity. Expect: "may", "must-not", or
// "should-not" when only inferred; From says where the expectation comes from.
type Cell struct {
	Route   string    `json:"route"`
	Who     string    `json:"who"`
	Role    string    `json:"role"`
	Expect  string    `json:"expect"`
	From    string    `json:"from,omitempty"`
	Values  Values    `json:"values,omitempty"`
	Owner   string    `json:"owner,omitempty"` // who gives P
	P       []Attempt `json:"p,omitempty"`
	X       Attempt   `json:"x"`
	Tricks  []Trick   `json:"tricks,omitempty"` // role values under client control
	Skipped Skip      `json:"skipped"`
}
