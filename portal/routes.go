package portal

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
)

func deniedForm() form[Denied] {
	return mapping("denied", []key[Denied]{
		at("status", many(status()), func(d *Denied) *[]int { return &d.Status }, "statuses that refuse"),
		at("redirect", expression(), func(d *Denied) *string { return &d.Redirect }, "regular expression on the path of a Location"),
		at("body", expression(), func(d *Denied) *string { return &d.Body }, "regular expression on the body"),
		at("json", byName("JSON pointer", many(jsonScalar())), func(d *Denied) *map[string][]any { return &d.JSON }, "pointer: values that refuse"),
		at("empty", many(pointer()), func(d *Denied) *[]string { return &d.Empty }, "pointers where nothing, or an empty list, is a refusal: strangers get 200 and an empty list"),
	}, nil)
}

// pointer reads a JSON pointer; "/" alone is the whole document here, as people write it.
func pointer() form[string] {
	return parsed(text(), "JSON pointer", "^/", func(t string) (string, string, string) {
		if !strings.HasPrefix(t, "/") {
			return "", "a JSON pointer starts with /", "write /" + t
		}
		return t, "", ""
	})
}

// jsonScalar reads a text, number, boolean or null as encoding/json would decode it.
func jsonScalar() form[any] {
	return form[any]{shape: &shape{kind: kindAny, word: "value"}, read: func(r *reader, n ast.Node, into *any) {
		switch v := r.plain(n).(type) {
		case map[string]any, []any:
			r.fail(n, "", "%s takes plain values", r.where())
		case int64:
			*into = float64(v)
		default:
			*into = v
		}
	}}
}

// origins is what routes.from gathers before it is put into Routes.
type origin struct {
	openapi, har, code, bundle []string
	crawl                      *bool
}

func originForm() form[origin] {
	return mapping("source-of-routes", []key[origin]{
		at("openapi", many(text()), func(o *origin) *[]string { return &o.openapi }, "OpenAPI 3 or Swagger 2 document: a file, or a path on the target, fetched as every identity"),
		at("har", many(text()), func(o *origin) *[]string { return &o.har }, "HTTP archives"),
		at("code", many(text()), func(o *origin) *[]string { return &o.code }, "source code"),
		at("bundle", many(text()), func(o *origin) *[]string { return &o.bundle }, "built frontend"),
		at("crawl", some(yes()), func(o *origin) **bool { return &o.crawl }, "links, forms and lists seen while signed in").or("true"),
	}, nil)
}

// from reads the places routes come from; one mapping may stand for the list.
func from() form[Routes] {
	places := many(originForm())
	return form[Routes]{shape: places.shape, read: func(r *reader, n ast.Node, into *Routes) {
		var all []origin
		places.read(r, n, &all)
		for _, o := range all {
			into.OpenAPI = append(into.OpenAPI, o.openapi...)
			into.HAR = append(into.HAR, o.har...)
			into.Code = append(into.Code, o.code...)
			into.Bundle = append(into.Bundle, o.bundle...)
			if o.crawl != nil {
				into.Crawl = *o.crawl
			}
		}
	}}
}

func routes() form[Routes] {
	return mapping("routes", []key[Routes]{
		at("from", from(), func(t *Routes) *Routes { return t }, "where routes are known from"),
		at("public", many(pattern()), func(t *Routes) *[]Pattern { return &t.Public }, "answered without a login on purpose"),
		at("shared", many(pattern()), func(t *Routes) *[]Pattern { return &t.Shared }, "the same objects for every tenant on purpose"),
		at("never", many(pattern()), func(t *Routes) *[]Pattern { return &t.Never }, "never called; a GET can be dangerous too"),
		at("allow", roleRules(), func(t *Routes) *[]RoleRule { return &t.Allow }, "which roles may; every other role is expected to be refused"),
	}, nil)
}

// roleRules reads pattern: [roles] in file order. Whether a role exists is
// judged when the identities are known.
func roleRules() form[[]RoleRule] {
	roles := many(text())
	return form[[]RoleRule]{shape: &shape{kind: kindNamed, word: "route", of: roles.shape}, read: func(r *reader, n ast.Node, into *[]RoleRule) {
		entries, ok := r.entries(n)
		if !ok {
			r.notMapping(n, "write GET /admin/*: [admin]")
			return
		}
		for _, e := range entries {
			p, wrong, hint := parsePattern(e.name)
			if wrong != "" {
				r.fail(e.key, hint, "%s: %s", r.where(), wrong)
				continue
			}
			rule := RoleRule{Pattern: p}
			r.under(e.name, func() { roles.read(r, e.value, &rule.Roles) })
			*into = append(*into, rule)
		}
	}}
}
