// Package portal is portal.yaml: what a portal is, where it runs, who may try
// it and what may be done to it. It reads the file strictly, with line and
// column, and depends on nothing but one YAML parser.
package portal

import "time"

// Effect is something an audit may do to a target. portal.yaml grants them.
type Effect string

// The effects. Default: Look and SignIn.
const (
	Look    Effect = "look"    // GET, HEAD, OPTIONS
	SignIn  Effect = "sign-in" // log in, refresh and log out the declared identities
	Write   Effect = "write"   // only on objects this run created
	LoadRun Effect = "load"    // the latency run
	Burst   Effect = "burst"   // rate limits, big bodies
	Mail    Effect = "mail"    // reset and invite requests
)

// Effects lists every effect in the order people read them.
var Effects = []Effect{Look, SignIn, Write, Burst, LoadRun, Mail}

// Portal is a portal.yaml of version 1, with defaults filled in.
type Portal struct {
	Version    int
	Name       string
	Targets    []*Target          // in file order
	Logins     map[string]*Recipe // "" is the unnamed recipe
	Identities []*Identity        // in file order
	Denied     Denied             // added to what is learned
	Routes     Routes
	Resources  []*Resource // in file order
	Source     Source
	Logs       []LogSource
	Domain     Domain
	Policy     Policy
	Monitors   map[string]any // read by later rows
	Ops        Ops
	Waivers    string // path

	File   string   // where it was read from
	Dir    string   // folder that relative paths start from
	Secret []Secret // every value of a credential key, and every ${env:} or ${file:} of a recipe or resource
	// Held is what ${env:NAME} and ${file:path} stand for in texts that keep
	// them: "env:NAME" → value. Every identity's Extra holds them too.
	Held     map[string]Secret
	Warnings []Problem // what is allowed but most likely not meant
}

// Target is one place the portal runs.
type Target struct {
	Name     string
	URL      string   // origin plus optional base path, no trailing slash
	Also     []string // further origins in scope
	Allow    []Effect
	Rate     float64 // requests per second
	InFlight int
	Headers  []Header // an outer gate; never counts as the portal's login
	CA       string   // PEM file of an extra certificate authority, as seen from the working folder
	Resolve  map[string]string
}

// Allows reports whether the target grants e.
func (t *Target) Allows(e Effect) bool {
	for _, a := range t.Allow {
		if a == e {
			return true
		}
	}
	return false
}

// Header is one header field; its value may be a secret.
type Header struct {
	Name  string
	Value Secret
}

// Recipe is how an identity signs in.
type Recipe struct {
	Name   string
	Steps  []Step
	Send   Send       // how the credential travels afterwards
	Also   []AlsoSend // further credentials for some paths
	Alive  *Alive     // nil: learned
	CSRF   CSRF       // zero: learned
	Logout *Call      // nil: none known
}

// Step is one request of a recipe.
type Step struct {
	Request Call
	Form    []Pair // form body, in order
	JSON    any    // JSON body: maps, slices, strings with ${…}
	Body    string // raw body
	Headers []Pair
	Capture []Pair // name → expression (JSON pointer, CSS selector, "header N", "cookie N", "regex …")
	OK      *Match
	Failed  *Match
	Line    int
}

// Pair is a name and a value that may hold ${…}.
type Pair struct{ Name, Value string }

// Call is "METHOD /path" (or an absolute URL in scope), possibly with ${…}.
type Call struct {
	Method, Path string
	With         *Payload `json:",omitempty"` // of a resource that is read by POST; nil: nothing is sent
}

// Payload is what a declared read sends along: one body at most.
type Payload struct {
	JSON    any    `json:",omitempty"`
	Form    []Pair `json:",omitempty"`
	Raw     string `json:",omitempty"`
	Headers []Pair `json:",omitempty"`
}

// String returns "METHOD /path".
func (c Call) String() string { return c.Method + " " + c.Path }

// Match describes an answer; every given part must hold.
type Match struct {
	Status      []int
	Location    string // regexp the Location must match
	LocationNot string
	Body        string // regexp
	BodyNot     string
	Header      string // a header that must be there
	Cookie      string // a cookie that must be set
}

