// Package refusal tells a refusal from an answer, whatever status it wears: a
// portal may refuse with 200, 400, 404, 422 or 500, with an empty list, with
// its login page, or with its shell. It is pure.
//
// A refusal never hides a leak. Owner markers are looked for first, and who
// judges an answer asks here only after none was found.
package refusal

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
)

// Kinds of refusals, as Denied names them.
const (
	Unauthorized   = "401"
	Forbidden      = "403"
	NotFound       = "404"
	NoMethod       = "405"
	Gone           = "410"
	LoginRedirect  = "login-redirect"
	DeniedRedirect = "denied-redirect"
	Soft404        = "soft404"    // 2xx, and what unknown paths get
	Shell          = "shell"      // 2xx, and the shell of the application
	LoginPage      = "login-page" // 2xx, and the login page
	WAF            = "waf"
	Learned        = "learned"  // the shape of a refusal seen on closed routes
	Declared       = "declared" // under denied: in portal.yaml
	Envelope       = "envelope" // JSON that reports an error and holds nothing else
	GraphQL        = "graphql"  // errors, and no data
	Empty          = "empty"    // an empty collection, or null
)

// Judge knows how one portal refuses.
type Judge struct {
	known    map[string][]artifact.Known // by normal form
	landings []artifact.Known            // learned refusals that are redirects
	logins   []string
	declared denied
	routes   map[string]denied
}

// denied is a declaration with its patterns compiled.
type denied struct {
	artifact.Denied
	redirect, body *regexp.Regexp
}

// New returns the judge of what b holds; of nil, one that knows only what is
// true of every portal. A pattern that cannot be compiled matches nothing:
// what is declared wrongly must not excuse anything.
func New(b *artifact.Baseline) *Judge {
	j := &Judge{known: map[string][]artifact.Known{}, routes: map[string]denied{}}
	if b == nil {
		return j
	}
	for _, k := range b.Known {
		if k.Normal != "" {
			j.known[k.Normal] = append(j.known[k.Normal], k)
		}
		if k.Kind == "denial" && k.Location != "" {
			j.landings = append(j.landings, k)
		}
	}
	j.logins = b.LoginTargets
	j.declared = compile(b.Denied)
	for route, d := range b.DeniedFor {
		j.routes[route] = compile(d)
	}
	return j
}

func compile(d artifact.Denied) denied {
	out := denied{Denied: d}
	if d.Redirect != "" {
		out.redirect, _ = regexp.Compile(d.Redirect)
	}
	if d.Body != "" {
		out.body, _ = regexp.Compile(d.Body)
	}
	return out
}

// Fingerprint is the normal form under which answers are learned and known again.
func Fingerprint(ex *evidence.Exchange) string {
	return normal.Of(ex, normal.Mask{}).Normal()
}

// Denied reports whether an answer on a route refuses, and how. What is known
// of the portal goes before what is true of portals in general.
func (j *Judge) Denied(route string, ex *evidence.Exchange) (kind string, ok bool) {
	return j.Refuses(route, normal.Of(ex, normal.Mask{}))
}

// Refuses is Denied on a view without a mask.
func (j *Judge) Refuses(route string, v *normal.View) (kind string, ok bool) {
	switch v.Status {
	case 0:
		return "", false
	case 401:
		return Unauthorized, true
	case 403:
		return Forbidden, true
	case 404:
		return NotFound, true
	case 405:
		return NoMethod, true
	case 410:
		return Gone, true
	}
	if v.Class() == 3 {
		return j.redirected(route, v)
	}
	if kind := j.recognise(v); kind != "" {
		return kind, true
	}
	if j.declared.fits(v) || j.routes[route].fits(v) {
		return Declared, true
	}
	return formless(v)
}

// recognise returns the kind of the baseline that an answer equals, or "".
func (j *Judge) recognise(v *normal.View) string {
	if v.Truncated {
		return ""
	}
	kinds := map[string]string{"soft404": Soft404, "shell": Shell, "login": LoginPage, "waf": WAF}
	for _, k := range j.known[v.Normal()] {
		if kind := kinds[k.Kind]; kind != "" {
			return kind
		}
		if k.Kind == "denial" && k.Location == "" && j.under(k.Prefix, v) {
			return Learned
		}
	}
	return ""
}

// under reports whether the request went to the router prefix of a learned refusal.
func (j *Judge) under(prefix string, v *normal.View) bool {
	if prefix == "" || prefix == "/" {
		return true
	}
	u, err := url.Parse(v.URL)
	return err == nil && strings.HasPrefix(u.Path, prefix)
}

// redirected judges where a 3xx leads.
func (j *Judge) redirected(route string, v *normal.View) (string, bool) {
	to := v.Location
	if to == "" {
		return "", false
	}
	if j.login(to) {
		return LoginRedirect, true
	}
	path := pathOf(to)
	for _, d := range []denied{j.declared, j.routes[route]} {
		if d.redirect != nil && (d.redirect.MatchString(path) || d.redirect.MatchString(to)) {
			return DeniedRedirect, true
		}
	}
	for _, k := range j.landings {
		if samePlace(k.Location, to) && j.under(k.Prefix, v) {
			return DeniedRedirect, true
		}
	}
	return "", false
}

// login reports whether a redirect leads to a login: a learned one, or a path
// that says so itself.
func (j *Judge) login(to string) bool {
	for _, l := range j.logins {
		if samePlace(l, to) {
			return true
		}
	}
	path := strings.ToLower(strings.TrimSuffix(pathOf(to), "/"))
	last := normal.Key(path[strings.LastIndexByte(path, '/')+1:])
	return slices.Contains([]string{"login", "signin", "logon"}, last) || strings.HasSuffix(path, "/session/new") || strings.HasSuffix(path, "/sessions/new")
}

// samePlace compares a learned target, a path or an address, with a place.
func samePlace(learned, to string) bool {
	learned, _, _ = strings.Cut(learned, "?")
	trim := func(s string) string { return strings.TrimSuffix(s, "/") }
	if trim(learned) == "" {
		return to == "/" && learned == "/"
	}
	return trim(learned) == trim(to) || strings.HasPrefix(learned, "/") && trim(learned) == trim(pathOf(to))
}

func pathOf(place string) string {
	if u, err := url.Parse(place); err == nil {
		return u.Path
	}
	return place
}

// NotFoundLike reports whether an answer is what an unknown path gets.
func (j *Judge) NotFoundLike(ex *evidence.Exchange) bool {
	return j.Is(normal.Of(ex, normal.Mask{}), "soft404")
}

// Is reports whether an answer, viewed without a mask, equals a learned one of
// one of the kinds (soft404, shell, login, waf, throttle, method, denial); of
// any kind when none is named.
func (j *Judge) Is(v *normal.View, kinds ...string) bool {
	if v.Status == 0 || v.Truncated {
		return false
	}
	return slices.ContainsFunc(j.known[v.Normal()], func(k artifact.Known) bool {
		return len(kinds) == 0 || slices.Contains(kinds, k.Kind)
	})
}
