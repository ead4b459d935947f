package ruling

import (
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Public rules on what a route that is public on purpose shows to anybody: it
// must hold nothing of a tenant's own and nobody's e-mail address.
func (n *Nobody) Public(p *check.Pass, a artifact.Asked) (Case, error) {
	c := Case{Route: a.Route, Stranger: evidence.Anonymous}
	c.Try, _ = artifact.Find(a.Tries, "A0")
	answer, err := n.Load(c.Try)
	if err != nil {
		return c, err
	}
	v := view(answer.Ex)
	if score, places := marker.Hits(v, n.addresses(answer.Ex)); score > 0 {
		c.Ruling = private(check.Fail, "the e-mail address of an identity", places)
		return c, nil
	}
	tenant, places, err := n.owner(p, a.Route, answer.Ex)
	if err != nil {
		return c, err
	}
	what := "what only " + tenant + " is shown with a login"
	switch {
	case tenant != "" && n.everybodyReads(a.Route):
		c.Ruling = private(check.Fail, what, places)
	case tenant != "":
		c.Ruling = private(check.Unproven, what+", though not all tenants were seen to read it", places)
		c.Reason = check.Suspected
	case answer.Unproven != "":
		c.Ruling = marker.Ruling{Outcome: check.Unproven, Reason: answer.Unproven, Message: answer.Why}
	case v.Status == 0:
		c.Ruling = marker.Ruling{Outcome: check.Unproven, Reason: check.NotExamined, Message: "it was not answered"}
	case v.Truncated:
		c.Ruling = marker.Ruling{Outcome: check.Unproven, Reason: check.Unstable, Message: "the answer was not seen whole"}
	case v.Class() == 5 && !n.refuses(a.Route, v):
		c.Ruling = marker.Ruling{Outcome: check.Unproven, Reason: check.Unstable, Message: fmt.Sprintf("it fails (status %d), so what it shows was not seen", v.Status)}
	default:
		c.Ruling = marker.Ruling{Outcome: check.OK, Message: fmt.Sprintf("the answer (status %d) holds nothing that belongs to a tenant", v.Status)}
	}
	return c, nil
}

func private(o check.Outcome, what string, places []check.Place) marker.Ruling {
	said := make([]string, len(places))
	for i, p := range places {
		said[i] = p.Kind + " at " + p.Where
	}
	return marker.Ruling{Outcome: o, Places: places, Message: "it is public, and holds " + what + ": " + strings.Join(said, ", ")}
}

func (n *Nobody) refuses(route string, v *normal.View) bool {
	_, refused := n.Judge.Refuses(route, v)
	return refused
}

// addresses are the e-mail addresses of tenants' identities, but for those sent.
func (n *Nobody) addresses(ex *evidence.Exchange) []marker.Marker {
	sent := sentBy(ex)
	var out []marker.Marker
	for _, i := range n.signIns.Identities {
		for _, fact := range append([]string{i.User}, i.Facts...) {
			if i.Tenant != "" && strings.Contains(fact, "@") && !slices.Contains(sent, fact) {
				out = append(out, marker.Marker{Kind: marker.Email, Score: marker.Proof, Value: normal.Fold(fact)})
			}
		}
	}
	return out
}

// owner returns the one tenant that, with a login, is shown enough of what an
// answer to anybody holds, while no other tenant is; "" when there is none.
// Readings of the route itself count only where there are other tenants' to
// compare them with.
func (n *Nobody) owner(p *check.Pass, route string, ex *evidence.Exchange) (string, []check.Place, error) {
	again, err := n.again(route, ex)
	if err != nil {
		return "", nil, err
	}
	ms := marker.Learn(marker.Lesson{P: ex, P2: again})
	if len(ms) == 0 {
		return "", nil, nil
	}
	shown, err := everything.Of(p)
	if !n.everybodyReads(route) {
		shown, err = n.tenants(route)
	}
	if err != nil {
		return "", nil, err
	}
	for _, i := range n.signIns.Identities {
		mine := shown[i.Tenant]
		if i.Tenant == "" || mine == nil {
			continue
		}
		var own []marker.Marker
		for _, m := range ms {
			others := false
			for tenant, theirs := range shown {
				others = others || tenant != i.Tenant && theirs.Has(m.Value)
			}
			if !others && mine.Has(m.Value) {
				own = append(own, m)
			}
		}
		if score, places := marker.Hits(view(ex), own); score >= marker.Proof {
			return i.Tenant, places, nil
		}
	}
	return "", nil, nil
}

// again is what anybody was shown on a route at another time, where that was
// seen, so that texts which take turns are not taken for somebody's own.
func (n *Nobody) again(route string, ex *evidence.Exchange) (*evidence.Exchange, error) {
	for _, r := range n.corpus.Readings {
		if r.Route != route || r.Who != evidence.Anonymous {
			continue
		}
		other, err := n.lookup(r.First.Ref)
		if err != nil {
			return nil, fmt.Errorf("read what anybody is shown: %w", err)
		}
		if other.Status()/100 == 2 {
			return other, nil
		}
	}
	return ex, nil
}

// everything is what each tenant's identities were shown on any route.
var everything = check.Derive("ruling.everything", func(p *check.Pass) (map[string]*marker.Set, error) {
	n, err := NobodyOf(p)
	if err != nil {
		return nil, err
	}
	return n.tenants("")
})

// tenants is what each tenant's identities were shown with a login on all
// routes but one; unlike Shown it holds nothing of what anybody was shown
// without a login.
func (n *Nobody) tenants(but string) (map[string]*marker.Set, error) {
	out := map[string]*marker.Set{}
	for route, readings := range n.readings {
		if route == but {
			continue
		}
		for _, r := range readings {
			tenant := n.Identity(r.Who).Tenant
			if out[tenant] == nil {
				out[tenant] = marker.NewSet()
			}
			for _, ref := range []evidence.Ref{r.First.Ref, r.Again.Ref} {
				if err := n.add(out[tenant], ref); err != nil {
					return nil, err
				}
			}
		}
	}
	return out, nil
}

// everybodyReads reports whether a route without parameters was read, whole
// and with a login, by two tenants and by each that is signed in.
func (n *Nobody) everybodyReads(route string) bool {
	read := map[string]bool{}
	for _, i := range n.signIns.Identities {
		if i.SignedIn && i.Tenant != "" {
			read[i.Tenant] = read[i.Tenant] || false
		}
	}
	for _, r := range n.readings[route] {
		a, err := n.Load(r.First)
		if err == nil && a.Unproven == "" && r.OK && !view(a.Ex).Truncated {
			read[n.Identity(r.Who).Tenant] = true
		}
	}
	for _, whole := range read {
		if !whole {
			return false
		}
	}
	r := n.Route(route)
	return len(read) >= 2 && len(r.PathParams()) == 0
}
