// Package openapi reads Swagger 2.0 and OpenAPI 3.0 to 3.2 documents the way
// they are found in the wild: damaged, dangling, huge or hostile. It walks the
// raw tree of the document, so that what is broken costs one operation and a
// Problem, never the file. It fetches nothing and follows no reference out of
// the document. The route inventory and portal descriptions are built from it.
package openapi

import (
	"context"
	"encoding/json"
	"fmt"
)

// Bounds of a document. They are generous for people and tight for attackers:
// reading stays under about 200 MB and a few seconds whatever comes in.
const (
	maxBytes      = 32 << 20  // JSON
	maxYAML       = 8 << 20   // the YAML parser takes about twenty times the bytes
	maxNodes      = 1_500_000 // values in the tree
	maxDepth      = 128       // nesting of the tree
	maxOperations = 20_000
	maxProblems   = 100
	maxParams     = 200      // of one operation
	maxEnum       = 50       // values of one parameter
	maxRefs       = 6        // references inlined within one another
	maxSchema     = 20_000   // values in one inlined schema
	maxSchemas    = 16 << 20 // bytes of all schemas
)

// Doc is what a document says.
type Doc struct {
	Version    string // "2.0", "3.1.0"; "" when the document does not say
	Title      string
	Operations []Operation
	// Foreign lists servers outside the given origins. They are never used;
	// their paths may still be where the target serves the same operations.
	Foreign []Server
}

// Server is a place a document names.
type Server struct {
	URL  string // as written, variables replaced by their defaults
	Path string // its path, "" for the root
}

// Operation is one method on one path.
type Operation struct {
	Method string // upper case
	// Path is the template with the prefix of an applicable server, such as
	// "/api/v1/invoices/{id}".
	Path string
	// Origin is set when the operation is served by one of the further origins.
	Origin string
	// Unplaced: every server is foreign, so no prefix was applied.
	Unplaced bool

	ID         string
	Tags       []string
	Params     []Param
	Body       *Content
	Response   *Content // of the lowest 2xx status
	Deprecated bool

	Public       bool     // security: []
	OptionalAuth bool     // one alternative is {}
	Secured      bool     // every alternative demands a credential
	Roles        []string // x-roles
	Scopes       []string // of its security requirements
	Links        []Link
}

// Param is one parameter outside the body.
type Param struct {
	Name     string
	In       string // path, query, header, cookie
	Type     string
	Format   string
	Required bool
	Enum     []string
	Example  string
	// Schema is what is demanded beyond type, format and enum, as JSON Schema
	// with references inlined; nil for nothing.
	Schema json.RawMessage
}

// Content is a body: its media type, its schema as JSON Schema with references
// inlined, and an example.
type Content struct {
	Type    string
	Schema  json.RawMessage
	Example json.RawMessage
}

// Link says which operation takes a value of this operation's answer.
type Link struct {
	To    string // operationId, or "METHOD /path"
	Param string
	From  string // JSON pointer into the response body
}

// Problem is something that could not be read. Where names an operation, or is "".
type Problem struct {
	Where   string
	Message string
}

// String returns "where: message".
func (p Problem) String() string {
	if p.Where == "" {
		return p.Message
	}
	return p.Where + ": " + p.Message
}

// Read reads a document. The origins are those in scope, the target's own
// first: a server on one of them, or a relative one, gives its path to the
// operations. The Doc is never nil; what is missing from it is in the problems.
func Read(ctx context.Context, data []byte, origins ...string) (*Doc, []Problem) {
	r := &reader{ctx: ctx, doc: &Doc{}, origins: origins, refs: map[string]*node{}, schemas: map[*node]json.RawMessage{}}
	root, problems := parse(data)
	r.problems = problems
	if root != nil {
		r.root = root
		r.read()
		r.believe()
	}
	if len(r.doc.Operations) == 0 && len(r.problems) == 0 {
		r.problem("", "the document describes no operation")
	}
	if r.dropped > 0 {
		r.problems = append(r.problems, Problem{Message: fmt.Sprintf("%d further problems are not listed", r.dropped)})
	}
	return r.doc, r.problems
}
