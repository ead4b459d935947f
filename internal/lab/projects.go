package lab

import "net/http"

func (w *World) projects() *resource {
	res := &resource{
		name: "projects", one: "project", path: "/api/projects", title: "name", ids: slugs,
		fields: []field{
			{name: "name", required: true, example: "Oven installation"},
			{name: "clientId", form: reference, kind: "clients"},
			{name: "brief", form: prose, example: "Two ovens, one weekend, no dust in the shop."},
			{name: "budget", form: amount, example: 18500},
			{name: "status", form: choice, choices: []string{"active", "paused", "finished"}},
		},
		filters: []param{{name: "status", doc: "only projects in this state", choices: []string{"active", "paused", "finished"}}},
		creates: operation{roles: writers}, changes: operation{roles: writers}, removes: operation{roles: managers},
	}
	if w.flaw("tenantwrite") {
		res.changes.foreign = (*call).amend
	}
	if w.flaw("massassign-tenant") {
		res.changes.apply = func(c *call, r *row, body map[string]any) {
			for _, name := range []string{"tenantId", "tenant_id"} {
				if id, is := body[name].(string); is && c.w.tenant(id) != nil {
					r.tenant = id
				}
			}
		}
	}
	if w.flaw("extrafields") {
		res.view = func(_ *call, r *row, shown map[string]any) {
			shown["internalMargin"], shown["isDeleted"] = 0.31, false
			shown["debug"] = map[string]any{"shard": "pg-eu-3", "plan": "projects_by_tenant_idx"}
			shown["watcherEmails"] = []any{"board@" + slug(r.text("name")) + ".test", "audit@" + slug(r.text("name")) + ".test"}
		}
	}
	return res
}

func (w *World) projectRoutes() []route {
	return []route{{
		method: http.MethodGet, path: "/api/projects/{id}/tickets", name: "listProjectTickets", summary: "The tickets of a project",
		status: 200, returns: listOf(schemaOf("ticket")), serve: (*call).projectTickets,
	}}
}

func (c *call) projectTickets() answer {
	project, refusal := c.lookup(c.w.kinds["projects"], c.params["id"], operation{})
	if refusal != nil {
		return *refusal
	}
	var items []any
	for _, t := range c.w.shelf("tickets").of(project.tenant) {
		if t.text("projectId") == project.id {
			items = append(items, c.show(t))
		}
	}
	return list(items)
}
