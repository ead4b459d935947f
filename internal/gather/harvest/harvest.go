// Package harvest reads, as each identity, what it may read: it learns which
// objects there are, which ids feed which parameters, and who owns what. The
// tenant checks start from its corpus; an object whose owner is not certain is
// marked, for it proves nothing by itself.
package harvest

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/portal"
)

// Bounds of a harvest.
const (
	maxRequests = 3_000
	chunk       = 20      // answers held in memory at a time
	maxAgain    = 1 << 20 // bytes of a list that is not read a second time
	maxBody     = 2 << 20 // bytes read of one answer
	maxIDs      = 2_000   // of one noun in one answer
	maxPool     = 2_000   // candidates of one noun of one identity
	maxWords    = 40      // words kept of an item, to tell two items apart
	maxLinks    = 2_000   // edges of the producer → consumer graph
	perRoute    = 3       // objects read of one route by one identity
	maxTries    = 6       // requests to find them
	byFormat    = 3       // tries with ids of the same format only
)

// Gatherer returns the gatherer of the corpus.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:    "harvest",
		Doc:     "reads lists and objects as each identity and learns who owns what",
		Makes:   artifact.Corpora.Name(),
		Needs:   []string{artifact.SignIns.Name(), artifact.Inventories.Name()},
		Wants:   []string{artifact.Baselines.Name()},
		Effects: []portal.Effect{portal.Look},
		Budget:  budget,
		Gather:  func(ctx context.Context, t *gather.Tools) (any, error) { return run(ctx, t) },
	}
}

func budget(t *gather.Tools) int {
	inv := gather.Made[artifact.Inventory](t, artifact.Inventories)
	if inv == nil {
		return maxRequests
	}
	people, n := len(t.People()), 20
	for i := range inv.Routes {
		switch r := &inv.Routes[i]; {
		case !readable(r):
		case len(r.PathParams()) == 0:
			n += 2*people + 1
		default:
			n += (maxTries + 1) * people
		}
	}
	return min(maxRequests, n+n/10)
}

// harvester is one run.
type harvester struct {
	*gather.Tools
	inv       *artifact.Inventory
	routes    []*artifact.Route // worth reading
	people    []artifact.Identity
	pools     map[string]*pool // by identity
	stems     map[string]stems // by identity
	reads     []*read
	tried     map[string]bool
	got       map[string]int // objects read, by route and identity
	tries     map[string]int
	guessing  bool            // ids of the right form will do
	again     map[string]bool // second fetches sent, by route and identity
	links     []artifact.Link
	linked    map[string]bool
	paths     pathIndex
	keys      keys
	owners    ledger
	tenantIDs map[string][]string
	shared    []*sharedID // ids whose owner is told by who can read them
}

// read is a reading with what ownership needs of its answer.
type read struct {
	artifact.Reading
	route  *artifact.Route
	tenant string
	path   string // asked for
	items  []item
	facts  []string // tenants that the answer names
	marked []string // tenants whose declared marker it holds
	given  bool     // it was answered with 2xx, if only with an empty list
	canary bool
	rich   int // texts worth a marker
	json   bool
	words  map[string]bool

	claimed *claimed // set when who can read it told whose it is
}

func run(ctx context.Context, t *gather.Tools) (*artifact.Corpus, error) {
	if err := t.Nobody(); err != nil {
		return nil, err
	}
	h := &harvester{
		Tools: t, inv: gather.Made[artifact.Inventory](t, artifact.Inventories),
		pools: map[string]*pool{}, stems: map[string]stems{}, tried: map[string]bool{}, got: map[string]int{}, tries: map[string]int{},
		again: map[string]bool{}, linked: map[string]bool{},
	}
	for i := range h.inv.Routes {
		if r := &h.inv.Routes[i]; readable(r) {
			h.routes = append(h.routes, r)
		}
	}
	h.paths = indexPaths(h.routes)
	h.keys = keysOf(h.inv.Routes)
	h.tenantIDs = map[string][]string{}
	for _, tenant := range t.Tenants() {
		h.tenantIDs[tenant] = t.TenantIDs(tenant)
	}
	for _, p := range t.People() {
		if !p.Disposable {
			h.people = append(h.people, p)
			h.pools[p.Name], h.stems[p.Name] = newPool(), stems{}
		}
	}
	t.Say("reading lists as each identity")
	h.lists(ctx)
	t.Say("reading objects with their owners' ids")
	h.objects(ctx)
	h.settleShared(ctx)
	return h.corpus(), ctx.Err()
}

