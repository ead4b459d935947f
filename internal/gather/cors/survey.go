package cors

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/crossorigin"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

const (
	// mostSurveyed routes are asked once under a foreign origin, mostAlike of
	// those that one router serves in one way.
	mostSurveyed, mostSurveyedQuick = 80, 16
	mostAlike                       = 50
	mostClusters, mostClustersQuick = 10, 4
	mostLinks                       = 2
)

// spot is a place that is asked: a route as somebody.
type spot struct {
	kind, route, subject string
	who                  string
	target, accept       string
	router               string // what serves it: origin and first segments
	answer               gather.Answered
	speaks               bool // some answer was about CORS
	invites              bool // a foreign origin was let in
	real                 bool // it is known to show real content
	personal             bool // the answer names the caller
}

func (s *spot) add(b *gather.Batch, name, who, origin string, then func(gather.Answered)) {
	header := []evidence.Field{{Name: "Accept", Value: s.accept}}
	if origin != "" {
		header = append(header, evidence.Field{Name: "Origin", Value: origin})
	}
	// Frameworks answer 500 to origins they do not like.
	b.Add(gather.Ask{Name: name, Who: who, Request: wire.Request{Method: "GET", URL: s.target, Header: header, Effect: portal.Look, Expect5xx: origin != ""}}, then)
}

// survey asks every kind of route once as a foreign origin's script would.
func (r *run) survey(ctx context.Context) []*spot {
	spots := r.routes()
	most := mostSurveyed
	if r.t.Quick {
		most = mostSurveyedQuick
	}
	if len(spots) > most {
		for _, s := range spots[most:] {
			r.out.Left = append(r.out.Left, s.subject)
		}
		spots = spots[:most]
	}
	r.ask(ctx, spots)
	links := r.links(spots)
	r.ask(ctx, links)
	return append(spots, links...)
}

func (r *run) ask(ctx context.Context, spots []*spot) {
	var b gather.Batch
	for _, s := range spots {
		s.add(&b, "random https", s.who, r.origins.tries[0].Origin, func(a gather.Answered) {
			s.answer = a
			s.listen(a)
			if a.Answer != nil {
				x := crossorigin.Of(a.Answer.Exchange)
				s.invites = x.AllowsOrigin() != "" && (x.AllowsOrigin() != "*" || x.AllowsCredentials() || s.kind == "link")
			}
			if a.Answer != nil && s.who != evidence.Anonymous {
				s.personal = a.Answer.Status/100 == 2 && names(a.Answer.Body, r.facts(s.who))
			}
			r.out.Surveyed = append(r.out.Surveyed, artifact.Surveyed{Route: s.subject, Kind: s.kind, Try: a.Attempt})
		})
	}
	b.Send(ctx, r.t)
}

func (r *run) facts(who string) []string {
	if s := r.t.As(who); s != nil {
		return s.Facts()
	}
	return nil
}

func names(body []byte, facts []string) bool {
	text := lower(string(body))
	return slices.ContainsFunc(facts, func(f string) bool { return len(f) >= 5 && strings.Contains(text, lower(f)) })
}

func lower(s string) string { return strings.ToLower(s) }

// routes lists what is asked: the errors, what is public, then what a login
// opens, so that a quick run leaves out what is alike.
func (r *run) routes() []*spot {
	inv := gather.Made[artifact.Inventory](r.t, artifact.Inventories)
	if inv == nil {
		return nil
	}
	var closed, open []*spot
	alike := map[string]int{}
	keep := func(to *[]*spot, s *spot) {
		if alike[s.kind+s.router]++; alike[s.kind+s.router] <= mostAlike {
			*to = append(*to, s)
		}
	}
	for _, s := range r.read(inv) {
		keep(&closed, s)
	}
	for _, route := range inv.Routes {
		if s := r.openSpot(route); s != nil {
			keep(&open, s)
		}
	}
	return slices.Concat(r.errors(closed), r.login(), open, closed)
}

// read are the routes that the harvest was shown as somebody: as somebody whose
// credential a browser sends by itself, where there is one.
func (r *run) read(inv *artifact.Inventory) []*spot {
	corpus := gather.Made[artifact.Corpus](r.t, artifact.Corpora)
	if corpus == nil {
		return r.alive()
	}
	byRoute := map[string]*spot{}
	var out []*spot
	for _, reading := range corpus.Readings {
		route := inv.By(reading.Route)
		if route == nil || !r.shown(reading) || reading.Who == evidence.Anonymous || route.Method != "GET" || !gather.Reads(*route) || r.t.As(reading.Who) == nil {
			continue
		}
		target, ok := route.Fill(reading.Values)
		if !ok {
			continue
		}
		s := &spot{kind: "api", route: route.ID, subject: route.ID, who: reading.Who, target: target, accept: gather.Accept(*route), router: router(*route)}
		switch {
		case route.Kind == "page":
			s.kind = "page"
		case gather.Exporting(*route):
			s.kind = "export"
		case strings.Contains(r.media(reading), "html"):
			s.kind = "page"
		}
		s.real = reading.OK
		if old := byRoute[route.ID]; old != nil {
			if !r.ambient(old.who) && r.ambient(s.who) {
				*old = *s
			}
			continue
		}
		byRoute[route.ID] = s
		out = append(out, s)
	}
	if len(out) == 0 {
		return r.alive()
	}
	return out
}

func (r *run) shown(reading artifact.Reading) bool {
	if reading.OK {
		return true
	}
	ex, err := r.t.Exchange(reading.First.Ref)
	return err == nil && ex != nil && ex.Status()/100 == 2
}

