package lab

import (
	"fmt"
	"net/http"
)

func (w *World) reportRoutes() []route {
	report := object("title", text("Receivables"), "commentary", text("All is paid."), "open", number(), "currency", text("EUR"))
	aging := route{
		method: http.MethodGet, path: "/api/reports/aging", name: "showAging", summary: "Old receivables", status: 200, returns: report,
		serve: func(c *call) answer { return ok(c.report("Ageing", func(s story) string { return s.ageing })) },
	}
	if w.flaw("anonymous-500") {
		aging.early = (*call).crashedReport
	}
	return []route{
		{
			method: http.MethodGet, path: "/api/reports/receivables", name: "showReceivables", summary: "What clients owe", status: 200, returns: report, open: w.flaw("anonymous"),
			serve: func(c *call) answer {
				return ok(c.report("Receivables", func(s story) string { return s.receivables }))
			},
		},
		aging,
		{
			method: http.MethodGet, path: "/api/reports/forecast", name: "showForecast", summary: "What is expected", status: 200, returns: report,
			serve: func(c *call) answer { return ok(c.report("Forecast", func(s story) string { return s.forecast })) },
		},
		{
			method: http.MethodGet, path: "/api/dashboard", name: "showDashboard", summary: "Counters of the own tenant", status: 200,
			returns: object("clients", number(), "projects", number(), "openInvoices", number(), "openTickets", number()), serve: (*call).dashboard,
		},
	}
}

// crashedReport is what a caller without a login gets when the handler meets its missing user half-way.
func (c *call) crashedReport() *answer {
	c.who = c.w.first()
	a := refuse(http.StatusInternalServerError, "failed", "The report could not be finished.")
	a.body.(map[string]any)["state"] = c.report("Ageing", func(s story) string { return s.ageing })
	c.who = nil
	return &a
}

// report sums up the open invoices of the caller's tenant.
func (c *call) report(title string, comment func(story) string) map[string]any {
	open, commentary := 0.0, ""
	for _, r := range c.w.shelf("invoices").of(c.who.tenant) {
		if r.text("status") == "open" {
			open += r.number("amount")
		}
	}
	for i, t := range c.w.tenants {
		if t.id == c.who.tenant {
			commentary = comment(stories[i])
		}
	}
	return map[string]any{"title": title, "open": fmt.Sprintf("%.2f", open), "currency": "EUR", "commentary": commentary}
}

func (c *call) dashboard() answer {
	count := func(kind, status string) int {
		n := 0
		for _, r := range c.w.shelf(kind).of(c.who.tenant) {
			if status == "" || r.text("status") == status {
				n++
			}
		}
		return n
	}
	return ok(map[string]any{"clients": count("clients", ""), "projects": count("projects", ""), "openInvoices": count("invoices", "open"), "openTickets": count("tickets", "open")})
}
