package lab

import (
	"fmt"
	"time"
)

type tenant struct{ id, name, city string }

// start is the day the seeded history begins; everything seeded is dated from it.
var start = time.Date(2026, 3, 2, 8, 30, 0, 0, time.UTC)

// seedUUID is a UUID that follows from the seed.
func (w *World) seedUUID() string {
	b := make([]byte, 16)
	for i := range b {
		b[i] = byte(w.random.UintN(256))
	}
	return uuid(b)
}

func (w *World) pick(words []string) string { return words[w.random.IntN(len(words))] }

func (w *World) phone(prefix string) string {
	return fmt.Sprintf("%s %03d %04d", prefix, w.random.IntN(900)+100, w.random.IntN(9000)+1000)
}

func (w *World) iban(country string) string {
	return fmt.Sprintf("%s%02d %04d %04d %04d %04d %02d", country, w.random.IntN(88)+10, w.random.IntN(10000), w.random.IntN(10000), w.random.IntN(10000), w.random.IntN(10000), w.random.IntN(100))
}

func (w *World) tenant(id string) *tenant {
	for i := range w.tenants {
		if w.tenants[i].id == id {
			return &w.tenants[i]
		}
	}
	return nil
}

// seed fills the store: two tenants with their own people and texts, and what all share.
func (w *World) seed(extra int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range stories {
		t := tenant{id: fmt.Sprintf("tn-%08x", w.random.Uint32()), name: s.company, city: s.city}
		w.tenants = append(w.tenants, t)
		w.seedPeople(t, s)
	}
	w.seedOperations()
	for i, s := range stories {
		w.seedBusiness(w.tenants[i], s, extra)
	}
	for _, item := range catalogue {
		w.put("catalog", "", item.slug, map[string]any{"name": item.name, "description": item.text, "price": item.price}, start)
	}
}

func (w *World) seedPeople(t tenant, s story) {
	for i, p := range s.people {
		u := w.put("users", t.id, w.seedUUID(), map[string]any{
			"name": p.name, "email": p.user + "@" + s.domain, "role": p.role, "jobTitle": p.job,
			"phone": w.phone(s.prefix), "password": p.user + "-" + s.key + "-pass-2026", "bio": p.bio,
		}, start.AddDate(0, 0, i))
		if p.token {
			w.tokens["nwt_"+randomText(30)] = token{id: w.seedUUID(), user: u.id, hint: "nightly", label: "Nightly ledger sync"}
		}
	}
	w.put("settings", t.id, w.seedUUID(), map[string]any{
		"legalName": s.legal, "invoiceFooter": s.footer, "replyTo": "accounts@" + s.domain, "iban": w.iban(s.country), "weeklyDigest": true,
	}, start)
}

// seedOperations adds the people who run the portal; they may act in every tenant.
func (w *World) seedOperations() {
	w.put("users", opsTenant, w.seedUUID(), map[string]any{
		"name": "Ingrid Solheim", "email": "ingrid@northwind.test", "role": "operations", "jobTitle": "Client operations",
		"phone": w.phone("+47 22"), "password": "ingrid-northwind-pass-2026", "bio": "Looks after the portal itself and the people who use it.",
	}, start)
}

func (w *World) seedBusiness(t tenant, s story, extra int) {
	var clients, projects []*row
	day := start
	next := func() time.Time { day = day.Add(26 * time.Hour); return day }
	for _, c := range s.clients {
		contact := w.pick(s.surnames)
		clients = append(clients, w.put("clients", t.id, w.seedUUID(), map[string]any{
			"name": c.name, "contactName": c.contact + " " + contact, "contactEmail": slug(c.contact+"."+contact) + "@" + c.domain,
			"phone": w.phone(s.prefix), "iban": w.iban(s.country), "notes": c.notes, "status": "active",
		}, next()))
	}
	for i, p := range s.projects {
		projects = append(projects, w.put("projects", t.id, "", map[string]any{
			"name": p.name, "clientId": clients[i%len(clients)].id, "brief": p.text, "budget": float64(12000 + 250*w.random.IntN(200)), "status": "active",
		}, next()))
	}
	for i := range len(s.invoices) + extra {
		text := s.invoices[i%len(s.invoices)]
		if i >= len(s.invoices) {
			text.name = fmt.Sprintf("%s, part %d", text.name, i)
		}
		w.put("invoices", t.id, "", map[string]any{
			"title": text.name, "reference": fmt.Sprintf("%s-%06d", s.code, 100000+w.random.IntN(899999)), "clientId": clients[i%len(clients)].id,
			"amount": float64(40000+w.random.IntN(900000)) / 100, "currency": "EUR", "dueOn": next().AddDate(0, 1, 0).Format(time.DateOnly), "status": "open", "notes": text.text,
		}, day)
	}
	for i, x := range s.tickets {
		ticket := w.put("tickets", t.id, "", map[string]any{
			"subject": x.name, "body": x.text, "priority": "normal", "status": "open", "projectId": projects[i%len(projects)].id,
		}, next())
		w.put("comments", t.id, w.seedUUID(), map[string]any{"ticketId": ticket.id, "author": s.people[i%len(s.people)].name, "text": s.comments[i%len(s.comments)]}, day)
	}
	for _, d := range s.documents {
		doc := w.put("documents", t.id, w.seedUUID(), map[string]any{"name": d.slug, "description": d.text, "mediaType": "text/plain"}, next())
		doc.file = []byte(fmt.Sprintf("%s\n\n%s\nPrepared for %s, %s.\n", d.name, d.body, s.legal, t.city))
		doc.values["size"] = len(doc.file)
	}
	for i, x := range s.sites {
		w.put("sites", t.id, "", map[string]any{"label": x.name, "access": x.text, "clientId": clients[i%len(clients)].id}, next())
	}
	for i, x := range s.notices {
		w.put("notifications", t.id, "", map[string]any{"text": x, "read": i > 0}, next())
	}
	w.put("exports", t.id, w.seedUUID(), map[string]any{"name": s.exported, "what": "invoices"}, next())
	w.put("invites", t.id, w.seedUUID(), map[string]any{"email": s.invited + "@" + s.domain, "role": "viewer", "message": s.welcome, "code": randomText(24)}, next())
	w.audit = append(w.audit,
		auditEntry{at: day, tenant: t.id, actor: s.people[0].name, action: "exported", what: "invoices", detail: s.audit[0]},
		auditEntry{at: day, tenant: t.id, actor: s.people[1].name, action: "changed", what: "settings", detail: s.audit[1]})
}
