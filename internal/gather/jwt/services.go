package jwt

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/jose"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

const (
	// mostServices bounds the services that are asked beside the probe, five requests each.
	mostServices = 4
	// mostLooks bounds those that are looked at, for public ones are passed over.
	mostLooks = 8
)

// place is one group of routes that somebody else may answer.
type place struct {
	name    string
	foreign bool // on another origin than the probe
	deep    bool // below a first segment that is asked already
	routes  int
	reading artifact.Reading
	target  string
	route   string
}

// services asks one route of other services with tokens whose signature is
// broken or missing: services behind one gateway often verify by themselves.
func (d *desk) services(ctx context.Context) {
	if !d.Sent {
		return
	}
	most := mostServices
	if d.t.Quick {
		most = 1
	}
	entered := map[string]*login.Session{d.who.Name: d.cur}
	defer func() {
		for who, s := range entered {
			if s != nil && s != d.cur && s != d.t.Sessions[who] {
				_ = s.SignOut(ctx) // it lives on until its end: nobody holds it
			}
		}
	}()
	asked := map[string]bool{}
	for i, p := range d.places() {
		s := artifact.Service{Route: p.route, Prefix: p.name, Foreign: p.foreign}
		switch {
		case p.deep && asked[p.route]: // asked for the group that it belongs to
			continue
		case d.closed.Reason != "":
			s.Skipped = d.closed
		case len(asked) >= most || i >= mostLooks:
			s.Skipped = artifact.Skip{Reason: check.BudgetSpent, Why: "other services were asked, this one was not"}
		default:
			if d.service(ctx, &s, p, entered) {
				asked[p.route] = true
			} else if s.Skipped.Reason == "" {
				continue // public: there is nothing to verify
			}
		}
		d.out.Services = append(d.out.Services, s)
	}
}

// places are the groups of routes that identities of this recipe read: those
// of other origins first, then what differs in the first segment or serves
// pages where the probe does not, then what differs further down; the largest first.
func (d *desk) places() []*place {
	routes := gather.Made[artifact.Inventory](d.t, artifact.Inventories)
	corpus := gather.Made[artifact.Corpus](d.t, artifact.Corpora)
	if routes == nil || corpus == nil {
		return nil
	}
	found := map[string]*place{}
	seen := map[string]bool{}
	add := func(name string, p place) {
		was := found[name]
		if was == nil {
			p.name = name
			found[name] = &p
			return
		}
		if !seen[p.route] {
			was.routes++
		}
		if was.reading.Who != d.who.Name && p.reading.Who == d.who.Name { // with it no other sign-in is needed
			p.name, p.routes = name, was.routes
			*was = p
		}
	}
	known := map[string]bool{}
	if d.main.Probe != nil {
		for _, name := range prefixes("", d.main.Probe.Request.Path, false) {
			known[name] = true
		}
	}
	for _, r := range corpus.Readings {
		route := routes.By(r.Route)
		if !r.OK || route == nil || route.Method != http.MethodGet || route.Public != "" || route.HeldBack != "" || route.Never {
			continue
		}
		target, filled := route.Fill(r.Values)
		if !filled || !d.holds(r.Who) {
			continue
		}
		for depth, name := range prefixes(route.Origin, route.Template, d.page(r)) {
			if !known[name] {
				add(name, place{foreign: route.Origin != "", deep: depth > 0, routes: 1, reading: r, target: target, route: route.ID})
			}
		}
		seen[route.ID] = true
	}
	return slices.SortedFunc(maps.Values(found), func(a, b *place) int {
		return cmp.Or(last(b.foreign)-last(a.foreign), last(a.deep)-last(b.deep), b.routes-a.routes, strings.Compare(a.name, b.name))
	})
}

