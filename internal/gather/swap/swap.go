// Package swap tries one tenant's objects with another tenant's sessions: the
// plain swap with its controls, the ways around a refusal, tenant selectors,
// and shared caches. It records; whether something leaked is judged later.
package swap

import (
	"context"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/portal"
)

// Classes of trials; each is judged by the check of that name.
const (
	classSwap      = "tenantswap"
	classHierarchy = "hierarchy"
	classSelector  = "selector"
	classCache     = "sharedcache"
)

const (
	// maxRequests caps the whole gatherer.
	maxRequests = 3000
	// maxVariants is how many ways around a refusal are tried on a route, and
	// quickVariants how many in a quick run.
	maxVariants   = 12
	quickVariants = 3
	// chunk is how many objects travel together between two proofs of life.
	chunk = 12
)

// Gatherer tries owners' objects with strangers' sessions.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:    "swap",
		Doc:     "asks for one tenant's objects with another tenant's sessions",
		Makes:   artifact.Swapped.Name(),
		Needs:   []string{artifact.Inventories.Name(), artifact.Corpora.Name(), artifact.SignIns.Name()},
		Wants:   []string{artifact.Baselines.Name()},
		Effects: []portal.Effect{portal.Look, portal.SignIn},
		Budget:  budget,
		Gather:  run,
	}
}

// swapper is one run of the gatherer.
type swapper struct {
	*gather.Tools
	inventory *artifact.Inventory
	corpus    *artifact.Corpus
	readings  map[string][]artifact.Reading // by route
	ids       map[string][]string           // tenant → values that name it
	fails     bool                          // the portal refuses with server errors
	out       []artifact.Swap
}

func newSwapper(t *gather.Tools) *swapper {
	s := &swapper{
		Tools:     t,
		inventory: gather.Made[artifact.Inventory](t, artifact.Inventories),
		corpus:    gather.Made[artifact.Corpus](t, artifact.Corpora),
		readings:  map[string][]artifact.Reading{},
		ids:       map[string][]string{},
		fails:     t.FailsToRefuse(),
	}
	if s.inventory == nil {
		s.inventory = &artifact.Inventory{}
	}
	if s.corpus == nil {
		s.corpus = &artifact.Corpus{}
	}
	for _, r := range s.corpus.Readings {
		s.readings[r.Route] = append(s.readings[r.Route], r)
	}
	for _, tenant := range t.Tenants() {
		s.ids[tenant] = t.TenantIDs(tenant)
	}
	return s
}

func run(ctx context.Context, t *gather.Tools) (any, error) {
	s := newSwapper(t)
	s.objects(ctx)
	s.selectors(ctx)
	s.caches(ctx)
	return &artifact.Swaps{Trials: s.out}, nil
}

// budget is an upper bound of what run sends, from the same plan.
func budget(t *gather.Tools) int {
	s := newSwapper(t)
	n, tenants := 0, len(t.Tenants())
	for _, r := range s.inventory.Routes {
		if !gather.Reads(r) {
			continue
		}
		if takesObject(r) {
			n += tenants * (3 + 5*2*max(1, tenants-1))
			n += s.variantLimit()
		}
		n += tenants * (4 + 7)
	}
	return min(maxRequests, n+n/10+20) // a tenth for proofs of life
}

func (s *swapper) variantLimit() int {
	if s.Quick {
		return quickVariants
	}
	return maxVariants
}

// takesObject reports whether a route names an object whose owner matters.
func takesObject(r artifact.Route) bool {
	return !gather.Exporting(r) && objectParam(r) != ""
}

// objectParam returns the parameter that names the object: the last path
// parameter that is no enumeration, or a query parameter of a detail that must
// be given; "" when there is none.
func objectParam(r artifact.Route) string {
	path := r.PathParams()
	for i := len(path) - 1; i >= 0; i-- {
		if p := param(r, path[i]); len(p.Enum) == 0 {
			return path[i]
		}
	}
	if r.Kind == "list" || r.Kind == "export" {
		return ""
	}
	for _, p := range r.Params {
		if p.In == "query" && len(p.Enum) == 0 && (p.Noun != "" && (p.Required || r.Kind == "detail" || r.Kind == "page")) {
			return p.Name
		}
	}
	return ""
}

// param returns the description of a route's parameter; one that only the
// template names is a path parameter.
func param(r artifact.Route, name string) artifact.Param {
	for _, p := range r.Params {
		if p.Name == name && (p.In == "path" || p.In == "query") {
			return p
		}
	}
	return artifact.Param{Name: name, In: "path", Required: true}
}
