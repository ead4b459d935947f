package cors

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/browser"
	"github.com/launchready/launchready/artifact/crossorigin"
	"github.com/launchready/launchready/internal/gather"
)

// evil is a domain that nobody owns (RFC 6761 §6.2).
const evil = "evil.test"

// most approved origins that are tried, and that look-alikes are made of.
const (
	mostApproved = 4
	mostBases    = 2
)

// origins are those that are tried, in the order of what they tell.
type origins struct {
	own, approved []string
	tries         []artifact.OriginTry
}

// list makes the origins of a run: strangers of every kind, and look-alikes of
// the hosts that a list of origins will name.
func list(t *gather.Tools) *origins {
	o := &origins{}
	for _, ref := range append([]string{t.Target.URL}, t.Target.Also...) {
		o.keep(&o.own, ref)
	}
	for _, ref := range t.Portal.Policy.Origins {
		o.keep(&o.approved, ref)
	}
	random := strings.TrimPrefix(gather.Canary("lr-"), "lr-")
	o.add("random https", "https://lr"+random+".test", "foreign")
	o.add("null", "null", "null")
	for i, a := range o.approved {
		if i < mostApproved {
			o.tries = append(o.tries, artifact.OriginTry{Name: "approved", Origin: a, Class: "approved"})
		}
	}
	for _, base := range o.bases() {
		o.lookAlikes(base, random)
	}
	o.add("preview on vercel.app", "https://lr"+random+".vercel.app", "foreign")
	o.add("preview on netlify.app", "https://lr"+random+".netlify.app", "foreign")
	o.add("pages on github.io", "https://lr"+random+".github.io", "foreign")
	o.add("local development", "http://localhost:3000", "local")
	o.add("local address", "http://127.0.0.1", "local")
	o.add("file", "file://", "local")
	o.add("extension", "chrome-extension://abcdefghijklmnopabcdefghijklmnop", "local")
	return o
}

func (o *origins) keep(in *[]string, ref string) {
	if s := crossorigin.Serialise(ref); s != "" && !slices.Contains(*in, s) {
		*in = append(*in, s)
	}
}

// bases are the origins that look-alikes are made of: approved ones first, for
// lists of origins are made for them. Addresses have no look-alikes in names,
// and stand in only when there is nothing else.
func (o *origins) bases() []string {
	var named, bare []string
	for _, s := range append(slices.Clone(o.approved), o.own...) {
		u, err := url.Parse(s)
		if err != nil {
			continue
		}
		if _, err := netip.ParseAddr(u.Hostname()); err == nil || !strings.Contains(u.Hostname(), ".") {
			bare = append(bare, s)
		} else {
			named = append(named, s)
		}
	}
	if len(named) == 0 {
		named = bare
	}
	var out []string
	for _, s := range named { // one of each site
		same := slices.ContainsFunc(out, func(x string) bool { return site(x) == site(s) })
		if !same && len(out) < mostBases {
			out = append(out, s)
		}
	}
	return out
}

func site(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return origin
	}
	return browser.Site(u.Hostname())
}

// lookAlikes are the origins that careless comparisons take for base.
func (o *origins) lookAlikes(base, random string) {
	u, err := url.Parse(base)
	if err != nil {
		return
	}
	host, apex := u.Hostname(), site(base)
	port := ""
	if u.Port() != "" {
		port = ":" + u.Port()
	}
	o.add("prefix with a dot", u.Scheme+"://"+host+"."+evil, "foreign")
	o.add("suffix of the domain", u.Scheme+"://evil"+apex+port, "foreign")
	o.add("prefix without a dot", u.Scheme+"://"+host+evil, "foreign")
	if i := strings.LastIndex(strings.TrimSuffix(host, "."+apex), "."); i >= 0 || host != apex {
		o.add("suffix of the host", u.Scheme+"://evil"+host+port, "foreign")
	}
	o.add("suffix with a hyphen", u.Scheme+"://evil-"+apex+port, "foreign")
	o.add("a dot as any character", u.Scheme+"://"+strings.Replace(host, ".", "x", 1)+port, "foreign")
	o.add("plain http", "http://"+host+port, "http")
	if u.Scheme == "http" { // the portal itself has no better one
		o.add("https of the same host", "https://"+host+port, "port")
	}
	o.add("any subdomain", u.Scheme+"://lr"+random+"."+apex, "subdomain")
	o.add("an underscore", u.Scheme+"://"+host+"_."+evil, "foreign")
	o.add("a backtick", u.Scheme+"://"+host+"`."+evil, "foreign")
	o.add("an escaped backtick", u.Scheme+"://"+host+"%60."+evil, "odd")
	o.add("another port", u.Scheme+"://"+host+":8443", "port")
	o.add("upper case", u.Scheme+"://"+strings.ToUpper(host)+port, "odd")
	o.add("a trailing dot", "https://"+apex+".", "odd")
	o.add("a trailing slash", base+"/", "odd")
	o.add("two origins", base+" https://"+evil, "odd")
	o.add("user information", base+"@"+evil, "odd")
}

// add adds an origin that is neither the portal's own nor approved, once. What
// no browser sends is odd whatever it was meant for; a host below an own domain
// is a subdomain.
func (o *origins) add(name, origin, class string) {
	if slices.Contains(o.own, origin) || slices.Contains(o.approved, origin) ||
		slices.ContainsFunc(o.tries, func(t artifact.OriginTry) bool { return t.Origin == origin }) {
		return
	}
	switch {
	case !crossorigin.Sendable(origin):
		class = "odd"
	case class == "foreign":
		for _, s := range append(slices.Clone(o.own), o.approved...) {
			if site(s) == site(origin) {
				class = "subdomain"
			}
		}
	}
	o.tries = append(o.tries, artifact.OriginTry{Name: name, Origin: origin, Class: class})
}
