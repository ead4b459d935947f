package portal

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

func resourceForm() form[Resource] {
	keys := []key[Resource]{
		at("ids", idsForm(), func(s *Resource) *Resource { return s }, "[1, 2], or a request and pointer such as GET /items.json /items/*/id, or tenant: [ids]"),
		at("list", some(readForm()), func(s *Resource) **Call { return &s.List }, "request that lists them"),
		at("detail", some(readForm()), func(s *Resource) **Call { return &s.Detail }, "request for one; ${id} is its id"),
		at("export", some(readForm()), func(s *Resource) **Call { return &s.Export }, "request that exports them"),
		at("create", some(writeForm()), func(s *Resource) **WriteCall { return &s.Create }, "request that makes one; ${text} is free text"),
		at("update", some(writeForm()), func(s *Resource) **WriteCall { return &s.Update }, "request that changes one; ${text} is free text"),
		at("delete", some(writeForm()), func(s *Resource) **WriteCall { return &s.Delete }, "request that removes one"),
		at("marker", template(), func(s *Resource) *string { return &s.Marker }, "text that only this tenant's records hold"),
		at("denied", some(deniedForm()), func(s *Resource) **Denied { return &s.Denied }, "how this resource refuses, added to denied"),
	}
	return mapping("resource", keys, nil)
}

func resources() form[[]*Resource] {
	return named("resource", resourceForm(), func(r *reader, e entry) (Resource, bool) {
		return Resource{Name: e.name, Line: r.here(e.key).Line}, true
	})
}

// idsForm reads literal ids, where to read them, or ids by tenant.
func idsForm() form[Resource] {
	literal, byTenant, where := many(text()), byName("tenant", many(text())), place()
	read := func(r *reader, n ast.Node, into *Resource) {
		switch v := r.resolve(n).(type) {
		case *ast.MappingNode:
			byTenant.read(r, n, &into.Owner)
		case *ast.StringNode:
			if verb, _, two := strings.Cut(v.Value, " "); two && verb == strings.ToUpper(verb) {
				into.IDsAt = &IDsAt{}
				where.read(r, n, into.IDsAt)
				return
			}
			literal.read(r, n, &into.IDs)
		default:
			literal.read(r, n, &into.IDs)
		}
	}
	return form[Resource]{shape: &shape{kind: kindEither, either: []*shape{literal.shape, byTenant.shape}}, read: read}
}

// readForm reads a request that only looks: METHOD /path, or a mapping with a
// body for a portal that asks by POST (RPC, GraphQL).
func readForm() form[Call] {
	whole := oneBody(mapping("read", []key[asked]{
		at("request", request(), func(a *asked) *Call { return &a.call }, "METHOD /path").must(),
		at("json", jsonBody(), func(a *asked) *any { return &a.with.JSON }, "JSON body"),
		at("form", pairs("field"), func(a *asked) *[]Pair { return &a.with.Form }, "fields of a form body"),
		at("body", template(), func(a *asked) *string { return &a.with.Raw }, "raw body"),
		at("headers", pairs("header"), func(a *asked) *[]Pair { return &a.with.Headers }, "further headers"),
	}, nil), "form, json and body", func(a *asked) []bool { return []bool{a.with.JSON != nil, a.with.Form != nil, a.with.Raw != ""} })
	short := request()
	read := func(r *reader, n ast.Node, into *Call) {
		if _, is := r.resolve(n).(*ast.MappingNode); !is {
			short.read(r, n, into)
			return
		}
		var a asked
		whole.read(r, n, &a)
		*into = a.call
		if a.with.JSON != nil || a.with.Form != nil || a.with.Raw != "" || a.with.Headers != nil {
			into.With = &a.with
		}
	}
	return form[Call]{shape: &shape{kind: kindEither, either: []*shape{short.shape, whole.shape}}, read: read}
}

// asked is a request being read together with its body.
type asked struct {
	call Call
	with Payload
}

// writeForm reads a declared write: METHOD /path, or a mapping.
func writeForm() form[WriteCall] {
	whole := oneBody(mapping("write", []key[WriteCall]{
		at("request", request(), func(w *WriteCall) *Call { return &w.Request }, "METHOD /path").must(),
		at("json", jsonBody(), func(w *WriteCall) *any { return &w.JSON }, "JSON body"),
		at("form", pairs("field"), func(w *WriteCall) *[]Pair { return &w.Form }, "fields of a form body"),
		at("verify", some(verifyForm()), func(w *WriteCall) **IDsAt { return &w.Verify }, "re-read: GET /path and where the text stands"),
	}, nil), "form and json", func(w *WriteCall) []bool { return []bool{w.JSON != nil, w.Form != nil} })
	short := request()
	read := func(r *reader, n ast.Node, into *WriteCall) {
		if _, is := r.resolve(n).(*ast.MappingNode); !is {
			short.read(r, n, &into.Request)
			return
		}
		whole.read(r, n, into)
	}
	return form[WriteCall]{shape: &shape{kind: kindEither, either: []*shape{whole.shape, short.shape}}, read: read}
}

// verifyForm reads the re-read of a write; it must be a GET, since it also
// runs where the write was refused.
func verifyForm() form[IDsAt] {
	return parsed(template(), "GET /path and JSON pointer or selector", "", func(t string) (IDsAt, string, string) {
		at, wrong, hint := parsePlace(t)
		if wrong == "" && at.Request.Method != "GET" {
			return at, fmt.Sprintf("a re-read is a GET, not a %s", at.Request.Method), ""
		}
		return at, wrong, hint
	})
}
