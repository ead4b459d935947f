package lab

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// offer adds the usual routes of a kind.
func (w *World) offer(res *resource) {
	w.kinds[res.name] = res
	item := res.path + "/{id}"
	schema, input := schemaOf(res.one), schemaOf(res.one+"Input")
	add := func(op operation, r route) {
		if op.off {
			return
		}
		r.roles, r.open, r.claimed, r.early, r.query = op.roles, op.open, op.claimed, op.early, append(r.query, op.query...)
		w.routes.routes = append(w.routes.routes, &r)
	}
	add(res.lists, route{
		method: http.MethodGet, path: res.path, name: "list" + title(res.name), summary: "List " + res.name,
		query: res.filters, status: 200, returns: listOf(schema), serve: func(c *call) answer { return c.listing(res) },
	})
	add(res.creates, route{
		method: http.MethodPost, path: res.path, name: "create" + title(res.one), summary: "Create a " + res.one,
		body: input, status: 201, returns: schema, serve: func(c *call) answer { return c.create(res) },
	})
	add(res.shows, route{
		method: http.MethodGet, path: item, name: "show" + title(res.one), summary: "Show one " + res.one,
		status: 200, returns: schema, serve: func(c *call) answer { return c.detail(res) },
	})
	add(res.changes, route{
		method: http.MethodPatch, path: item, name: "change" + title(res.one), summary: "Change a " + res.one,
		body: schemaOf(res.one + "Change"), status: 204, serve: func(c *call) answer { return c.change(res) },
	})
	add(res.removes, route{
		method: http.MethodDelete, path: item, name: "delete" + title(res.one), summary: "Delete a " + res.one,
		status: 204, serve: func(c *call) answer { return c.remove(res) },
	})
}

func title(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

// lookup finds the object in the path. What belongs to another tenant is answered by the operation, or as if it
// did not exist.
func (c *call) lookup(res *resource, id string, op operation) (*row, *answer) {
	if c.w.flaw("input-crash-id") && res.name == "tickets" && strings.Trim(id, "0123456789") != "" {
		a := crashed()
		return nil, &a
	}
	shelf := c.w.shelf(res.name)
	tenant := c.who.tenant
	if c.who.everywhere {
		tenant = ""
	}
	if found := shelf.find(id, tenant); found != nil {
		return found, nil
	}
	other := shelf.find(id, "")
	if other == nil {
		a := c.missing()
		return nil, &a
	}
	if op.foreign != nil {
		a := op.foreign(c, other)
		return nil, &a
	}
	if c.w.quirk("noop-204") && unsafe(c.r.Method) {
		a := done()
		return nil, &a
	}
	a := c.missing()
	return nil, &a
}

func (c *call) listing(res *resource) answer {
	if refusal := c.misasked(res.filters); refusal != nil {
		return *refusal
	}
	tenant := c.who.tenant
	if res.lists.scope != nil {
		tenant = res.lists.scope(c, tenant)
	}
	var items []any
	for _, r := range c.w.shelf(res.name).of(tenant) {
		shown := c.show(r)
		if c.passes(res.filters, shown) {
			items = append(items, shown)
		}
	}
	return list(items).kept(res.lists.keep)
}

// passes applies the filters of a list, such as ?status=open.
func (c *call) passes(filters []param, shown map[string]any) bool {
	for _, f := range filters {
		wanted, value := c.r.URL.Query().Get(f.name), fmt.Sprint(shown[f.name])
		switch {
		case wanted == "", wanted == value, c.pasted(f) && selects(wanted, value):
		case c.ignored(f) && !slices.Contains(f.choices, wanted):
		default:
			return false
		}
	}
	return c.operated(filters, shown)
}

func (c *call) detail(res *resource) answer {
	if refusal := c.misasked(res.shows.query); refusal != nil {
		return *refusal
	}
	found, refusal := c.lookup(res, c.params["id"], res.shows)
	if refusal != nil {
		return *refusal
	}
	return ok(c.show(found)).kept(res.shows.keep)
}

func (c *call) create(res *resource) answer {
	body, refusal := c.object()
	if refusal != nil {
		return *refusal
	}
	values, refusal := c.accept(res, body, true)
	if refusal != nil {
		return *refusal
	}
	for _, f := range res.fields {
		if _, set := values[f.name]; !set && f.form == choice && !f.readOnly {
			values[f.name] = f.choices[0]
		}
	}
	if res.creates.before != nil {
		if refusal := res.creates.before(c, values); refusal != nil {
			return *refusal
		}
	}
	tenant := c.who.tenant
	if res.creates.scope != nil {
		tenant = res.creates.scope(c, tenant)
	}
	made := c.w.put(res.name, tenant, "", values, time.Now())
	if res.creates.apply != nil {
		res.creates.apply(c, made, body)
	}
	c.note("created", made)
	return created(res.path+"/"+made.id, c.show(made))
}

func (c *call) change(res *resource) answer {
	found, refusal := c.lookup(res, c.params["id"], res.changes)
	if refusal != nil {
		return *refusal
	}
	return c.amend(found)
}

// amend applies the body to an object.
func (c *call) amend(found *row) answer {
	body, refusal := c.object()
	if refusal != nil {
		return *refusal
	}
	values, refusal := c.accept(found.kind, body, false)
	if refusal != nil {
		c.keepHalf(found, body)
		return *refusal
	}
	if before := found.kind.changes.before; before != nil {
		if refusal := before(c, values); refusal != nil {
			return *refusal
		}
	}
	for name, value := range values {
		found.values[name] = value
	}
	if found.kind.changes.apply != nil {
		found.kind.changes.apply(c, found, body)
	}
	found.updated = time.Now()
	c.note("changed", found)
	return done()
}

func (c *call) remove(res *resource) answer {
	found, refusal := c.lookup(res, c.params["id"], res.removes)
	if refusal != nil {
		return *refusal
	}
	return c.drop(found)
}

func (c *call) drop(found *row) answer {
	c.w.shelf(found.kind.name).remove(found)
	c.note("deleted", found)
	return done()
}
