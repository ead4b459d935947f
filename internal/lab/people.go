package lab

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"
)

// opsTenant is home to the people who run the portal.
const opsTenant = "northwind"

// Groups of roles that routes are open to.
var (
	managers = []string{"owner", "admin", "operations"}
	writers  = []string{"owner", "admin", "member", "operations"}
)

// membership is a user's role in a tenant, "" for none; operations may act in every tenant.
func (w *World) membership(user *row, tenant string) string {
	if user.tenant == tenant {
		return user.text("role")
	}
	if user.text("role") == "operations" && user.tenant == opsTenant && w.tenant(tenant) != nil {
		return "operations"
	}
	return ""
}

func (w *World) users() *resource {
	res := &resource{
		name: "users", one: "user", path: "/api/users", title: "name", ids: uuids,
		fields: []field{
			{name: "name", readOnly: true, example: "Petra Nowak"},
			{name: "email", form: email, readOnly: true, example: "petra@bakery.test"},
			{name: "role", form: choice, choices: []string{"owner", "admin", "member", "viewer"}},
			{name: "jobTitle", example: "Baker"},
			{name: "phone", readOnly: true, example: "+31 10 555 0100"},
			{name: "bio", form: prose, readOnly: true, example: "Up before the birds."},
			{name: "password", secret: true},
		},
		lists: operation{roles: managers}, shows: operation{roles: managers}, creates: operation{off: true},
		changes: operation{roles: managers}, removes: operation{off: true},
	}
	res.changes.before = func(c *call, values map[string]any) *answer {
		if values["role"] == "owner" && c.who.role != "owner" { // nobody gives more than they have
			a := forbidden()
			return &a
		}
		return nil
	}
	if w.flaw("before-crash") {
		res.shows.early = func(c *call) *answer {
			if c.w.shelf("users").find(c.params["id"], "") == nil {
				a := refuse(http.StatusInternalServerError, "failed", "The request could not be completed.")
				return &a
			}
			return nil
		}
	}
	return res
}

func (w *World) teamRoutes() []route {
	return []route{{
		method: http.MethodGet, path: "/api/team", name: "listTeam", summary: "The colleagues", status: 200,
		returns: listOf(schemaOf("colleague")), serve: (*call).team,
	}}
}

// team is the directory every role may read: who is who, without addresses.
func (c *call) team() answer {
	var items []any
	for _, u := range c.w.shelf("users").of(c.who.tenant) {
		shown := map[string]any{"id": u.id, "name": u.text("name"), "jobTitle": u.text("jobTitle"), "bio": u.text("bio")}
		if c.w.flaw("credentialfields") {
			shown["passwordHash"] = bcryptLike(u.text("password"))
		}
		items = append(items, shown)
	}
	return list(items)
}

// bcryptLike has the form of a bcrypt hash: version, cost, 22 characters of salt and 31 of hash.
func bcryptLike(password string) string {
	a, b := sha256.Sum256([]byte("salt of "+password)), sha256.Sum256([]byte(password))
	plain := base64.NewEncoding("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789").WithPadding(base64.NoPadding)
	return "$2a$12$" + plain.EncodeToString(a[:])[:22] + plain.EncodeToString(b[:])[:31]
}

func (w *World) profileRoutes() []route {
	return []route{
		{
			method: http.MethodGet, path: "/api/me", name: "showProfile", summary: "The own profile", status: 200, returns: schemaOf("profile"),
			serve: func(c *call) answer { return ok(c.profile()) },
		},
		{
			method: http.MethodPatch, path: "/api/me", name: "changeProfile", summary: "Change the own profile", status: 200,
			body: schemaOf("profileChange"), returns: schemaOf("profile"), serve: (*call).changeProfile,
		},
		{
			method: http.MethodPost, path: "/api/me/password", name: "changePassword", summary: "Change the own password", status: 204,
			body: required(object("current", text("old-secret"), "next", text("new-secret")), "current", "next"), serve: (*call).changePassword,
		},
	}
}

func (c *call) profile() map[string]any {
	u := c.who.user
	return map[string]any{
		"id": u.id, "name": u.text("name"), "email": u.text("email"), "role": c.who.role, "tenantId": c.who.tenant,
		"phone": u.text("phone"), "jobTitle": u.text("jobTitle"), "bio": u.text("bio"), "channel": "tenant:" + c.who.tenant,
	}
}

var profileFields = []field{
	{name: "name", required: true, example: "Petra Nowak"},
	{name: "phone", example: "+31 10 555 0100"},
	{name: "jobTitle", example: "Baker"},
	{name: "bio", form: prose, example: "Up before the birds."},
}

func (c *call) changeProfile() answer {
	body, refusal := c.object()
	if refusal != nil {
		return *refusal
	}
	fields := profileFields
	if c.w.flaw("massassign") {
		fields = append([]field{{name: "role", form: choice, choices: []string{"owner", "admin", "member", "viewer"}}}, profileFields...)
	}
	values, refusal := c.accept(&resource{fields: fields}, body, false)
	if refusal != nil {
		return *refusal
	}
	u := c.who.user
	for name, value := range values {
		u.values[name] = value
	}
	u.updated = time.Now()
	c.note("changed", u)
	c.who.role = c.w.membership(u, c.who.tenant)
	return ok(c.profile())
}

func (c *call) changePassword() answer {
	body, refusal := c.object()
	if refusal != nil {
		return *refusal
	}
	next, _ := body["next"].(string)
	switch {
	case !same(body["current"], c.who.user.text("password")):
		return invalid("current", "is not the current password")
	case len(next) < 10:
		return invalid("next", "must have at least 10 characters")
	}
	c.who.user.values["password"] = next
	c.w.forgetSessions(c.who.user.id, c.who.session)
	return done()
}
