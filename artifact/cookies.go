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
	Jars []CookieJar `json:"jars"`
}

// CookieJar is the study of one recipe, made with one identity.
type CookieJar struct {
	Recipe  string   `json:"recipe"`
	Who     string   `json:"who"`
	Sends   string   `json:"sends,omitempty"` // how the recipe sends the credential: cookie, bearer …
	Control Attempt  `json:"control"`         // the alive probe with every cookie
	None    Attempt  `json:"none"`            // the alive probe without any cookie
	Only    Attempt  `json:"only"`            // the alive probe with the cookies alone, no other credential
	Cookies []Cookie `json:"cookies,omitempty"`
	Skipped Skip     `json:"skipped"`
}

// Cookie is one cookie of a jar.
type Cookie struct {
	Name    string      `json:"name"`
	Session bool        `json:"session,omitempty"` // the probe dies without it
	Without Attempt     `json:"without"`           // the alive probe without it
	Set     []CookieSet `json:"set,omitempty"`     // every Set-Cookie seen while signing in, oldest first
}

// CookieSet is one Set-Cookie header (RFC 6265bis §5.6), its value left out.
type CookieSet struct {
	Ref      evidence.Ref  `json:"ref"`
	URL      string        `json:"url"`
	Domain   string        `json:"domain,omitempty"` // as sent; empty: host-only
	Path     string        `json:"path,omitempty"`
	Secure   bool          `json:"secure,omitempty"`
	HTTPOnly bool          `json:"httpOnly,omitempty"`
	SameSite string        `json:"sameSite,omitempty"` // Lax, Strict, None; empty: not sent
	Life     time.Duration `json:"life,omitempty"`     // nanoseconds; 0: until the browser closes
}
