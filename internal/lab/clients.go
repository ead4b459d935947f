package lab

import "net/http"

func (w *World) clients() *resource {
	res := &resource{
		name: "clients", one: "client", path: "/api/clients", title: "name", ids: uuids,
		fields: []field{
			{name: "name", required: true, example: "Lighthouse Bakery"},
			{name: "contactName", example: "Petra Nowak"},
			{name: "contactEmail", form: email, example: "petra@bakery.test"},
			{name: "phone", example: "+31 10 555 0100"},
			{name: "iban", example: "NL91 0417 1643 0000 00"},
			{name: "notes", form: prose, example: "Prefers to be called in the morning."},
			{name: "status", form: choice, choices: []string{"active", "dormant"}},
		},
		filters: []param{{name: "status", doc: "only clients in this state", choices: []string{"active", "dormant"}}},
		creates: operation{roles: writers}, changes: operation{roles: writers}, removes: operation{roles: managers},
	}
	if w.flaw("tenantswap-client") {
		res.shows.foreign = (*call).reveal
	}
	if w.flaw("tenantlist") {
		res.lists.scope = func(c *call, own string) string { return either(c.r.URL.Query().Get("tenantId"), own) }
	}
	if w.flaw("tenantwrite-silent") {
		res.changes.foreign = func(c *call, r *row) answer { c.amend(r); return forbidden() }
	}
	return res
}

func (w *World) clientRoutes() []route {
	return []route{{
		method: http.MethodGet, path: "/api/clients/{id}/export.csv", name: "exportClientStatement", summary: "A client's invoices as CSV",
		roles: writers, status: 200, media: "text/csv", serve: (*call).statement,
	}}
}

// statement is the CSV of one client's invoices.
func (c *call) statement() answer {
	op := operation{}
	if c.w.flaw("exportswap-csv") {
		op.foreign = func(c *call, r *row) answer { return c.csvOf(r.tenant, r.id) }
	}
	client, refusal := c.lookup(c.w.kinds["clients"], c.params["id"], op)
	if refusal != nil {
		return *refusal
	}
	return c.csvOf(client.tenant, client.id)
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// reveal answers about another tenant's object as if it were the caller's own.
func (c *call) reveal(r *row) answer { return ok(c.show(r)) }
