// Package lists reads lists, searches, filters and counters of each tenant as
// its owner and as a stranger, also with the owner's ids and texts as filters.
package lists

import (
	"bytes"
	"context"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

const (
	// maxRequests caps the whole gatherer.
	maxRequests = 1500
	// chunk is how many lists travel together between two proofs of life.
	chunk = 10
	// maxIDs bounds the ids kept of one list: enough to prove, not a copy of it.
	maxIDs = 200
)

// Gatherer reads every list as its owner and as strangers.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:    "lists",
		Doc:     "reads lists, searches and filters of one tenant with another tenant's sessions",
		Makes:   artifact.Listed.Name(),
		Needs:   []string{artifact.Inventories.Name(), artifact.Corpora.Name(), artifact.SignIns.Name()},
		Wants:   []string{artifact.Baselines.Name()},
		Effects: []portal.Effect{portal.Look, portal.SignIn},
		Budget:  budget,
		Gather:  run,
	}
}

// lister is one run of the gatherer.
type lister struct {
	*gather.Tools
	inventory *artifact.Inventory
	corpus    *artifact.Corpus
	out       []artifact.ListTrial
}

func newLister(t *gather.Tools) *lister {
	l := &lister{
		Tools:     t,
		inventory: gather.Made[artifact.Inventory](t, artifact.Inventories),
		corpus:    gather.Made[artifact.Corpus](t, artifact.Corpora),
	}
	if l.inventory == nil {
		l.inventory = &artifact.Inventory{}
	}
	if l.corpus == nil {
		l.corpus = &artifact.Corpus{}
	}
	return l
}

func budget(t *gather.Tools) int {
	l := newLister(t)
	n := 0
	for _, r := range l.inventory.Routes {
		if listing(r) {
			n += len(t.Tenants())*7 + 6
		}
	}
	n += 2 * len(t.Tenants()) * (2*maxTexts + 2*maxSearches)
	return min(maxRequests, n+n/10+20)
}

// listing reports whether a route is read without naming an object: a list, a
// search, a counter, or whatever shows the caller's own tenant.
func listing(r artifact.Route) bool {
	return gather.Reads(r) && len(r.PathParams()) == 0 && !gather.Exporting(r)
}

// both is one list read plainly by its owner and the strangers.
type both struct {
	route     artifact.Route
	tenant    string
	owner     artifact.Identity
	strangers []artifact.Identity
	read      artifact.Reading // the owner's, of the harvest
	empty     bool             // nobody of the tenant is shown anything there
	p, p2, a  gather.Answered
	xs        []gather.Answered
}

func run(ctx context.Context, t *gather.Tools) (any, error) {
	l := newLister(t)
	var all []*both
	for _, r := range l.inventory.Routes {
		if !listing(r) {
			continue
		}
		if r.HeldBack != "" {
			l.skip(r, check.EffectRefused, r.HeldBack)
			continue
		}
		all = append(all, l.pairs(r)...)
	}
	for start := 0; start < len(all); start += chunk {
		now := all[start:min(start+chunk, len(all))]
		if ctx.Err() != nil {
			for _, b := range now {
				l.skip(b.route, check.NotExamined, "the run was interrupted")
			}
			continue
		}
		l.plain(ctx, now)
	}
	for start := 0; start < len(all) && ctx.Err() == nil; start += chunk {
		l.filters(ctx, all[start:min(start+chunk, len(all))])
	}
	l.searches(ctx, all)
	return &artifact.Lists{Trials: l.out}, nil
}

func (l *lister) skip(r artifact.Route, reason check.Reason, why string) {
	l.out = append(l.out, artifact.ListTrial{Route: r.ID, Skipped: artifact.Skip{Reason: reason, Why: why}})
}

