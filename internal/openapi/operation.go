package openapi

import (
	"slices"
	"strings"
)

// operation reads one operation; what is wrong with it is its own problem.
func (r *reader) operation(method, path string, item, op *node, place placement) {
	where := method + " " + path
	op = r.deref(where, op)
	if !op.is(object) {
		r.problem(where, "the operation is not an object; it was left out")
		return
	}
	if len(r.doc.Operations) >= maxOperations {
		return
	}
	if servers := op.get("servers"); servers != nil {
		place = r.placeOf(r.serversOf(servers))
	}
	o := Operation{
		Method: method, Path: place.prefix + path, Origin: place.origin, Unplaced: place.unplaced,
		ID: op.get("operationId").str(), Tags: op.get("tags").texts(), Deprecated: op.get("deprecated").yes(),
		Roles: rolesOf(op),
	}
	if key := method + " " + place.origin + o.Path; r.seen[key] {
		r.problem(where, "the operation stands twice in the document; the first counts")
		return
	} else {
		r.seen[key] = true
	}
	own, body := r.parameters(where, op.get("parameters"), nil)
	shared, sharedBody := r.parameters(where, item.get("parameters"), own)
	o.Params = inTemplate(path, append(own, shared...))
	if body == nil {
		body = sharedBody
	}
	o.Body = r.requestBody(where, op, body)
	o.Response, o.Links = r.response(where, op)
	r.secure(&o, op)
	r.doc.Operations = append(r.doc.Operations, o)
}

// rolesOf reads the extensions by which contracts name the roles that may.
func rolesOf(op *node) []string {
	for _, name := range []string{"x-roles", "x-required-roles", "x-allowed-roles", "x-role"} {
		if roles := op.get(name); roles != nil {
			return roles.texts()
		}
	}
	return nil
}

// secure reads who may call: the operation's own requirements, or the document's.
func (r *reader) secure(o *Operation, op *node) {
	own := op.get("security")
	security := own
	if security == nil {
		security = r.security
	}
	if !security.is(list) {
		return
	}
	if own == nil {
		r.inherits = append(r.inherits, len(r.doc.Operations))
	}
	if len(security.kids) == 0 {
		o.Public = own != nil
		r.exempts = r.exempts || o.Public
		return
	}
	for _, alternative := range security.kids {
		if !alternative.is(object) {
			continue
		}
		if len(alternative.names) == 0 {
			o.OptionalAuth = true
		}
		for _, scopes := range alternative.kids {
			for _, s := range scopes.texts() {
				if !slices.Contains(o.Scopes, s) {
					o.Scopes = append(o.Scopes, s)
				}
			}
		}
	}
	o.Secured = !o.OptionalAuth
	r.exempts = r.exempts || own != nil && o.OptionalAuth
	if o.OptionalAuth && len(security.kids) == 1 { // {} alone asks for nothing
		o.OptionalAuth, o.Public = false, true
	}
}

// believe drops the demand of the whole document where no operation was ever
// exempted from it: it then names the ways to sign in, not what needs one.
func (r *reader) believe() {
	if r.exempts {
		return
	}
	for _, i := range r.inherits {
		r.doc.Operations[i].Secured = false
	}
}

// inTemplate keeps the path parameters that the template has, adds those it
// does not declare, and puts them first, in order.
func inTemplate(path string, params []Param) []Param {
	var out []Param
	for _, name := range templateNames(path) {
		i := slices.IndexFunc(params, func(p Param) bool { return p.In == "path" && p.Name == name })
		p := Param{Name: name, In: "path"}
		if i >= 0 {
			p = params[i]
		}
		p.Required = true
		out = append(out, p)
	}
	for _, p := range params {
		if p.In != "path" {
			out = append(out, p)
		}
	}
	return out
}

// templateNames returns the names in braces, in order, each once.
func templateNames(path string) []string {
	var out []string
	for rest := path; ; {
		_, after, open := strings.Cut(rest, "{")
		name, more, closed := strings.Cut(after, "}")
		if !open || !closed {
			return out
		}
		if name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
		rest = more
	}
}

