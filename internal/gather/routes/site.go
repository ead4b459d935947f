package routes

import (
	"net/url"
	"strings"

	"github.com/launchready/launchready/portal"
)

// site tells which URLs belong to the target and where on it they are.
type site struct {
	base *url.URL
	also []*url.URL
}

func siteOf(t *portal.Target) site {
	var s site
	for i, raw := range append([]string{t.URL}, t.Also...) {
		u, err := url.Parse(strings.TrimRight(raw, "/"))
		if err != nil {
			u = &url.URL{} // the wire refuses such a target
		}
		if i == 0 {
			s.base = u
			continue
		}
		s.also = append(s.also, u)
	}
	return s
}

// origins lists the origins in scope, the target's own first.
func (s site) origins() []string {
	out := []string{origin(s.base)}
	for _, u := range s.also {
		out = append(out, origin(u))
	}
	return out
}

func origin(u *url.URL) string { return strings.ToLower(u.Scheme + "://" + u.Host) }

// place is a URL on the target: a path as routes name it, and the origin when
// it is not below the target's own base.
type place struct {
	origin string
	path   string // decoded segments are escaped again as they came
	query  url.Values
}

// url is how the place is asked for.
func (p place) url() string {
	out := p.origin + p.path
	if len(p.query) > 0 {
		out += "?" + p.query.Encode()
	}
	return out
}

// locate resolves a reference found at a place; it fails for what is out of scope.
func (s site) locate(at place, ref string) (place, bool) {
	from := *s.base
	if at.origin != "" {
		if o, err := url.Parse(at.origin); err == nil {
			from = *o
		}
	}
	if at.origin == "" {
		from.Path = s.base.Path + at.path
	} else {
		from.Path = at.path
	}
	u, err := from.Parse(strings.TrimSpace(ref))
	if err != nil || u.Host == "" || u.User != nil {
		return place{}, false
	}
	return s.of(u)
}

// of places an absolute URL.
func (s site) of(u *url.URL) (place, bool) {
	p := place{path: u.EscapedPath(), query: u.Query()}
	if p.path == "" {
		p.path = "/"
	}
	if strings.EqualFold(origin(u), origin(s.base)) {
		if rest, below := strings.CutPrefix(p.path, s.base.EscapedPath()); below && (rest == "" || rest[0] == '/') {
			p.path = rest
			if rest == "" {
				p.path = "/"
			}
			return p, true
		}
		p.origin = origin(u) // beside the portal, on its own origin
		return p, true
	}
	for _, a := range s.also {
		if strings.EqualFold(origin(u), origin(a)) {
			p.origin = origin(a)
			return p, true
		}
	}
	return place{}, false
}
