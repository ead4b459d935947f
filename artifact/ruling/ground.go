// Package ruling turns transcripts of cross-tenant reads into findings: it
// builds what every judgement of a run stands on, rules on each attempt with
// the oracles of artifact/marker, and folds a route's attempts into one
// finding. It is pure.
package ruling

import (
	"fmt"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Ground is what every judgement of a run stands on.
type Ground struct {
	// Isolates says whether the identities own different objects at all; when
	// they do not, nothing but a leak can be concluded, and Why says so.
	Isolates bool
	Why      string

	Judge    *refusal.Judge
	signIns  *artifact.Sessions
	routes   map[string]artifact.Route
	gaps     []string // sources of routes that could not be read
	volatile map[string][]string
	corpus   *artifact.Corpus
	shown    map[string]*marker.Set // tenant → what its identities were shown
	ids      map[string]*marker.Set // tenant → ids of what it alone owns
	lookup   func(evidence.Ref) (*evidence.Exchange, error)
	loaded   *recent[evidence.Ref, marker.Answer]
}

// Needs are the artifacts that a check standing on the ground must need.
func Needs(more ...check.Need) []check.Need {
	return append([]check.Need{artifact.Corpora, artifact.SignIns, artifact.Inventories}, more...)
}

// Wants are those that it reads when they are there.
func Wants() []check.Need { return []check.Need{artifact.Baselines} }

var ground = check.Derive("ruling.ground", build)

// Of returns the ground of a run, computed once.
func Of(p *check.Pass) (*Ground, error) { return ground.Of(p) }

func build(p *check.Pass) (*Ground, error) {
	corpus, inventory := artifact.Corpora.Of(p), artifact.Inventories.Of(p)
	baseline, _ := artifact.Baselines.Get(p)
	g := &Ground{
		Isolates: corpus.Isolates, Why: corpus.Why,
		Judge: refusal.New(baseline), signIns: artifact.SignIns.Of(p), corpus: corpus, gaps: inventory.Gaps, lookup: p.Exchange, loaded: newRecent[evidence.Ref, marker.Answer](),
		routes: map[string]artifact.Route{}, volatile: map[string][]string{},
		shown: map[string]*marker.Set{}, ids: map[string]*marker.Set{},
	}
	if baseline != nil {
		g.volatile = baseline.Volatile
	}
	for _, r := range inventory.Routes {
		g.routes[r.ID] = r
	}
	for _, o := range corpus.Objects {
		if o.Ambiguous {
			continue
		}
		if g.ids[o.Tenant] == nil {
			g.ids[o.Tenant] = marker.NewSet()
		}
		g.ids[o.Tenant].Add(o.ID)
	}
	return g, g.show()
}

// show fills in what each tenant's identities were shown: every reading of the
// harvest, their sign-in, and what anybody is shown.
func (g *Ground) show() error {
	for _, i := range g.signIns.Identities {
		set := g.set(i.Tenant)
		set.Add(i.Facts...)
		for _, ref := range i.Steps {
			if err := g.add(set, ref); err != nil {
				return err
			}
		}
	}
	var everybody []evidence.Ref
	for _, r := range g.corpus.Readings {
		if r.Who == evidence.Anonymous {
			everybody = append(everybody, r.First.Ref)
			continue
		}
		tenant := g.signIns.By(r.Who).Tenant
		if g.namesForeign(r, tenant) {
			continue // a leak must not vouch for what it leaks
		}
		set := g.set(tenant)
		for _, a := range []artifact.Attempt{r.First, r.Again} {
			if err := g.add(set, a.Ref); err != nil {
				return err
			}
		}
	}
	for _, set := range g.shown {
		for _, ref := range everybody {
			if err := g.add(set, ref); err != nil {
				return err
			}
		}
	}
	return nil
}

// namesForeign reports whether a reading names an object that the description
// says is another tenant's.
func (g *Ground) namesForeign(r artifact.Reading, tenant string) bool {
	foreign := false
	for _, o := range g.corpus.Objects {
		if !o.Declared || !slices.Contains(r.IDs[o.Noun], o.ID) {
			continue
		}
		if o.Tenant == tenant {
			continue
		}
		foreign = foreign || !slices.ContainsFunc(g.corpus.Objects, func(mine artifact.Object) bool {
			return mine.Declared && mine.Tenant == tenant && mine.Noun == o.Noun && mine.ID == o.ID
		})
	}
	return foreign
}

func (g *Ground) set(tenant string) *marker.Set {
	if g.shown[tenant] == nil {
		g.shown[tenant] = marker.NewSet()
	}
	return g.shown[tenant]
}

func (g *Ground) add(set *marker.Set, ref evidence.Ref) error {
	ex, err := g.lookup(ref)
	if err != nil {
		return fmt.Errorf("read what was shown: %w", err)
	}
	if ex.Status() != 0 {
		set.AddExchange(ex)
	}
	return nil
}

// Shown is what the identities of somebody's tenant were shown by the harvest.
func (g *Ground) Shown(who string) *marker.Set { return g.shown[g.signIns.By(who).Tenant] }

// Owned are the ids of what somebody's tenant alone owns.
func (g *Ground) Owned(who string) *marker.Set { return g.ids[g.signIns.By(who).Tenant] }

// Label names an identity to people.
func (g *Ground) Label(who string) string { return g.signIns.By(who).Label() }

// Identity returns an identity by name.
func (g *Ground) Identity(who string) artifact.Identity { return g.signIns.By(who) }

// Route returns a route of the inventory.
func (g *Ground) Route(id string) artifact.Route { return g.routes[id] }

// Load returns an attempt with what came back.
func (g *Ground) Load(a artifact.Attempt) (marker.Answer, error) {
	if a.Ref == "" {
		return marker.Load(a, g.lookup)
	}
	answer, err := g.loaded.of(a.Ref, func() (marker.Answer, error) { return marker.Load(a, g.lookup) })
	return answer.As(a), err
}

// loadAll loads the named attempts, zero where there is none.
func (g *Ground) loadAll(as []artifact.Attempt, names ...string) ([]marker.Answer, error) {
	out := make([]marker.Answer, len(names))
	for i, name := range names {
		if a, ok := artifact.Find(as, name); ok {
			var err error
			if out[i], err = g.Load(a); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// foreignFacts are the facts about the owner that are not the stranger's too.
func (g *Ground) foreignFacts(owner, stranger string) []string {
	theirs := g.signIns.By(stranger).Facts
	var out []string
	for _, f := range g.signIns.By(owner).Facts {
		if !slices.Contains(theirs, f) {
			out = append(out, f)
		}
	}
	return out
}
