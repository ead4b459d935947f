package lab

import (
	"fmt"
	"slices"
	"time"
)

// mutation runs the fields of Mutation, by the rules of the REST routes.
func (x *execution) mutation(field string, args map[string]any) any {
	c, tickets := x.call, x.call.w.kinds["tickets"]
	roles := writers
	if field == "deleteTicket" {
		roles = managers
	}
	if !c.who.everywhere && !slices.Contains(roles, c.who.role) {
		return fmt.Errorf("your role does not allow this")
	}
	values, refusal := c.accept(tickets, present(args, "subject", "body"), field == "createTicket")
	if refusal != nil {
		return fmt.Errorf("check the arguments")
	}
	if field == "createTicket" {
		values["priority"], values["status"] = "normal", "open"
		made := c.w.put("tickets", c.who.tenant, "", values, time.Now())
		c.note("created", made)
		return x.row(made)
	}
	found := c.w.shelf("tickets").find(fmt.Sprint(args["id"]), c.who.tenant)
	switch {
	case found == nil:
		return fmt.Errorf("there is no such record")
	case field == "deleteTicket":
		c.drop(found)
		return true
	}
	for name, value := range values {
		found.values[name] = value
	}
	found.updated = time.Now()
	c.note("changed", found)
	return x.row(found)
}

// present picks the arguments that were given.
func present(args map[string]any, names ...string) map[string]any {
	given := map[string]any{}
	for _, name := range names {
		if value, has := args[name]; has && value != nil {
			given[name] = value
		}
	}
	return given
}
