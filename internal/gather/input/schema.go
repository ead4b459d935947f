package input

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Bounds of a schema: contracts are foreign input.
const (
	maxSchemaBytes = 512 << 10
	maxSchemaDepth = 40
)

// rules are a schema that values are held against: compiled once, from the
// contract's own words or from what was seen.
type rules struct {
	root     map[string]any
	compiled *jsonschema.Schema // nil: nothing can be called invalid
	inferred bool
}

// compile reads a schema of a contract. What cannot be compiled is kept for the
// names it holds, and calls nothing invalid.
func compile(raw json.RawMessage) *rules {
	r := &rules{}
	if len(raw) == 0 || len(raw) > maxSchemaBytes {
		return r
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return r
	}
	r.root, _ = modern(doc, 0).(map[string]any)
	if r.root == nil {
		return r
	}
	r.compiled, err = compiler(r.root)
	if err != nil {
		r.compiled = nil
	}
	return r
}

func compiler(root map[string]any) (*jsonschema.Schema, error) {
	const place = "lr:///schema.json"
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.UseLoader(nowhere{})
	c.UseRegexpEngine(pattern)
	if err := c.AddResource(place, root); err != nil {
		return nil, fmt.Errorf("add schema: %w", err)
	}
	s, err := c.Compile(place)
	if err != nil {
		return nil, fmt.Errorf("compile schema: %w", err)
	}
	return s, nil
}

// nowhere loads nothing: a schema must not make us read files or addresses.
type nowhere struct{}

func (nowhere) Load(string) (any, error) { return nil, errors.New("schemas elsewhere are not read") }

// anything stands for a pattern that Go's engine does not know; it matches all,
// so that nothing is called invalid for it.
type anything string

func (anything) MatchString(string) bool { return true }
func (a anything) String() string        { return string(a) }

func pattern(s string) (jsonschema.Regexp, error) {
	if re, err := regexp.Compile(s); err == nil {
		return re, nil
	}
	return anything(s), nil
}

// modern turns the words of OpenAPI 2.0 and 3.0 into those of JSON Schema
// 2020-12, and drops what describes the document rather than the value.
func modern(v any, depth int) any {
	if depth > maxSchemaDepth {
		return map[string]any{}
	}
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = modern(v[i], depth+1)
		}
		return out
	case map[string]any:
		return modernObject(v, depth)
	}
	return v
}

func modernObject(v map[string]any, depth int) map[string]any {
	out := map[string]any{}
	for key, x := range v {
		switch key {
		case "$id", "$schema", "$anchor", "$dynamicAnchor", "$ref", "$dynamicRef", "discriminator", "xml", "in", "name", "collectionFormat", "allowEmptyValue":
			continue
		case "properties", "patternProperties", "$defs", "definitions", "dependentSchemas":
			named, _ := x.(map[string]any)
			inner := map[string]any{}
			for name, s := range named {
				inner[name] = modern(s, depth+1)
			}
			out[key] = inner
		case "enum", "const", "default", "example", "examples":
			out[key] = x
		default:
			out[key] = modern(x, depth+1)
		}
	}
	if _, is := out["required"].(bool); is {
		delete(out, "required")
	}
	if out["type"] == "file" {
		delete(out, "type")
		out["format"] = "binary"
	}
	for word, of := range map[string]string{"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"} {
		if strict, is := out[word].(bool); is {
			delete(out, word)
			if bound, has := out[of]; has && strict {
				out[word] = bound
				delete(out, of)
			}
		}
	}
	nullable(out)
	return writable(out)
}

func nullable(s map[string]any) {
	yes, _ := s["nullable"].(bool)
	delete(s, "nullable")
	if !yes {
		return
	}
	if t, is := s["type"].(string); is {
		s["type"] = []any{t, "null"}
	}
	if values, is := s["enum"].([]any); is && !slices.Contains(values, nil) {
		s["enum"] = append(slices.Clone(values), nil)
	}
}

// writable drops read-only properties from what a request must hold.
func writable(s map[string]any) map[string]any {
	properties, _ := s["properties"].(map[string]any)
	needed, is := s["required"].([]any)
	if !is || properties == nil {
		return s
	}
	s["required"] = slices.DeleteFunc(slices.Clone(needed), func(name any) bool {
		text, _ := name.(string)
		p, _ := properties[text].(map[string]any)
		return p["readOnly"] == true
	})
	return s
}

