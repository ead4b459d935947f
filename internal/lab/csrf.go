package lab

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"time"
)

// partner is a site that shows this portal in a frame: for its sake a session
// cookie may have to travel cross-site.
const partner = "https://portal.partner.example"

// tokenCookie repeats the token where a defect compares it with a cookie.
const tokenCookie = "nw_csrf"

// travelling are the defects for which the session cookie goes everywhere.
var travelling = []string{"csrf", "csrf-form", "csrf-other", "csrf-double", "csrf-method"}

// travels reports whether the session cookie goes with requests of other sites.
func (w *World) travels() bool { return slices.ContainsFunc(travelling, w.flaw) }

// abroad lets the session cookie go with requests of other sites.
func (w *World) abroad(k *http.Cookie) *http.Cookie {
	if w.travels() {
		k.SameSite = http.SameSiteNoneMode
	}
	return k
}

// approve names the partner in the portal's description.
func (w *World) approve(description []byte) []byte {
	if !w.travels() || bytes.Contains(description, []byte("origins:")) {
		return description
	}
	return append(description, "policy:\n  origins:\n    - "+partner+"\n"...)
}

// trusting reports a request whose token a defect does not look at closely.
func (w *World) trusting(c *call) bool {
	switch form := c.route.name == "submitAccount" && c.read(); {
	case w.flaw("csrf") && c.route.name == "createTicket", w.flaw("csrf-form") && form:
		return true
	case w.flaw("csrf-method") && c.r.Header.Get(overridden) != "":
		return true
	case w.flaw("csrf-double") && form:
		k, err := c.r.Cookie(tokenCookie)
		return err == nil && k.Value != "" && k.Value == c.formValue("csrf_token")
	case w.flaw("csrf-other") && form:
		return w.anyones(c.formValue("csrf_token"))
	}
	return false
}

// anyones reports the token of any session.
func (w *World) anyones(token string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.sessions {
		if token != "" && s.csrf == token {
			return true
		}
	}
	return false
}

// overridden notes the method that a form was sent with before _method replaced it.
const overridden = "X-Lab-Overridden"

// override lets a form choose its method, before anybody looks for a token.
func (w *World) override(c *call) {
	c.r.Header.Del(overridden)
	if !w.flaw("csrf-method") || c.r.Method != http.MethodPost || !c.read() {
		return
	}
	if m := strings.ToUpper(c.formValue("_method")); m == http.MethodDelete || m == http.MethodPatch {
		c.r.Method = m
		c.r.Header.Set(overridden, http.MethodPost)
	}
}

// forgeryRoutes are the account form and, as a defect, a link that closes a ticket.
func (w *World) forgeryRoutes() []route {
	out := []route{{method: http.MethodPost, path: "/account", name: "submitAccount", page: true, serve: (*call).submitAccount}}
	if w.flaw("csrf-get") {
		out = append(out, route{
			method: http.MethodGet, path: "/api/tickets/{id}/approve", name: "approveTicket", summary: "Close a ticket", roles: writers, status: 200,
			returns: schemaOf("ticket"), serve: (*call).approveTicket,
		})
	}
	if w.flaw("logincsrf-logout") {
		out = append(out, route{method: http.MethodGet, path: "/logout", name: "followLogout", page: true, hidden: true, serve: func(c *call) answer {
			a := c.signOut()
			a.status, a.header = http.StatusSeeOther, map[string]string{"Location": "/login"}
			return a
		}})
	}
	return out
}

func (c *call) submitAccount() answer {
	for _, f := range []field{{name: "name", required: true}, {name: "phone"}, {name: "jobTitle"}} {
		if sent := c.formValue(f.name); sent != "" && c.faulty(f, sent) == "" {
			c.who.user.values[f.name] = sent
		}
	}
	c.note("changed", c.who.user)
	return redirect("/account")
}

func (c *call) approveTicket() answer {
	found, refusal := c.lookup(c.w.kinds["tickets"], c.params["id"], operation{})
	if refusal != nil {
		return *refusal
	}
	found.values["status"] = "closed"
	found.updated = time.Now()
	return ok(c.show(found))
}

// doubled repeats the token in a cookie.
func (c *call) doubled(a answer) answer {
	if c.w.flaw("csrf-double") && c.who.session != nil {
		a.cookie = &http.Cookie{Name: tokenCookie, Value: c.who.session.csrf, Path: "/", Secure: true, SameSite: http.SameSiteNoneMode}
	}
	return a
}
