package baseline

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// unknown is what a path that nobody serves got.
type unknown struct {
	prefix string
	answer gather.Answered
	view   *normal.View
}

// passwordInput tells a login page.
var passwordInput = regexp.MustCompile(`(?i)<input[^>]+type=["']?password`)

// askUnknown asks for paths that nobody serves: as a browser and as a script,
// at the root, below the API and deepest in it, anonymously and signed in, for
// many portals refuse a visitor before they look for anything.
func (l *lesson) askUnknown(b *gather.Batch) {
	ask := func(who, prefix, accept string) {
		ref := prefix + "/" + gather.Canary("lr-none-")
		l.add(b, get("unknown path", who, ref, accept), func(a gather.Answered) {
			l.unknown = append(l.unknown, unknown{prefix: prefix, answer: a, view: normal.Of(a.Answer.Exchange, normal.Mask{})})
		})
	}
	api := l.apiPrefix()
	who := []string{evidence.Anonymous}
	if p := l.People(); len(p) > 0 {
		who = append(who, p[0].Name)
	}
	for _, name := range who {
		ask(name, "", page)
		ask(name, api, data)
		if deep := l.deepestPrefix(); deep != "" && deep != api {
			ask(name, deep, data)
		}
	}
	ask(evidence.Anonymous, "", data)
	ask(evidence.Anonymous, api, page)
}

// apiPrefix is where the portal's API lives, as its routes tell, or "/api".
func (l *lesson) apiPrefix() string {
	count := map[string]int{}
	best := "/api"
	for _, r := range l.routes {
		if p := routerPrefix(r.Template); p != "" && r.Origin == "" {
			if count[p]++; count[p] > count[best] {
				best = p
			}
		}
	}
	return best
}

// deepestPrefix is the longest part of a route that stands before its first parameter.
func (l *lesson) deepestPrefix() string {
	best := ""
	for _, r := range l.routes {
		prefix, _, templated := strings.Cut(r.Template, "/{")
		if templated && r.Method == http.MethodGet && r.Origin == "" && !r.Never && r.HeldBack == "" && strings.Count(prefix, "/") > strings.Count(best, "/") {
			best = prefix
		}
	}
	return best
}

var version = regexp.MustCompile(`^v\d+$`)

// routerPrefix is the part of a template that a portal mounts a router at:
// "/api", "/api/v1", "/rest"; "" for pages.
func routerPrefix(template string) string {
	segs := strings.Split(strings.Trim(template, "/"), "/")
	if len(segs) < 2 {
		return ""
	}
	if version.MatchString(segs[0]) {
		return "/" + segs[0]
	}
	if !slices.Contains([]string{"api", "rest", "rpc", "ajax", "json", "services", "backend", "internal"}, segs[0]) {
		return ""
	}
	if version.MatchString(segs[1]) {
		return "/" + segs[0] + "/" + segs[1]
	}
	return "/" + segs[0]
}

// askPages asks for the home page, the login page, and by a method nobody takes.
func (l *lesson) askPages(b *gather.Batch) {
	l.add(b, get("home page", evidence.Anonymous, "/", page), func(a gather.Answered) {
		l.home = normal.Of(a.Answer.Exchange, normal.Mask{})
		l.public = append(l.public, a.Answer.Exchange)
	})
	if l.loginPath = loginPath(l.Portal); l.loginPath != "" {
		l.add(b, get("login page", evidence.Anonymous, l.loginPath, page), l.learnLogin)
	}
	trace := gather.Ask{Name: "method", Who: evidence.Anonymous, Request: wire.Request{Method: http.MethodTrace, URL: "/", Expect5xx: true}}
	l.add(b, trace, func(a gather.Answered) {
		switch a.Answer.Status {
		case http.StatusMethodNotAllowed, http.StatusNotImplemented:
			l.know("method", "", a)
		}
	})
}

// loginPath is the page of the first login form, or "".
func loginPath(p *portal.Portal) string {
	for _, id := range p.Identities {
		r := p.RecipeOf(id)
		if r == nil {
			continue
		}
		for _, step := range r.Steps {
			page := step.Request.Method == http.MethodGet || step.Form != nil
			if page && !strings.Contains(step.Request.Path, "${") {
				return step.Request.Path
			}
		}
	}
	return ""
}

// learnLogin keeps the login page, and that redirects to it refuse.
func (l *lesson) learnLogin(a gather.Answered) {
	l.public = append(l.public, a.Answer.Exchange)
	if a.Answer.Status == http.StatusOK && passwordInput.Match(a.Answer.Body) {
		l.know("login", "", a)
		l.loginTarget(pathOf(a.Answer.Exchange.Request.URL))
	}
}

// learnUnknown keeps what unknown paths get, unless it shows who asked: then it
// is no answer to nothing. A 401 or 403 says what it is by itself.
func (l *lesson) learnUnknown() {
	for _, u := range l.unknown {
		if u.answer.Who == evidence.Anonymous {
			l.public = append(l.public, u.answer.Answer.Exchange)
		}
		switch {
		case u.view.Status == http.StatusUnauthorized, u.view.Status == http.StatusForbidden, u.view.Truncated:
			continue
		case u.view.Class() == 3:
			l.redirects = append(l.redirects, u.view.Location)
			continue
		case u.view.Class() == 2 && l.personal(u):
			continue
		}
		l.know("soft404", u.prefix, u.answer)
		if u.view.Class() == 2 && l.home != nil && normal.Same(u.view, l.home) {
			l.know("shell", "", u.answer)
		}
	}
}

// personal reports whether an answer to a signed-in caller holds something of
// theirs: a router that takes any path for its list must not teach that the list is nothing.
func (l *lesson) personal(u unknown) bool {
	if u.answer.Who == evidence.Anonymous {
		return false
	}
	for _, other := range l.unknown {
		if other.answer.Who == evidence.Anonymous && normal.Same(other.view, u.view) {
			return false
		}
	}
	return normal.Content(u.view)
}

// nuisance keeps the shape of an answer that a limiter or a firewall gave.
func (l *lesson) nuisance(a gather.Answered) bool {
	kinds := map[check.Reason]string{check.Throttled: "throttle", check.Intercepted: "waf"}
	kind := kinds[a.Unproven]
	if kind == "" || a.Answer == nil || a.Answer.Exchange == nil {
		return false
	}
	l.know(kind, "", a)
	return true
}

// know keeps a learned answer, each form of a kind once.
func (l *lesson) know(kind, prefix string, a gather.Answered) {
	v := normal.Of(a.Answer.Exchange, normal.Mask{})
	if v.Status == 0 || v.Truncated {
		return
	}
	k := artifact.Known{Kind: kind, Prefix: prefix, Status: v.Status, Normal: v.Normal(), Ref: a.Ref}
	if v.Class() == 3 {
		k.Location = v.Location
	}
	if !slices.ContainsFunc(l.out.Known, func(o artifact.Known) bool { return o.Kind == kind && o.Normal == k.Normal }) {
		l.out.Known = append(l.out.Known, k)
	}
}