// breaks returns the word of the schema that a value breaks, "" for a valid one.
func (r *rules) breaks(v any) string {
	if r == nil || r.compiled == nil {
		return ""
	}
	err := r.compiled.Validate(v)
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return ""
	}
	for len(invalid.Causes) > 0 {
		invalid = invalid.Causes[0]
	}
	if path := invalid.ErrorKind.KeywordPath(); len(path) > 0 {
		return path[0]
	}
	return "schema"
}

// property is one field of an object schema.
type property struct {
	name   string
	schema map[string]any
	needed bool
}

// properties are the fields of an object that may be written, by name; parts of
// allOf count, and of alternatives the first.
func properties(s map[string]any) []property {
	found := map[string]property{}
	collect(s, found, 0)
	out := make([]property, 0, len(found))
	for _, p := range found {
		if p.schema["readOnly"] != true {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b property) int { return strings.Compare(a.name, b.name) })
	return out
}

func collect(s map[string]any, found map[string]property, depth int) {
	if depth > 6 {
		return
	}
	fields, _ := s["properties"].(map[string]any)
	for name, x := range fields {
		schema, _ := x.(map[string]any)
		if schema == nil {
			schema = map[string]any{}
		}
		p := found[name]
		found[name] = property{name, schema, p.needed}
	}
	parts, _ := s["allOf"].([]any)
	for _, word := range []string{"oneOf", "anyOf"} {
		if alternatives, _ := s[word].([]any); len(alternatives) > 0 {
			parts = append(slices.Clone(parts), alternatives[0])
		}
	}
	for _, x := range parts {
		if part, is := x.(map[string]any); is {
			collect(part, found, depth+1)
		}
	}
	needed, _ := s["required"].([]any)
	for _, x := range needed {
		if name, is := x.(string); is {
			if p, has := found[name]; has {
				p.needed = true
				found[name] = p
			}
		}
	}
}

// typeOf is the type a schema demands, "" when it does not say.
func typeOf(s map[string]any) string {
	switch t := s["type"].(type) {
	case string:
		return t
	case []any:
		for _, x := range t {
			if name, is := x.(string); is && name != "null" {
				return name
			}
		}
	}
	switch {
	case s["properties"] != nil:
		return "object"
	case s["items"] != nil:
		return "array"
	}
	return ""
}

func number(s map[string]any, word string) (float64, bool) {
	n, is := s[word].(json.Number)
	if !is {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil
}

func text(s map[string]any, word string) string {
	t, _ := s[word].(string)
	return t
}

// inferred is a schema of what was seen: names and types, nothing more.
func inferred(sample json.RawMessage) *rules {
	dec := json.NewDecoder(bytes.NewReader(sample))
	dec.UseNumber()
	var doc any
	if len(sample) == 0 || dec.Decode(&doc) != nil || dec.Decode(&struct{}{}) != io.EOF {
		return &rules{}
	}
	root, _ := schemaOf(doc, 0).(map[string]any)
	if root == nil || root["type"] != "object" {
		return &rules{}
	}
	r := &rules{root: root, inferred: true}
	r.compiled, _ = compiler(root) // what cannot be compiled calls nothing invalid
	return r
}

func schemaOf(v any, depth int) any {
	if depth > 8 {
		return map[string]any{}
	}
	switch v := v.(type) {
	case bool:
		return map[string]any{"type": []any{"boolean", "null"}, "example": v}
	case json.Number:
		return map[string]any{"type": []any{"number", "null"}, "example": v}
	case string:
		return map[string]any{"type": []any{"string", "null"}, "example": v}
	case []any:
		return map[string]any{"type": []any{"array", "null"}, "example": v}
	case map[string]any:
		fields := map[string]any{}
		for name, x := range v {
			fields[name] = schemaOf(x, depth+1)
		}
		out := map[string]any{"type": "object", "properties": fields}
		if depth > 0 {
			out["type"] = []any{"object", "null"}
		}
		return out
	}
	return map[string]any{}
}

// digest tells schemas apart, for what was tested once.
func digest(s map[string]any) string {
	trimmed := map[string]any{}
	for key, x := range s {
		switch key {
		case "description", "title", "example", "examples", "default", "readOnly", "writeOnly", "deprecated":
		default:
			trimmed[key] = x
		}
	}
	b, _ := json.Marshal(trimmed) // it was JSON
	return strings.TrimSpace(string(b))
}
