package lab

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
)

func (w *World) invoices() *resource {
	res := &resource{
		name: "invoices", one: "invoice", path: "/api/invoices", title: "title", ids: integers, from: 4101,
		fields: []field{
			{name: "title", required: true, example: "Oven delivery and fitting"},
			{name: "reference", readOnly: true, example: "AC-204817"},
			{name: "clientId", form: reference, kind: "clients"},
			{name: "amount", form: amount, required: true, example: 1250.5},
			{name: "currency", form: choice, choices: []string{"EUR", "USD", "GBP"}},
			{name: "dueOn", form: date, example: "2026-05-01"},
			{name: "status", form: choice, choices: []string{"open", "paid", "void"}},
			{name: "notes", form: prose, example: "Half now, half on delivery."},
		},
		filters: []param{{name: "status", doc: "only invoices in this state", choices: []string{"open", "paid", "void"}}},
		creates: operation{roles: managers}, changes: operation{roles: managers}, removes: operation{roles: managers},
	}
	if w.flaw("rolematrix-write") {
		res.changes.roles, res.removes.roles = nil, nil
	}
	res.creates.apply = func(_ *call, r *row, _ map[string]any) { r.values["reference"] = "NW-" + r.id }
	res.shows.foreign = w.foreignInvoice()
	return res
}

// foreignInvoice is how another tenant's invoice is answered: not at all, unless a defect is on.
func (w *World) foreignInvoice() func(*call, *row) answer {
	switch {
	case w.flaw("tenantswap"):
		return (*call).reveal
	case w.flaw("tenantswap-redirect"):
		return func(c *call, r *row) answer {
			a := c.reveal(r)
			a.status, a.header = http.StatusFound, map[string]string{"Location": "/invoices"}
			return a
		}
	case w.flaw("tenantswap-error"):
		return func(c *call, r *row) answer {
			a := forbidden()
			a.body.(map[string]any)["record"] = c.show(r)
			return a
		}
	case w.flaw("tenantswap-crash"):
		return func(c *call, r *row) answer {
			a := refuse(http.StatusInternalServerError, "failed", "The invoice could not be shown.")
			a.body.(map[string]any)["context"] = fmt.Sprintf("invoice{title: %s, notes: %s}", r.text("title"), r.text("notes"))
			return a
		}
	case w.flaw("tenantswap-header"):
		return func(c *call, r *row) answer {
			a := c.missing()
			a.header = map[string]string{"Content-Disposition": fmt.Sprintf("inline; filename=%q", r.text("title")+".pdf")}
			return a
		}
	}
	return nil
}

func (w *World) invoiceRoutes() []route {
	routes := []route{{
		method: http.MethodGet, path: "/api/invoices/export.csv", name: "exportInvoices", summary: "All invoices as CSV", roles: writers,
		status: 200, media: "text/csv", serve: func(c *call) answer { return c.csvOf(c.who.tenant, "") },
	}}
	if w.flaw("tenantswap-param") {
		for _, r := range w.routes.routes {
			if r.name == "showInvoice" {
				r.serve = (*call).invoiceByQuery
			}
		}
	}
	if w.flaw("roletricks") {
		routes = append(routes, route{
			method: http.MethodPut, path: "/api/invoices/{id}", name: "putInvoice", hidden: true,
			serve: func(c *call) answer { return c.change(c.w.kinds["invoices"]) },
		})
	}
	return routes
}

// invoiceByQuery lets ?id= win over the path, and looks that one up in every tenant.
func (c *call) invoiceByQuery() answer {
	if id := c.r.URL.Query().Get("id"); id != "" {
		if found := c.w.shelf("invoices").find(id, ""); found != nil {
			return c.reveal(found)
		}
	}
	return c.detail(c.w.kinds["invoices"])
}

// csvOf is the CSV export of a tenant's invoices, of one client's when a client is named.
func (c *call) csvOf(tenant, client string) answer {
	return answer{
		status: http.StatusOK, raw: c.w.csv(tenant, client), media: "text/csv; charset=utf-8",
		header: map[string]string{"Content-Disposition": `attachment; filename="invoices.csv"`},
	}
}

func (w *World) csv(tenant, client string) []byte {
	var out bytes.Buffer
	sheet := csv.NewWriter(&out)
	_ = sheet.Write([]string{"id", "reference", "title", "amount", "currency", "due", "status", "notes"}) // a bytes.Buffer never fails
	for _, r := range w.shelf("invoices").of(tenant) {
		if client == "" || r.text("clientId") == client {
			_ = sheet.Write([]string{r.id, r.text("reference"), r.text("title"), fmt.Sprintf("%.2f", r.number("amount")), r.text("currency"), r.text("dueOn"), r.text("status"), r.text("notes")})
		}
	}
	sheet.Flush()
	return out.Bytes()
}
