package lab

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// cast is who takes part in a probe: two tenants, three roles, and nobody.
type cast struct{ anon, alice, amir, vera, bob *visitor }

func assembleCast(t *testing.T, w *World) cast {
	t.Helper()
	return cast{stranger(t, w), signIn(t, w, "alice@acme"), signIn(t, w, "amir@acme"), signIn(t, w, "vera@acme"), signIn(t, w, "bob@globex")}
}

// secrets only Acme's people may read.
const (
	invoiceSecret = "Discount of eleven per cent"
	clientSecret  = "handshake in Vlissingen"
	ticketSecret  = "1987 boom"
)

func (c cast) invoiceOf(v *visitor, headers ...string) reply {
	return v.get("/api/invoices/"+c.alice.first("/api/invoices"), headers...)
}

// slips reports whether a trick opens a route that is closed without it, and only that route.
func (c cast) slips(path func(string) string, headers ...string) bool {
	id := c.alice.first("/api/invoices")
	closed := c.anon.get("/api/invoices/"+id).status == 401
	open := strings.Contains(c.anon.get(path("/api/invoices/"+id), headers...).body, invoiceSecret)
	random := c.anon.get(path("/api/nowhere/"+id), headers...).status == 404
	return closed && open && random
}

func unchanged(path string) string { return path }

// header names the route in headers, and asks for the landing page.
func (c cast) reroutes(name string) bool {
	id := c.alice.first("/api/invoices")
	open := strings.Contains(c.anon.get("/", name, "/api/invoices/"+id).body, invoiceSecret)
	return open && c.anon.get("/", name, "/api/nowhere").status == 404
}

// rewritten reports whether somebody's write to an object of Alice's shows when she reads it again.
func (c cast) rewritten(path, body string, by *visitor, method, field string) bool {
	id := c.alice.make(path, body)
	by.do(method, path+"/"+id, `{"`+field+`":"lrw-written by another"}`)
	return c.alice.get(path+"/"+id).text(field) == "lrw-written by another"
}

