package lab

import (
	"net/http"
	"strings"
	"time"
)

func (w *World) tenantRoutes() []route {
	one := object("id", text("tn-00000000"), "name", text("Bakery Nowak"), "city", text("Utrecht"), "role", text("member"))
	return []route{
		{method: http.MethodGet, path: "/api/tenants", name: "listTenants", summary: "The tenants the caller is a member of", status: 200, returns: listOf(one), serve: (*call).listTenants},
		{method: http.MethodGet, path: "/api/tenants/{tenantId}", name: "showTenant", summary: "A tenant the caller is a member of", status: 200, returns: one, serve: (*call).showTenant},
		{method: http.MethodGet, path: "/api/tenants/{tenantId}/invoices", name: "listTenantInvoices", summary: "The invoices of a tenant", status: 200, returns: listOf(schemaOf("invoice")), serve: (*call).tenantInvoices},
		{method: http.MethodGet, path: "/api/tenants/{tenantId}/invoices/{id}", name: "showTenantInvoice", summary: "An invoice of a tenant", status: 200, returns: schemaOf("invoice"), serve: (*call).tenantInvoice},
		{method: http.MethodGet, path: "/api/tenants/{tenantId}/projects", name: "listTenantProjects", summary: "The projects of a tenant", status: 200, returns: listOf(schemaOf("project")), serve: (*call).tenantProjects},
	}
}

func (c *call) showsTenant(t tenant) map[string]any {
	return map[string]any{"id": t.id, "name": t.name, "city": t.city, "role": c.w.membership(c.who.user, t.id)}
}

func (c *call) listTenants() answer {
	var items []any
	for _, t := range c.w.tenants {
		if c.w.membership(c.who.user, t.id) != "" {
			items = append(items, c.showsTenant(t))
		}
	}
	return list(items)
}

// member reports whether the caller belongs to the tenant in the path.
func (c *call) member() bool {
	id := c.params["tenantId"]
	return c.w.tenant(id) != nil && (c.who.everywhere || c.w.membership(c.who.user, id) != "")
}

func (c *call) showTenant() answer {
	if !c.member() {
		return c.missing()
	}
	return ok(c.showsTenant(*c.w.tenant(c.params["tenantId"])))
}

func (c *call) tenantInvoices() answer {
	if !c.member() && !c.w.flaw("hierarchy") {
		return c.missing()
	}
	return c.rowsOf("invoices")
}

func (c *call) tenantProjects() answer {
	if !c.member() {
		return c.missing()
	}
	return c.rowsOf("projects")
}

func (c *call) rowsOf(kind string) answer {
	var items []any
	for _, r := range c.w.shelf(kind).of(c.params["tenantId"]) {
		items = append(items, c.show(r))
	}
	return list(items)
}

func (c *call) tenantInvoice() answer {
	if !c.member() {
		return c.missing()
	}
	tenant := c.params["tenantId"]
	if c.w.flaw("hierarchy-own") {
		tenant = ""
	}
	found := c.w.shelf("invoices").find(c.params["id"], tenant)
	if found == nil {
		return c.missing()
	}
	return ok(c.show(found))
}

func (w *World) searchRoutes() []route {
	return []route{{
		method: http.MethodGet, path: "/api/search", name: "search", summary: "Search tickets and projects", status: 200,
		query:   []param{{name: "q", doc: "at least three characters", example: "onboarding"}},
		returns: listOf(object("kind", text("tickets"), "id", text("7301"), "title", text("Oven door squeaks"))), serve: (*call).search,
	}}
}

