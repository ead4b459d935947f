package portal

import (
	"bytes"
	"encoding/json"
)

// Schema returns the JSON Schema (2020-12) of portal.yaml, for editors. It
// comes from the forms that read the file; what needs more than one key to be
// judged, only Parse knows.
func Schema() []byte {
	defs := object{"outside": object{
		"description": "a value from the environment or a file",
		"type":        "string",
		"pattern":     `\$\{(env|file):[^{}]+\}`,
	}}
	top := root().shape.mappingSchema(defs)
	top["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	top["title"] = "portal.yaml, version 1"
	top["$defs"] = defs
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(top); err != nil {
		panic(err) // maps of texts always encode
	}
	return out.Bytes()
}

type object = map[string]any

// plainTypes are what YAML makes of a text written without quotes.
func plainTypes() []string { return []string{"string", "number", "boolean"} }

// schema describes a shape; mappings are put into defs under their name.
func (s *shape) schema(defs object) object {
	switch s.kind {
	case kindNumber:
		return orOutside(object{"type": "number"})
	case kindBool:
		return orOutside(object{"type": "boolean"})
	case kindList:
		one := s.of.schema(defs)
		return object{"anyOf": []object{one, {"type": "array", "items": one}}}
	case kindEither:
		all := make([]object, len(s.either))
		for i, e := range s.either {
			all[i] = e.schema(defs)
		}
		return object{"anyOf": all}
	case kindNamed:
		return object{"type": "object", "additionalProperties": s.of.schema(defs)}
	case kindMapping:
		if defs[s.word] == nil {
			defs[s.word] = s.mappingSchema(defs)
		}
		return object{"$ref": "#/$defs/" + s.word}
	case kindAny:
		return object{}
	}
	switch {
	case s.words != nil:
		return orOutside(object{"enum": s.words})
	case s.pattern != "":
		return orOutside(object{"type": "string", "pattern": s.pattern})
	}
	return object{"type": plainTypes()}
}

func orOutside(o object) object {
	return object{"anyOf": []object{o, {"$ref": "#/$defs/outside"}}}
}

func (s *shape) mappingSchema(defs object) object {
	properties := object{}
	required := []string{}
	for _, f := range s.fields {
		property := f.shape.schema(defs)
		property["description"] = f.about
		if f.fallback != "" {
			property["description"] = f.about + " (default: " + f.fallback + ")"
		}
		properties[f.name] = property
		if f.required {
			required = append(required, f.name)
		}
	}
	out := object{"type": "object", "properties": properties, "additionalProperties": false}
	if s.open {
		out["additionalProperties"] = object{"type": plainTypes()}
	}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}
