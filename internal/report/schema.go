package report

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/verdict"
)

// Schema returns the JSON Schema (2020-12) of the result document, made from
// the types it is written from.
func Schema() []byte {
	s := schema{defs: map[string]any{}}
	root := s.object(reflect.TypeFor[verdict.Report]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "launchready result document, version 1"
	root["description"] = "What one run proved about a portal. Durations are in nanoseconds. Later versions may add properties."
	root["$defs"] = s.defs
	// Maps of strings and maps cannot fail to encode; keys come out sorted.
	b, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("encode schema: %v", err))
	}
	return append(b, '\n')
}

// schema collects the definitions of struct types on the way.
type schema struct{ defs map[string]any }

// of returns the schema of a type as its JSON form stands.
func (s schema) of(t reflect.Type) map[string]any {
	if values := enum(t); values != nil {
		return map[string]any{"type": "string", "enum": values}
	}
	switch t {
	case reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case reflect.TypeFor[time.Duration]():
		return map[string]any{"type": "integer", "minimum": 0, "description": "nanoseconds"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		m := map[string]any{"type": "object", "additionalProperties": s.of(t.Elem())}
		if values := enum(t.Key()); values != nil {
			m["propertyNames"] = map[string]any{"enum": values}
		}
		return m
	case reflect.Struct:
		name := t.Name()
		if _, known := s.defs[name]; !known {
			s.defs[name] = true // stands in while a type refers to itself
			s.defs[name] = s.object(t)
		}
		return map[string]any{"$ref": "#/$defs/" + name}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.String:
		return map[string]any{"type": "string"}
	}
	panic(fmt.Sprintf("schema of %s: no JSON form known", t))
}

// object returns the schema of a struct; what is never left out is required.
func (s schema) object(t reflect.Type) map[string]any {
	properties := map[string]any{}
	var required []string
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		properties[name] = s.of(f.Type)
		if !strings.Contains(options, "omitempty") {
			required = append(required, name)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required}
}

// enum lists the values of a type that has a closed list of them.
func enum(t reflect.Type) []string {
	switch t {
	case reflect.TypeFor[verdict.Verdict]():
		return []string{string(verdict.Ready), string(verdict.NotReady), string(verdict.NotProven)}
	case reflect.TypeFor[verdict.State]():
		return []string{string(verdict.OK), string(verdict.Fail), string(verdict.Unproven), string(verdict.Waived), string(verdict.NotApplicable)}
	case reflect.TypeFor[check.Severity]():
		return []string{string(check.Blocker), string(check.Advice)}
	case reflect.TypeFor[check.Outcome]():
		return []string{string(check.OK), string(check.Fail), string(check.Unproven), string(check.NotApplicable)}
	case reflect.TypeFor[check.Reason]():
		var out []string
		for _, r := range reasons() {
			out = append(out, string(r.Reason))
		}
		return out
	}
	return nil
}
