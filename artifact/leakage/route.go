package leakage

import (
	"net/url"
	"strings"

	"github.com/launchready/launchready/artifact"
)

// atlas finds the route an address belongs to.
type atlas struct{ routes map[int][]place } // by number of segments

type place struct {
	id, method string
	segments   []string
	literals   int
}

func atlasOf(inv *artifact.Inventory) atlas {
	a := atlas{routes: map[int][]place{}}
	if inv == nil {
		return a
	}
	for _, r := range inv.Routes {
		if r.Origin != "" || strings.HasPrefix(r.ID, "QUERY ") || strings.HasPrefix(r.ID, "MUTATION ") {
			continue
		}
		path, _, _ := strings.Cut(r.Template, "?")
		p := place{id: r.ID, method: r.Method, segments: strings.Split(strings.Trim(path, "/"), "/")}
		for _, s := range p.segments {
			if !strings.Contains(s, "{") {
				p.literals++
			}
		}
		a.routes[len(p.segments)] = append(a.routes[len(p.segments)], p)
	}
	return a
}

// of returns the route id of a request, or a name for the addresses that no
// route is known of: the same in every run.
func (a atlas) of(method, address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return method + " other addresses"
	}
	segs := strings.Split(strings.Trim(u.EscapedPath(), "/"), "/")
	best := place{literals: -1}
	for _, p := range a.routes[len(segs)] {
		if (p.method == method || p.method == "GET" && method == "HEAD") && p.literals > best.literals && p.fits(segs) {
			best = p
		}
	}
	if best.id != "" {
		return best.id
	}
	if prefix := Prefix(u.Path); prefix != "/" {
		return "other addresses below " + prefix
	}
	return "other addresses"
}

func (p place) fits(segs []string) bool {
	for i, s := range p.segments {
		if s == segs[i] {
			continue
		}
		from, to := strings.IndexByte(s, '{'), strings.LastIndexByte(s, '}')
		if from < 0 || to < from || segs[i] == "" || !strings.HasPrefix(segs[i], s[:from]) || !strings.HasSuffix(segs[i], s[to+1:]) {
			return false
		}
	}
	return true
}
