package ruling

import (
	"fmt"
	"maps"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Nobody is what judgements of callers without a credential stand on.
type Nobody struct {
	*Ground
	asked    map[string]artifact.Asked     // coverage, by route
	readings map[string][]artifact.Reading // with a login, by route
	public   *marker.Set                   // what anybody is shown on purpose
	graph    *artifact.Graph               // nil when it was not asked
	owned    *marker.Set                   // ids of what some tenant alone owns
	labels   map[string]*marker.Set        // by tenant: public, and the texts of pages that other tenants are shown

	strangers *recent[[2]string, *marker.Set] // by route and tenant
}

var nobody = check.Derive("ruling.nobody", buildNobody)

// NobodyOf returns the ground of judgements on callers without a credential,
// computed once. The transcripts of coverage and of GraphQL are read when they
// are there.
func NobodyOf(p *check.Pass) (*Nobody, error) { return nobody.Of(p) }

func buildNobody(p *check.Pass) (*Nobody, error) {
	g, err := Of(p)
	if err != nil {
		return nil, err
	}
	n := &Nobody{Ground: g, asked: map[string]artifact.Asked{}, readings: map[string][]artifact.Reading{}, public: marker.NewSet(), owned: marker.NewSet(), strangers: newRecent[[2]string, *marker.Set]()}
	for _, o := range g.corpus.Objects {
		if !o.Ambiguous {
			n.owned.Add(o.ID)
		}
	}
	n.graph, _ = artifact.Graphed.Get(p)
	var shown []evidence.Ref
	if coverage, ok := artifact.Coverages.Get(p); ok {
		for _, a := range coverage.Routes {
			n.asked[a.Route] = a
			if a0, ok := artifact.Find(a.Tries, "A0"); ok && g.Route(a.Route).Public != "" {
				shown = append(shown, a0.Ref)
			}
		}
	}
	for _, r := range g.corpus.Readings {
		switch {
		case r.Who != evidence.Anonymous:
			n.readings[r.Route] = append(n.readings[r.Route], r)
		case g.Route(r.Route).Public != "":
			shown = append(shown, r.First.Ref)
		}
	}
	if b, ok := artifact.Baselines.Get(p); ok {
		for _, k := range b.Known {
			if k.Kind != "denial" {
				shown = append(shown, k.Ref)
			}
		}
	}
	if err = n.show(shown); err != nil {
		return nil, err
	}
	return n, n.label()
}

// label learns the texts of all pages, for each tenant those that others are
// shown: what stands on another tenant's page anywhere is a label of the
// interface, whoever happens to be shown it where.
func (n *Nobody) label() error {
	n.labels = map[string]*marker.Set{}
	for _, i := range n.signIns.Identities {
		if n.labels[i.Tenant] == nil {
			n.labels[i.Tenant] = n.public.With()
		}
	}
	for _, readings := range n.readings {
		for _, r := range readings {
			ex, err := n.lookup(r.First.Ref)
			if err != nil {
				return fmt.Errorf("read what others are shown: %w", err)
			}
			v := view(ex)
			if v.Class() != 2 || v.Family != normal.HTML {
				continue
			}
			for tenant, set := range n.labels {
				if own := n.Identity(r.Who).Tenant; own == "" || own == tenant {
					continue
				}
				for i := range v.Fields {
					set.Add(v.Fields[i].Value)
				}
			}
		}
	}
	return nil
}

// show fills in what anybody is shown on purpose. The lines of pages are kept
// as they are, without their phrases: that a public page is known does not
// tell which texts of a closed one are labels.
func (n *Nobody) show(refs []evidence.Ref) error {
	for _, ref := range refs {
		ex, err := n.lookup(ref)
		if err != nil {
			return fmt.Errorf("read what anybody is shown: %w", err)
		}
		if ex == nil || ex.Who != evidence.Anonymous {
			continue
		}
		v := view(ex)
		if v.Family != normal.HTML {
			n.public.AddView(v)
			continue
		}
		for i := range v.Fields {
			n.public.Add(v.Fields[i].Value)
		}
	}
	return nil
}

// Asked returns what the coverage transcript holds of a route.
func (n *Nobody) Asked(route string) (artifact.Asked, bool) {
	a, ok := n.asked[route]
	return a, ok
}

// Volatile are the JSON pointers of a route whose values change by themselves.
func (g *Ground) Volatile(route string) []string { return g.volatile[route] }

// stranger is what is nobody's secret on a route: what anybody is shown on
// purpose, and what other tenants than the owner's are shown there, which are
// labels and shared data.
func (n *Nobody) stranger(route, owner string) (*marker.Set, error) {
	key := [2]string{route, n.Identity(owner).Tenant}
	return n.strangers.of(key, func() (*marker.Set, error) { return n.strangerTo(route, owner) })
}

func (n *Nobody) strangerTo(route, owner string) (*marker.Set, error) {
	base := n.labels[n.Identity(owner).Tenant]
	if base == nil {
		base = n.public
	}
	others, err := n.others(route, owner)
	if err != nil {
		return nil, err
	}
	var shown []*evidence.Exchange
	for _, a := range others {
		if a.Ex.Status() != 0 {
			shown = append(shown, a.Ex)
		}
	}
	return base.With(shown...), nil
}

// others is a route as other tenants than the owner's read it.
func (n *Nobody) others(route, owner string) ([]marker.Answer, error) {
	tenant := n.Identity(owner).Tenant
	var out []marker.Answer
	for _, r := range n.readings[route] {
		if t := n.Identity(r.Who).Tenant; t == tenant || t == "" {
			continue
		}
		a, err := n.Load(r.First)
		if err != nil {
			return nil, fmt.Errorf("read what others are shown: %w", err)
		}
		out = append(out, a)
	}
	return out, nil
}

// alike is what other tenants than the owner's are shown when they ask for the
// very same.
func (n *Nobody) alike(a artifact.Asked, owner string) ([]marker.Answer, error) {
	tenant := n.Identity(owner).Tenant
	var asked []artifact.Attempt
	for _, c := range a.Control {
		if c.Name == "T" {
			asked = append(asked, c)
		}
	}
	for _, r := range n.readings[a.Route] {
		if t := n.Identity(r.Who).Tenant; t != tenant && t != "" && maps.Equal(r.Values, a.Values) {
			asked = append(asked, r.First)
		}
	}
	out := make([]marker.Answer, len(asked))
	for i, at := range asked {
		var err error
		if out[i], err = n.Load(at); err != nil {
			return nil, fmt.Errorf("read what others are shown: %w", err)
		}
	}
	return out, nil
}

// Anonymous rules on one try without a valid credential on a protected route.
func (n *Nobody) Anonymous(a artifact.Asked, try string) (Case, error) {
	c := Case{Route: a.Route, Stranger: evidence.Anonymous, Kind: try}
	c.Try, _ = artifact.Find(a.Tries, try)
	if len(a.Control) > 0 {
		c.P, c.Owner = a.Control[0], a.Control[0].Who
	}
	t := marker.AnonTrial{
		Route: a.Route, Secured: n.Route(a.Route).Secured, Sent: sentValues(a.Values), Declared: n.declared(a.Route, a.Values), Volatile: n.volatile[a.Route], Judge: n.Judge,
	}
	loaded, err := n.loadAll(a.Control, "P", "P2")
	if err != nil {
		return c, err
	}
	t.P, t.P2 = loaded[0], loaded[1]
	if loaded, err = n.loadAll(a.Tries, try, "A0"); err != nil {
		return c, err
	}
	if t.X = loaded[0]; try != "A0" {
		t.A0 = loaded[1]
	}
	if t.Stranger, err = n.stranger(a.Route, c.Owner); err != nil {
		return c, err
	}
	if t.Tenants, err = n.alike(a, c.Owner); err != nil {
		return c, err
	}
	t.Owned = n.owned
	if loaded, err = n.loadAll(a.Order, "A6 unknown id"); err != nil {
		return c, err
	}
	t.N = loaded[0]
	if r := n.Route(a.Route); door(r) {
		c.Ruling, err = n.enters(r, t)
		return c, err
	}
	c.Ruling = marker.DecideAnonymous(t)
	return c, nil
}

// Bypass rules on one trick of a cluster; tricks on other routes than the
// representative stand on what the coverage transcript holds of those.
func (n *Nobody) Bypass(cluster artifact.Cluster, k artifact.Trick) (Case, error) {
	base, p, p2, values := cluster.Base, cluster.P, cluster.P2, cluster.Values
	if k.Route != cluster.Route {
		a := n.asked[k.Route]
		base, _ = artifact.Find(a.Tries, "A0")
		p, _ = artifact.Find(a.Control, "P")
		p2, _ = artifact.Find(a.Control, "P2")
		values = a.Values
	}
	c := Case{Route: k.Route, Owner: p.Who, Stranger: cluster.Who, Kind: k.Name, P: p, Try: k.Try, N: k.Control}
	t := marker.BypassTrial{
		Route: k.Route, Sent: sentValues(values), Declared: n.declared(k.Route, values), Volatile: n.volatile[k.Route], Judge: n.Judge,
	}
	for _, load := range []struct {
		into *marker.Answer
		from artifact.Attempt
	}{{&t.Base, base}, {&t.P, p}, {&t.P2, p2}, {&t.Try, k.Try}, {&t.Again, k.Again}, {&t.Control, k.Control}} {
		var err error
		if *load.into, err = n.Load(load.from); err != nil {
			return c, err
		}
	}
	var err error
	if t.Stranger, err = n.stranger(k.Route, p.Who); err != nil {
		return c, err
	}
	t.Sent = append(t.Sent, sentBy(t.Try.Ex)...)
	c.Ruling = marker.DecideBypass(t)
	return c, nil
}

// declared is the text that only the owner's object holds, if one is declared
// or planted.
func (n *Nobody) declared(route string, values artifact.Values) string {
	for _, o := range n.corpus.Objects {
		if o.Route == route && o.Marker != "" && maps.Equal(o.Values, values) {
			return o.Marker
		}
	}
	return ""
}

func sentValues(v artifact.Values) []string { return slices.Sorted(maps.Values(v)) }
