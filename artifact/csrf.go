package artifact

import (
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// CrossSites is the handle of the cross-site transcript.
var CrossSites = check.NewArtifact[CrossSite]("csrf")

// CrossSite is what another site's page could make a signed-in browser do.
type CrossSite struct {
	Target     string    `json:"target"` // URL of the target
	Ambients   []Ambient `json:"ambients"`
	Operations []Forgery `json:"operations,omitempty"`
	Logins     []Forgery `json:"logins,omitempty"` // signing in and out
	Backs      []Back    `json:"backs,omitempty"`
	Browser    string    `json:"browser,omitempty"`   // "Chromium 140.0.7339.80"; empty: none ran
	NoBrowser  string    `json:"noBrowser,omitempty"` // why not
}

// Ambient says what of a credential browsers send by themselves: one recipe,
// looked at with one identity.
type Ambient struct {
	Recipe  string        `json:"recipe"`
	Who     string        `json:"who"`
	Kind    string        `json:"kind,omitempty"` // cookie, basic, none; empty: not known
	Proof   []Attempt     `json:"proof,omitempty"`
	Cookies []CookieTrait `json:"cookies,omitempty"` // the session's
	Skipped Skip          `json:"skipped"`
}

// CookieTrait is a cookie with what was said when it was set last.
type CookieTrait struct {
	Name string    `json:"name"`
	Set  CookieSet `json:"set"`
	Seen bool      `json:"seen"` // a Set-Cookie of it was seen
}

// What shows that a change has happened.
const (
	Appears = "appears" // the re-read holds the sign
	Gone    = "gone"    // the re-read no longer holds the sign
	Differs = "differs" // the re-read is not what it was
)

// Forgery is one operation that a foreign page tries to trigger.
type Forgery struct {
	Class    string    `json:"class"`             // create, update, delete, profile, get, refusal, login, logout
	Cluster  string    `json:"cluster,omitempty"` // part of the portal: "/api json"
	Route    string    `json:"route"`             // inventory id
	Who      string    `json:"who"`               // whose browser
	Effect   string    `json:"effect,omitempty"`  // Appears, Gone or Differs
	Sign     string    `json:"sign,omitempty"`    // text that the proper change leaves
	Before   []Attempt `json:"before,omitempty"`  // readings before the tries, two where Effect is Differs
	Positive Attempt   `json:"positive"`          // the proper request
	Shown    Attempt   `json:"shown"`             // the re-read after it
	Tries    []Forged  `json:"tries,omitempty"`   // each with its own re-read, or all with the last one's
	Settled  Attempt   `json:"settled"`           // a re-read a while after the last try
	Alive    bool      `json:"alive,omitempty"`   // the browser's session outlived the tries
	Confirm  *Confirm  `json:"confirm,omitempty"` // the same by a real browser
	LeftOut  []string  `json:"leftOut,omitempty"` // other routes of the cluster, which were not tried
	Like     string    `json:"like,omitempty"`    // refusal: the route whose refusals these are compared with
	LikeTry  Attempt   `json:"likeTry"`           // refusal: that route's refused try
	Skipped  Skip      `json:"skipped"`
}

// Forged is one request as another site's page would make it.
type Forged struct {
	Form  string `json:"form"`            // "C1 form", "C3 text/plain" …
	Token string `json:"token,omitempty"` // removed, empty, other user's, other session's, pair, changed
	// Site is what the page's site is to the portal: cross-site or same-site.
	// Where SameSite keeps the session back from other sites, only a page of the
	// same site can try.
	Site string `json:"site"`
	// Default says that the session has no SameSite: some browsers send it.
	Default bool `json:"default,omitempty"`
	// Unseen says that nobody saw with which attributes the session is set.
	Unseen    bool     `json:"unseen,omitempty"`
	Navigates bool     `json:"navigates,omitempty"`
	Cookies   []string `json:"cookies,omitempty"` // names sent
	Note      string   `json:"note,omitempty"`
	Sign      string   `json:"sign,omitempty"`
	Preflight Attempt  `json:"preflight"` // C4: what the browser asks first
	Allowed   bool     `json:"allowed,omitempty"`
	Write     Attempt  `json:"write"`
	After     Attempt  `json:"after"` // the re-read
}

// Confirm is the same request made by a page of another site in a real browser.
type Confirm struct {
	Browser string       `json:"browser,omitempty"` // with its version
	Page    string       `json:"page,omitempty"`    // the foreign page's origin
	Sign    string       `json:"sign,omitempty"`
	Request evidence.Ref `json:"request,omitempty"` // as the browser sent it
	Before  []Attempt    `json:"before,omitempty"`  // where the object had to be made anew
	Gone    string       `json:"gone,omitempty"`    // its sign
	After   Attempt      `json:"after"`
	Why     string       `json:"why,omitempty"` // why it was not tried, or did not get through
}

// Back is a private page looked at again by the browser's Back button after
// signing out.
type Back struct {
	Recipe  string       `json:"recipe"`
	Who     string       `json:"who"`
	Route   string       `json:"route"`
	Marker  string       `json:"marker,omitempty"` // text of the page that names the caller
	Shown   bool         `json:"shown,omitempty"`  // the marker was visible while signed in
	After   bool         `json:"after,omitempty"`  // and after going back
	Page    evidence.Ref `json:"page,omitempty"`   // the private page as sent
	Logout  evidence.Ref `json:"logout,omitempty"`
	Again   evidence.Ref `json:"again,omitempty"` // asked for once more by Back; empty: shown from memory
	Browser string       `json:"browser,omitempty"`
	Skipped Skip         `json:"skipped"`
}
