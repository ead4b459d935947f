package artifact

import (
	"encoding/json"
	"net/url"
	"regexp"

	"github.com/launchready/launchready/check"
)

// Inventories is the handle of the route inventory.
var Inventories = check.NewArtifact[Inventory]("inventory")

// Inventory is every route known of the portal, merged from all sources.
type Inventory struct {
	Routes []Route `json:"routes"` // sorted by ID
	Notes  []Note  `json:"notes,omitempty"`
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
	Kind     string   `json:"kind,omitempty"`     // list, detail, create, update, delete, export, page, login, static, action
	Noun     string   `json:"noun,omitempty"`     // parent collection, singular: "invoice"
	Resource string   `json:"resource,omitempty"` // declared resource it belongs to

	BodyType   string          `json:"bodyType,omitempty"` // request content type
	BodySchema json.RawMessage `json:"bodySchema,omitempty"`
	BodySample json.RawMessage `json:"bodySample,omitempty"`
	RespSchema json.RawMessage `json:"respSchema,omitempty"`

	Public       string   `json:"public,omitempty"` // why it answers without a login on purpose; "" = protected
	OptionalAuth bool     `json:"optionalAuth,omitempty"`
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
}

// Note is something worth telling that is not a route: a damaged operation, a
// server out of scope, a file that could not be read.
type Note struct {
	Source  string `json:"source"`
	Message string `json:"message"`
}

// Fill returns the request target of the route with its path and query
// parameters bound to v, escaped; ok is false when a path parameter has no value.
func (r Route) Fill(v Values) (target string, ok bool) {
	ok = true
	path := placeholder.ReplaceAllStringFunc(r.Template, func(m string) string {
		val, has := v[m[1:len(m)-1]]
		if !has || val == "" {
			ok = false
		}
		return url.PathEscape(val)
	})
	query := url.Values{}
	for _, p := range r.Params {
		if val, has := v[p.Name]; has && p.In == "query" {
			query.Set(p.Name, val)
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return r.Origin + path, ok
}

var placeholder = regexp.MustCompile(`\{[^{}/]+\}`)

// PathParams returns the names of the template's path parameters, in order.
func (r Route) PathParams() []string {
	var names []string
	for _, m := range placeholder.FindAllString(r.Template, -1) {
		names = append(names, m[1:len(m)-1])
	}
	return names
}

// Safe reports whether the method is safe (RFC 9110 §9.2.1).
func (r Route) Safe() bool {
	return r.Method == "GET" || r.Method == "HEAD" || r.Method == "OPTIONS"
}