func (r *run) media(reading artifact.Reading) string {
	ex, err := r.t.Exchange(reading.First.Ref)
	if err != nil || ex == nil {
		return ""
	}
	return lower(ex.Header("Content-Type"))
}

// alive is the one route that is known of everybody: the alive probe.
func (r *run) alive() []*spot {
	var out []*spot
	for _, p := range r.t.People() {
		s := r.t.As(p.Name)
		if s.Probe == nil || s.Probe.Request.Method != "GET" {
			continue
		}
		id := s.Probe.Request.String()
		if !slices.ContainsFunc(out, func(o *spot) bool { return o.route == id }) {
			out = append(out, &spot{kind: "api", route: id, subject: id, who: p.Name, target: s.Probe.Request.Path, accept: "application/json, text/html;q=0.9, */*;q=0.5"})
		}
	}
	return out
}

// ambient reports whether browsers send an identity's credential by themselves.
func (r *run) ambient(who string) bool {
	s := r.t.As(who)
	return s != nil && (s.Sends() == "cookie" || s.Sends() == "basic")
}

func (r *run) openSpot(route artifact.Route) *spot {
	if route.Method != "GET" || route.Never || route.HeldBack != "" || len(route.PathParams()) > 0 && len(route.Bindings) == 0 {
		return nil
	}
	kind := "public"
	switch {
	case route.Kind == "login", route.Kind == "static":
		kind = route.Kind
	case route.Kind == "sse", route.Kind == "websocket", route.Kind == "graphql", route.Kind == "logout", route.Public == "":
		return nil
	}
	var v artifact.Values
	if len(route.Bindings) > 0 {
		v = route.Bindings[0]
	}
	target, ok := route.Fill(v)
	if !ok {
		return nil
	}
	return &spot{kind: kind, route: route.ID, subject: route.ID, who: evidence.Anonymous, target: target, accept: gather.Accept(route), router: router(route)}
}

// errors are the refusals of each router: without a login, and of a path that
// nobody serves.
func (r *run) errors(closed []*spot) []*spot {
	var out []*spot
	seen := map[string]bool{}
	for _, s := range closed {
		if seen[s.router] || s.kind != "api" || len(out) >= mostClusters {
			continue
		}
		seen[s.router] = true
		out = append(out,
			&spot{kind: "401", route: s.route, subject: s.route + " without a login", who: evidence.Anonymous, target: s.target, accept: s.accept, router: s.router},
			&spot{kind: "404", route: s.route, subject: "an unknown path under " + s.router, who: s.who, target: s.router + "/" + gather.Canary("lr-none-"), accept: s.accept, router: s.router})
	}
	return out
}

// login is where people sign in, asked without anything that would sign in.
func (r *run) login() []*spot {
	var out []*spot
	for _, recipe := range r.t.Portal.Logins {
		if recipe == nil || len(recipe.Steps) == 0 {
			continue
		}
		last := recipe.Steps[len(recipe.Steps)-1].Request
		if strings.Contains(last.Path, "${") || slices.ContainsFunc(out, func(s *spot) bool { return s.target == last.Path }) {
			continue
		}
		out = append(out, &spot{kind: "login", route: last.String(), subject: last.String(), who: evidence.Anonymous, target: last.Path, accept: "*/*", router: last.Path})
	}
	slices.SortFunc(out, func(a, b *spot) int { return strings.Compare(a.target, b.target) })
	return out
}

var version = regexp.MustCompile(`^v\d+$`)

// router is what most likely serves a route: its origin and first segments.
func router(route artifact.Route) string {
	segs := strings.Split(strings.Trim(route.Template, "/"), "/")
	n := 0
	for n < len(segs)-1 && n < 3 && (segs[n] == "api" || version.MatchString(segs[n]) || segs[n] == "rest") {
		n++
	}
	if n == 0 && len(segs) > 1 && !strings.HasPrefix(segs[0], "{") {
		n = 1
	}
	if n == 0 {
		return route.Origin
	}
	return route.Origin + "/" + strings.Join(segs[:n], "/")
}

// secretLink finds addresses that carry their own credential.
var secretLink = regexp.MustCompile(`(?i)["'(\s](?P<link>(?:https?://[^"'\s<>\\]+|/[^"'\s<>\\]*)[?&](?:key|token|access_token|sig|signature|hmac|secret|auth|code|x-amz-signature|x-goog-signature)=[\w.~%+/-]{12,}[^"'\s<>\\]*)`)

// links are addresses seen in answers that open by themselves.
func (r *run) links(spots []*spot) []*spot {
	var out []*spot
	for _, s := range spots {
		if s.answer.Answer == nil || s.who == evidence.Anonymous || len(out) >= mostLinks {
			continue
		}
		body := strings.NewReplacer(`\/`, `/`, `\u0026`, `&`, `&amp;`, `&`).Replace(string(s.answer.Answer.Body))
		for _, m := range secretLink.FindAllStringSubmatch(body, 4) {
			if u, err := url.Parse(m[1]); err == nil && len(out) < mostLinks && r.mine(u) && !slices.ContainsFunc(out, func(o *spot) bool { return o.router == u.Path }) {
				out = append(out, &spot{kind: "link", route: s.route, subject: fmt.Sprintf("a link in %s", s.route), who: evidence.Anonymous, target: m[1], accept: "*/*", router: u.Path})
				break
			}
		}
	}
	return out
}

func (r *run) mine(u *url.URL) bool {
	return u.Host == "" || slices.Contains(r.origins.own, crossorigin.Serialise(u.String()))
}
