package lab

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (w *World) sites() *resource {
	off := operation{off: true}
	return &resource{
		name: "sites", one: "site", path: "/api/sites", title: "label", ids: integers, from: 211,
		fields: []field{
			{name: "label", readOnly: true, example: "Bakery, back door"},
			{name: "access", form: prose, readOnly: true, example: "Key under the flour sack."},
			{name: "clientId", form: reference, kind: "clients", readOnly: true},
		},
		lists: operation{open: w.flaw("publiclist"), claimed: w.flaw("publiclist")}, shows: off, creates: off, changes: off, removes: off,
	}
}

func (w *World) catalog() *resource {
	off := operation{off: true}
	return &resource{
		name: "catalog", one: "article", path: "/api/catalog", title: "name", ids: slugs,
		fields: []field{
			{name: "name", readOnly: true, example: "Portal seat"},
			{name: "description", form: prose, readOnly: true, example: "One named user for a month."},
			{name: "price", form: amount, readOnly: true, example: 12},
		},
		lists: operation{keep: time.Minute}, shows: operation{keep: time.Minute}, creates: off, changes: off, removes: off,
	}
}

func (w *World) invites() *resource {
	res := &resource{
		name: "invites", one: "invite", path: "/api/invites", title: "email", ids: uuids,
		fields: []field{
			{name: "email", form: email, required: true, example: "newcomer@example.invalid"},
			{name: "role", form: choice, choices: []string{"member", "viewer", "admin"}},
			{name: "message", form: prose, example: "Good to have you with us."},
			{name: "code", secret: true},
		},
		lists: operation{roles: managers}, shows: operation{roles: managers}, creates: operation{roles: managers},
		changes: operation{off: true}, removes: operation{roles: managers},
	}
	res.creates.apply = func(c *call, r *row, _ map[string]any) {
		r.values["code"] = randomText(24)
		c.w.mails = append(c.w.mails, Mail{To: r.text("email"), Subject: "You are invited", Body: c.w.URL + "/join?code=" + r.text("code")})
	}
	return res
}

func (w *World) notifications() *resource {
	off := operation{off: true}
	return &resource{
		name: "notifications", one: "notification", path: "/api/notifications", title: "text", ids: integers, from: 880,
		fields: []field{{name: "text", form: prose, readOnly: true, example: "The oven arrived."}, {name: "read", form: flag, example: true}},
		shows:  off, creates: off, removes: off,
	}
}

func (w *World) noticeRoutes() []route {
	if !w.quirk("many-objects") {
		return nil
	}
	for _, r := range w.routes.routes {
		if r.name == "listNotifications" {
			r.serve = (*call).manyNotices
		}
	}
	return nil
}

// manyNotices is a list that nobody thought of paging.
func (c *call) manyNotices() answer {
	const count = 100_000
	raw := append(make([]byte, 0, 16<<20), `{"items":[`...)
	for i := range count {
		if i > 0 {
			raw = append(raw, ',')
		}
		raw = strconv.AppendInt(append(raw, `{"id":`...), int64(count+i), 10)
		raw = append(append(raw, `,"read":true,"tenantId":"`...), c.who.tenant...)
		raw = append(raw, `","text":"Reminder about the quarterly review"}`...)
	}
	raw = fmt.Appendf(raw, `],"total":%d}`, count)
	return answer{status: http.StatusOK, raw: raw, media: "application/json"}
}

// settings is one object a tenant, shown at a fixed address.
func (w *World) settings() *resource {
	off := operation{off: true}
	return &resource{
		name: "settings", one: "setting", path: "/api/settings", title: "legalName", ids: uuids,
		fields: []field{
			{name: "legalName", required: true, example: "Bakery Nowak"},
			{name: "invoiceFooter", form: prose, example: "Thank you for your custom."},
			{name: "replyTo", form: email, example: "desk@bakery.test"},
			{name: "iban", example: "NL91 0417 1643 0000 00"},
			{name: "weeklyDigest", form: flag, example: true},
		},
		lists: off, shows: off, creates: off, changes: off, removes: off,
	}
}

func (w *World) settingRoutes() []route {
	return []route{
		{
			method: http.MethodGet, path: "/api/settings", name: "showSettings", summary: "The tenant's settings", roles: managers, status: 200, returns: schemaOf("setting"),
			serve: func(c *call) answer { return ok(c.show(c.settings())) },
		},
		{
			method: http.MethodPatch, path: "/api/settings", name: "changeSettings", summary: "Change the tenant's settings", roles: managers, status: 204, body: schemaOf("settingChange"),
			serve: func(c *call) answer { return c.amend(c.settings()) },
		},
	}
}

// settings finds the tenant's settings; operations at home have none and see the first tenant's shape empty.
func (c *call) settings() *row {
	if rows := c.w.shelf("settings").of(c.who.tenant); len(rows) > 0 {
		return rows[0]
	}
	return c.w.put("settings", c.who.tenant, "", map[string]any{"legalName": "Northwind"}, time.Now())
}

func (w *World) tokenRoutes() []route {
	return []route{
		{
			method: http.MethodGet, path: "/api/tokens", name: "listTokens", summary: "The own API tokens", status: 200,
			returns: listOf(object("id", idText(), "label", text("Nightly ledger sync"), "hint", text("dG9r"))), serve: (*call).listTokens,
		},
		{
			method: http.MethodPost, path: "/api/tokens", name: "createToken", summary: "Create an API token; it is shown once", status: 201,
			body:    required(object("label", text("Nightly ledger sync")), "label"),
			returns: object("id", idText(), "label", text("Nightly ledger sync"), "token", text("dG9rZW4")), serve: (*call).createToken,
		},
		{
			method: http.MethodGet, path: "/api/tokens/{id}", name: "showToken", summary: "An own API token, without its secret", status: 200,
			returns: object("id", idText(), "label", text("Nightly ledger sync"), "hint", text("dG9r")), serve: (*call).showToken,
		},
		{method: http.MethodDelete, path: "/api/tokens/{id}", name: "deleteToken", summary: "Delete an own API token", status: 204, serve: (*call).deleteToken},
	}
}

func (c *call) listTokens() answer {
	var items []any
	for _, t := range c.w.tokens {
		if t.user == c.who.user.id && t.label != signInLabel {
			items = append(items, map[string]any{"id": t.id, "label": t.label, "hint": t.hint})
		}
	}
	slices.SortFunc(items, func(a, b any) int {
		return strings.Compare(a.(map[string]any)["id"].(string), b.(map[string]any)["id"].(string))
	})
	return list(items)
}

func (c *call) createToken() answer {
	body, refusal := c.object()
	if refusal != nil {
		return *refusal
	}
	label, is := body["label"].(string)
	if !is || label == "" || len(label) > 200 {
		return invalid("label", "must be a text of 1 to 200 characters")
	}
	secret := randomText(30)
	t := token{id: uuid(randomBytes(16)), user: c.who.user.id, hint: secret[:4], label: label}
	c.w.tokens[secret] = t
	return created("/api/tokens/"+t.id, map[string]any{"id": t.id, "label": t.label, "token": secret})
}

func (c *call) showToken() answer {
	for _, t := range c.w.tokens {
		if t.id == c.params["id"] && t.user == c.who.user.id && t.label != signInLabel {
			return ok(map[string]any{"id": t.id, "label": t.label, "hint": t.hint})
		}
	}
	return c.missing()
}

func (c *call) deleteToken() answer {
	for secret, t := range c.w.tokens {
		if t.id == c.params["id"] && t.user == c.who.user.id {
			delete(c.w.tokens, secret)
			return done()
		}
	}
	return c.missing()
}