func (c *call) search() answer {
	asked := c.r.URL.Query().Get("q")
	words, holds := c.sought(strings.ToLower(strings.TrimSpace(asked)))
	if !holds {
		return list(nil)
	}
	if len(words) < 3 && !c.w.flaw("input-template") {
		return list(nil)
	}
	var items []any
	for _, kind := range []string{"tickets", "projects"} {
		tenant := c.who.tenant
		if kind == "tickets" && c.w.flaw("tenantlist-search") {
			tenant = ""
		}
		for _, r := range c.w.shelf(kind).of(tenant) {
			text := r.text("subject") + " " + r.text("body") + " " + r.text("name") + " " + r.text("brief")
			if strings.Contains(strings.ToLower(text), words) {
				items = append(items, map[string]any{"kind": kind, "id": r.key(), "title": r.text(r.kind.title), "excerpt": r.text("body") + r.text("brief")})
			}
		}
	}
	a := list(items)
	if c.w.flaw("input-template") {
		a.body.(map[string]any)["words"] = rendered(asked)
	}
	return a
}

type auditEntry struct {
	at                                  time.Time
	tenant, actor, action, what, detail string
}

// note writes the audit trail and tells whoever follows the tenant's channel.
func (c *call) note(action string, r *row) {
	actor := "somebody"
	if c.who != nil && c.who.user.tenant == r.tenant { // other tenants' people are not named
		actor = c.who.user.text("name")
	}
	c.w.audit = append(c.w.audit, auditEntry{at: time.Now(), tenant: r.tenant, actor: actor, action: action, what: r.kind.one, detail: r.text(r.kind.title)})
	if unsafe(c.r.Method) {
		c.w.edge.purge()
	}
	c.w.hub.publish("tenant:"+r.tenant, map[string]any{"type": r.kind.one + " " + action, "object": c.shown(r)})
}

// shown is an object as its event carries it.
func (c *call) shown(r *row) map[string]any {
	values := map[string]any{"id": r.key()}
	for _, f := range r.kind.fields {
		if !f.secret {
			values[f.name] = r.values[f.name]
		}
	}
	return values
}

func (w *World) auditRoutes() []route {
	trail := route{
		method: http.MethodGet, path: "/api/audit", name: "listAudit", summary: "The audit trail", roles: managers, status: 200,
		returns: listOf(object("at", text("2026-03-02T08:30:00Z"), "actor", text("Petra Nowak"), "action", text("changed"), "what", text("settings"), "detail", text("New footer"))), serve: (*call).trail,
	}
	if w.flaw("rolematrix") {
		trail.roles = nil
	}
	return []route{trail}
}

func (c *call) trail() answer {
	var items []any
	for _, e := range c.w.audit {
		if e.tenant == c.who.tenant {
			items = append(items, map[string]any{"at": stamp(e.at), "actor": e.actor, "action": e.action, "what": e.what, "detail": e.detail})
		}
	}
	return list(items)
}

var operators = []string{"operations"}

// operationRoutes serve the internal console; the contract for clients leaves the operators' own out.
func (w *World) operationRoutes() []route {
	return []route{
		{
			method: http.MethodGet, path: "/api/ops/tenants", name: "listOpsTenants", summary: "Every tenant, for operations", hidden: true, roles: operators, status: 200,
			returns: listOf(object("id", text("tn-00000000"), "name", text("Bakery Nowak"))), serve: (*call).listTenants,
		},
		{
			method: http.MethodGet, path: "/api/ops/usage", name: "showUsage", summary: "Use of the portal, for operations", hidden: true, roles: operators, status: 200,
			returns: object("sessions", number(), "users", number()), serve: (*call).usage,
		},
		{
			method: http.MethodGet, path: "/api/roles", name: "listRoles", summary: "Roles and what they are for", roles: managers, status: 200,
			returns: listOf(object("role", text("member"), "purpose", text("Works on projects"))), serve: (*call).roles,
		},
	}
}

func (c *call) usage() answer {
	return ok(map[string]any{"sessions": len(c.w.sessions), "users": len(c.w.shelf("users").rows)})
}

func (c *call) roles() answer {
	return list([]any{
		map[string]any{"role": "owner", "purpose": "Signs for the company"},
		map[string]any{"role": "admin", "purpose": "Manages people and invoices"},
		map[string]any{"role": "member", "purpose": "Works on projects and tickets"},
		map[string]any{"role": "viewer", "purpose": "Reads"},
	})
}
