package openapi

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// requestBody reads the body an operation takes: requestBody (3.x), or the body
// and form parameters (2.0).
func (r *reader) requestBody(where string, op *node, old *body2) *Content {
	if old != nil {
		return r.oldBody(where, op, old)
	}
	body := r.deref(where, op.get("requestBody"))
	return r.content(where, body.get("content"))
}

func (r *reader) oldBody(where string, op *node, old *body2) *Content {
	consumes := op.get("consumes")
	if consumes == nil {
		consumes = r.root.get("consumes")
	}
	media := preferred(consumes.texts())
	if old.schema != nil {
		return &Content{
			Type: cmp.Or(media, "application/json"), Schema: r.schema(where, old.schema),
			Example: r.plain(r.deref(where, old.schema).get("example")),
		}
	}
	form := &node{kind: object}
	form.add("type", &node{kind: text, value: "object"})
	properties, required := &node{kind: object}, &node{kind: list}
	kind := "application/x-www-form-urlencoded"
	for _, f := range old.fields {
		if f.get("type").str() == "file" {
			kind = "multipart/form-data"
		}
		name := f.get("name").str()
		properties.add(name, f)
		if f.get("required").yes() {
			required.kids = append(required.kids, &node{kind: text, value: name})
		}
	}
	form.add("properties", properties)
	if len(required.kids) > 0 {
		form.add("required", required)
	}
	if media == "multipart/form-data" {
		kind = media
	}
	return &Content{Type: kind, Schema: r.schema(where, form)}
}

// content reads the preferred media type of a content map.
func (r *reader) content(where string, content *node) *Content {
	if !content.is(object) || len(content.names) == 0 {
		return nil
	}
	media := preferred(content.names)
	n := r.deref(where, content.get(media))
	schema := n.get("schema")
	return &Content{
		Type: media, Schema: r.schema(where, schema),
		Example: r.plain(firstExample(r, where, n, r.deref(where, schema))),
	}
}

// preferred picks JSON before forms before the first that is named.
func preferred(types []string) string {
	rank := func(t string) int {
		t, _, _ = strings.Cut(strings.ToLower(t), ";")
		switch {
		case t == "application/json":
			return 0
		case strings.HasSuffix(t, "+json"):
			return 1
		case t == "application/x-www-form-urlencoded":
			return 2
		case t == "multipart/form-data":
			return 3
		}
		return 4
	}
	best := ""
	for i, t := range types {
		if i == 0 || rank(t) < rank(best) {
			best = t
		}
	}
	return best
}

// response reads the answer of the lowest 2xx status, and its links.
func (r *reader) response(where string, op *node) (*Content, []Link) {
	responses := op.get("responses")
	if responses != nil && !responses.is(object) {
		r.problem(where, "responses is not an object; it was left out")
		return nil, nil
	}
	var codes []string
	if responses != nil {
		for _, code := range responses.names {
			if len(code) == 3 && code[0] == '2' {
				codes = append(codes, code)
			}
		}
	}
	if len(codes) == 0 {
		return nil, nil
	}
	n := r.deref(where, responses.get(slices.Min(codes)))
	if n == nil {
		return nil, nil
	}
	content := r.content(where, n.get("content"))
	if schema := n.get("schema"); content == nil && schema != nil { // 2.0
		produces := op.get("produces")
		if produces == nil {
			produces = r.root.get("produces")
		}
		content = &Content{Type: cmp.Or(preferred(produces.texts()), "application/json"), Schema: r.schema(where, schema)}
	} else if produces := op.get("produces").texts(); content == nil && len(produces) > 0 {
		content = &Content{Type: preferred(produces)}
	}
	return content, r.links(where, n.get("links"))
}

// links reads which operations take values of the answer (3.x).
func (r *reader) links(where string, links *node) []Link {
	if !links.is(object) {
		return nil
	}
	var out []Link
	for _, n := range links.kids[:min(len(links.kids), 20)] {
		n = r.deref(where, n)
		to := n.get("operationId").str()
		if ref, ok := strings.CutPrefix(n.get("operationRef").str(), "#/paths/"); ok && to == "" {
			path, method, _ := strings.Cut(ref, "/")
			to = strings.ToUpper(method) + " " + strings.ReplaceAll(strings.ReplaceAll(path, "~1", "/"), "~0", "~")
		}
		params := n.get("parameters")
		if to == "" || !params.is(object) {
			continue
		}
		for i, name := range params.names {
			if pointer, ok := strings.CutPrefix(params.kids[i].str(), "$response.body#"); ok {
				out = append(out, Link{To: to, Param: name[strings.LastIndex(name, ".")+1:], From: pointer})
			}
		}
	}
	return out
}

// schema returns a schema as JSON with references inlined, or nil.
func (r *reader) schema(where string, n *node) json.RawMessage {
	key := r.deref(where, n)
	if key == nil {
		return nil
	}
	if done, ok := r.schemas[key]; ok {
		return done
	}
	if r.size > maxSchemas {
		return nil
	}
	w := &inliner{r: r, where: where}
	w.write(n, nil, 0, false)
	out := json.RawMessage(w.buf)
	if r.size += len(out); r.size > maxSchemas {
		r.problem(where, "the schemas are larger than %d MiB; those that follow were left out", maxSchemas>>20)
	}
	r.schemas[key] = out
	return out
}

// plain returns a value as JSON, references left alone, or nil.
func (r *reader) plain(n *node) json.RawMessage {
	if n == nil || r.size > maxSchemas {
		return nil
	}
	w := &inliner{r: r, data: true}
	w.write(n, nil, 0, false)
	r.size += len(w.buf)
	return w.buf
}
