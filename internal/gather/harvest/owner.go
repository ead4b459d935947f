package harvest

import (
	"maps"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/evidence"
)

// ledger says who was shown which object, and so who owns it.
type ledger struct {
	shown map[string]*showing
	named map[string]map[string]bool // whom an answer named it to, listed or not; true: with its own id, not as a reference
}

// showing is where one id was listed, by tenant ("" for nobody in particular
// and for anonymous).
type showing struct {
	noun, value string
	by          map[string]*side
	declared    map[string]bool // tenants that own it by declaration
}

// side is what one tenant was shown of an object.
type side struct {
	routes map[string]bool
	words  map[string]bool
	tag    string // the tenant id beside it
	first  *read
	canary bool
}

// owned says what is known of an object's owner for one tenant.
type owned struct {
	own       bool
	ambiguous bool // a stranger was shown it too, though not everywhere
	shared    bool // everybody is shown it
	declared  bool // by the description
}

// book enters every list into the ledger. Answers to a request for one object
// are left out: which object it was asked with was our choice.
func (h *harvester) book() {
	h.owners = ledger{shown: map[string]*showing{}, named: map[string]map[string]bool{}}
	for _, r := range h.reads {
		if !r.OK || r.route.Shared || r.tenant == "" && r.Who != evidence.Anonymous {
			continue
		}
		listed := len(r.route.PathParams()) == 0 || r.route.Kind == "list"
		for _, i := range r.items {
			h.owners.name(i, r.tenant)
			if listed && i.main {
				h.owners.enter(i, r.tenant, r)
			}
		}
	}
	for _, res := range h.Portal.Resources {
		for _, r := range h.reads {
			for tenant, ids := range res.Owner {
				for _, id := range ids {
					if r.OK && slices.Contains(h.resourcesOf(r.route), res) && r.tenant == tenant && r.Values[lastParam(r.route)] == id {
						h.owners.of(nounOfObject(r.route), id).declared[tenant] = true
					}
				}
			}
		}
	}
}

func (l ledger) of(noun, value string) *showing {
	key := idOf(noun, value)
	s := l.shown[key]
	if s == nil {
		s = &showing{noun: noun, value: value, by: map[string]*side{}, declared: map[string]bool{}}
		l.shown[key] = s
	}
	return s
}

func (l ledger) name(i item, tenant string) {
	key := i.id()
	if l.named[key] == nil {
		l.named[key] = map[string]bool{}
	}
	l.named[key][tenant] = l.named[key][tenant] || i.self
}

func (l ledger) enter(i item, tenant string, r *read) {
	s := l.of(i.noun, i.value)
	at := s.by[tenant]
	if at == nil {
		at = &side{routes: map[string]bool{}, words: map[string]bool{}, first: r}
		s.by[tenant] = at
	}
	at.routes[r.Route] = true
	at.canary = at.canary || i.canary
	if at.tag == "" {
		at.tag = i.tenantID
	}
	for w := range i.words {
		if len(at.words) < maxWords {
			at.words[w] = true
		}
	}
}

// verdict says whether an object is a tenant's own.
func (h *harvester) verdict(noun, value, tenant string) owned {
	s := h.owners.shown[idOf(noun, value)]
	if tenant == "" {
		return owned{}
	}
	if s == nil {
		return h.named(idOf(noun, value), tenant)
	}
	if len(s.declared) > 0 {
		return owned{own: s.declared[tenant], declared: true}
	}
	mine := s.by[tenant]
	if mine == nil {
		return owned{}
	}
	if s.by[""] != nil {
		return owned{shared: true}
	}
	result := owned{own: true, ambiguous: !h.othersHeard(s, mine, tenant)}
	for _, other := range slices.Sorted(maps.Keys(s.by)) {
		theirs := s.by[other]
		switch {
		case other == tenant:
		case apart(mine.words, theirs.words) && idOf(noun, value) != value:
			// One id, another object: ids are counted anew in each tenant.
		case h.tagged(mine, tenant) && !h.tagged(theirs, other):
			result.ambiguous = true // it says whose it is, and a stranger lists it
		case h.tagged(theirs, other) && !h.tagged(mine, tenant):
			return owned{}
		case h.beyond(mine, theirs, other):
			result.ambiguous = true
		case h.beyond(theirs, mine, tenant):
			return owned{}
		default:
			return owned{shared: true}
		}
	}
	return result
}

// named is the verdict on an object that no list holds: it is the tenant's own
// when only that tenant was told of it; less surely so when it was a reference.
func (h *harvester) named(id, tenant string) owned {
	to := h.owners.named[id]
	self, told := to[tenant]
	switch {
	case !told:
		return owned{}
	case len(to) > 1:
		return owned{shared: true}
	}
	return owned{own: true, ambiguous: !self}
}

// tagged reports whether the object carries the tenant's own id, which no
// other tenant's identities have.
func (h *harvester) tagged(s *side, tenant string) bool {
	return s.tag != "" && slices.Contains(h.tenantIDs[tenant], s.tag)
}

// beyond reports whether one side was shown the object on a list where the
// other side, though it was given that list, was not.
func (h *harvester) beyond(a, b *side, tenant string) bool {
	for route := range a.routes {
		if !b.routes[route] && h.any(route, tenant, func(r *read) bool { return r.given }) {
			return true
		}
	}
	return false
}

// othersHeard reports whether every other tenant had its say on the lists the
// object stood in. Where a stranger's list was throttled or its session dead,
// that the object is not in it means nothing.
func (h *harvester) othersHeard(s *showing, mine *side, tenant string) bool {
	for _, other := range h.Tenants() {
		if other == tenant || s.by[other] != nil {
			continue
		}
		heard := false
		for route := range mine.routes {
			heard = heard || h.any(route, other, func(r *read) bool { return r.First.Sent() && r.First.Unproven == "" })
		}
		if !heard {
			return false
		}
	}
	return true
}

// any reports whether a reading of a route by some identity of a tenant is so.
func (h *harvester) any(route, tenant string, is func(*read) bool) bool {
	return slices.ContainsFunc(h.reads, func(r *read) bool { return r.Route == route && r.tenant == tenant && is(r) })
}

// nounOfObject is the type of object that a route's last parameter names.
func nounOfObject(r *artifact.Route) string {
	if p := paramOf(r, lastParam(r)); p.Noun != "" {
		return p.Noun
	}
	return r.Noun
}
