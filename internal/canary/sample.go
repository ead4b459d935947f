package canary

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/internal/gather"
)

// Schema is the part of a JSON Schema that a plausible value is made from.
type Schema struct {
	Type       any                        `json:"type"` // a name, or a list of names (2020-12)
	Format     string                     `json:"format"`
	Enum       []any                      `json:"enum"`
	Default    any                        `json:"default"`
	Example    any                        `json:"example"`
	Examples   []any                      `json:"examples"`
	Properties map[string]json.RawMessage `json:"properties"`
	Required   []string                   `json:"required"`
	Items      json.RawMessage            `json:"items"`
	AllOf      []json.RawMessage          `json:"allOf"`
	OneOf      []json.RawMessage          `json:"oneOf"`
	AnyOf      []json.RawMessage          `json:"anyOf"`
	MinLength  int                        `json:"minLength"`
	MaxLength  *int                       `json:"maxLength"`
	Minimum    *float64                   `json:"minimum"`
	Pattern    string                     `json:"pattern"`
	ReadOnly   bool                       `json:"readOnly"`
	Const      any                        `json:"const"`
	Media      string                     `json:"contentMediaType"`
}

// file says that a property holds the content of a file.
func (s Schema) file() bool { return s.Format == "binary" || s.Media != "" }

// maxDepth bounds how deep a sample nests.
const maxDepth = 4

// Parse reads a schema; what cannot be read is empty.
func Parse(raw json.RawMessage) Schema {
	var s Schema
	_ = json.Unmarshal(raw, &s) // what cannot be read has no type and becomes a text
	for _, part := range s.AllOf {
		p := Parse(part)
		if s.Properties == nil {
			s.Properties = map[string]json.RawMessage{}
		}
		for k, v := range p.Properties {
			s.Properties[k] = v
		}
		s.Required = append(s.Required, p.Required...)
		if s.Type == nil {
			s.Type = p.Type
		}
	}
	if alternatives := append(s.OneOf, s.AnyOf...); s.Type == nil && s.Properties == nil && len(alternatives) > 0 {
		return Parse(alternatives[0])
	}
	return s
}

// Is names the type of a value: "object", "string" …; "" when it is not known.
func (s Schema) Is() string {
	switch t := s.Type.(type) {
	case string:
		return t
	case []any:
		for _, x := range t {
			if name, _ := x.(string); name != "null" {
				return name
			}
		}
	}
	if s.Properties != nil {
		return "object"
	}
	return ""
}

// Properties are the fields a write's Schema names and does not mark read-only.
func Properties(r artifact.Route) map[string]Schema {
	out := map[string]Schema{}
	for name, raw := range Parse(r.BodySchema).Properties {
		if p := Parse(raw); !p.ReadOnly {
			out[name] = p
		}
	}
	return out
}

// references gives an id for a field that names another object.
type references func(field string) (string, bool)

// refs are ids of objects that the identity's own tenant has, by field name.
func refs(t *gather.Tools, who string) references {
	corpus := gather.Made[artifact.Corpus](t, artifact.Corpora)
	tenant := gather.Made[artifact.Sessions](t, artifact.SignIns).By(who).Tenant
	return func(field string) (string, bool) {
		noun := normal.NounOf(field)
		for _, o := range corpus.Objects {
			if o.Tenant == tenant && noun != "" && o.Noun == noun && !o.Ambiguous {
				return o.ID, true
			}
		}
		return "", false
	}
}

// sample makes a body by the route's Schema: what is required, and one free
// text, best a long one, that carries the tag.
func sample(r artifact.Route, tag string, ref references) (object map[string]any, tagged bool) {
	root := Parse(r.BodySchema)
	object = map[string]any{}
	if len(root.Properties) == 0 {
		return object, false
	}
	text := freeText(root)
	var example map[string]any
	_ = json.Unmarshal(r.BodySample, &example) // no example: values come from the schema
	for name, raw := range root.Properties {
		p := Parse(raw)
		switch {
		case name == text:
			object[name] = clip(tag, p)
			tagged = true
		case p.file():
			object[name] = upload("made by launchready: " + tag + "\n")
		case !slices.Contains(root.Required, name):
		case example[name] != nil && !IsReference(name) && !isMail(name, p):
			object[name] = example[name]
		default:
			object[name] = value(name, p, tag, ref, 0)
		}
	}
	return object, tagged
}

// TextNames are the usual names of free texts, the least consequential first.
var TextNames = []string{"notes", "note", "description", "comment", "body", "text", "message", "summary", "brief", "content", "subject", "title", "label", "name"}

// freeText picks the property that may hold any text; required ones are as good.
func freeText(s Schema) string {
	for _, name := range TextNames {
		raw, has := s.Properties[name]
		if p := Parse(raw); has && plain(p) {
			return name
		}
	}
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if plain(Parse(s.Properties[name])) && !IsReference(name) && !secretName(name) {
			return name
		}
	}
	return ""
}

// plain says that a property takes any text as long as a tag.
func plain(p Schema) bool {
	const tagLength = 16
	return p.Is() == "string" && p.Format == "" && !p.file() && len(p.Enum) == 0 && p.Pattern == "" && p.Const == nil && !p.ReadOnly &&
		(p.MaxLength == nil || *p.MaxLength >= tagLength)
}

func secretName(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "password") || strings.Contains(name, "token") || strings.Contains(name, "secret")
}

func IsReference(name string) bool {
	return strings.HasSuffix(name, "Id") || strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "Ids") || strings.HasSuffix(name, "_ids")
}

// isMail tells an e-mail address: a made-up one is sent to nobody, an example
// of the contract may be somebody's.
func isMail(name string, p Schema) bool {
	return p.Format == "email" || p.Is() == "string" && strings.Contains(strings.ToLower(name), "email")
}

func clip(tag string, p Schema) string {
	for len(tag) < p.MinLength {
		tag += " " + tag
	}
	return tag
}

// value makes a plausible value of a schema.
func value(name string, p Schema, tag string, ref references, depth int) any {
	if id, ok := ref(name); ok && IsReference(name) {
		if p.Is() == "integer" || p.Is() == "number" {
			return json.Number(id)
		}
		return id
	}
	for _, given := range []any{p.Const, p.Example, first(p.Examples), p.Default, first(p.Enum)} {
		if given != nil && !isMail(name, p) {
			return given
		}
	}
	switch p.Is() {
	case "boolean":
		return false
	case "integer", "number":
		if p.Minimum != nil {
			return *p.Minimum
		}
		return 1
	case "array":
		if depth >= maxDepth || p.Items == nil {
			return []any{}
		}
		return []any{value(normal.Singular(name), Parse(p.Items), tag, ref, depth+1)}
	case "object":
		out := map[string]any{}
		for _, k := range p.Required {
			if depth < maxDepth {
				out[k] = value(k, Parse(p.Properties[k]), tag, ref, depth+1)
			}
		}
		return out
	}
	return text(name, p, tag)
}

func first(list []any) any {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

func text(name string, p Schema, tag string) string {
	switch {
	case p.Format == "date-time":
		return "2031-02-03T04:05:06Z"
	case p.Format == "date":
		return "2031-02-03"
	case isMail(name, p):
		return tag + "@example.invalid"
	case p.Format == "uuid":
		return "6f1c2f0a-7d3b-4a56-9c1e-2b8d4e5f6071"
	case p.Format == "uri" || p.Format == "url":
		return "https://example.invalid/" + tag
	case strings.Contains(strings.ToLower(name), "phone"):
		return "+49 30 000000"
	case strings.Contains(strings.ToLower(name), "currency"):
		return "EUR"
	}
	return clip(tag, p)
}
