package portal

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// anything reads whatever was written; texts are templates.
func anything() form[any] {
	return form[any]{shape: &shape{kind: kindAny, word: "anything"}, read: func(r *reader, n ast.Node, into *any) {
		*into = r.plain(n)
	}}
}

// jsonBody reads a body: as a YAML mapping, or as the JSON text itself.
func jsonBody() form[any] {
	f := anything()
	return form[any]{shape: f.shape, read: func(r *reader, n ast.Node, into *any) {
		f.read(r, n, into)
		text, is := (*into).(string)
		if !is || !strings.HasPrefix(strings.TrimSpace(text), "{") && !strings.HasPrefix(strings.TrimSpace(text), "[") {
			return
		}
		var body any
		if err := json.Unmarshal([]byte(text), &body); err != nil {
			r.fail(n, "write it as a mapping, one key a line", "%s is not JSON: %v", r.where(), err)
			return
		}
		*into = body
	}}
}

// plain turns a node into what encoding/json knows: maps, slices, texts,
// int64 or float64, booleans and nil. A number that JSON would write
// otherwise (007, 0x10, 1_000) stays the text it was.
func (r *reader) plain(n ast.Node) any {
	switch v := r.resolve(n).(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		entries, _ := r.entries(v)
		out := map[string]any{}
		for _, e := range entries {
			if variable.MatchString(e.name) {
				r.fail(e.key, "variables stand in values", "%s: the key %q holds a variable", r.where(), e.name)
			}
			r.under(e.name, func() { out[e.name] = r.plain(e.value) })
		}
		return out
	case *ast.SequenceNode:
		out := []any{}
		for i, element := range v.Values {
			r.under(fmt.Sprintf("[%d]", i), func() { out = append(out, r.plain(element)) })
		}
		return out
	case *ast.NullNode, nil:
		return nil
	case *ast.BoolNode:
		return v.Value
	case *ast.IntegerNode, *ast.FloatNode:
		return jsonNumber(v.GetToken().Value)
	default:
		raw, ok := r.scalar(v)
		if ok {
			r.check(v, raw)
		}
		return raw
	}
}

func jsonNumber(raw string) any {
	if i, err := strconv.ParseInt(raw, 10, 64); err == nil && strconv.FormatInt(i, 10) == raw {
		return i
	}
	if f, err := strconv.ParseFloat(raw, 64); err == nil && json.Valid([]byte(raw)) && strings.ContainsAny(raw, ".eE") {
		return f
	}
	return raw
}
