package artifact

import (
	"time"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Cookies is the handle of the cookie study.
var Cookies = check.NewArtifact[CookieStudy]("cookies")

// CookieStudy is what signing in left in each recipe's cookie jar, and which of
// it is the session: the cookie whose removal kills the alive probe.
type CookieStudy struct {
	Target   string      `json:"target"`             // URL of the target
	Embedded []string    `json:"embedded,omitempty"` // approved origins of other sites: why a cookie may have to travel cross-site
	Jars     []CookieJar `json:"jars"`
}

// CookieJar is the study of one recipe, made with one identity.
type CookieJar struct {
	Recipe  string   `json:"recipe"`
	Who     string   `json:"who"`
	Sends   string   `json:"sends,omitempty"`  // how the recipe sends the credential: cookie, bearer …
	Static  bool     `json:"static,omitempty"` // the credential stands in portal.yaml: nobody was seen to sign in
	Control Attempt  `json:"control"`          // the alive probe with every cookie
	None    Attempt  `json:"none"`             // the alive probe without any cookie
	Only    Attempt  `json:"only"`             // the alive probe with the cookies alone, no other credential
	Lives   Lives    `json:"lives"`
	Cookies []Cookie `json:"cookies,omitempty"`
	Skipped Skip     `json:"skipped"`
}

// Lives says which of a jar's probes named the caller.
type Lives struct {
	Control bool `json:"control,omitempty"`
	None    bool `json:"none,omitempty"` // no cookie is needed
	Only    bool `json:"only,omitempty"` // cookies alone are enough: they are ambient
}

// Session returns the cookies that are the jar's session.
func (j *CookieJar) Session() []Cookie {
	var out []Cookie
	for _, c := range j.Cookies {
		if c.Session {
			out = append(out, c)
		}
	}
	return out
}

// Settled reports whether the study found out what the session is: some cookies
// or, proved as well, none.
func (j *CookieJar) Settled() bool {
	return j.Skipped.Reason == "" && j.Lives.Control && (len(j.Session()) > 0 || j.Lives.None && !j.Lives.Only)
}

// Cookie is one cookie of a jar.
type Cookie struct {
	Name    string      `json:"name"`
	Session bool        `json:"session,omitempty"` // the probe dies without it, or lives by it alone
	Form    string      `json:"form,omitempty"`    // of its value: jwt, jwt-part, random, short
	Without Attempt     `json:"without"`           // the alive probe without it
	Alone   Attempt     `json:"alone"`             // the alive probe with it alone; asked where no removal kills
	Set     []CookieSet `json:"set,omitempty"`     // every Set-Cookie seen while signing in and, where it differs, later; oldest first
}

// Last returns the Set-Cookie that made the cookie what it was after signing
// in; ok is false when none was seen.
func (c Cookie) Last() (set CookieSet, ok bool) {
	for _, s := range c.Set {
		if !s.Later && !s.Drops {
			set, ok = s, true
		}
	}
	return set, ok
}

// CookieSet is one Set-Cookie header (RFC 6265bis §5.6), its value left out.
type CookieSet struct {
	Ref         evidence.Ref  `json:"ref"`
	URL         string        `json:"url"`
	Domain      string        `json:"domain,omitempty"` // as sent, without its leading dot; empty: host-only
	Path        string        `json:"path,omitempty"`   // as sent; empty: the folder of the URL
	Secure      bool          `json:"secure,omitempty"`
	HTTPOnly    bool          `json:"httpOnly,omitempty"`
	SameSite    string        `json:"sameSite,omitempty"`    // Lax, Strict, None; empty: not sent, or not understood
	Odd         string        `json:"odd,omitempty"`         // a SameSite that no browser understands
	Partitioned bool          `json:"partitioned,omitempty"` // CHIPS
	Life        time.Duration `json:"life,omitempty"`        // nanoseconds; 0: until the browser closes
	Drops       bool          `json:"drops,omitempty"`       // it deletes the cookie
	Refused     string        `json:"refused,omitempty"`     // why a browser would not keep it
	Later       bool          `json:"later,omitempty"`       // seen after signing in
}
