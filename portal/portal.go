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
	Version    int                `json:"version,omitempty"`
	Name       string             `json:"name,omitempty"`
	Targets    []*Target          `json:"targets,omitempty"`    // in file order
	Logins     map[string]*Recipe `json:"logins,omitempty"`     // "" is the unnamed recipe
	Identities []*Identity        `json:"identities,omitempty"` // in file order
	Denied     Denied             `json:"denied,omitzero"`      // added to what is learned
	Routes     Routes             `json:"routes,omitzero"`
	Resources  []*Resource        `json:"resources,omitempty"` // in file order
	Source     Source             `json:"source,omitzero"`
	Logs       []LogSource        `json:"logs,omitempty"`
	Domain     Domain             `json:"domain,omitzero"`
	Policy     Policy             `json:"policy,omitzero"`
	Monitors   map[string]any     `json:"monitors,omitempty"` // read by later rows
	Ops        Ops                `json:"ops,omitzero"`
	Waivers    string             `json:"waivers,omitempty"` // path

	File   string   `json:"-"` // where it was read from
	Dir    string   `json:"-"` // folder that relative paths start from
	Secret []Secret `json:"-"` // every value of a credential key, and every ${env:} or ${file:} of a recipe or resource
	// Held is what ${env:NAME} and ${file:path} stand for in texts that keep
	// them: "env:NAME" → value. Every identity's Extra holds them too.
	Held     map[string]Secret `json:"-"`
	Warnings []Problem         `json:"-"` // what is allowed but most likely not meant
}

// Target is one place the portal runs.
type Target struct {
	Name     string            `json:"name,omitempty"`
	URL      string            `json:"url,omitempty"`  // origin plus optional base path, no trailing slash
	Also     []string          `json:"also,omitempty"` // further origins in scope
	Allow    []Effect          `json:"allow,omitempty"`
	Rate     float64           `json:"rate,omitempty"` // requests per second
	InFlight int               `json:"inFlight,omitempty"`
	Headers  []Header          `json:"headers,omitempty"` // an outer gate; never counts as the portal's login
	CA       string            `json:"ca,omitempty"`      // PEM file of an extra certificate authority, as seen from the working folder
	Resolve  map[string]string `json:"resolve,omitempty"`
	Egress   []string          `json:"egress,omitempty"` // addresses of this machine that connections may leave from, for rate limits
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
	Name  string `json:"name,omitempty"`
	Value Secret `json:"value,omitzero"`
}

// Recipe is how an identity signs in.
type Recipe struct {
	Name   string     `json:"name,omitempty"`
	Steps  []Step     `json:"steps,omitempty"`
	Send   Send       `json:"send,omitzero"`    // how the credential travels afterwards
	Also   []AlsoSend `json:"also,omitempty"`   // further credentials for some paths
	Alive  *Alive     `json:"alive,omitempty"`  // nil: learned
	CSRF   CSRF       `json:"csrf,omitzero"`    // zero: learned
	Logout *Call      `json:"logout,omitempty"` // nil: none known
	// Refresh exchanges a refresh token for new tokens; nil: learned.
	Refresh *Refresh `json:"refresh,omitempty"`
}

// Refresh is the request that exchanges a refresh token: its body names what a
// step captured; without a body the cookies are what is exchanged.
type Refresh struct {
	Request Call   `json:"request,omitempty"`
	Form    []Pair `json:"form,omitempty"`
	JSON    any    `json:"json,omitempty"`
	OK      *Match `json:"ok,omitempty"`
}

// Step is one request of a recipe.
type Step struct {
	Request Call   `json:"request,omitempty"`
	Form    []Pair `json:"form,omitempty"` // form body, in order
	JSON    any    `json:"json,omitempty"` // JSON body: maps, slices, strings with ${…}
	Body    string `json:"body,omitempty"` // raw body
	Headers []Pair `json:"headers,omitempty"`
	Capture []Pair `json:"capture,omitempty"` // name → expression (JSON pointer, CSS selector, "header N", "cookie N", "regex …")
	OK      *Match `json:"ok,omitempty"`
	Failed  *Match `json:"failed,omitempty"`
	Line    int    `json:"line,omitempty"`
}

