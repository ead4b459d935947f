package lab

// Helpers that build JSON schemas for the contract.

type schema = map[string]any

func text(example string) schema { return schema{"type": "string", "examples": []any{example}} }
func mailText(example string) schema {
	return schema{"type": "string", "format": "email", "examples": []any{example}}
}
func idText() schema { return schema{"type": "string", "format": "uuid"} }
func number() schema { return schema{"type": "number"} }

// object is an object schema from alternating names and schemas.
func object(properties ...any) schema {
	set := schema{}
	for i := 0; i+1 < len(properties); i += 2 {
		set[properties[i].(string)] = properties[i+1]
	}
	return schema{"type": "object", "properties": set}
}

func required(s schema, names ...string) schema {
	s["required"] = names
	return s
}

func schemaOf(name string) schema { return schema{"$ref": "#/components/schemas/" + title(name)} }

func listOf(item schema) schema {
	return required(object("items", schema{"type": "array", "items": item}, "total", schema{"type": "integer"}), "items", "total")
}

// schema is a field in the contract.
func (f field) schema(w *World) schema {
	s := schema{"type": "string"}
	switch f.form {
	case amount:
		s = schema{"type": "number", "minimum": 0, "maximum": 1e9}
	case flag:
		s["type"] = "boolean"
	case email:
		s["format"] = "email"
	case date:
		s["format"] = "date"
	case choice:
		s["enum"] = f.choices
	case prose, line:
		s["maxLength"] = f.limit()
		if f.required {
			s["minLength"] = 1
		}
	case reference:
		s = w.kinds[f.kind].idSchema()
		s["description"] = "the id of one of " + w.kinds[f.kind].path
	}
	if f.example != nil {
		s["examples"] = []any{f.example}
	}
	if f.readOnly {
		s["readOnly"] = true
	}
	return s
}

func (res *resource) idSchema() schema {
	switch res.ids {
	case integers:
		return schema{"type": "integer", "minimum": 1}
	case slugs:
		return schema{"type": "string", "pattern": "^[a-z0-9-]+$"}
	}
	return schema{"type": "string", "format": "uuid"}
}

// schemas describes a kind three times: as shown, as created, as changed.
func (res *resource) schemas(w *World, into schema) {
	readOnly := func(s schema) schema { s["readOnly"] = true; return s }
	shown := schema{
		"id": readOnly(res.idSchema()), "tenantId": readOnly(text("tn-00000000")),
		"createdAt": readOnly(schema{"type": "string", "format": "date-time"}), "updatedAt": readOnly(schema{"type": "string", "format": "date-time"}),
	}
	input, change := schema{}, schema{}
	var needed []string
	for _, f := range res.fields {
		if f.secret {
			continue
		}
		shown[f.name] = f.schema(w)
		if f.readOnly {
			continue
		}
		input[f.name], change[f.name] = f.schema(w), f.schema(w)
		if f.required {
			needed = append(needed, f.name)
		}
	}
	into[title(res.one)] = schema{"type": "object", "properties": shown, "required": []string{"id"}}
	into[title(res.one)+"Change"] = schema{"type": "object", "properties": change}
	create := schema{"type": "object", "properties": input}
	if needed != nil {
		create["required"] = needed
	}
	into[title(res.one)+"Input"] = create
}