// readable reports the routes that are read by looking: nothing dangerous,
// nothing endless, nothing that ends the session.
func readable(r *artifact.Route) bool {
	if r.Method != http.MethodGet && !r.Looks || r.Never || r.HeldBack != "" {
		return false
	}
	switch r.Kind {
	case "logout", "static", "sse", "websocket", "graphql", "login":
		return false
	}
	return true
}

// lists reads every route without a path parameter, as everybody.
func (h *harvester) lists(ctx context.Context) {
	var plain []want
	for _, r := range h.routes {
		if len(r.PathParams()) > 0 {
			continue
		}
		v, ok := h.plainValues(r)
		if !ok {
			continue
		}
		for _, p := range h.people {
			plain = append(plain, want{route: r, who: p, values: v, again: h.first(p) || h.top(p)})
		}
	}
	h.ask(ctx, plain)
	// Nobody's readings come last: they are a control for nothing.
	var anonymous []want
	for _, r := range h.routes {
		if v, ok := h.plainValues(r); ok && len(r.PathParams()) == 0 {
			anonymous = append(anonymous, want{route: r, who: artifact.Identity{Name: evidence.Anonymous}, values: v})
		}
	}
	h.ask(ctx, anonymous)
}

// plainValues binds the query parameters that a route cannot do without.
func (h *harvester) plainValues(r *artifact.Route) (artifact.Values, bool) {
	var v artifact.Values
	for _, p := range r.Params {
		if p.In != "query" || !p.Required {
			continue
		}
		value := p.Example
		if value == "" && len(p.Enum) > 0 {
			value = p.Enum[0]
		}
		for _, b := range r.Bindings {
			if value == "" {
				value = b[p.Name]
			}
		}
		if value == "" {
			return nil, true // asked without it; the answer tells
		}
		if v == nil {
			v = artifact.Values{}
		}
		v[p.Name] = value
	}
	return v, true
}

// tenantsNamed returns the tenants whose own facts stand in a text.
func (h *harvester) tenantsNamed(text string) []string {
	var out []string
	for _, p := range h.people {
		if p.Tenant == "" || slices.Contains(out, p.Tenant) {
			continue
		}
		for _, f := range p.Facts {
			if len(f) >= 5 && strings.Contains(text, f) && !h.sharedFact(f, p.Tenant) {
				out = append(out, p.Tenant)
				break
			}
		}
	}
	return out
}

// sharedFact reports a fact that identities of another tenant have too.
func (h *harvester) sharedFact(fact, tenant string) bool {
	return slices.ContainsFunc(h.people, func(p artifact.Identity) bool { return p.Tenant != tenant && slices.Contains(p.Facts, fact) })
}

// top reports whether an identity is the one of its tenant that reads the most.
func (h *harvester) top(p artifact.Identity) bool {
	owner, ok := h.Owner(p.Tenant)
	if ok && owner.Disposable {
		i := slices.IndexFunc(h.people, func(q artifact.Identity) bool { return q.Tenant == p.Tenant })
		return i >= 0 && h.people[i].Name == p.Name
	}
	return ok && owner.Name == p.Name
}

// first reports whether an identity is the first of its tenant: it and the one
// with the most rights are the controls of what follows, so they read twice.
func (h *harvester) first(p artifact.Identity) bool {
	i := slices.IndexFunc(h.people, func(q artifact.Identity) bool { return q.Tenant == p.Tenant })
	return h.people[i].Name == p.Name
}

// Volatile returns, by route, the JSON pointers (array indexes as *) that
// changed between the two fetches of some reading.
func Volatile(c *artifact.Corpus, exchange func(evidence.Ref) *evidence.Exchange) map[string][]string {
	out := map[string][]string{}
	for _, r := range c.Readings {
		if !r.First.Sent() || !r.Again.Sent() || r.First.Unproven != "" || r.Again.Unproven != "" {
			continue
		}
		for _, pointer := range normal.VolatilePointers(exchange(r.First.Ref), exchange(r.Again.Ref)) {
			if !slices.Contains(out[r.Route], pointer) {
				out[r.Route] = append(out[r.Route], pointer)
			}
		}
	}
	for route := range out {
		slices.Sort(out[route])
	}
	return out
}