// body2 is the body of a Swagger 2.0 operation, which is written as parameters.
type body2 struct {
	schema *node   // in: body
	fields []*node // in: formData
}

// parameters reads a list of parameters; those already in have are skipped.
func (r *reader) parameters(where string, params *node, have []Param) ([]Param, *body2) {
	if params == nil {
		return nil, nil
	}
	if !params.is(list) {
		r.problem(where, "parameters is not a list; they were left out")
		return nil, nil
	}
	var out []Param
	var body *body2
	for _, n := range params.kids[:min(len(params.kids), maxParams)] {
		if n = r.deref(where, n); !n.is(object) {
			continue
		}
		p := Param{Name: n.get("name").str(), In: strings.ToLower(n.get("in").str()), Required: n.get("required").yes()}
		switch p.In {
		case "body":
			body = &body2{schema: n.get("schema")}
			continue
		case "formdata":
			if body == nil {
				body = &body2{}
			}
			body.fields = append(body.fields, n)
			continue
		case "path", "query", "header", "cookie":
		default:
			r.problem(where, "the parameter %q is in %q; it was left out", shorten(p.Name), shorten(p.In))
			continue
		}
		same := func(q Param) bool { return q.Name == p.Name && q.In == p.In }
		if p.Name == "" || slices.ContainsFunc(have, same) || slices.ContainsFunc(out, same) {
			continue
		}
		r.describe(where, &p, n)
		out = append(out, p)
	}
	return out, body
}

// describe fills in type, format, values and example from the parameter itself
// (2.0), its schema, or its content (3.x).
func (r *reader) describe(where string, p *Param, n *node) {
	schema := r.deref(where, n.get("schema"))
	if content := n.get("content"); schema == nil && content.is(object) && len(content.kids) > 0 {
		schema = r.deref(where, content.kids[0].get("schema"))
	}
	if schema == nil {
		schema = n
	}
	p.Type, p.Format = typeOf(schema), schema.get("format").str()
	values := schema.get("enum")
	if p.Type == "array" {
		items := r.deref(where, schema.get("items"))
		if values == nil {
			values = items.get("enum")
		}
		if p.Format == "" {
			p.Format = items.get("format").str()
		}
	}
	if values.is(list) {
		for _, v := range values.kids[:min(len(values.kids), maxEnum)] {
			if s := v.str(); s != "" {
				p.Enum = append(p.Enum, s)
			}
		}
	}
	p.Example = firstExample(r, where, n, schema).str()
	if bounded(schema) {
		p.Schema = r.schema(where, schema)
	}
}

// bounded reports a schema that demands more than a type, a format and values.
func bounded(schema *node) bool {
	for _, word := range []string{
		"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern", "const", "not", "allOf", "anyOf", "oneOf",
	} {
		if schema.get(word) != nil {
			return true
		}
	}
	return false
}

// typeOf returns the type of a schema; of a list of types (3.1) the first that is not null.
func typeOf(schema *node) string {
	for _, t := range schema.get("type").texts() {
		if t != "null" {
			return t
		}
	}
	return ""
}

// firstExample looks for an example where contracts put them: beside the thing
// first, then in its schema.
func firstExample(r *reader, where string, n, schema *node) *node {
	if e := n.get("example"); e != nil {
		return e
	}
	if es := n.get("examples"); es.is(object) && len(es.kids) > 0 {
		e := r.deref(where, es.kids[0])
		for _, field := range []string{"value", "dataValue"} {
			if v := e.get(field); v != nil {
				return v
			}
		}
	}
	for _, field := range []string{"example", "x-example", "const", "default"} {
		if e := schema.get(field); e != nil {
			return e
		}
	}
	if es := schema.get("examples"); es.is(list) && len(es.kids) > 0 {
		return es.kids[0]
	}
	return n.get("x-example")
}