var probes = map[string]func(c cast) bool{
	"anonymous": func(c cast) bool {
		return c.anon.get("/api/reports/receivables").body == c.alice.get("/api/reports/receivables").body
	},
	"anonymous-500":  func(c cast) bool { return strings.Contains(c.anon.get("/api/reports/aging").body, "written down") },
	"anonymous-page": func(c cast) bool { return strings.Contains(c.anon.get("/reports").body, "thin winter") },
	"badtoken": func(c cast) bool {
		return c.anon.get("/api/reports/forecast", "Authorization", "Bearer garbage").status == 200
	},
	"badtoken-empty": func(c cast) bool {
		return c.anon.get("/api/reports/forecast", "Authorization", "Bearer ").status == 200
	},
	"anonwrite": func(c cast) bool {
		return c.rewritten("/api/tickets", `{"subject":"a canary"}`, c.anon, "PATCH", "subject")
	},
	"bypass-method":      func(c cast) bool { return c.slips(unchanged, "X-HTTP-Method-Override", "HEAD") },
	"bypass-path":        func(c cast) bool { return c.slips(func(p string) string { return p + "/" }) },
	"bypass-path-double": func(c cast) bool { return c.slips(func(p string) string { return "/" + p }) },
	"bypass-path-matrix": func(c cast) bool { return c.slips(func(p string) string { return p + ";a=b" }) },
	"bypass-header":      func(c cast) bool { return c.reroutes("X-Original-URL") && c.reroutes("X-Rewrite-URL") },
	"bypass-middleware":  func(c cast) bool { return c.slips(unchanged, "X-Middleware-Subrequest", "middleware:middleware") },
	"bypass-forwarded":   func(c cast) bool { return c.slips(unchanged, "X-Forwarded-For", "127.0.0.1") },
	"before": func(c cast) bool {
		known := c.anon.get("/api/documents/" + c.alice.first("/api/documents")).status
		return known == 401 && c.anon.get("/api/documents/00000000-0000-4000-8000-000000000000").status == 404
	},
	"before-crash": func(c cast) bool { return c.anon.get("/api/users/00000000-0000-4000-8000-000000000000").status == 500 },
	"parsefirst": func(c cast) bool {
		return c.anon.do("POST", "/api/tickets", "{").status == 400 && c.anon.do("POST", "/api/tickets", "{}").status == 401
	},
	"publiclist": func(c cast) bool { return strings.Contains(c.anon.get("/api/sites").body, "blue container") },
	"enumeration": func(c cast) bool {
		known := c.anon.do("POST", "/api/login", `{"email":"alice@acme.test","password":"x"}`)
		return known.body != c.anon.do("POST", "/api/login", `{"email":"nobody@acme.test","password":"x"}`).body
	},
	"enumeration-reset": func(c cast) bool {
		known := c.anon.do("POST", "/api/password/forgot", `{"email":"alice@acme.test"}`)
		return known.body != c.anon.do("POST", "/api/password/forgot", `{"email":"nobody@acme.test"}`).body
	},

	"tenantswap":          func(c cast) bool { return leaks(c.invoiceOf(c.bob), 200, invoiceSecret) },
	"tenantswap-redirect": func(c cast) bool { return leaks(c.invoiceOf(c.bob), 302, invoiceSecret) },
	"tenantswap-error":    func(c cast) bool { return leaks(c.invoiceOf(c.bob), 403, invoiceSecret) },
	"tenantswap-crash":    func(c cast) bool { return leaks(c.invoiceOf(c.bob), 500, invoiceSecret) },
	"tenantswap-header": func(c cast) bool {
		return strings.Contains(c.invoiceOf(c.bob).header.Get("Content-Disposition"), "Slewing gear")
	},
	"tenantswap-page": func(c cast) bool {
		bob := browse(c.bob.t, c.bob.w, "bob@globex")
		return leaks(bob.get("/invoices/"+c.alice.first("/api/invoices")), 200, invoiceSecret)
	},
	"tenantswap-param": func(c cast) bool {
		return leaks(c.bob.get("/api/invoices/"+c.bob.first("/api/invoices")+"?id="+c.alice.first("/api/invoices")), 200, invoiceSecret)
	},
	"tenantswap-client": func(c cast) bool {
		return leaks(c.bob.get("/api/clients/"+c.alice.first("/api/clients")), 200, clientSecret)
	},
	"tenantswap-download": func(c cast) bool {
		return leaks(c.bob.get("/api/documents/"+c.alice.first("/api/documents")+"/download"), 200, "spreader bar")
	},
	"tenantlist":        func(c cast) bool { return leaks(c.bob.get("/api/clients?tenantId="+c.alice.tenant), 200, clientSecret) },
	"tenantlist-search": func(c cast) bool { return leaks(c.bob.get("/api/search?q=boom"), 200, ticketSecret) },
	"hierarchy": func(c cast) bool {
		return leaks(c.bob.get("/api/tenants/"+c.alice.tenant+"/invoices"), 200, invoiceSecret)
	},
	"hierarchy-own": func(c cast) bool {
		return leaks(c.bob.get("/api/tenants/"+c.bob.tenant+"/invoices/"+c.alice.first("/api/invoices")), 200, invoiceSecret)
	},
	"selector": func(c cast) bool { return leaks(c.invoiceOf(c.bob, "X-Tenant-Id", c.alice.tenant), 200, invoiceSecret) },
	"exportswap": func(c cast) bool {
		id := c.alice.make("/api/exports", `{"name":"canary export"}`)
		time.Sleep(2 * exportTakes)
		return leaks(c.bob.get("/api/exports/"+id+"/download"), 200, invoiceSecret)
	},
	"exportswap-csv": func(c cast) bool {
		return leaks(c.bob.get("/api/clients/"+c.alice.first("/api/clients")+"/export.csv"), 200, invoiceSecret)
	},
	"graphnode": func(c cast) bool {
		return leaks(c.bob.get("/graphql?query="+`{node(id:"`+c.alice.first("/api/clients")+`"){id,...on%20Client{notes}}}`), 200, clientSecret)
	},
	"graphnode-field": func(c cast) bool {
		return leaks(c.bob.get("/graphql?query="+`{invoice(id:"`+c.alice.first("/api/invoices")+`"){notes}}`), 200, invoiceSecret)
	},
	"channels":    func(c cast) bool { return c.eavesdrops() },
	"channels-ws": func(c cast) bool { return c.overhears() },
	"tenantwrite": func(c cast) bool {
		return c.rewritten("/api/projects", `{"name":"canary project"}`, c.bob, "PATCH", "brief")
	},
	"tenantwrite-delete": func(c cast) bool {
		id := c.alice.make("/api/tickets", `{"subject":"throw-away"}`)
		c.bob.do("DELETE", "/api/tickets/"+id, "")
		return c.alice.get("/api/tickets/"+id).status == 404
	},
	"tenantwrite-silent": func(c cast) bool {
		return c.rewritten("/api/clients", `{"name":"canary client"}`, c.bob, "PATCH", "notes")
	},
	"tenantcreate": func(c cast) bool {
		c.bob.do("POST", "/api/tickets", `{"subject":"lrw-planted","tenantId":"`+c.alice.tenant+`"}`)
		return strings.Contains(c.alice.get("/api/tickets").body, "lrw-planted")
	},
	"poisoning": func(c cast) bool {
		got := c.bob.do("POST", "/api/tickets", `{"subject":"poisoned","projectId":"`+c.alice.first("/api/projects")+`"}`)
		return strings.Contains(c.bob.get("/api/tickets/"+got.text("id")+"?expand=project").body, "slewing gears")
	},
	"sharedcache": func(c cast) bool {
		path := "/api/documents/" + c.alice.first("/api/documents")
		c.alice.get(path)
		cached, fresh := c.bob.get(path), c.bob.get(path, "Cache-Control", "no-cache")
		return cached.status == 200 && fresh.status == 404 && c.bob.get(path+"?cb=1").status == 404 && c.anon.get(path).status == 401
	},
	"rolematrix": func(c cast) bool { return leaks(c.amir.get("/api/audit"), 200, "accountant in Schiedam") },
	"rolematrix-write": func(c cast) bool {
		return c.rewritten("/api/invoices", `{"title":"canary invoice","amount":1}`, c.amir, "PATCH", "notes")
	},
	"roletricks": func(c cast) bool {
		return c.rewritten("/api/invoices", `{"title":"canary invoice","amount":1}`, c.amir, "PUT", "notes") &&
			!c.rewritten("/api/invoices", `{"title":"canary invoice","amount":1}`, c.amir, "PATCH", "notes")
	},
	"roletricks-header": func(c cast) bool { return c.amir.get("/api/audit", "X-Role", "admin").status == 200 },
	"roletricks-cookie": func(c cast) bool { return c.amir.get("/api/audit", "Cookie", "role=admin").status == 200 },
	"massassign": func(c cast) bool {
		c.amir.do("PATCH", "/api/me", `{"bio":"lrw-bio","role":"admin","is_admin":true}`)
		return c.amir.get("/api/users").status == 200
	},
	"massassign-tenant": func(c cast) bool {
		id := c.alice.make("/api/projects", `{"name":"wandering project"}`)
		c.alice.do("PATCH", "/api/projects/"+id, `{"tenantId":"`+c.bob.tenant+`"}`)
		return c.bob.get("/api/projects/"+id).status == 200
	},
	"credentialfields": func(c cast) bool { return strings.Contains(c.vera.get("/api/team").body, "$2a$12$") },
	"extrafields":      func(c cast) bool { return strings.Contains(c.vera.get("/api/projects").body, "internalMargin") },
	"signedurl":        func(c cast) bool { return c.looseLink() },
	"existence": func(c cast) bool {
		return c.bob.get("/api/tickets/"+c.alice.first("/api/tickets")).status == 403 && c.bob.get("/api/tickets/999999").status == 404
	},

	"cookieflags-secure":   func(c cast) bool { return !c.cookie().Secure },
	"cookieflags-httponly": func(c cast) bool { return !c.cookie().HttpOnly },
	"cookiescope-domain":   func(c cast) bool { return c.cookie().Domain != "" },

	"csrf": func(c cast) bool {
		v := c.victim()
		v.do("POST", "/api/tickets", `{"subject":"lrw-forged"}`, "Content-Type", "text/plain")
		return strings.Contains(c.alice.get("/api/tickets").body, "lrw-forged")
	},
	"csrf-other": func(c cast) bool {
		return c.forged(c.victim(), browse(c.bob.t, c.bob.w, "bob@globex").csrf("/account"), "")
	},
	"csrf-get":    func(c cast) bool { return c.approves() },
	"csrf-double": func(c cast) bool { return c.forged(c.victim(), "made-up", tokenCookie+"=made-up") },
	"csrf-method": func(c cast) bool {
		id := c.alice.make("/api/tickets", `{"subject":"throw-away"}`)
		c.victim().do("POST", "/api/tickets/"+id, "_method=DELETE", "Content-Type", "application/x-www-form-urlencoded")
		return c.alice.get("/api/tickets/"+id).status == 404
	},
	"csrf-form": func(c cast) bool { return c.forged(c.victim(), "", "") },
	"logincsrf": func(c cast) bool {
		v := stranger(c.bob.t, c.bob.w)
		v.do("POST", "/login", "email=bob%40globex.test&password=bob-globex-pass-2026", "Content-Type", "application/x-www-form-urlencoded")
		return v.get("/account").status == 200
	},
	"logincsrf-logout": func(c cast) bool {
		v := c.victim()
		v.get("/logout")
		return v.get("/account").status == 303
	},
	"backbutton": func(c cast) bool { return strings.Contains(c.victim().get("/account").body, "back_forward") },
	"nostore": func(c cast) bool {
		return c.alice.get("/api/clients").header.Get("Cache-Control") != "private, no-store"
	},
	"nostore-page": func(c cast) bool {
		return c.victim().get("/reports").header.Get("Cache-Control") != "private, no-store"
	},

	"cors-suffix":    func(c cast) bool { return c.lets("/api/me", "https://evilnorthwind.test") },
	"cors-prefix":    func(c cast) bool { return c.lets("/api/me", approvedOrigin+".evil.test") },
	"cors-dot":       func(c cast) bool { return c.lets("/api/me", "https://appxnorthwind.test") },
	"cors-reflect":   func(c cast) bool { return c.lets("/api/me", "https://evil.test") },
	"cors-null":      func(c cast) bool { return c.letsPage("null") },
	"cors-http":      func(c cast) bool { return c.letsPage("http://app.northwind.test") },
	"cors-subdomain": func(c cast) bool { return c.letsPage("https://old.northwind.test") },
	"cors-errors":    func(c cast) bool { return c.lets("/api/none", "https://evil.test") },
	"cors-public":    func(c cast) bool { return c.lets("/api/announcements", "https://evil.test") },
	"cors-link":      cast.calendar,
	"cors-star": func(c cast) bool {
		return c.lets("/api/version", "https://evil.test") || c.crossing("/api/version", "https://evil.test") == "*"
	},
	"cors-preflight": func(c cast) bool { return c.preflights("https://evil.test") },
	"cors-vary": func(c cast) bool {
		return c.anon.get("/health", "Origin", "https://evil.test").header.Get("Vary") == "Accept-Encoding"
	},
	"cors-approved":       func(c cast) bool { return !c.lets("/api/me", approvedOrigin) },
	"fixation":            cast.adopts,
	"logoutkills":         cast.outlives,
	"logoutkills-refresh": func(c cast) bool { return c.tokensAfterLogout("refresh") },
	"logoutkills-access":  func(c cast) bool { return c.tokensAfterLogout("access") },
	"expires":             func(c cast) bool { return c.ended("expired") },
	"expires-truncated":   cast.halved,
	"endless":             cast.stays,
	"lifetime":            func(c cast) bool { return c.anon.pair().text("expires_in") == "259200" },
	"idle":                func(c cast) bool { return c.ended("idled") },
	"revoked":             cast.survivesPassword,
	"revoked-role":        cast.keepsRole,
	"entropy":             cast.counts,
	"tokenplace":          cast.namesSession,

	"credentials":        says("GET", "/health", "", "postgres://portal:"),
	"stacktraces":        says("POST", "/api/tickets", "{", "body-parser"),
	"stacktraces-frames": says("GET", "/api/none", "", "router.py"),
	"dberrors":           says("GET", "/api/tickets/x%27y", "", "pq: "),
	"dberrors-page":      says("GET", "/none", "", "SQLSTATE"),
	"debugpages":         says("GET", "/none", "", "DEBUG = True"),
	"debugpages-pprof":   says("GET", "/debug/pprof/", "", "profiles available"),
	"internals":          says("DELETE", "/api/search", "", "java.lang."),
	"internals-path":     says("GET", "/files/exports/x%27y", "", "/srv/northwind"),
	"banners":            func(c cast) bool { return c.anon.get("/health").header.Get("Server") != "" },
	"banners-framework":  func(c cast) bool { return c.anon.get("/health").header.Get("X-Powered-By") != "" },
	"actionable":         func(c cast) bool { return c.anon.get("/none").header.Get("X-Request-Id") == "" },
	"logsecrets":         keeps("pa55-of-the-probe"),
	"logsecrets-headers": keeps("header-of-the-probe"),
	"logsecrets-query":   keeps("5ignature-of-the-probe"),
	"logpersonal":        keeps("lr-probe@example.test"),
	"logpersonal-bodies": keeps("4000001234567899"),

	"slow-list":    waits("listNotifications", "/api/notifications"),
	"slow-always":  waits("listCatalog", "/api/catalog"),
	"slow-tail":    waits("listSites", "/api/sites"),
	"flaky-action": fails("/api/sites", 33),
}

