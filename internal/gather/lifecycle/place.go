package lifecycle

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/login"
)

// leastShown is the length from which a value met in a page is no coincidence.
const leastShown = 12

// otherSite finds what a page takes from, or links to on, other sites.
var otherSite = regexp.MustCompile(`(?i)(?:href|src|action)\s*=\s*["']?(?:https?:)?//([^/"'\s>]+)`)

// places looks for the session's tokens where others may read them: in the
// addresses that signing in led to, and in the text of pages, where every
// script of the page can.
func (v *visitor) places(s *login.Session) {
	add := func(h held, where, address string, ref evidence.Ref, leaks bool) {
		p := artifact.TokenPlace{Token: h.Name, Where: where, URL: pathOf(address), Ref: ref, Leaks: leaks}
		same := func(o artifact.TokenPlace) bool {
			return o.Token == p.Token && o.URL == p.URL && (o.Where == p.Where || o.Where != "page" && p.Where != "page")
		}
		if !slices.ContainsFunc(v.life.Places, same) {
			v.life.Places = append(v.life.Places, p)
		}
	}
	for _, h := range v.held {
		if !h.Alone.Alive && !h.Vital && h.Kind != "refresh" {
			continue
		}
		if strings.HasPrefix(h.Name, "query ") {
			add(h, "request URL", v.main.Probe.Request.Path, h.Alone.Ref, false)
		}
		for _, at := range s.Visited() {
			switch {
			case within(at.URL, h.value):
				add(h, "request URL", at.URL, at.Ref, leaks(at))
			case within(at.Location, h.value):
				add(h, "Location", at.Location, at.Ref, false)
			}
			if len(h.value) >= leastShown && strings.Contains(at.Page, h.value) {
				add(h, "page", at.URL, at.Ref, false)
			}
		}
	}
}

// within reports whether an address holds a value, as it is or escaped.
func within(address, value string) bool {
	return len(value) >= 8 && (strings.Contains(address, value) || strings.Contains(address, url.QueryEscape(value)))
}

func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Path
}

// leaks reports whether a page names other sites and does not stop browsers
// from telling them its own address.
func leaks(at login.Visited) bool {
	policy := strings.ToLower(at.Policy)
	if strings.Contains(policy, "no-referrer") && !strings.Contains(policy, "downgrade") || strings.Contains(policy, "origin") {
		return false
	}
	u, err := url.Parse(at.URL)
	if err != nil {
		return false
	}
	tells := strings.Contains(policy, "unsafe-url") || strings.Contains(policy, "downgrade") // without a policy browsers tell the origin alone
	return tells && slices.ContainsFunc(otherSite.FindAllStringSubmatch(at.Page, -1), func(m []string) bool { return m[1] != u.Host })
}
