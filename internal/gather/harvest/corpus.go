package harvest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
)

// Bounds of the corpus.
const (
	maxObjects = 3   // of one noun and tenant with a route
	maxListed  = 200 // of one noun and tenant without one
)

// corpus puts what was harvested in order.
func (h *harvester) corpus() *artifact.Corpus {
	h.book()
	c := &artifact.Corpus{Links: append(slices.Clone(h.inv.Links), h.links...)}
	read, failed := map[string]bool{}, map[string]bool{}
	for _, r := range h.reads {
		read[r.Route+" "+r.Who] = read[r.Route+" "+r.Who] || r.OK
	}
	for _, r := range h.reads {
		key := r.Route + " " + r.Who
		if h.foreign(r) || !r.OK && (read[key] || failed[key]) {
			continue // nobody's own, or a try that came to nothing
		}
		failed[key] = !r.OK
		c.Readings = append(c.Readings, r.Reading)
	}
	c.Objects = h.choose()
	c.Isolates = slices.ContainsFunc(c.Objects, func(o artifact.Object) bool { return !o.Ambiguous })
	if !c.Isolates {
		c.Why = h.why(c)
	}
	return c
}

// foreign reports a reading of one object that is not the reader's own: it is
// nobody's control. One that everybody is shown is kept and said to be shared.
func (h *harvester) foreign(r *read) bool {
	name := lastParam(r.route)
	if name == "" || r.claimed != nil {
		return false
	}
	for _, param := range r.route.PathParams() {
		noun := paramOf(r.route, param).Noun
		if param == name {
			noun = nounOfObject(r.route)
		}
		v := h.verdict(noun, r.Values[param], r.tenant)
		if param == name && v.shared {
			r.Shared = true
		}
		if s := h.owners.shown[idOf(noun, r.Values[param])]; s != nil && !v.own && !v.shared {
			return true
		}
	}
	return false
}

// find is an object with the reading that shows it best.
type find struct {
	artifact.Object
	worth int
}

// choose returns the objects worth asking strangers for: of each noun and
// tenant a few that can be read one by one, and ids that are only listed.
func (h *harvester) choose() []artifact.Object {
	found := map[string]*find{} // by tenant and id
	for _, r := range h.reads {
		if f := h.readObject(r); f != nil {
			key := f.Tenant + "\x00" + idOf(f.Noun, f.ID)
			if have := found[key]; have == nil || f.worth > have.worth {
				found[key] = f
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(h.owners.shown)) {
		s := h.owners.shown[key]
		for tenant, at := range s.by {
			v := h.verdict(s.noun, s.value, tenant)
			id := tenant + "\x00" + key
			if !v.own || found[id] != nil {
				continue
			}
			o := artifact.Object{
				Noun: s.noun, ID: s.value, Tenant: tenant, Owner: at.first.Who, Ambiguous: v.ambiguous, Declared: v.declared, Canary: at.canary,
				Guess: !normal.Unique(normal.Format(s.value)), Seen: at.first.First.Ref, Marker: h.marker(at.first.route, h.person(at.first.Who)),
			}
			found[id] = &find{o, 0}
		}
	}
	return limit(slices.Collect(maps.Values(found)))
}

// readObject is the object a reading shows, when it is the reader's own.
func (h *harvester) readObject(r *read) *find {
	name := lastParam(r.route)
	if !r.OK || name == "" || r.tenant == "" || r.route.Shared || r.route.Public != "" || r.Shared || r.route.Kind == "list" {
		return nil
	}
	noun, id := nounOfObject(r.route), r.Values[name]
	v := h.verdict(noun, id, r.tenant)
	if r.claimed != nil {
		noun, id, v = r.claimed.noun, r.claimed.id, owned{own: true, ambiguous: r.claimed.ambiguous}
	}
	if !v.own || h.foreign(r) {
		return nil
	}
	o := artifact.Object{
		Noun: noun, ID: id, Tenant: r.tenant, Owner: r.Who, Ambiguous: v.ambiguous, Declared: v.declared, Canary: r.canary,
		Guess: !normal.Unique(normal.Format(id)), Marker: h.marker(r.route, h.person(r.Who)), Route: r.Route, Values: r.Values, Seen: r.First.Ref,
	}
	worth := 10 + min(r.rich, 20)
	if r.canary {
		worth += 100
	}
	if o.Marker != "" {
		worth += 50
	}
	if !v.ambiguous {
		worth += 25
	}
	if r.json {
		worth += 30 // fields say more exactly what they are than lines of a page
	}
	if r.route.Kind == "detail" {
		worth += 5
	}
	if strings.HasSuffix(r.route.Template, "{"+name+"}") {
		worth += 5 // the object itself rather than something of it
	}
	return &find{o, worth - len(r.route.PathParams())}
}

// limit keeps the best of each noun and tenant, in a fixed order.
func limit(all []*find) []artifact.Object {
	slices.SortFunc(all, func(a, b *find) int {
		if a.worth != b.worth {
			return b.worth - a.worth
		}
		return strings.Compare(a.Tenant+a.Noun+a.ID, b.Tenant+b.Noun+b.ID)
	})
	var out []artifact.Object
	count := map[string]int{}
	for _, f := range all {
		key, most := f.Tenant+"\x00"+f.Noun, maxListed
		if f.Route != "" {
			key, most = key+"\x00read", maxObjects
		}
		if count[key]++; count[key] <= most {
			out = append(out, f.Object)
		}
	}
	slices.SortStableFunc(out, func(a, b artifact.Object) int { return strings.Compare(a.Tenant+"\x00"+a.Noun, b.Tenant+"\x00"+b.Noun) })
	return out
}

// why says what was missing for the tenants to be told apart.
func (h *harvester) why(c *artifact.Corpus) string {
	tenants := h.Tenants()
	if len(tenants) < 2 {
		return "identities of two tenants are needed to prove isolation; signed in: " + strings.Join(tenants, ", ")
	}
	read := 0
	for _, r := range c.Readings {
		if r.OK && r.Who != evidence.Anonymous {
			read++
		}
	}
	switch {
	case read == 0:
		return "no route gave any identity a readable answer"
	case len(c.Objects) > 0:
		return fmt.Sprintf("of every object found, another tenant lists it too or could not be asked (%d objects)", len(c.Objects))
	}
	return "no object was found that one tenant lists and another does not; declare resources with ids"
}