func leaks(got reply, status int, secret string) bool {
	return got.status == status && strings.Contains(got.body, secret)
}

func TestFlaws(t *testing.T) {
	t.Parallel()
	for _, f := range Flaws() {
		probe := probes[f.Name]
		if probe == nil {
			probe = limitProbes[f.Name]
		}
		if probe == nil {
			probe = inputProbes[f.Name]
		}
		if probe == nil {
			probe = tokenProbes[f.Name]
		}
		if probe == nil {
			t.Errorf("flaw %s has no probe", f.Name)
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			if off := open(t, Config{}); probe(assembleCast(t, off)) {
				t.Error("the flaw shows although it is off")
			}
			if on := open(t, Config{Flaws: []string{f.Name}}); !probe(assembleCast(t, on)) {
				t.Error("the flaw does not show although it is on")
			}
		})
	}
}

// TestChecksCovered keeps a flaw for every check of the two rows that are tried live.
func TestChecksCovered(t *testing.T) {
	t.Parallel()
	covered := map[string]bool{}
	for _, f := range Flaws() {
		covered[f.Check] = true
	}
	for row, checks := range map[string]string{
		"authn": "anonymous badtoken anonwrite bypass before parsefirst publiclist enumeration",
		"authz": "tenantswap tenantlist hierarchy selector exportswap graphnode channels tenantwrite tenantcreate poisoning sharedcache rolematrix roletricks massassign credentialfields extrafields signedurl existence",
	} {
		for name := range strings.SplitSeq(checks, " ") {
			if !covered[row+"/"+name] {
				t.Errorf("no flaw for %s/%s", row, name)
			}
		}
	}
	for _, name := range DemoFlaws() {
		if !slices.ContainsFunc(Flaws(), func(f Flaw) bool { return f.Name == name }) {
			t.Errorf("the demo uses an unknown flaw %q", name)
		}
	}
}
