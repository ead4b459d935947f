// Package browser says what a web browser would do: which cookies it would put
// on which request, by the page that makes it. Checks and gatherers use it to
// count only those attacks that another site's page could really make. Pure:
// the same answer offline, years later.
package browser

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/launchready/launchready/artifact"
)

// Request is a request that a page makes a browser send.
type Request struct {
	From      string // origin or URL of the page; empty: typed into the address bar
	To        string // absolute URL it goes to
	Method    string // empty: GET
	Navigates bool   // it replaces the page in the address bar: a link, a form; false for fetch, images and frames
}

// Notes of Sends. The first three come with a cookie that is not sent, the last
// with one that is.
const (
	NoteLax     = "SameSite=Lax keeps it back"
	NoteStrict  = "SameSite=Strict keeps it back"
	NoteDefault = "it has no SameSite: Chromium takes it for Lax, yet sends it with a form for two minutes after it was set; Firefox and Safari always do"
	NoteNone    = "SameSite=None without Secure: Chromium does not keep such a cookie, Firefox and Safari do"
)

// Sends says whether a browser that holds the cookie would send it with the
// request (RFC 6265bis §5.8.3), without third-party cookies switched off. The
// note says what keeps it back, or what to know of it though it is sent. A
// cookie without SameSite counts as Lax.
func Sends(c artifact.CookieSet, r Request) (sent bool, note string) {
	to, err := url.Parse(r.To)
	if err != nil || to.Hostname() == "" {
		return false, "the address cannot be read"
	}
	if why := kept(c, to); why != "" {
		return false, why
	}
	if r.From == "" || SameSite(r.From, r.To) {
		return true, ""
	}
	link := r.Navigates && safe(r.Method)
	switch strings.ToLower(strings.TrimSpace(c.SameSite)) {
	case "none":
		if c.Secure {
			return true, ""
		}
		return true, NoteNone
	case "strict":
		return false, NoteStrict
	case "lax":
		if link {
			return true, ""
		}
		return false, NoteLax
	}
	switch {
	case link:
		return true, ""
	case r.Navigates:
		return false, NoteDefault
	}
	return false, "it has no SameSite: Chromium takes it for Lax, Firefox and Safari do not"
}

// kept says why the cookie does not belong to the address, or "".
func kept(c artifact.CookieSet, to *url.URL) string {
	from, err := url.Parse(c.URL)
	if err != nil {
		return "it is not known who set it"
	}
	host := strings.ToLower(to.Hostname())
	domain := strings.ToLower(strings.TrimPrefix(c.Domain, "."))
	switch {
	case domain == "" && host != strings.ToLower(from.Hostname()):
		return "it goes to " + from.Hostname() + " alone"
	case domain != "" && host != domain && (isAddress(host) || !strings.HasSuffix(host, "."+domain)):
		return "it goes to " + domain + " alone"
	}
	path := c.Path
	if !strings.HasPrefix(path, "/") { // RFC 6265bis §5.1.4
		path = from.EscapedPath()[:max(0, strings.LastIndex(from.EscapedPath(), "/"))]
	}
	if !under(to.EscapedPath(), path) {
		return "it goes to paths below " + path + " alone"
	}
	if c.Secure && to.Scheme != "https" && to.Scheme != "wss" && !loopback(host) {
		return "it goes over https alone"
	}
	return ""
}

// under says whether a path lies below a cookie's (RFC 6265bis §5.1.4).
func under(path, of string) bool {
	if path == "" {
		path = "/"
	}
	of = strings.TrimSuffix(of, "/")
	rest, ok := strings.CutPrefix(path, of)
	return ok && (rest == "" || rest[0] == '/')
}

// safe says whether a navigation by that method takes Lax cookies along.
func safe(method string) bool {
	switch strings.ToUpper(method) {
	case "", "GET", "HEAD", "OPTIONS", "TRACE":
		return true
	}
	return false
}

// loopback hosts count as secure without TLS.
func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}
