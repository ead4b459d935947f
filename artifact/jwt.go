package artifact

import (
	"time"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Tokens is the handle of what was tried with signed tokens.
var Tokens = check.NewArtifact[TokenStudy]("tokens")

// TokenStudy is every credential of every identity, and what portals must not
// accept in place of those that are JSON Web Tokens.
type TokenStudy struct {
	Looked []Carried   `json:"looked,omitempty"`
	Missed []Missed    `json:"missed,omitempty"` // identities whose credentials could not be looked at
	Types  []TokenType `json:"types,omitempty"`
}

// Carried is one value that an identity signs in with or was handed.
type Carried struct {
	Who   string `json:"who"`
	Place string `json:"place"` // "header Authorization", "cookie sid", "handed refresh_token"
	Form  string `json:"form"`  // FormJWT, FormJWE, FormOpaque
	Sent  bool   `json:"sent"`  // with every request
}

// The forms of a credential.
const (
	FormJWT    = "jwt"
	FormJWE    = "jwe"
	FormOpaque = "opaque"
)

// Missed is an identity whose credentials were not seen, and why.
type Missed struct {
	Who string `json:"who"`
	Skip
}

// TokenType is one kind of token, studied once, with one identity's.
type TokenType struct {
	Recipe  string    `json:"recipe,omitempty"`
	Who     string    `json:"who"`
	Place   string    `json:"place"`
	Alg     string    `json:"alg,omitempty"`
	Typ     string    `json:"typ,omitempty"`
	Claims  []string  `json:"claims,omitempty"` // their names
	Expires time.Time `json:"expires,omitzero"`
	JWE     bool      `json:"jwe,omitempty"`
	Probe   string    `json:"probe,omitempty"`
	// Standing says that the token stands in portal.yaml; Presented that it was
	// handed out and is sent here as a bearer token, which the portal does not ask for.
	Standing  bool         `json:"standing,omitempty"`
	Presented bool         `json:"presented,omitempty"`
	Skipped   Skip         `json:"skipped"`
	Control   Proof        `json:"control"` // the probe with the token
	Without   Proof        `json:"without"` // with everything else that is sent, but not the token
	None      Proof        `json:"none"`    // with nothing at all
	Trials    []TokenTrial `json:"trials,omitempty"`
	Left      []Untried    `json:"left,omitempty"`
	Guess     Guess        `json:"guess"`
	Services  []Service    `json:"services,omitempty"`
}

// Label is how findings name a kind of token; it is the same in every run.
func (t TokenType) Label() string {
	label := "token in " + t.Place
	if t.Recipe != "" {
		label += " of login " + t.Recipe
	}
	return label
}

// TokenTrial is a token that must be refused, and the good one sent after it.
type TokenTrial struct {
	ID string `json:"id"` // T1 to T13
	Proof
	After Proof  `json:"after"`          // the original once more
	Whom  string `json:"whom,omitempty"` // the identity that the forged token speaks of
	// Fetched says that the portal asked our own listener for a key that the token named.
	Fetched bool `json:"fetched,omitempty"`
}

// Untried is an attempt that was not made. Needed says that without it nothing
// can be said about the whole.
type Untried struct {
	ID     string `json:"id"`
	What   string `json:"what"`
	Needed bool   `json:"needed,omitempty"`
	Skip
}

// Guess is the search for the secret of a token signed by HMAC.
type Guess struct {
	Tried  int    `json:"tried,omitempty"` // words
	Found  bool   `json:"found,omitempty"`
	Masked string `json:"masked,omitempty"`
	Length int    `json:"length,omitempty"`
	// Confirmed is a token of ours, signed with the secret: with the jti and the
	// time of issue changed, and with the same claims.
	Confirmed []Proof `json:"confirmed,omitempty"`
}

// Service is one route that somebody else than the probe may answer, asked
// with forged tokens.
type Service struct {
	Route   string    `json:"route"`
	Prefix  string    `json:"prefix"` // "/billing", " pages", with its origin when that is another
	Foreign bool      `json:"foreign,omitempty"`
	Skipped Skip      `json:"skipped"`
	Control Attempt   `json:"control"`
	Again   Attempt   `json:"again"` // the control once more, after the trials
	None    Attempt   `json:"none"`
	Trials  []Attempt `json:"trials,omitempty"`
}

// Refs returns the exchanges that show a trial: the attempt and the control after it.
func (t TokenTrial) Refs() []evidence.Ref { return []evidence.Ref{t.Ref, t.After.Ref} }
