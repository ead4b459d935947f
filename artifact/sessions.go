package artifact

import (
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// SignIns is the handle of the sign-in transcript.
var SignIns = check.NewArtifact[Sessions]("sessions")

// Sessions says who could be signed in, and how their life is told.
type Sessions struct {
	Identities []Identity `json:"identities"`
}

// Identity is one test account as the run met it.
type Identity struct {
	Name       string         `json:"name"`
	Tenant     string         `json:"tenant,omitempty"`
	Role       string         `json:"role,omitempty"`
	User       string         `json:"user,omitempty"`
	Disposable bool           `json:"disposable,omitempty"`
	SignedIn   bool           `json:"signedIn"`
	Why        string         `json:"why,omitempty"`   // why not
	Sends      string         `json:"sends,omitempty"` // cookie, bearer, header X-Auth …
	Alive      string         `json:"alive,omitempty"` // "GET /api/me", learned or declared
	Learned    bool           `json:"learned,omitempty"`
	CSRF       string         `json:"csrf,omitempty"`  // how unsafe requests prove their origin
	Facts      []string       `json:"facts,omitempty"` // own name, e-mail, ids, tenant id: values that name this caller
	Steps      []evidence.Ref `json:"steps,omitempty"` // the sign-in exchanges
	Renewals   int            `json:"renewals,omitempty"`
	Notes      []string       `json:"notes,omitempty"` // what the recipe left out and signing in found by itself
}

// Label is how reports name an identity: "bob (globex member)".
func (i Identity) Label() string {
	switch {
	case i.Tenant != "" && i.Role != "":
		return i.Name + " (" + i.Tenant + " " + i.Role + ")"
	case i.Tenant != "":
		return i.Name + " (" + i.Tenant + ")"
	}
	return i.Name
}

// By returns the identity of that name; anonymous and unknown names give an Identity holding just the name.
func (s *Sessions) By(name string) Identity {
	for _, i := range s.Identities {
		if i.Name == name {
			return i
		}
	}
	return Identity{Name: name}
}
