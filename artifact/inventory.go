package artifact

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/check"
)

// Inventories is the handle of the route inventory.
var Inventories = check.NewArtifact[Inventory]("inventory")

// Inventory is every route known of the portal, merged from all sources.
type Inventory struct {
	Routes []Route `json:"routes"`          // sorted by ID
	Links  []Link  `json:"links,omitempty"` // declared by a contract: which answer feeds which parameter
	Notes  []Note  `json:"notes,omitempty"`
	// Gaps says which sources could not be read: with one, that no route of some
	// kind is known proves nothing.
	Gaps []string `json:"gaps,omitempty"`
}

// By returns the route of that id, or nil.
func (inv *Inventory) By(id string) *Route {
	i, ok := slices.BinarySearchFunc(inv.Routes, id, func(r Route, id string) int { return strings.Compare(r.ID, id) })
	if !ok {
		return nil
	}
	return &inv.Routes[i]
}

// Route is one operation. ID is "METHOD /template" ("QUERY name" and
// "MUTATION name" for GraphQL), prefixed by the origin when it is not the target's own.
type Route struct {
	ID       string   `json:"id"`
	Method   string   `json:"method"`
	Template string   `json:"template"` // "/api/invoices/{invoiceId}"
	Origin   string   `json:"origin,omitempty"`
	Params   []Param  `json:"params,omitempty"`
	Sources  []string `json:"sources"`            // openapi, har, crawl, resource, graphql …
	Kind     string   `json:"kind,omitempty"`     // list, detail, read (no object), create, update, delete, export, page, login, logout, static, action, graphql, sse, websocket
	Noun     string   `json:"noun,omitempty"`     // parent collection, singular: "invoice"
	Resource string   `json:"resource,omitempty"` // declared resource it belongs to

	BodyType   string          `json:"bodyType,omitempty"` // request content type
	BodySchema json.RawMessage `json:"bodySchema,omitempty"`
	BodySample json.RawMessage `json:"bodySample,omitempty"`
	RespSchema json.RawMessage `json:"respSchema,omitempty"`

	Looks        bool     `json:"looks,omitempty"`  // declared as a read, though by a method that is not safe
	Public       string   `json:"public,omitempty"` // why it answers without a login on purpose; "" = protected
	OptionalAuth bool     `json:"optionalAuth,omitempty"`
	Secured      bool     `json:"secured,omitempty"` // the contract says that it demands a login
	Shared       bool     `json:"shared,omitempty"`
	Never        bool     `json:"never,omitempty"`
	HeldBack     string   `json:"heldBack,omitempty"` // why a safe method is not called under look alone
	Roles        []string `json:"roles,omitempty"`    // roles that may; nil = not declared
	RolesFrom    string   `json:"rolesFrom,omitempty"`
	SeenAs       []string `json:"seenAs,omitempty"`   // identities whose contract or pages named it
	Bindings     []Values `json:"bindings,omitempty"` // concrete parameter values seen (HAR, crawl, declared)
}

// Values binds parameter names to concrete values.
type Values map[string]string

// Param is one parameter of a route.
type Param struct {
	Name     string   `json:"name"`
	In       string   `json:"in"` // path, query, header, cookie, body
	Type     string   `json:"type,omitempty"`
	Format   string   `json:"format,omitempty"`
	Required bool     `json:"required,omitempty"`
	Enum     []string `json:"enum,omitempty"`
	Example  string   `json:"example,omitempty"`
	Noun     string   `json:"noun,omitempty"` // the type of object it names: "invoice"
	// Schema is what the contract demands beyond type, format and enum; nil for nothing.
	Schema json.RawMessage `json:"schema,omitempty"`
}

// Note is something worth telling that is not a route: a damaged operation, a
// server out of scope, a file that could not be read.
type Note struct {
	Source  string `json:"source"`
	Message string `json:"message"`
}

// Fill returns the request target of the route with its path and query
// parameters bound to v, escaped; ok is false when a parameter of the template
// has no value.
func (r Route) Fill(v Values) (target string, ok bool) {
	path, fixed, _ := strings.Cut(r.Template, "?")
	path, ok = fill(path, v, url.PathEscape)
	fixed, also := fill(fixed, v, url.QueryEscape)
	query := url.Values{}
	for _, p := range r.Params {
		if val, has := v[p.Name]; has && p.In == "query" && !strings.Contains(r.Template, "{"+p.Name+"}") {
			query.Set(p.Name, val)
		}
	}
	if fixed != "" && len(query) > 0 {
		fixed += "&"
	}
	if fixed += query.Encode(); fixed != "" {
		path += "?" + fixed
	}
	return r.Origin + path, ok && also
}

func fill(template string, v Values, escape func(string) string) (string, bool) {
	whole := true
	filled := placeholder.ReplaceAllStringFunc(template, func(m string) string {
		val := v[m[1:len(m)-1]]
		whole = whole && val != ""
		return escape(val)
	})
	return filled, whole
}

var placeholder = regexp.MustCompile(`\{[^{}/]+\}`)

// PathParams returns the names of the template's parameters, in order.
func (r Route) PathParams() []string {
	var names []string
	for _, m := range placeholder.FindAllString(r.Template, -1) {
		names = append(names, m[1:len(m)-1])
	}
	return names
}

// Safe reports whether the method is safe (RFC 9110 §9.2.1), or the route
// declared as one that only looks.
func (r Route) Safe() bool {
	return r.Looks || r.Method == "GET" || r.Method == "HEAD" || r.Method == "OPTIONS"
}
