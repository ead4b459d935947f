package lab

import (
	"bytes"
	"crypto/subtle"
	"embed"
	"fmt"
	"html/template"
	"net/http"
)

//go:embed pages
var files embed.FS

var (
	templates = template.Must(template.ParseFS(files, "pages/*.html"))
	style, _  = files.ReadFile("pages/portal.css") // embedded, so it is there
)

// sheet is what every page is rendered from.
type sheet struct {
	Title, User, CSRF string
	Data              any
}

type pair struct{ Name, Value any }

var headings = map[string]string{
	"login": "Sign in", "forgot": "Forgotten password", "landing": "Welcome", "missing": "Not found", "refused": "Not allowed",
	"dashboard": "Dashboard", "reports": "Reports",
}

// page renders a template for the caller; without a session there is no token and no menu.
func (w *World) page(c *call, status int, name string, data any) answer {
	return w.titled(c, status, name, headings[name], data)
}

func (w *World) titled(c *call, status int, name, heading string, data any) answer {
	s := sheet{Title: heading, Data: data}
	if c.who != nil {
		s.User = c.who.user.text("name")
		if c.who.session != nil {
			if w.quirk("rotating-csrf") {
				c.who.session.csrf = randomText(18)
			}
			s.CSRF = c.who.session.csrf
		}
	}
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, s); err != nil {
		return refuse(http.StatusInternalServerError, "failed", "The page could not be made.")
	}
	return answer{status: status, raw: out.Bytes(), media: "text/html; charset=utf-8"}
}

func (w *World) pageRoutes() []route {
	get := func(path, name string, serve func(*call) answer) route {
		return route{method: http.MethodGet, path: path, name: name, page: true, serve: serve}
	}
	post := func(path, name string, serve func(*call) answer) route {
		return route{method: http.MethodPost, path: path, name: name, page: true, serve: serve}
	}
	open := func(r route) route { r.access = public; return r }
	restrict := func(r route, roles []string) route { r.roles = roles; return r }
	reports := get("/reports", "pageReports", (*call).reportsPage)
	reports.open = w.flaw("anonymous-page")
	return []route{
		open(get("/", "pageHome", func(c *call) answer { return w.page(c, http.StatusOK, "landing", nil) })),
		open(get("/login", "pageLogin", func(c *call) answer { return c.loginPage(http.StatusOK, "") })),
		open(post("/login", "submitLogin", (*call).submitLogin)),
		open(get("/forgot", "pageForgot", func(c *call) answer { return w.page(c, http.StatusOK, "forgot", nil) })),
		post("/logout", "submitLogout", func(c *call) answer {
			a := c.signOut()
			a.status, a.header = http.StatusSeeOther, map[string]string{"Location": "/login"}
			return a
		}),
		get("/dashboard", "pageDashboard", func(c *call) answer { return w.page(c, http.StatusOK, "dashboard", c.dashboard().body) }),
		get("/clients", "pageClients", func(c *call) answer { return c.listPage("clients") }),
		get("/clients/{id}", "pageClient", func(c *call) answer { return c.detailPage("clients", nil) }),
		get("/projects", "pageProjects", func(c *call) answer { return c.listPage("projects") }),
		get("/projects/{id}", "pageProject", func(c *call) answer { return c.detailPage("projects", nil) }),
		get("/invoices", "pageInvoices", func(c *call) answer { return c.listPage("invoices") }),
		get("/invoices/{id}", "pageInvoice", func(c *call) answer { return c.detailPage("invoices", w.foreignPage()) }),
		get("/tickets", "pageTickets", func(c *call) answer { return c.listPage("tickets") }),
		get("/tickets/{id}", "pageTicket", func(c *call) answer { return c.detailPage("tickets", nil) }),
		post("/tickets/{id}/comments", "submitComment", (*call).submitComment),
		reports,
		restrict(get("/settings", "pageSettings", (*call).settingsPage), managers),
		restrict(post("/settings", "submitSettings", (*call).submitSettings), managers),
		get("/account", "pageAccount", (*call).accountPage),
	}
}