// Pair is a name and a value that may hold ${…}.
type Pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Call is "METHOD /path" (or an absolute URL in scope), possibly with ${…}.
type Call struct {
	Method string   `json:"method,omitempty"`
	Path   string   `json:"path,omitempty"`
	With   *Payload `json:"with,omitempty"` // of a resource that is read by POST; nil: nothing is sent
}

// Payload is what a declared read sends along: one body at most.
type Payload struct {
	JSON    any    `json:"json,omitempty"`
	Form    []Pair `json:"form,omitempty"`
	Raw     string `json:"raw,omitempty"`
	Headers []Pair `json:"headers,omitempty"`
}

// String returns "METHOD /path".
func (c Call) String() string { return c.Method + " " + c.Path }

// Match describes an answer; every given part must hold.
type Match struct {
	Status      []int  `json:"status,omitempty"`
	Location    string `json:"location,omitempty"` // regexp the Location must match
	LocationNot string `json:"locationNot,omitempty"`
	Body        string `json:"body,omitempty"` // regexp
	BodyNot     string `json:"bodyNot,omitempty"`
	Header      string `json:"header,omitempty"` // a header that must be there
	Cookie      string `json:"cookie,omitempty"` // a cookie that must be set
}

// Send is how the credential travels: Kind is "cookie", "bearer", "header",
// "basic", "json-field", "query" or "none"; Name is the header, field or key; Value may hold ${…}.
type Send struct {
	Kind  string `json:"kind,omitempty"`
	Name  string `json:"name,omitempty"`
	Value string `json:"value,omitempty"`
}

// AlsoSend is a second credential for paths with the prefix For.
type AlsoSend struct {
	For  string `json:"for,omitempty"`
	Send Send   `json:"send,omitzero"`
}

// Alive is the probe that tells a living session from a dead one.
type Alive struct {
	Request  Call   `json:"request,omitempty"`
	Contains string `json:"contains,omitempty"` // may hold ${user}; the caller's own name or id
}

// CSRF is how unsafe requests prove their origin: Kind is "header",
// "form-field", "fetch-metadata", "none" or "" (learned).
type CSRF struct {
	Kind string `json:"kind,omitempty"`
	Name string `json:"name,omitempty"` // header or field
	From string `json:"from,omitempty"` // capture expression; "page expression" of From may be preceded by a path: "/settings meta[name=csrf-token]"
}

// Identity is one test account.
type Identity struct {
	Name       string            `json:"name,omitempty"`
	Tenant     string            `json:"tenant,omitempty"`
	Role       string            `json:"role,omitempty"`
	Login      string            `json:"login,omitempty"` // recipe name
	User       string            `json:"user,omitempty"`
	Password   Secret            `json:"password,omitzero"`
	Token      Secret            `json:"token,omitzero"`  // a static credential instead of signing in
	TOTP       Secret            `json:"totp,omitzero"`   // RFC 6238 seed, base32
	Extra      map[string]Secret `json:"extra,omitempty"` // further variables for recipes: api_key, and "env:NAME", "file:path" of their texts
	Disposable bool              `json:"disposable,omitempty"`
	Expired    Secret            `json:"expired,omitzero"` // a session cookie or token of earlier, past its end
	Idled      Secret            `json:"idled,omitzero"`   // one that was left unused for longer than policy.session.idle
	Line       int               `json:"line,omitempty"`
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
	OpenAPI []string   `json:"openapi,omitempty"`
	HAR     []string   `json:"har,omitempty"`
	Code    []string   `json:"code,omitempty"`
	Bundle  []string   `json:"bundle,omitempty"`
	Crawl   bool       `json:"crawl,omitempty"` // default true: links, forms and lists seen while signed in
	Public  []Pattern  `json:"public,omitempty"`
	Shared  []Pattern  `json:"shared,omitempty"`
	Never   []Pattern  `json:"never,omitempty"`
	Allow   []RoleRule `json:"allow,omitempty"` // in file order
}

