package lab

import "net/http"

// assemble builds the portal: every kind, every route, then the contract made from them.
func (w *World) assemble() {
	w.routes = &router{}
	w.offer(w.clients())
	w.offer(w.projects())
	w.offer(w.invoices())
	w.offer(w.tickets())
	w.offer(w.comments())
	w.offer(w.documents())
	w.offer(w.sites())
	w.offer(w.users())
	w.offer(w.invites())
	w.offer(w.notifications())
	w.offer(w.catalog())
	w.offer(w.settings())
	w.offer(w.exports())
	for _, routes := range [][]route{
		w.projectRoutes(), w.invoiceRoutes(), w.commentRoutes(), w.documentRoutes(), w.exportRoutes(), w.clientRoutes(),
		w.signRoutes(), w.sessionRoutes(), w.profileRoutes(), w.teamRoutes(), w.tokenRoutes(), w.settingRoutes(), w.noticeRoutes(),
		w.reportRoutes(), w.manualRoutes(), w.tenantRoutes(), w.searchRoutes(), w.auditRoutes(), w.operationRoutes(),
		w.channelRoutes(), w.graphRoutes(), w.openRoutes(), w.pageRoutes(), w.forgeryRoutes(), w.calendarRoutes(),
	} {
		for i := range routes {
			w.routes.routes = append(w.routes.routes, &routes[i])
		}
	}
	w.contract = w.describe()
}

// openRoutes are what anybody may ask for.
func (w *World) openRoutes() []route {
	return []route{
		{
			method: http.MethodGet, path: "/health", name: "showHealth", summary: "Health of the portal", access: public, status: 200,
			returns: object("status", text("ok")), serve: func(*call) answer { return ok(map[string]any{"status": "ok"}) },
		},
		{
			method: http.MethodGet, path: "/api/version", name: "showVersion", summary: "Version of the portal", access: public, status: 200,
			returns: object("version", text("2026.3.1")), serve: func(*call) answer { return ok(map[string]any{"version": "2026.3.1"}) },
		},
		{
			method: http.MethodGet, path: "/openapi.json", name: "showContract", summary: "This contract", access: public, hidden: true,
			serve: func(c *call) answer { return ok(c.w.contract) },
		},
		{
			method: http.MethodGet, path: "/robots.txt", name: "showRobots", access: public, hidden: true,
			serve: func(*call) answer {
				return answer{status: 200, raw: []byte("User-agent: *\nDisallow: /\n"), media: "text/plain; charset=utf-8"}
			},
		},
		{
			method: http.MethodGet, path: "/assets/portal.css", name: "showStyle", access: public, hidden: true,
			serve: func(*call) answer {
				return answer{status: 200, raw: style, media: "text/css; charset=utf-8", header: map[string]string{"Cache-Control": "public, max-age=3600"}}
			},
		},
		{
			method: http.MethodGet, path: "/api/announcements", name: "listAnnouncements", summary: "Announcements to everybody", access: optional, status: 200,
			returns: listOf(object("text", text("The portal is serviced on Sunday at six."))), serve: (*call).announcements,
		},
	}
}

// announcements are public; with the quirk a signed-in caller gets a greeting as well.
func (c *call) announcements() answer {
	items := []any{map[string]any{"text": "The portal is serviced on Sunday at six."}, map[string]any{"text": "Exports now open in every spreadsheet."}}
	a := list(items)
	if c.w.quirk("optional-auth") && c.who != nil {
		a.body.(map[string]any)["forYou"] = "Welcome back, " + c.who.user.text("name") + "."
	}
	return a
}
