package artifact

import (
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Bursts is the handle of the rate-limit transcript.
var Bursts = check.NewArtifact[Limits]("limits")

// Limits is what bursts against the endpoints worth limiting were answered.
type Limits struct {
	Doors []Door `json:"doors"`
	// Absent are the kinds of endpoints that no route is known for. Whole says
	// that every source of routes was read: then there is none.
	Absent []string `json:"absent,omitempty"`
	Whole  bool     `json:"whole"`
	// Lives says of each main identity whether its session outlived the bursts.
	Lives []Life `json:"lives,omitempty"`
}

// Kinds of doors, as policy.limits names them.
const (
	DoorLogin  = "login"
	DoorReset  = "reset"
	DoorInvite = "invite"
	DoorExport = "export"
	DoorCode   = "code"
	DoorSignUp = "sign-up"
	DoorSearch = "search"
	DoorRead   = "read"
)

// Life is one main identity after the bursts.
type Life struct {
	Who   string `json:"who"`
	Alive bool   `json:"alive"`
	Why   string `json:"why,omitempty"` // why it is not known, or not
}

// Door is one endpoint and the bursts it met.
type Door struct {
	Kind     string   `json:"kind"`
	Route    string   `json:"route"`
	Declared int      `json:"declared,omitempty"` // policy.limits: attempts by which a limit must show; 0: none
	Most     int      `json:"most"`               // attempts that the first burst may take
	Who      string   `json:"who,omitempty"`      // whose session sends; the account that is guessed at, for a login
	Series   []Series `json:"series,omitempty"`
	// Aside is a login beside that of the recipes: its burst alone is tried.
	Aside   bool `json:"aside,omitempty"`
	Skipped Skip `json:"skipped"`
	// Recovered is how long after the bursts the right password, or the same
	// request, worked again, in seconds; -1: not within the time waited.
	Recovered int `json:"recovered,omitempty"`
	// Made and Refused count what the portal lists of the objects that the
	// burst asked for: all, and those whose request it claimed to refuse.
	Made    int `json:"made,omitempty"`
	Refused int `json:"refused,omitempty"`
}

// Phases of a door, in their order.
const (
	PhaseControl  = "control"  // P0: wrong and right password before any burst
	PhaseBurst    = "burst"    // P1: one account, one address
	PhaseRight    = "right"    // P7: the right password while limited
	PhaseSpray    = "spray"    // P2: one attempt each over unknown accounts, one address
	PhaseAccount  = "account"  // P3: one account, each attempt from another address
	PhaseTricks   = "tricks"   // P4: one series for each trick
	PhaseOthers   = "others"   // P5: other accounts, other addresses while limited
	PhaseWindow   = "window"   // P6: until it is allowed again
	PhaseCounter  = "counter"  // P6: an own sign-in between guesses at others
	PhaseRepeated = "repeated" // P1 again, where the limit looked as if it counted in several places
)

// Series is one phase of a door, or one trick of it.
type Series struct {
	Phase   string `json:"phase"`
	Trick   string `json:"trick,omitempty"`
	Skipped Skip   `json:"skipped"`
	Shots   []Shot `json:"shots,omitempty"`
}

// Names of shots: at whom or how they are aimed.
const (
	ShotKnown   = "known"   // a wrong password for the account of the burst
	ShotUnknown = "unknown" // a wrong password for an account that nobody has
	ShotRight   = "right"   // the right password
	ShotDevice  = "device"  // the right password from a browser that the portal knows
	ShotControl = "control" // without the trick, to see that the limit still holds
	ShotTrick   = "trick"   // with the trick
	ShotAgain   = "again"   // the same request once more
	ShotOther   = "other"   // the same request as another identity
)

// Shot is one attempt of a burst. For a login, Ref is the answer to the
// password and After the page that it led to.
type Shot struct {
	Attempt
	After evidence.Ref `json:"after,omitempty"`
	User  string       `json:"user,omitempty"` // account name sent, to mask echoes
	From  string       `json:"from,omitempty"` // source address, where it is not the usual one
	In    bool         `json:"in,omitempty"`   // the session is proved alive after it
	Cut   string       `json:"cut,omitempty"`  // why no answer came
}
