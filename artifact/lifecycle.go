package artifact

import (
	"time"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Handles of what is known of the sessions' life: Lifecycles from its beginning
// to the logout, Expiries from what is left of it when the run ends.
var (
	Lifecycles = check.NewArtifact[Lifecycle]("lifecycle")
	Expiries   = check.NewArtifact[Expiry]("expiry")
)

// Proof is an attempt on the alive probe and whether its answer named the caller.
type Proof struct {
	Attempt
	Alive bool `json:"alive,omitempty"`
}

// Dead reports whether the attempt proves that nobody was let in.
func (p Proof) Dead() bool { return p.Sent() && p.Unproven == "" && !p.Alive }

// Lifecycle is how each recipe's sessions begin and end.
type Lifecycle struct {
	MaxAge      time.Duration `json:"maxAge"` // policy.session.max-age, nanoseconds
	Recipes     []RecipeLife  `json:"recipes"`
	Revocations []Revocation  `json:"revocations,omitempty"`
}

// RecipeLife is the study of one recipe, made with sign-ins of one identity.
type RecipeLife struct {
	Recipe string `json:"recipe,omitempty"`
	Who    string `json:"who"`
	Sends  string `json:"sends,omitempty"`
	Probe  string `json:"probe,omitempty"`
	// Standing says that the credential stands in portal.yaml: nobody signs in,
	// so nothing begins and nothing can be logged out.
	Standing bool           `json:"standing,omitempty"`
	Skipped  Skip           `json:"skipped"`
	Steps    []evidence.Ref `json:"steps,omitempty"` // of one sign-in
	Tokens   []SessionToken `json:"tokens,omitempty"`
	Fixation Fixation       `json:"fixation"`
	Logout   Logout         `json:"logout"`
	Mangles  []Mangle       `json:"mangles,omitempty"`
	Samples  []TokenSample  `json:"samples,omitempty"`
	Places   []TokenPlace   `json:"places,omitempty"`
}

// Label is how findings name a recipe.
func (r RecipeLife) Label() string {
	if r.Recipe == "" {
		return "login"
	}
	return "login " + r.Recipe
}

// SessionToken is one thing a sign-in hands out, and what it opens by itself.
type SessionToken struct {
	Name  string `json:"name"`            // "cookie sid", "bearer", "refresh_token"
	Kind  string `json:"kind"`            // cookie, access, refresh
	JWT   bool   `json:"jwt,omitempty"`   //
	Alone Proof  `json:"alone"`           // the probe with it and nothing else
	Vital bool   `json:"vital,omitempty"` // without it the others open nothing
	// Life is how long the portal says that it lives; 0: it does not say.
	Life   time.Duration `json:"life,omitempty"`
	States string        `json:"states,omitempty"` // where it says so: "exp", "Max-Age", "expires_in", "no exp", "browser"
	Ref    evidence.Ref  `json:"ref,omitempty"`    // the answer that says so
}

// Where a life is stated that is none.
const (
	StatesNoExp   = "no exp"  // a JSON Web Token without an end
	StatesBrowser = "browser" // a cookie that ends with the browser
)

// Fixation is signing in with cookies that were there before.
type Fixation struct {
	Skipped Skip            `json:"skipped"`
	Trials  []FixationTrial `json:"trials,omitempty"`
	Before  []string        `json:"before,omitempty"` // names of the cookies a visitor gets before signing in
	Alone   Proof           `json:"alone"`            // the cookies of a sign-in and nothing else
}

// FixationTrial is one sign-in with cookies known to somebody else.
type FixationTrial struct {
	Kind    string   `json:"kind"` // given: by the portal to a visitor; chosen: made up
	Cookies []string `json:"cookies"`
	Control Proof    `json:"control"` // the probe with what signing in left in the jar
	Only    Proof    `json:"only"`    // with nothing but the values known before
}

// Logout is what is left of a session that was logged out.
type Logout struct {
	Skipped Skip          `json:"skipped"`
	Request string        `json:"request,omitempty"` // "POST /logout"
	Learned bool          `json:"learned,omitempty"`
	Answers []Attempt     `json:"answers,omitempty"` // the logout and where it led
	Refused string        `json:"refused,omitempty"` // why the logout itself did not work
	Replays []TokenReplay `json:"replays,omitempty"`
	Other   Proof         `json:"other"`             // a second session of the same identity, after the logout
	Refresh string        `json:"refresh,omitempty"` // the exchange of refresh tokens; "" when none is known
}

// TokenReplay is one token of the session, before and after its logout.
type TokenReplay struct {
	Name   string        `json:"name"`
	Kind   string        `json:"kind"`
	Before Proof         `json:"before"`
	After  []Proof       `json:"after,omitempty"` // at once and 2 s later
	Left   time.Duration `json:"left,omitempty"`  // how long it lives on by its own word; 0: unknown
}

// Mangle is a credential that must be refused: invalid, truncated, foreign.
type Mangle struct {
	Name string `json:"name"`
	Proof
}

// TokenSample measures the values of one token over several sign-ins; the
// values themselves are kept nowhere.
type TokenSample struct {
	Name     string  `json:"name"`
	Skipped  Skip    `json:"skipped"`
	Count    int     `json:"count"`
	Distinct int     `json:"distinct"`
	Length   int     `json:"length"`           // of the shortest
	Prefix   int     `json:"prefix,omitempty"` // characters that all begin with
	Varying  int     `json:"varying"`          // positions that differ
	Alphabet int     `json:"alphabet"`         // size of the smallest usual alphabet that holds them
	Bits     float64 `json:"bits"`
	Ordered  bool    `json:"ordered,omitempty"` // numbers that grow by little: a counter or a clock
	Signed   bool    `json:"signed,omitempty"`  // a JSON Web Token: its signature is what cannot be guessed
}

// TokenPlace is where a token was met that others may read.
type TokenPlace struct {
	Token string       `json:"token"`
	Where string       `json:"where"`           // "request URL", "Location", "page"
	URL   string       `json:"url"`             // path only
	Leaks bool         `json:"leaks,omitempty"` // the page at that URL names other sites and sets no Referrer-Policy
	Ref   evidence.Ref `json:"ref"`
}

// Revocation is a change after which older sessions must end, or lose their rights.
type Revocation struct {
	Event   string        `json:"event"`            // password, role
	Within  time.Duration `json:"within,omitempty"` // how long the old session was watched
	Who     string        `json:"who,omitempty"`
	Route   string        `json:"route,omitempty"`
	Single  bool          `json:"single,omitempty"` // a second sign-in ends the first: there are no other sessions
	Opens   string        `json:"opens,omitempty"`  // role: what the higher role opens
	Skipped Skip          `json:"skipped"`
	Before  Proof         `json:"before"`          // the old session, before
	Change  Attempt       `json:"change"`          // the change itself
	Effect  Proof         `json:"effect"`          // that it took effect
	After   []LaterProof  `json:"after,omitempty"` // the old session, afterwards
	Left    string        `json:"left,omitempty"`  // why it could not be undone
}

// Watched is how long an old session is watched before it counts as alive: as
// long as a change may take to reach every server.
const (
	Watched      = time.Minute
	WatchedLocal = 5 * time.Second // a portal on this machine has no other servers
)

// LaterProof is a proof some time after what it is about.
type LaterProof struct {
	Proof
	Since time.Duration `json:"since"`
}

// Expiry is what became of credentials at their end.
type Expiry struct {
	Idle   time.Duration `json:"idle"` // policy.session.idle
	Tokens []Expired     `json:"tokens,omitempty"`
}

// Expired is one credential: minted early and asked late, or stored in portal.yaml.
type Expired struct {
	Recipe string `json:"recipe,omitempty"`
	Who    string `json:"who"`
	Token  string `json:"token"` // "cookie sid", "bearer"
	Event  string `json:"event"` // expired, idle
	// Stored says that it comes from portal.yaml, at whose word it was once good;
	// Unlike says why it cannot be a credential of this portal.
	Stored  bool          `json:"stored,omitempty"`
	Unlike  string        `json:"unlike,omitempty"`
	Life    time.Duration `json:"life,omitempty"`
	Ends    time.Time     `json:"ends,omitzero"` // when it can be seen
	Fresh   Proof         `json:"fresh"`         // it worked when it was new
	Control Proof         `json:"control"`       // a good credential works at that moment
	Late    Proof         `json:"late"`          // after its end
	Skipped Skip          `json:"skipped"`
}
