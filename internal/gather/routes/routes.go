// Package routes builds the route inventory: the merge of what contracts,
// recordings, the description and the portal's own pages say. Every other
// gatherer starts from it, so what cannot be read becomes a note, never
// silence, and what may be dangerous to call is marked before anybody calls it.
package routes

import (
	"context"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/portal"
)

type identity = *portal.Identity

// Gatherer returns the gatherer of the inventory.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:    "routes",
		Doc:     "reads contracts, recordings and pages for every route there is",
		Makes:   artifact.Inventories.Name(),
		Needs:   []string{artifact.SignIns.Name()},
		Effects: []portal.Effect{portal.Look},
		Budget:  budget,
		Gather:  func(ctx context.Context, t *gather.Tools) (any, error) { return collect(ctx, t) },
	}
}

// budget counts the requests that may be needed.
func budget(t *gather.Tools) int {
	people := len(t.Portal.Identities)
	contracts := len(t.Portal.Routes.OpenAPI)*(people+1) + 9
	if len(t.Portal.Routes.OpenAPI) == 0 {
		contracts = 2*len(usual()) + people
	}
	pages := 0
	if t.Portal.Routes.Crawl {
		pages = maxPages*people + quickPages
		if t.Quick {
			pages = quickPages * (people + 1)
		}
	}
	return contracts + pages + 8
}

// gathering is one run of the gatherer.
type gathering struct {
	*gather.Tools
	site     site
	b        *builder
	people   []artifact.Identity // signed in and not disposable
	declared []artifact.Link
}

func (g *gathering) note(source, format string, args ...any) { g.b.note(source, format, args...) }

func (g *gathering) gap(source, format string, args ...any) { g.b.gap(source, format, args...) }

// names are the identities that are asked as.
func (g *gathering) names() []string {
	var out []string
	for _, p := range g.people {
		out = append(out, p.Name)
	}
	return out
}

func collect(ctx context.Context, t *gather.Tools) (*artifact.Inventory, error) {
	g := &gathering{Tools: t, site: siteOf(t.Target), b: newBuilder()}
	for _, p := range t.People() {
		if !p.Disposable {
			g.people = append(g.people, p)
		}
		g.b.own(p)
	}
	for _, r := range t.Portal.Resources {
		for _, id := range r.IDs {
			g.b.owned[id] = true
		}
		for _, ids := range r.Owner {
			for _, id := range ids {
				g.b.owned[id] = true
			}
		}
	}
	g.signIns()
	g.resources()
	t.Say("reading contracts")
	g.contracts(ctx)
	g.recordings()
	for _, source := range slices.Concat(t.Portal.Routes.Code, t.Portal.Routes.Bundle) {
		g.note("code", "%s: source code and bundles are not examined by this gatherer", source)
	}
	t.Say("looking for GraphQL")
	g.graphql(ctx)
	if t.Portal.Routes.Crawl {
		t.Say("following links as each identity")
		g.crawl(ctx)
	}
	return g.finish(), ctx.Err()
}

// finish settles what was seen and puts the inventory in order.
func (g *gathering) finish() *artifact.Inventory {
	g.b.settle()
	inv := &artifact.Inventory{}
	gone := 0
	for _, e := range g.b.entries {
		if e.fails > 0 && e.succeeds == 0 && slices.Equal(e.Sources, []string{fromCrawl}) {
			gone++ // a dead link
			continue
		}
		classify(e)
		g.apply(e)
		e.ID = routeID(e.Method, e.Origin, e.Template)
		slices.SortFunc(e.Sources, func(a, b string) int { return rank(a) - rank(b) })
		inv.Routes = append(inv.Routes, e.Route)
	}
	if gone > 0 {
		g.note(fromCrawl, "%d linked pages are not there", gone)
	}
	if g.b.more > 0 {
		g.b.notes = append(g.b.notes, artifact.Note{Source: "routes", Message: "further notes were left out"})
	}
	slices.SortFunc(inv.Routes, func(a, b artifact.Route) int { return strings.Compare(a.ID, b.ID) })
	inv.Notes, inv.Gaps = g.b.notes, g.b.gaps
	for _, l := range g.declared {
		if inv.By(l.From) != nil && inv.By(l.To) != nil {
			inv.Links = append(inv.Links, l)
		}
	}
	return inv
}

// apply lets the description's patterns decide.
func (g *gathering) apply(e *entry) {
	r := g.Portal.Routes
	path, _, _ := strings.Cut(e.Template, "?")
	if g.b.logins[e.Method+" "+e.Origin+path] && e.Kind != "graphql" && len(e.PathParams()) == 0 {
		e.Kind = "login"
		e.Public = first(e.Public, "it is how people sign in")
	}
	for _, p := range r.Public {
		if p.Match(e.Method, path) {
			e.Public = "declared public: " + p.String()
			break
		}
	}
	e.Shared = matches(r.Shared, e.Method, path)
	e.Never = matches(r.Never, e.Method, path)
	for _, rule := range r.Allow {
		if rule.Pattern.Match(e.Method, path) {
			e.Roles, e.RolesFrom = rule.Roles, "routes.allow"
			break
		}
	}
}
