package lab

import (
	"fmt"
	"net/http"
	"time"
)

func (w *World) tickets() *resource {
	res := &resource{
		name: "tickets", one: "ticket", path: "/api/tickets", title: "subject", ids: integers, from: 7301,
		fields: []field{
			{name: "subject", required: true, example: "Oven door squeaks"},
			{name: "body", form: prose, example: "It squeaks whenever it rains."},
			{name: "priority", form: choice, choices: []string{"normal", "low", "high"}},
			{name: "status", form: choice, choices: []string{"open", "waiting", "closed"}},
			{name: "projectId", form: reference, kind: "projects"},
		},
		filters: []param{{name: "status", doc: "only tickets in this state", choices: []string{"open", "waiting", "closed"}}},
		creates: operation{roles: writers}, changes: operation{roles: writers, open: w.flaw("anonwrite")}, removes: operation{roles: managers},
		shows: operation{query: []param{{name: "expand", doc: "what to show in full", choices: []string{"project"}}}},
		view:  (*call).expandTicket,
	}
	if w.flaw("existence") {
		res.shows.foreign = func(*call, *row) answer { return forbidden() }
	}
	if w.flaw("tenantwrite-delete") {
		res.removes.foreign = (*call).drop
	}
	if w.flaw("tenantcreate") {
		res.creates.scope = (*call).namedTenant
	}
	if w.flaw("parsefirst") {
		res.creates.early = func(c *call) *answer { return c.malformed() }
	}
	return res
}

// expandTicket shows the project a ticket refers to.
func (c *call) expandTicket(r *row, shown map[string]any) {
	query := c.r.URL.Query()
	if query.Get("expand") != "project" && query.Get("include") != "project" {
		return
	}
	tenant := c.who.tenant
	if c.w.flaw("poisoning") {
		tenant = ""
	}
	if project := c.w.shelf("projects").find(r.text("projectId"), tenant); project != nil {
		shown["project"] = c.show(project)
	}
}

// namedTenant believes the tenant that the body of a new object names.
func (c *call) namedTenant(own string) string {
	body, _ := c.object()
	for _, name := range []string{"tenantId", "tenant_id"} {
		if id, is := body[name].(string); is && c.w.tenant(id) != nil {
			return id
		}
	}
	return own
}

// malformed refuses a body that is no JSON object; an empty one is left to the handler.
func (c *call) malformed() *answer {
	if len(c.body) == 0 {
		return nil
	}
	_, refusal := c.object()
	return refusal
}

// comments have no list of their own: they are read and written below their ticket.
func (w *World) comments() *resource {
	return &resource{
		name: "comments", one: "comment", path: "/api/comments", title: "text", ids: uuids,
		fields: []field{
			{name: "text", form: prose, required: true, example: "Oil is on its way."},
			{name: "ticketId", form: reference, kind: "tickets", readOnly: true},
			{name: "author", readOnly: true, example: "Petra Nowak"},
		},
		lists: operation{off: true}, creates: operation{off: true}, changes: operation{roles: writers}, removes: operation{roles: writers},
	}
}

func (w *World) commentRoutes() []route {
	path := "/api/tickets/{id}/comments"
	return []route{
		{
			method: http.MethodGet, path: path, name: "listTicketComments", summary: "The comments of a ticket", status: 200,
			returns: listOf(schemaOf("comment")), serve: (*call).listComments,
		},
		{
			method: http.MethodPost, path: path, name: "createTicketComment", summary: "Comment on a ticket", roles: writers, status: 201,
			body: schemaOf("commentInput"), returns: schemaOf("comment"), serve: (*call).createComment,
		},
	}
}

func (c *call) listComments() answer {
	ticket, refusal := c.lookup(c.w.kinds["tickets"], c.params["id"], operation{})
	if refusal != nil {
		return *refusal
	}
	var items []any
	for _, r := range c.w.shelf("comments").of(ticket.tenant) {
		if r.text("ticketId") == ticket.id {
			items = append(items, c.show(r))
		}
	}
	return list(items)
}

func (c *call) createComment() answer {
	ticket, refusal := c.lookup(c.w.kinds["tickets"], c.params["id"], operation{})
	if refusal != nil {
		return *refusal
	}
	body, refusal := c.object()
	if refusal != nil {
		return *refusal
	}
	values, refusal := c.accept(c.w.kinds["comments"], body, true)
	if refusal != nil {
		if c.w.flaw("input-sideeffects-create") && body["text"] != nil {
			c.comment(ticket, fmt.Sprint(body["text"]))
		}
		return *refusal
	}
	made := c.comment(ticket, values["text"].(string))
	return created("/api/comments/"+made.id, c.show(made))
}

func (c *call) comment(ticket *row, text string) *row {
	made := c.w.put("comments", ticket.tenant, "", map[string]any{"ticketId": ticket.id, "text": text, "author": c.who.user.text("name")}, time.Now())
	c.note("commented on", ticket)
	return made
}
