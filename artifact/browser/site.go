package browser

import (
	"net/url"
	"slices"
	"strings"
)

// SameSite says whether two addresses are of one site: the same scheme and the
// same registrable domain, whatever the port. A sibling subdomain is same-site.
func SameSite(a, b string) bool {
	x, errX := url.Parse(a)
	y, errY := url.Parse(b)
	if errX != nil || errY != nil || x.Hostname() == "" || y.Hostname() == "" {
		return false
	}
	return plain(x.Scheme) == plain(y.Scheme) && Site(x.Hostname()) == Site(y.Hostname())
}

// plain takes a WebSocket's scheme for the one it is opened from.
func plain(scheme string) string {
	switch scheme = strings.ToLower(scheme); scheme {
	case "ws":
		return "http"
	case "wss":
		return "https"
	}
	return scheme
}

// Site returns the registrable domain of a host: one label more than its public
// suffix. Addresses and single labels are their own. Only the commonest
// suffixes of more than one label are known: an unknown one makes two customers
// of a registry look like siblings, never the other way round.
func Site(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	labels := strings.Split(host, ".")
	if isAddress(host) || len(labels) < 3 {
		return host
	}
	n := 2
	last := labels[len(labels)-2:]
	if len(last[1]) == 2 && slices.Contains(registries, last[0]) || slices.Contains(hosters, strings.Join(last, ".")) {
		n = 3
	}
	return strings.Join(labels[len(labels)-n:], ".")
}

// registries are second labels below country domains that anybody registers under.
var registries = []string{
	"ac", "co", "com", "edu", "gob", "gov", "gouv", "go", "govt", "ltd", "me", "mil", "ne", "net", "nom", "or", "org", "plc", "sch",
}

// hosters give each customer a subdomain and stand on the public suffix list.
var hosters = []string{
	"appspot.com", "azurewebsites.net", "azurestaticapps.net", "cloudfront.net", "firebaseapp.com", "fly.dev", "github.io", "gitlab.io",
	"herokuapp.com", "netlify.app", "ngrok.io", "ngrok.app", "onrender.com", "pages.dev", "railway.app", "run.app", "surge.sh", "vercel.app", "web.app",
	"workers.dev",
}