// Send is how the credential travels: Kind is "cookie", "bearer", "header",
// "basic", "json-field", "query" or "none"; Name is the header, field or key; Value may hold ${…}.
type Send struct {
	Kind  string
	Name  string
	Value string
}

// AlsoSend is a second credential for paths with the prefix For.
type AlsoSend struct {
	For  string
	Send Send
}

// Alive is the probe that tells a living session from a dead one.
type Alive struct {
	Request  Call
	Contains string // may hold ${user}; the caller's own name or id
}

// CSRF is how unsafe requests prove their origin: Kind is "header",
// "form-field", "fetch-metadata", "none" or "" (learned).
type CSRF struct {
	Kind string
	Name string // header or field
	From string // capture expression; "page expression" of From may be preceded by a path: "/settings meta[name=csrf-token]"
}

// Identity is one test account.
type Identity struct {
	Name       string
	Tenant     string
	Role       string
	Login      string // recipe name
	User       string
	Password   Secret
	Token      Secret            // a static credential instead of signing in
	TOTP       Secret            // RFC 6238 seed, base32
	Extra      map[string]Secret // further variables for recipes: api_key, and "env:NAME", "file:path" of their texts
	Disposable bool
	Line       int
}

// Denied describes how this portal refuses, beside what is learned.
type Denied struct {
	Status   []int            `json:"status,omitempty"`
	Redirect string           `json:"redirect,omitempty"` // regexp on the Location's path
	Body     string           `json:"body,omitempty"`     // regexp
	JSON     map[string][]any `json:"json,omitempty"`     // pointer → values
	Empty    []string         `json:"empty,omitempty"`    // pointers; empty collection or null there is a refusal
}

// Routes says where routes come from and what is known of them.
type Routes struct {
	OpenAPI []string
	HAR     []string
	Code    []string
	Bundle  []string
	Crawl   bool // default true: links, forms and lists seen while signed in
	Public  []Pattern
	Shared  []Pattern
	Never   []Pattern
	Allow   []RoleRule // in file order
}

// RoleRule says which roles may call the routes of a pattern.
type RoleRule struct {
	Pattern Pattern
	Roles   []string
}

// Resource is what the harvest cannot find by itself.
type Resource struct {
	Name   string
	IDs    []string            // literal ids, or
	IDsAt  *IDsAt              // where to read them
	Owner  map[string][]string // tenant → ids, when ids: is a map by tenant
	List   *Call
	Detail *Call
	Export *Call
	Create *WriteCall
	Update *WriteCall
	Delete *WriteCall
	Marker string // text only this tenant's records hold; may hold ${tenant}, ${user}
	Denied *Denied
	Line   int
}

// IDsAt says where ids are listed: a request and a pointer with * for every element.
type IDsAt struct {
	Request Call
	Pointer string
}

// WriteCall is a declared write: JSON or Form holds ${text} where free text goes.
type WriteCall struct {
	Request Call
	JSON    any
	Form    []Pair
	Verify  *IDsAt // GET and pointer of the re-read
}

// Source is where the code is.
type Source struct {
	Repo     string
	Frontend string
	Deploy   []string
}

// LogSource is a file glob or a command whose output is the portal's log.
type LogSource struct{ File, Command string }

// Domain is what the edge and email rows look at.
type Domain struct {
	Name    string
	Hosts   []string
	Mail    MailPolicy
	CDN     string
	Origins []string
}

// MailPolicy is what the email row looks at.
type MailPolicy struct{ From, Selectors, Samples []string }

// Policy holds thresholds.
type Policy struct {
	Origins []string
	Latency Latency
	Limits  map[string]int
	Session SessionPolicy
}

// Latency is the latency policy.
type Latency struct {
	P95     time.Duration
	Actions []Call
	Rate    float64
	For     time.Duration
}

// SessionPolicy bounds session life.
type SessionPolicy struct{ MaxAge, Idle time.Duration }

// Ops is what the rollback and handover rows look at.
type Ops struct {
	StagingMirrorsProduction *bool
	Rollback                 map[string]string
	Handover                 string
	Owners                   map[string]string
	Deadline                 map[string]string
}
