package baseline

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
)

// enough is the score from which markers prove a leak.
const enough = 4

// sample is a route behind the login, as somebody who may and as nobody.
type sample struct {
	route         artifact.Route
	prefix        string
	owner, nobody gather.Answered
}

// askClosed asks for a few routes under each router prefix, as the identity
// with the most rights and as anonymous.
func (l *lesson) askClosed(b *gather.Batch) []*sample {
	people := l.People()
	if len(people) == 0 {
		return nil
	}
	owner := slices.MaxFunc(people, func(a, b artifact.Identity) int { return gather.RoleRank(a.Role) - gather.RoleRank(b.Role) })
	var out []*sample
	for _, r := range l.closed() {
		s := &sample{route: r, prefix: routerPrefix(r.Template)}
		accept := data
		if r.Kind == "page" || s.prefix == "" {
			accept = page
		}
		l.add(b, get("closed route as "+owner.Name, owner.Name, r.Template, accept), func(a gather.Answered) { s.owner = a })
		l.add(b, get("closed route", evidence.Anonymous, r.Template, accept), func(a gather.Answered) { s.nobody = a })
		out = append(out, s)
	}
	return out
}

// closed picks the routes: reads behind a login that need no parameter, lists first.
func (l *lesson) closed() []artifact.Route {
	var fit []artifact.Route
	for _, r := range l.routes {
		if gather.Reads(r) && r.HeldBack == "" && r.Origin == "" && !r.OptionalAuth && !strings.Contains(r.Template, "{") &&
			!strings.Contains(r.Template, "?") && !slices.ContainsFunc(r.Params, func(p artifact.Param) bool { return p.Required }) {
			fit = append(fit, r)
		}
	}
	slices.SortStableFunc(fit, func(a, b artifact.Route) int { return cmp.Compare(rank(a), rank(b)) })
	count := map[string]int{}
	var out []artifact.Route
	for _, r := range fit {
		p := routerPrefix(r.Template)
		if count[p] >= perPrefix || (count[p] == 0 && len(count) >= mostPrefixes) {
			continue
		}
		count[p]++
		out = append(out, r)
	}
	return out
}

// rank puts routes first whose answers differ from each other and are many people's.
func rank(r artifact.Route) int {
	switch {
	case r.Kind == "list" && r.Roles == nil:
		return 0
	case r.Kind == "list":
		return 1
	case r.Kind == "page" && r.Template != "/":
		return 2
	}
	return 3
}

// learnClosed learns refusals from the samples, and where they send a visitor.
func (l *lesson) learnClosed(samples []*sample) {
	common := &marker.Set{}
	for _, ex := range l.public {
		common.AddExchange(ex)
	}
	holds := func(owner, answer *evidence.Exchange) bool {
		// The second reading is left out to save a request: more counts as the
		// owner's than it is, so less is believed.
		score, _ := marker.Hits(normal.Of(answer, normal.Mask{}), marker.Learn(marker.Lesson{P: owner, P2: owner, Stranger: common}))
		return score >= enough
	}
	var learn []refusal.Sample
	landed := map[string][]*sample{}
	for _, s := range samples {
		if s.owner.Answer == nil || s.nobody.Answer == nil {
			continue
		}
		learn = append(learn, refusal.Sample{
			Route: s.route.ID, Prefix: s.prefix,
			Owner: s.owner.Answer.Exchange, Answer: s.nobody.Answer.Exchange, Ref: s.nobody.Ref,
		})
		if v := normal.Of(s.nobody.Answer.Exchange, normal.Mask{}); v.Class() == 3 && v.Location != "" {
			landed[v.Location] = append(landed[v.Location], s)
		}
	}
	l.out.Known = append(l.out.Known, refusal.Learn(learn, holds)...)
	for to, from := range landed {
		l.redirects = append(l.redirects, to)
		if differ(from) {
			l.loginTarget(to)
		}
	}
	slices.Sort(l.redirects)
}

// differ reports whether two of the routes show their owner different things:
// one route that redirects proves nothing about where it redirects to.
func differ(samples []*sample) bool {
	var first *normal.View
	for _, s := range samples {
		v := normal.Of(s.owner.Answer.Exchange, normal.Mask{})
		if v.Class() != 2 {
			continue
		}
		if first == nil {
			first = v
		} else if !normal.Same(first, v) {
			return true
		}
	}
	return false
}

// loginTarget keeps a path that refused pages redirect to.
func (l *lesson) loginTarget(path string) {
	if path != "" && !slices.Contains(l.out.LoginTargets, path) {
		l.out.LoginTargets = append(l.out.LoginTargets, path)
		slices.Sort(l.out.LoginTargets)
	}
}

// loginToFetch is a redirect's target on this portal that may be a login page not seen yet, or "".
func (l *lesson) loginToFetch() string {
	for _, to := range l.redirects {
		if strings.HasPrefix(to, "/") && to != "/" && to != pathOf(l.loginPath) {
			return to
		}
	}
	return ""
}

func pathOf(ref string) string {
	u, err := url.Parse(ref)
	if err != nil {
		return ref
	}
	return u.EscapedPath()
}
