package exports

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
)

// sample is a body that a submission should accept: the one that was seen, or
// the smallest that its schema allows, with marker as its name.
func sample(r artifact.Route, marker string) (body []byte, media string) {
	media = r.BodyType
	if media == "" || strings.Contains(media, "json") {
		media = "application/json"
	}
	var v any
	if len(r.BodySchema) > 0 {
		var s schema
		if json.Unmarshal(r.BodySchema, &s) == nil {
			v = s.value(marker, 0)
		}
	}
	if v == nil && len(r.BodySample) > 0 {
		return r.BodySample, media
	}
	if v == nil {
		v = map[string]any{}
	}
	raw, err := json.Marshal(v)
	if err != nil { // plain maps and values only
		return []byte("{}"), media
	}
	return raw, media
}

// schema is the part of a JSON schema that a small valid value needs.
type schema struct {
	Type       any               `json:"type"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Items      *schema           `json:"items"`
	Enum       []any             `json:"enum"`
	Default    any               `json:"default"`
	Example    any               `json:"example"`
	Examples   any               `json:"examples"`
	Format     string            `json:"format"`
	ReadOnly   bool              `json:"readOnly"`
	AllOf      []schema          `json:"allOf"`
	Minimum    *float64          `json:"minimum"`
}

func (s schema) is(name string) bool {
	switch t := s.Type.(type) {
	case string:
		return t == name
	case []any:
		return slices.Contains(t, any(name))
	}
	return false
}

// value is a small value of the schema: what must be there, what says what to
// export, and names that hold the marker.
func (s schema) value(marker string, depth int) any {
	for _, part := range s.AllOf {
		if s.Properties == nil {
			s.Properties = part.Properties
		}
		s.Required = append(s.Required, part.Required...)
	}
	switch {
	case depth > 6:
		return nil
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.is("object") || s.Properties != nil:
		out := map[string]any{}
		for name, p := range s.Properties {
			if p.ReadOnly || !(slices.Contains(s.Required, name) || freeText(name) && p.is("string") || len(p.Enum) > 0) {
				continue
			}
			if freeText(name) && p.is("string") && len(p.Enum) == 0 {
				out[name] = marker
				continue
			}
			out[name] = p.value(marker, depth+1)
		}
		return out
	case s.Default != nil:
		return s.Default
	case s.Example != nil:
		return s.Example
	}
	if all, ok := s.Examples.([]any); ok && len(all) > 0 {
		return all[0]
	}
	switch {
	case s.is("array"):
		if s.Items == nil {
			return []any{}
		}
		return []any{s.Items.value(marker, depth+1)}
	case s.is("integer"), s.is("number"):
		if s.Minimum != nil {
			return *s.Minimum
		}
		return 1
	case s.is("boolean"):
		return false
	case s.Format == "date":
		return "2026-01-01"
	case s.Format == "date-time":
		return "2026-01-01T00:00:00Z"
	}
	return marker
}

// freeText reports whether a property's name promises a text for people.
func freeText(name string) bool {
	switch strings.ToLower(name) {
	case "name", "title", "label", "description", "note", "comment", "filename":
		return true
	}
	return false
}
