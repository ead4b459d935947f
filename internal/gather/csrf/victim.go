package csrf

import (
	"context"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/browser"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/portal"
)

// The kinds of credentials, by who attaches them.
const (
	byCookie = "cookie"
	byBasic  = "basic"
	byNobody = "none"
)

// ambients notes for each recipe what browsers send by themselves.
func (r *run) ambients(ctx context.Context) {
	study := gather.Made[artifact.CookieStudy](r.t, artifact.Cookies)
	seen := map[string]bool{}
	for _, p := range r.t.People() {
		id := r.identity(p.Name)
		key := id.Login + " " + r.t.As(p.Name).Sends()
		if seen[key] {
			continue
		}
		seen[key] = true
		r.out.Ambients = append(r.out.Ambients, r.ambient(ctx, study, id))
	}
}

func (r *run) identity(who string) *portal.Identity {
	i := slices.IndexFunc(r.t.Portal.Identities, func(id *portal.Identity) bool { return id.Name == who })
	return r.t.Portal.Identities[i]
}

// ambient tells the kind of one recipe's credential.
func (r *run) ambient(ctx context.Context, study *artifact.CookieStudy, id *portal.Identity) artifact.Ambient {
	s := r.t.As(id.Name)
	a := artifact.Ambient{Recipe: id.Login, Who: id.Name}
	if s.Basic() {
		a.Kind = byBasic
		return a
	}
	jar := jarOf(study, id.Login, id.Name, s.Sends())
	switch {
	case jar == nil:
		a.Skipped = artifact.Skip{Reason: check.NotExamined, Why: "which cookies are the session was not studied"}
		return a
	case jar.Skipped.Reason != "":
		a.Skipped = jar.Skipped
		return a
	case !jar.Settled():
		a.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "which cookies are the session could not be told"}
		return a
	}
	for _, proof := range []artifact.Attempt{jar.Control, jar.Only, jar.None} {
		if proof.Sent() {
			a.Proof = append(a.Proof, proof)
		}
	}
	if !jar.Lives.Only {
		a.Kind = byNobody
		return a
	}
	a.Kind = byCookie
	for _, c := range jar.Session() {
		set, ok := c.Last()
		a.Cookies = append(a.Cookies, artifact.CookieTrait{Name: c.Name, Set: set, Seen: ok})
	}
	return a
}

// jarOf is the study of a recipe, made with whomever.
func jarOf(study *artifact.CookieStudy, recipe, who, sends string) *artifact.CookieJar {
	if study == nil {
		return nil
	}
	var found *artifact.CookieJar
	for i := range study.Jars {
		j := &study.Jars[i]
		if j.Who == who {
			return j
		}
		if j.Recipe == recipe && (j.Sends == sends || found == nil) {
			found = j
		}
	}
	return found
}

// victim is a browser that is signed in for the purpose.
type victim struct {
	artifact.Ambient
	session *login.Session
	others  []artifact.Cookie // of the jar, beside the session
	token   login.Token
	foreign login.Token // another user's
	former  login.Token // of another session of the same user
}

// victim signs an identity in a second time, to be attacked in its stead.
func (r *run) victim(ctx context.Context, who string) (*victim, artifact.Skip) {
	if v := r.victims[who]; v != nil {
		return v, artifact.Skip{}
	}
	v := &victim{}
	for _, a := range r.out.Ambients {
		if a.Who == who || a.Recipe == r.identity(who).Login && a.Kind != "" {
			v.Ambient = a
		}
	}
	if study := gather.Made[artifact.CookieStudy](r.t, artifact.Cookies); study != nil {
		if j := jarOf(study, v.Recipe, who, r.t.As(who).Sends()); j != nil {
			v.others = j.Cookies
		}
	}
	s, err := r.t.As(who).Fresh(ctx)
	if err != nil {
		return nil, artifact.Skip{Reason: gather.Refusal(err), Why: "signing " + who + " in once more: " + err.Error()}
	}
	v.session = s
	if v.token, err = s.Token(ctx); err == nil {
		v.former, _ = r.t.As(who).Token(ctx) // without it that try is left out
		for _, p := range r.t.People() {
			if p.Name != who && v.foreign.Value == "" && !r.t.As(p.Name).Basic() {
				v.foreign, _ = r.t.As(p.Name).Token(ctx)
			}
		}
	}
	r.victims[who] = v
	return v, artifact.Skip{}
}

// reach says how a request of another page could carry the session.
type reach struct {
	site   string // cross-site or same-site
	origin string
	unset  bool // the session has no SameSite
	unseen bool // nor was it seen being set
	note   string
	barred string // why no page can send it with the session
	target string
}

const (
	crossSite = "cross-site"
	sameSite  = "same-site"
	evil      = "https://evil.example"
)

// reaches works out what a page elsewhere can do to the session: another site's
// page if the browser lets the session travel, else one of the same site.
func (v *victim) reaches(target, method string, navigates bool) reach {
	out := reach{site: crossSite, origin: evil, target: target}
	if v.Kind == byBasic {
		return out
	}
	for _, c := range v.Cookies {
		if !c.Seen {
			out.unseen = true
			continue
		}
		sent, note := browser.Sends(c.Set, browser.Request{From: evil, To: target, Method: method, Navigates: navigates})
		near, why := browser.Sends(c.Set, browser.Request{From: target, To: target, Method: method, Navigates: navigates})
		switch {
		case sent:
			out.note = note
		case !near:
			return reach{barred: "the cookie " + c.Name + ": " + why}
		case c.Set.SameSite == "" && navigates && out.site != sameSite:
			out.unset, out.note = true, note
		default:
			out.site, out.origin, out.note = sameSite, sibling(target), note
		}
	}
	if out.site == sameSite {
		out.unset = false
	}
	return out
}

// sends says whether the browser would put a cookie on such a request.
func (v *victim) sends(name string, w reach, method string, navigates bool) bool {
	if slices.ContainsFunc(v.Cookies, func(c artifact.CookieTrait) bool { return c.Name == name }) {
		return true // reaches has seen to it
	}
	from := evil
	if w.site == sameSite {
		from = w.target
	}
	for _, c := range v.others {
		if set, ok := c.Last(); ok && c.Name == name {
			sent, _ := browser.Sends(set, browser.Request{From: from, To: w.target, Method: method, Navigates: navigates})
			return sent || w.unset && set.SameSite == ""
		}
	}
	return true // nobody saw how it was set: the defence must not hang on it
}

// sibling is another origin of the target's own site.
func sibling(target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return evil
	}
	if site := browser.Site(u.Hostname()); strings.Contains(site, ".") && net.ParseIP(u.Hostname()) == nil {
		return u.Scheme + "://lr-sibling." + site
	}
	return u.Scheme + "://" + net.JoinHostPort(u.Hostname(), "1")
}