// RoleRule says which roles may call the routes of a pattern.
type RoleRule struct {
	Pattern Pattern  `json:"pattern,omitempty"`
	Roles   []string `json:"roles"`
}

// Resource is what the harvest cannot find by itself.
type Resource struct {
	Name   string              `json:"name,omitempty"`
	IDs    []string            `json:"ids,omitempty"`   // literal ids, or
	IDsAt  *IDsAt              `json:"idsAt,omitempty"` // where to read them
	Owner  map[string][]string `json:"owner,omitempty"` // tenant → ids, when ids: is a map by tenant
	List   *Call               `json:"list,omitempty"`
	Detail *Call               `json:"detail,omitempty"`
	Export *Call               `json:"export,omitempty"`
	Create *WriteCall          `json:"create,omitempty"`
	Update *WriteCall          `json:"update,omitempty"`
	Delete *WriteCall          `json:"delete,omitempty"`
	Marker string              `json:"marker,omitempty"` // text only this tenant's records hold; may hold ${tenant}, ${user}
	Denied *Denied             `json:"denied,omitempty"`
	Line   int                 `json:"line,omitempty"`
}

// IDsAt says where ids are listed: a request and a pointer with * for every element.
type IDsAt struct {
	Request Call   `json:"request,omitempty"`
	Pointer string `json:"pointer,omitempty"`
}

// WriteCall is a declared write: JSON or Form holds ${text} where free text goes.
type WriteCall struct {
	Request Call   `json:"request,omitempty"`
	JSON    any    `json:"json,omitempty"`
	Form    []Pair `json:"form,omitempty"`
	Verify  *IDsAt `json:"verify,omitempty"` // GET and pointer of the re-read
}

// Source is where the code is.
type Source struct {
	Repo     string   `json:"repo,omitempty"`
	Frontend string   `json:"frontend,omitempty"`
	Deploy   []string `json:"deploy,omitempty"`
}

// LogSource is a file glob or a command whose output is the portal's log.
type LogSource struct {
	File    string `json:"file,omitempty"`
	Command string `json:"command,omitempty"`
}

// Domain is what the edge and email rows look at.
type Domain struct {
	Name    string     `json:"name,omitempty"`
	Hosts   []string   `json:"hosts,omitempty"`
	Mail    MailPolicy `json:"mail,omitzero"`
	CDN     string     `json:"cdn,omitempty"`
	Origins []string   `json:"origins,omitempty"`
}

// MailPolicy is what the email row looks at.
type MailPolicy struct {
	From      []string `json:"from,omitempty"`
	Selectors []string `json:"selectors,omitempty"`
	Samples   []string `json:"samples,omitempty"`
}

// Policy holds thresholds.
type Policy struct {
	Origins []string       `json:"origins,omitempty"`
	Latency Latency        `json:"latency,omitzero"`
	Limits  map[string]int `json:"limits,omitempty"`
	Session SessionPolicy  `json:"session,omitzero"`
}

// Latency is the latency policy.
type Latency struct {
	P95     time.Duration `json:"p95,omitempty"`
	Actions []Call        `json:"actions,omitempty"`
	Rate    float64       `json:"rate,omitempty"`
	For     time.Duration `json:"for,omitempty"`
}

// SessionPolicy bounds session life.
type SessionPolicy struct {
	MaxAge time.Duration `json:"maxAge,omitempty"`
	Idle   time.Duration `json:"idle,omitempty"`
	Keys   string        `json:"keys,omitempty"` // where the public keys of signed tokens are
}

// Ops is what the rollback and handover rows look at.
type Ops struct {
	StagingMirrorsProduction *bool             `json:"stagingMirrorsProduction,omitempty"`
	Rollback                 map[string]string `json:"rollback,omitempty"`
	Handover                 string            `json:"handover,omitempty"`
	Owners                   map[string]string `json:"owners,omitempty"`
	Deadline                 map[string]string `json:"deadline,omitempty"`
}
