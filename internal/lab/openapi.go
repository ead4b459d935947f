package lab

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// describe makes the OpenAPI document from the route table.
func (w *World) describe() map[string]any {
	schemas := schema{
		"Problem":   object("type", text("https://northwind.example/problems/not-found"), "title", text("Not Found"), "status", schema{"type": "integer"}, "detail", text("There is no such record.")),
		"Colleague": object("id", idText(), "name", text("Petra Nowak"), "jobTitle", text("Baker"), "bio", text("Up before the birds.")),
	}
	for _, res := range w.kinds {
		res.schemas(w, schemas)
	}
	export := schemas["Export"].(schema)["properties"].(schema)
	export["downloadUrl"] = schema{"type": "string", "readOnly": true, "format": "uri-reference"}
	ticket := schemas["Ticket"].(schema)["properties"].(schema)
	ticket["project"] = schemaOf("project")
	w.describeProfile(schemas)

	paths := map[string]any{}
	for _, r := range w.routes.routes {
		if r.hidden || r.page {
			continue
		}
		item, _ := paths[r.path].(map[string]any)
		if item == nil {
			item = map[string]any{}
			paths[r.path] = item
		}
		item[strings.ToLower(r.method)] = w.operation(r)
	}
	return map[string]any{
		"openapi": "3.1.0",
		"info":    map[string]any{"title": "Northwind client portal", "version": "2026.3.1"},
		"servers": []any{map[string]any{"url": "/"}},
		"paths":   paths,
		"security": []any{
			map[string]any{"session": []string{}}, map[string]any{"bearer": []string{}},
		},
		"components": map[string]any{
			"schemas": schemas,
			"securitySchemes": map[string]any{
				"session": map[string]any{"type": "apiKey", "in": "cookie", "name": sessionCookie},
				"bearer":  map[string]any{"type": "http", "scheme": "bearer"},
			},
		},
	}
}

func (w *World) describeProfile(schemas schema) {
	change := schema{}
	for _, f := range profileFields {
		change[f.name] = f.schema(w)
	}
	schemas["ProfileChange"] = schema{"type": "object", "properties": change}
	shown := schema{}
	for name, s := range change {
		shown[name] = s
	}
	for _, name := range []string{"id", "email", "role", "tenantId", "channel"} {
		shown[name] = schema{"type": "string", "readOnly": true}
	}
	schemas["Profile"] = schema{"type": "object", "properties": shown}
}

func (w *World) operation(r *route) map[string]any {
	op := map[string]any{"operationId": r.name, "summary": r.summary, "responses": w.responses(r)}
	if roles := w.declared(r); roles != nil {
		op["x-roles"] = roles
	}
	switch {
	case r.access == public, r.claimed:
		op["security"] = []any{}
	case r.access == optional:
		op["security"] = []any{map[string]any{}, map[string]any{"session": []string{}}, map[string]any{"bearer": []string{}}}
	}
	if params := w.parameters(r); params != nil {
		op["parameters"] = params
	}
	if r.body != nil {
		op["requestBody"] = map[string]any{"required": true, "content": map[string]any{either(r.form, "application/json"): map[string]any{"schema": r.body}}}
	}
	return op
}

// declared are the roles the contract promises. A defect that drops a role check does not change the promise.
func (w *World) declared(r *route) []string {
	switch {
	case r.roles == nil && w.flaw("rolematrix") && r.name == "listAudit",
		r.roles == nil && w.flaw("rolematrix-write") && (r.name == "changeInvoice" || r.name == "deleteInvoice"):
		return managers
	}
	return r.roles
}

func (w *World) parameters(r *route) []any {
	var params []any
	for part := range strings.SplitSeq(r.path, "/") {
		name, is := strings.CutPrefix(part, "{")
		if !is {
			continue
		}
		name = strings.TrimSuffix(name, "}")
		s := schema{"type": "string"}
		for _, res := range w.kinds {
			if name == "id" && strings.HasPrefix(r.path, res.path+"/{id}") || name == "id" && strings.Contains(r.path, "}/"+res.name+"/{id}") {
				s = res.idSchema()
			}
		}
		params = append(params, map[string]any{"name": name, "in": "path", "required": true, "schema": s})
	}
	for _, p := range r.query {
		s := schema{"type": "string"}
		if p.choices != nil {
			s["enum"] = p.choices
		}
		param := map[string]any{"name": p.name, "in": "query", "description": p.doc, "schema": s}
		if p.example != nil {
			param["example"] = p.example
		}
		params = append(params, param)
	}
	return params
}

func (w *World) responses(r *route) map[string]any {
	good := map[string]any{"description": http.StatusText(r.status)}
	if r.returns != nil || r.media != "" {
		s := r.returns
		if s == nil {
			s = schema{"type": "string"}
		}
		good["content"] = map[string]any{either(r.media, "application/json"): map[string]any{"schema": s}}
	}
	responses := map[string]any{strconv.Itoa(r.status): good}
	refusals := []int{}
	if r.access != public && !r.claimed {
		refusals = append(refusals, 401)
	}
	if w.declared(r) != nil {
		refusals = append(refusals, 403)
	}
	if strings.Contains(r.path, "{") {
		refusals = append(refusals, 404)
	}
	if r.body != nil {
		refusals = append(refusals, 400, 422)
	}
	slices.Sort(refusals)
	for _, status := range refusals {
		responses[strconv.Itoa(status)] = map[string]any{
			"description": http.StatusText(status),
			"content":     map[string]any{"application/problem+json": map[string]any{"schema": schemaOf("problem")}},
		}
	}
	return responses
}
