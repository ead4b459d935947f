package lab

import (
	"bytes"
	"net/http"
	"slices"
)

// partner is a site that shows this portal in a frame: for its sake a session
// cookie may have to travel cross-site.
const partner = "https://portal.partner.example"

// travelling are the defects for which the session cookie goes everywhere.
var travelling = []string{"csrf"}

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

// trusting reports a request whose token a defect does not look at.
func (w *World) trusting(c *call) bool {
	return w.flaw("csrf") && c.route.name == "createTicket"
}
