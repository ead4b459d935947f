package artifact

import "github.com/launchready/launchready/check"

// Handles of the authentication transcripts.
var (
	Coverages   = check.NewArtifact[Coverage]("coverage")
	AnonWrites  = check.NewArtifact[WriteTrials]("anonwrites")
	Bypasses    = check.NewArtifact[Bypass]("bypass")
	Enumeration = check.NewArtifact[Accounts]("accounts")
	Timed       = check.NewArtifact[Timings]("timings")
)

// Coverage is every route asked with and without a login.
type Coverage struct {
	Routes []Asked `json:"routes"`
}

// Asked is one route's transcript. Control is the authorised answer ("P",
// twice: "P", "P2"; "T" is another tenant's answer to the very same); Tries are A0 … A5, named by kind ("A0", "A1 bearer",
// "A1 cookie", "A2 empty bearer" …); Order holds A6 ("A6 unknown id", "A6 known id", "A6 malformed", "A6 valid").
type Asked struct {
	Route   string    `json:"route"`
	Values  Values    `json:"values,omitempty"`
	Control []Attempt `json:"control,omitempty"`
	Tries   []Attempt `json:"tries,omitempty"`
	Order   []Attempt `json:"order,omitempty"`
	// Skipped says why the route was not asked at all.
	Skipped Skip `json:"skipped"`
}

// Skip says why something was left out; zero when it was not.
type Skip struct {
	Reason check.Reason `json:"reason,omitempty"`
	Why    string       `json:"why,omitempty"`
}

// Bypass is the matrix of tricks on one representative per cluster, without a
// credential (and as the low role, for authz/roletricks).
type Bypass struct {
	Clusters []Cluster `json:"clusters"`
}

// Cluster is a group of routes that refuse alike.
type Cluster struct {
	Name    string   `json:"name"` // router prefix × refusal
	Route   string   `json:"route"`
	Routes  []string `json:"routes"` // all routes of the cluster
	Values  Values   `json:"values,omitempty"`
	Who     string   `json:"who"`  // who tries: anonymous or the low role's identity
	Base    Attempt  `json:"base"` // the plain denial
	P       Attempt  `json:"p"`    // the authorised answer
	P2      Attempt  `json:"p2"`   // again, for markers
	Tricks  []Trick  `json:"tricks"`
	Skipped Skip     `json:"skipped"`
}

// Trick is one trick: sent, sent again on a hit, and on a random path as control.
type Trick struct {
	Name    string  `json:"name"`
	Route   string  `json:"route"`
	Try     Attempt `json:"try"`
	Again   Attempt `json:"again"`
	Control Attempt `json:"control"`
}

// Accounts is the enumeration transcript: existing and non-existing accounts, interleaved.
type Accounts struct {
	Pairs []AccountPair `json:"pairs"`
}

// AccountPair is the rounds of one endpoint ("login", "reset").
type AccountPair struct {
	Endpoint string    `json:"endpoint"`
	Route    string    `json:"route"`
	Known    []Attempt `json:"known"`
	Unknown  []Attempt `json:"unknown"`
	// KnownNames and UnknownNames are the account names sent, to mask echoes.
	KnownNames   []string `json:"knownNames"`
	UnknownNames []string `json:"unknownNames"`
	Skipped      Skip     `json:"skipped"`
}

// Timings are rounds whose answers took time, compared between accounts that
// exist and others.
type Timings struct {
	Pairs []TimedPair `json:"pairs"`
}

// TimedPair is the rounds of one endpoint, in turn. Again is the second half,
// taken only where the first showed a difference.
type TimedPair struct {
	Endpoint     string    `json:"endpoint"`
	Route        string    `json:"route"`
	Known        []Attempt `json:"known,omitempty"`
	Unknown      []Attempt `json:"unknown,omitempty"`
	KnownAgain   []Attempt `json:"knownAgain,omitempty"`
	UnknownAgain []Attempt `json:"unknownAgain,omitempty"`
	Skipped      Skip      `json:"skipped"`
}