// loginPage ties its form to a cookie, for there is no session yet.
func (c *call) loginPage(status int, why string) answer {
	ticket := randomText(18)
	a := c.w.page(c, status, "login", map[string]string{"Token": ticket, "Why": why})
	a.cookie = &http.Cookie{Name: loginCookie, Value: ticket, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	return a
}

func (c *call) submitLogin() answer {
	failed := http.StatusUnauthorized
	if c.w.quirk("login-200") {
		failed = http.StatusOK
	}
	ticket, err := c.r.Cookie(loginCookie)
	if !c.w.flaw("logincsrf") && (err != nil || ticket.Value == "" || subtle.ConstantTimeCompare([]byte(ticket.Value), []byte(c.formValue("csrf_token"))) != 1) {
		return c.loginPage(failed, "The form has expired. Try again.")
	}
	user, why, over := c.enter(c.formValue("email"), c.formValue("password"))
	if over {
		a := c.loginPage(http.StatusTooManyRequests, "Too many attempts. Wait a moment and try again.")
		a.header = tooMany().header
		return a
	}
	if user == nil {
		return c.loginPage(failed, why)
	}
	a := c.begin(user.id)
	a.header["Set-Cookie"] = c.w.remembered(user).String()
	return a
}

func (c *call) listPage(kind string) answer {
	res, state := c.w.kinds[kind], c.r.URL.Query().Get("status")
	type line struct{ ID, Name string }
	var rows []line
	for _, r := range c.w.shelf(kind).of(c.who.tenant) {
		if kind == "tickets" && state != "" && r.text("status") != state {
			continue
		}
		rows = append(rows, line{r.id, r.text(res.title)})
	}
	a := c.w.titled(c, http.StatusOK, "list", title(kind), map[string]any{"Rows": rows, "Path": "/" + kind, "Filter": kind == "tickets"})
	if kind == "tickets" && state != "" && len(rows) == 0 {
		a = c.reflected(a, state)
	}
	return a
}

// foreignPage is how the page of another tenant's invoice is answered.
func (w *World) foreignPage() func(*call, *row) answer {
	if w.flaw("tenantswap-page") {
		return (*call).pageOf
	}
	return nil
}

func (c *call) detailPage(kind string, foreign func(*call, *row) answer) answer {
	found, refusal := c.lookup(c.w.kinds[kind], c.params["id"], operation{foreign: foreign})
	switch {
	case refusal != nil && foreign != nil && refusal.code == "":
		return *refusal
	case refusal != nil:
		return c.w.page(c, http.StatusNotFound, "missing", nil)
	}
	return c.pageOf(found)
}

func (c *call) pageOf(r *row) answer {
	var fields []pair
	for _, f := range r.kind.fields {
		if value, has := r.values[f.name]; has && !f.secret {
			fields = append(fields, pair{f.name, value})
		}
	}
	data := map[string]any{"Fields": fields}
	if r.kind.name == "tickets" {
		var comments []string
		for _, x := range c.w.shelf("comments").of(r.tenant) {
			if x.text("ticketId") == r.id {
				comments = append(comments, x.text("author")+": "+x.text("text"))
			}
		}
		data["Comments"], data["Form"] = comments, fmt.Sprintf("/tickets/%s/comments", r.id)
	}
	return c.w.titled(c, http.StatusOK, "detail", r.text(r.kind.title), data)
}

func (c *call) submitComment() answer {
	ticket, refusal := c.lookup(c.w.kinds["tickets"], c.params["id"], operation{})
	text := c.formValue("text")
	switch {
	case refusal != nil:
		return c.w.page(c, http.StatusNotFound, "missing", nil)
	case c.who.role == "viewer":
		return c.w.page(c, http.StatusForbidden, "refused", nil)
	case text == "" || c.faulty(field{form: prose}, text) != "":
		return c.w.page(c, http.StatusUnprocessableEntity, "refused", nil)
	}
	c.comment(ticket, text)
	return redirect("/tickets/" + ticket.id)
}

func (c *call) reportsPage() answer {
	return c.w.page(c, http.StatusOK, "reports", c.report("Outlook", func(s story) string { return s.outlook })["commentary"])
}

func (c *call) settingsPage() answer {
	s := c.settings()
	var fields []pair
	for _, name := range []string{"legalName", "invoiceFooter", "replyTo", "iban"} {
		fields = append(fields, pair{name, s.text(name)})
	}
	return c.w.titled(c, http.StatusOK, "form", "Settings", map[string]any{"Action": "/settings", "Fields": fields})
}

func (c *call) submitSettings() answer {
	s := c.settings()
	for _, name := range []string{"legalName", "invoiceFooter"} {
		if sent := c.formValue(name); sent != "" && c.faulty(field{form: prose}, sent) == "" {
			s.values[name] = sent
		}
	}
	c.note("changed", s)
	return redirect("/settings")
}

func (c *call) accountPage() answer {
	u := c.who.user
	fields := []pair{{"name", u.text("name")}, {"phone", u.text("phone")}, {"jobTitle", u.text("jobTitle")}}
	return c.doubled(c.w.titled(c, http.StatusOK, "form", "Account", map[string]any{"Action": "/account", "Fields": fields, "Note": "Signed in as " + u.text("email")}))
}
