package lab

import (
	"net/url"
	"strings"
)

// victim is Alice in a browser.
func (c cast) victim() *visitor { return browse(c.alice.t, c.alice.w, "alice@acme") }

// forged reports whether the account form takes a token, sent along with a cookie of the page's choice.
func (c cast) forged(v *visitor, token, cookie string) bool {
	form := url.Values{"jobTitle": {"lrw-forged"}, "csrf_token": {token}}
	headers := []string{"Content-Type", "application/x-www-form-urlencoded"}
	if cookie != "" {
		headers = append(headers, "Cookie", cookie)
	}
	v.do("POST", "/account", form.Encode(), headers...)
	return strings.Contains(c.alice.get("/api/me").body, "lrw-forged")
}

// approves reports whether a link approves a ticket.
func (c cast) approves() bool {
	id := c.alice.make("/api/tickets", `{"subject":"throw-away"}`)
	c.victim().get("/api/tickets/" + id + "/approve")
	return c.alice.get("/api/tickets/"+id).text("status") == "closed"
}