func last(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// page reports whether a reading was answered with a page.
func (d *desk) page(r artifact.Reading) bool {
	seen := d.view(r.First)
	return seen != nil && seen.Family == normal.HTML
}

// holds reports whether an identity signs in as this kind of token's does.
func (d *desk) holds(who string) bool {
	s := d.t.Sessions[who]
	return s != nil && s.Recipe != nil && s.Recipe.Name == d.recipe && (!standing(s) || who == d.who.Name)
}

// service asks one route with the good token, without and with bad ones. It
// returns false when nothing is verified there or nothing could be asked.
func (d *desk) service(ctx context.Context, s *artifact.Service, p *place, entered map[string]*login.Session) bool {
	who := p.reading.Who
	session := entered[who]
	if session == nil {
		fresh, err := d.t.Sessions[who].FreshFor(ctx, name)
		if err != nil {
			s.Skipped = artifact.Skip{Reason: cmp.Or(gather.Refusal(err), check.SessionDead), Why: err.Error()}
			return false
		}
		session, entered[who] = fresh, fresh
	}
	held, ok := at(carried(session), d.Place)
	if !ok || held.found.Encrypted {
		s.Skipped = artifact.Skip{Reason: check.Unstable, Why: "another sign-in brought no token of this kind"}
		return false
	}
	cred, token := session.Credential(), held.found.Token
	if who == d.who.Name {
		cred, token = d.cred, d.found.Token
	}
	ask := func(what string, c login.Credential) artifact.Attempt {
		return d.get(ctx, session, p.target, what, c)
	}
	s.None = ask("nothing", login.Credential{})
	s.Control = ask("the good token", cred)
	if good, none := d.view(s.Control), d.view(s.None); good != nil && none != nil && normal.Same(good, none) {
		return false
	}
	for _, x := range []struct{ what, token string }{
		{"T1 signature with one bit turned", token.Flipped()},
		{"T2 alg none with no signature", token.Forge(jose.Change{"alg": "none"}, nil, jose.Fixed(nil))},
	} {
		d.t.Wire.Redactor().Add("jwt", x.token)
		s.Trials = append(s.Trials, ask(x.what, held.with(cred, x.token)))
	}
	s.Again = ask("the good token again", cred)
	return true
}

func (d *desk) get(ctx context.Context, s *login.Session, target, what string, c login.Credential) artifact.Attempt {
	a := artifact.Attempt{Name: what, Who: s.Who()}
	ans, err := s.DoWith(ctx, wire.Request{
		Method: http.MethodGet, URL: target, Effect: portal.Look, By: name, For: what, Expect5xx: true,
		Header: []evidence.Field{{Name: "Accept", Value: "application/json, text/html;q=0.5, */*;q=0.1"}},
	}, c)
	if ans != nil {
		a.Ref = ans.Ref
	}
	if err != nil {
		a.Unproven, a.Why = gather.Refusal(err), err.Error()
		return a
	}
	seen := normal.Of(ans.Exchange, normal.Mask{})
	if d.t.Refusals().Throttles(seen) {
		a.Unproven, a.Why = check.Throttled, "throttled"
	} else if kind, is := d.t.Refusals().Intercepts(seen); is {
		a.Unproven, a.Why = check.Intercepted, kind
	}
	return a
}

var version = regexp.MustCompile(`^(api|rest|v\d+)$`)

// prefixes are what a gateway would route by: the origin and the first
// segment, or that it serves pages; then down to the first segment that says
// something: "/api", "/api/v1/billing".
func prefixes(origin, path string, page bool) []string {
	path, _, _ = strings.Cut(path, "?")
	if page {
		return []string{origin + " pages"}
	}
	segments := strings.Split(strings.Trim(path, "/"), "/")
	out := []string{origin + "/" + segments[0]}
	whole := origin
	for _, seg := range segments {
		whole += "/" + seg
		if !version.MatchString(strings.ToLower(seg)) {
			break
		}
	}
	if whole != out[0] {
		out = append(out, whole)
	}
	return out
}

// script finds what a page loads.
var script = regexp.MustCompile(`(?i)<script[^>]+src=["']?([^"' >]+)`)

// mostScripts bounds what is fetched of one page.
const mostScripts = 3

func scripts(page string) []string {
	var out []string
	for _, m := range script.FindAllStringSubmatch(page, mostScripts) {
		out = append(out, m[1])
	}
	return out
}

func resolve(base, ref string) string {
	b, err := url.Parse(base)
	if err != nil {
		return ref
	}
	r, err := b.Parse(ref)
	if err != nil {
		return ref
	}
	return r.String()
}
