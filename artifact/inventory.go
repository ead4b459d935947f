package artifact

import (
	"encoding/json"

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
