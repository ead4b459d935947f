package harvest

import (
	"context"
	"maps"
	"slices"

	"github.com/launchready/launchready/artifact"
)

// Bounds on learning owners by reading.
const (
	maxUnowned = 6 // ids of one route
	maxSeen    = 3 // recorded bindings of one route
)

// sharedID is an id that came without an owner: declared for nobody, or found
// in a recording. Whoever can read it, alone, owns it.
type sharedID struct {
	route  *artifact.Route
	id     string
	values map[string]artifact.Values // by identity
	reads  []*read
}

// unowned notes the ids of a route whose owner only reading can tell.
func (h *harvester) unowned(r *artifact.Route) {
	add := func(id string, bind func(artifact.Identity) artifact.Values) {
		s := &sharedID{route: r, id: id, values: map[string]artifact.Values{}}
		for _, p := range h.people {
			if !h.top(p) {
				continue
			}
			if v := bind(p); v != nil { // also what was tried: the answers are compared
				s.values[p.Name] = v
			}
		}
		if len(s.values) > 0 {
			h.shared = append(h.shared, s)
		}
	}
	for _, res := range h.resourcesOf(r) {
		for _, id := range res.IDs[:min(len(res.IDs), maxUnowned)] {
			add(id, func(p artifact.Identity) artifact.Values { return h.declaredValues(r, p, id) })
		}
	}
	if h.wasRead(r) {
		return
	}
	n := 0
	for _, b := range r.Bindings {
		if _, whole := r.Fill(b); !whole || n >= maxSeen {
			continue
		}
		n++
		add(b[lastParam(r)], func(artifact.Identity) artifact.Values { return b })
	}
}

// settleShared reads the ids without an owner as one identity of each tenant
// and keeps as readings only what belongs to the reader: an answer given to a
// stranger must never count as the stranger's own.
func (h *harvester) settleShared(ctx context.Context) {
	var wants []want
	for _, s := range h.shared {
		for _, name := range slices.Sorted(maps.Keys(s.values)) {
			wants = append(wants, want{route: s.route, who: h.person(name), values: s.values[name], again: true, quiet: s})
		}
	}
	h.ask(ctx, wants)
	for _, s := range h.shared {
		h.reads = append(h.reads, s.settle()...)
	}
}

func (h *harvester) person(name string) artifact.Identity {
	i := slices.IndexFunc(h.people, func(p artifact.Identity) bool { return p.Name == name })
	return h.people[i]
}

// settle decides whose the id is and returns the readings that are the readers' own.
func (s *sharedID) settle() []*read {
	var ok []*read
	unsure := false
	for _, r := range s.reads {
		unsure = unsure || !r.First.Sent() || r.First.Unproven != ""
		if r.OK {
			ok = append(ok, r)
		}
	}
	switch {
	case len(ok) == 0:
		return s.reads[:min(1, len(s.reads))]
	case len(ok) == 1:
		ok[0].own(s.route, s.id, unsure)
		return ok
	case distinct(ok): // one id, another object for each tenant
		for _, r := range ok {
			r.own(s.route, s.id, false)
		}
		return ok
	}
	// Several read the same. What it says tells whose it is, or nothing does.
	if owner := soleTenant(ok, func(r *read) []string { return r.marked }); owner != "" {
		return claim(ok, owner, s, false)
	}
	if owner := soleTenant(ok, func(r *read) []string { return r.facts }); owner != "" {
		return claim(ok, owner, s, true)
	}
	for _, r := range ok {
		r.Shared = true
	}
	return ok
}

// claim keeps the owner's reading alone.
func claim(reads []*read, tenant string, s *sharedID, ambiguous bool) []*read {
	i := slices.IndexFunc(reads, func(r *read) bool { return r.tenant == tenant })
	if i < 0 {
		return nil
	}
	reads[i].own(s.route, s.id, ambiguous)
	return reads[i : i+1]
}

// own makes the reading say that it shows the reader's own object.
func (r *read) own(route *artifact.Route, id string, ambiguous bool) {
	noun := route.Noun
	if p := paramOf(route, lastParam(route)); p.Noun != "" {
		noun = p.Noun
	}
	r.claimed = &claimed{noun: noun, id: id, ambiguous: ambiguous}
}

// claimed is an object whose owner was told by who can read it.
type claimed struct {
	noun, id  string
	ambiguous bool
}

// soleTenant returns the tenant that all answers name, if they name one alone.
func soleTenant(reads []*read, named func(*read) []string) string {
	owner := ""
	for _, r := range reads {
		for _, tenant := range named(r) {
			if owner != "" && tenant != owner {
				return ""
			}
			owner = tenant
		}
	}
	return owner
}

// distinct reports whether every two answers show different things: no more
// than a third of what either says is said by both, and none names another's tenant.
func distinct(reads []*read) bool {
	for i, a := range reads {
		for _, b := range reads[:i] {
			if !apart(a.words, b.words) {
				return false
			}
		}
		if slices.ContainsFunc(a.facts, func(t string) bool { return t != a.tenant }) {
			return false
		}
	}
	return true
}

// apart reports whether two sets of values belong to different things.
func apart(a, b map[string]bool) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	same := 0
	for w := range a {
		if b[w] {
			same++
		}
	}
	return 3*same <= min(len(a), len(b))
}
