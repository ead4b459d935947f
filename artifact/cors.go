package artifact

import "github.com/launchready/launchready/check"

// Crossed is the handle of the cross-origin transcript.
var Crossed = check.NewArtifact[CrossOrigin]("cors")

// CrossOrigin is what the portal says to scripts of other origins.
type CrossOrigin struct {
	Target   string   `json:"target"`
	Own      []string `json:"own"`                // the portal's own origins
	Approved []string `json:"approved,omitempty"` // policy.origins
	// Surveyed is one answer to a foreign origin for each route that can be read
	// and for the errors, so that CORS headers are missed nowhere.
	Surveyed []Surveyed `json:"surveyed"`
	Clusters []Crossing `json:"clusters"`
	Left     []string   `json:"left,omitempty"` // what the budget left out
}

// Surveyed is one route as a foreign origin is answered.
type Surveyed struct {
	Route string  `json:"route"`
	Kind  string  `json:"kind"` // as of Crossing
	Try   Attempt `json:"try"`
}

// Crossing is one cluster of routes, by its representative. Kind is api, page,
// public, static, login, export, link (the address is the credential), 401 or 404.
type Crossing struct {
	Kind    string      `json:"kind"`
	Route   string      `json:"route"` // inventory route id
	Subject string      `json:"subject"`
	Who     string      `json:"who"`    // with whose credential; evidence.Anonymous for none
	Plain   Attempt     `json:"plain"`  // without an Origin, with the credential
	Nobody  Attempt     `json:"nobody"` // without an Origin, without a credential
	Tries   []OriginTry `json:"tries"`
	Skipped Skip        `json:"skipped"`
}

// OriginTry is one origin tried on a cluster. Class says whose it is: approved,
// foreign (anybody's), null, http (plain, of an own host), subdomain, port,
// local (the visitor's machine), or odd (no browser sends it; for what it tells).
type OriginTry struct {
	Name       string    `json:"name"`
	Origin     string    `json:"origin"`
	Class      string    `json:"class"`
	Actual     Attempt   `json:"actual"`
	Preflights []Attempt `json:"preflights,omitempty"` // named by the method asked for
	// Replay is the request as a browser would send it from that origin: with
	// Cookies, those that SameSite lets travel.
	Replay   Attempt  `json:"replay"`
	Cookies  []string `json:"cookies,omitempty"`
	Withheld []string `json:"withheld,omitempty"` // cookies kept back, with the reason
}

// Find returns the first try of a class; ok is false when there is none.
func (c *Crossing) Find(class string) (t OriginTry, ok bool) {
	for _, t := range c.Tries {
		if t.Class == class {
			return t, true
		}
	}
	return OriginTry{}, false
}