// pairs returns a list once per owning tenant.
func (l *lister) pairs(r artifact.Route) []*both {
	var out []*both
	for _, tenant := range l.Tenants() {
		owner, ok := l.Owner(tenant)
		strangers := l.Strangers(tenant)
		if !ok || len(strangers) == 0 {
			continue
		}
		b := &both{route: r, tenant: tenant, owner: owner, strangers: strangers, xs: make([]gather.Answered, len(strangers))}
		read, found, asked := l.Shown(r.ID, tenant, nil)
		if found {
			b.read, b.owner = read, artifact.Identity{Name: read.Who}
		}
		b.empty = asked && !found
		out = append(out, b)
	}
	return out
}

// plain reads the lists as they are.
func (l *lister) plain(ctx context.Context, all []*both) {
	var batch gather.Batch
	for _, b := range all {
		if b.read.First.Sent() {
			b.p, b.p2 = l.Recall(b.read.First, "P"), l.Recall(b.read.Again, "P2")
		} else {
			add(&batch, &b.p, b.ask("P", b.owner.Name, nil))
			add(&batch, &b.p2, b.ask("P2", b.owner.Name, nil))
		}
		add(&batch, &b.a, b.ask("A", evidence.Anonymous, nil))
		for i, s := range b.strangers {
			add(&batch, &b.xs[i], b.ask("X plain", s.Name, nil))
		}
	}
	batch.Send(ctx, l.Tools)
	for _, b := range all {
		for i, s := range b.strangers {
			trial := l.trial(b, s.Name, b.p, b.p2)
			trial.Tries = []artifact.Attempt{b.xs[i].Attempt}
			l.out = append(l.out, trial)
		}
	}
}

// trial is a trial of a list with what its owner got.
func (l *lister) trial(b *both, stranger string, p ...gather.Answered) artifact.ListTrial {
	return artifact.ListTrial{
		Route: b.route.ID, Owner: b.owner.Name, Stranger: stranger, Marker: l.marker(b),
		OwnerIDs: l.ownerIDs(b.tenant, p[0]), P: gather.Attempts(p), Anon: b.a.Attempt,
	}
}

// ownerIDs are the ids of the tenant's own objects that the owner's list names.
func (l *lister) ownerIDs(tenant string, p gather.Answered) []string {
	if p.Answer == nil {
		return nil
	}
	var out []string
	for _, o := range l.corpus.Objects {
		if o.Tenant == tenant && !o.Ambiguous && len(out) < maxIDs && bytes.Contains(p.Answer.Body, []byte(o.ID)) && !slices.Contains(out, o.ID) {
			out = append(out, o.ID)
		}
	}
	return out
}

// marker is the text declared for the resource that the list belongs to.
func (l *lister) marker(b *both) string {
	for _, o := range l.corpus.Objects {
		if o.Tenant == b.tenant && o.Marker != "" && o.Noun == b.route.Noun {
			return o.Marker
		}
	}
	return ""
}

// pair is a query parameter.
type pair struct{ key, value string }

// ask is a GET of a list with extra query parameters; what must be given and
// is not among them is what the owner was asked with, or what the contract says.
func (b *both) ask(name, who string, query []pair) gather.Ask {
	v := artifact.Values{}
	for _, p := range b.route.Params {
		if p.In != "query" || slices.ContainsFunc(query, func(q pair) bool { return q.key == p.Name }) {
			continue
		}
		switch {
		case b.read.Values[p.Name] != "":
			v[p.Name] = b.read.Values[p.Name]
		case p.Required && p.Example != "":
			v[p.Name] = p.Example
		case p.Required && len(p.Enum) > 0:
			v[p.Name] = p.Enum[0]
		}
	}
	target, _ := b.route.Fill(v) // lists have no path parameter
	return gather.Ask{Name: name, Who: who, Request: wire.Request{Method: "GET", URL: withQuery(target, query), Header: gather.Accepting(b.route)}, Known: query == nil && name != "P2"}
}

func add(b *gather.Batch, into *gather.Answered, a gather.Ask) {
	b.Add(a, func(got gather.Answered) { *into = got })
}

func ok2xx(a gather.Answered) bool {
	return a.Unproven == "" && a.Answer != nil && a.Answer.Status/100 == 2
}
