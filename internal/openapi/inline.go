package openapi

import (
	"bytes"
	"encoding/json"
	"slices"
)

// inliner writes a schema as JSON. A reference that is within itself, or too
// deep, becomes {}, which allows anything.
type inliner struct {
	r     *reader
	where string
	data  bool // an example: what looks like a reference is plain data
	buf   []byte
	count int
}

// write writes n. Refs are the references it is written within; named tells
// that the fields of n are names somebody chose, not words of JSON Schema.
func (w *inliner) write(n *node, refs []string, depth int, named bool) {
	w.count++
	switch {
	case n == nil, n.kind == null:
		w.buf = append(w.buf, "null"...)
	case n.kind == list:
		w.list(n, refs, depth)
	case n.kind == object:
		w.object(n, refs, depth, named)
	case n.kind == boolean, n.kind == number && json.Valid([]byte(n.value)):
		w.buf = append(w.buf, n.value...)
	default:
		w.text(n.value)
	}
}

func (w *inliner) full(depth int) bool { return w.count > maxSchema || depth > maxDepth }

func (w *inliner) list(n *node, refs []string, depth int) {
	w.buf = append(w.buf, '[')
	for i, kid := range n.kids {
		if w.full(depth) {
			break
		}
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.write(kid, refs, depth+1, false)
	}
	w.buf = append(w.buf, ']')
}

func (w *inliner) object(n *node, refs []string, depth int, named bool) {
	if ref := n.get("$ref"); ref.is(text) && !named && !w.data {
		target := w.r.lookup(w.where, ref.value)
		if target == nil || len(refs) >= maxRefs || slices.Contains(refs, ref.value) || w.full(depth) {
			w.buf = append(w.buf, "{}"...)
			return
		}
		w.write(target, append(slices.Clip(refs), ref.value), depth+1, false)
		return
	}
	w.buf = append(w.buf, '{')
	first := true
	for i, name := range n.names {
		if w.full(depth) {
			break
		}
		if !named && !w.data && prose(name) {
			continue
		}
		if !first {
			w.buf = append(w.buf, ',')
		}
		first = false
		w.text(name)
		w.buf = append(w.buf, ':')
		w.write(n.kids[i], refs, depth+1, !w.data && !named && holdsNames(name))
	}
	w.buf = append(w.buf, '}')
}

// prose reports the words of a schema that are for people alone.
func prose(name string) bool {
	switch name {
	case "description", "title", "externalDocs", "xml", "$comment":
		return true
	}
	return false
}

// holdsNames reports the words of a schema whose fields are names.
func holdsNames(name string) bool {
	switch name {
	case "properties", "patternProperties", "definitions", "$defs", "dependentSchemas":
		return true
	}
	return false
}

func (w *inliner) text(s string) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil { // a string always encodes
		w.buf = append(w.buf, `""`...)
		return
	}
	w.buf = append(w.buf, bytes.TrimRight(b.Bytes(), "\n")...)
}
