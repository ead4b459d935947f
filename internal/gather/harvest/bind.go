package harvest

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/portal"
)

// objects reads routes with parameters, those first that feed others; twice
// over, for one object may name the next.
func (h *harvester) objects(ctx context.Context) {
	groups := h.groups()
	for round := range 3 {
		h.guessing = round == 2 // what is still open is tried with ids of the right form
		for _, group := range groups {
			for ctx.Err() == nil {
				wants := h.next(group)
				if len(wants) == 0 {
					break
				}
				h.ask(ctx, wants)
			}
		}
	}
	for _, r := range slices.Concat(groups...) {
		h.unowned(r)
	}
}

// next returns the readings still wanting: for every route and identity the
// best bindings that were not tried.
func (h *harvester) next(routes []*artifact.Route) []want {
	var out []want
	for _, r := range routes {
		for _, p := range h.people {
			key := r.ID + " " + p.Name
			missing := h.goal(p) - h.got[key]
			if missing <= 0 || h.tries[key] >= maxTries {
				continue
			}
			for _, b := range h.bindings(r, p) {
				again := key + "\x00" + target(r, b.values)
				if missing == 0 || h.tries[key] >= maxTries || h.tried[again] {
					continue
				}
				if b.from.why == "format" && h.tries[key] >= byFormat {
					continue
				}
				h.tried[again] = true
				h.tries[key]++
				missing--
				out = append(out, want{route: r, who: p, values: b.values, from: b.from, again: !h.again[key] && h.rereads(p)})
				h.again[key] = true
			}
			h.again[key] = h.got[key] > 0 // until one was read, the next may be the first
		}
	}
	return out
}

// rereads reports whether what an identity reads is read twice: in a quick run
// one identity of each tenant shows what is volatile.
func (h *harvester) rereads(p artifact.Identity) bool {
	if !h.Quick || p.Tenant == "" {
		return true
	}
	owner, ok := h.Owner(p.Tenant)
	return ok && owner.Name == p.Name
}

func target(r *artifact.Route, v artifact.Values) string {
	t, _ := r.Fill(v)
	return t
}

// goal is how many objects of a route an identity reads: the one with the most
// rights gathers them, the others prove what they may.
func (h *harvester) goal(p artifact.Identity) int {
	if h.top(p) && !h.Quick {
		return perRoute
	}
	return 1
}

// bindings returns what a route can be asked with as an identity, best first.
func (h *harvester) bindings(r *artifact.Route, p artifact.Identity) []offered {
	var out []offered
	add := func(v artifact.Values, from source) {
		for _, name := range r.PathParams() {
			if v[name] == "" {
				return
			}
		}
		if !slices.ContainsFunc(out, func(o offered) bool { return maps.Equal(o.values, v) }) {
			out = append(out, offered{h.withQuery(r, v), from})
		}
	}
	for _, v := range h.declared(r, p) {
		add(v, source{why: "declared"})
	}
	for _, o := range h.pools[p.Name].links[r.ID] {
		if len(out) < 2*maxTries {
			add(o.values, o.from)
		}
	}
	begun, open := h.stems[p.Name].of(r)
	for _, v := range begun {
		h.fill(r, p, v, source{}, open, add)
	}
	h.fill(r, p, artifact.Values{}, source{}, r.PathParams(), add)
	return out
}

// fill binds the path parameters from left to right: what stands to the left
// decides which list the next one is taken from.
func (h *harvester) fill(r *artifact.Route, p artifact.Identity, v artifact.Values, from source, names []string, add func(artifact.Values, source)) {
	if len(names) == 0 {
		add(v, from)
		return
	}
	most := 2
	if len(names) == 1 {
		most = 2 * maxTries
	}
	for i, c := range h.candidates(r, p, v, names[0]) {
		if i >= most {
			return
		}
		next := maps.Clone(v)
		next[names[0]] = c.value
		c.from.param = names[0]
		h.fill(r, p, next, c.from, names[1:], add)
	}
}

// candidates returns values for one path parameter.
func (h *harvester) candidates(r *artifact.Route, p artifact.Identity, bound artifact.Values, name string) []candidate {
	pool := h.pools[p.Name]
	param := paramOf(r, name)
	var out []candidate
	add := func(cs []candidate, why string) {
		for _, c := range cs {
			if len(out) >= 4*maxTries {
				return
			}
			if !slices.ContainsFunc(out, func(o candidate) bool { return o.value == c.value }) {
				c.from.why = why
				out = append(out, c)
			}
		}
	}
	// A variable of the description: ${tenant}, ${user}, what signing in captured.
	if s := h.As(p.Name); r.Resource != "" && s != nil && name != "id" {
		if value := s.Vars()[name]; value != "" {
			return []candidate{{value: value, from: source{why: "declared"}}}
		}
	}
	for _, l := range h.inv.Links {
		if l.To == r.ID && l.Param == name {
			add(h.fed(p, l), "contract")
		}
	}
	before, _, _ := strings.Cut(r.Template, "{"+name+"}")
	if parent, ok := (artifact.Route{Origin: r.Origin, Template: strings.TrimSuffix(before, "/")}).Fill(bound); ok {
		listed := pool.at[parent]
		same := func(c candidate) bool { return plainKey(c.key) == plainKey(name) }
		add(slices.DeleteFunc(slices.Clone(listed), func(c candidate) bool { return !same(c) }), "template")
		add(listed, "template")
	}
	if h.namesTenant(r, name, param) {
		for _, id := range h.tenantIDs[p.Tenant] {
			add([]candidate{{value: id}}, "facts")
		}
	}
	if param.Noun != "" {
		add(pool.nouns[param.Noun], "name")
	}
	for _, value := range param.Enum {
		add([]candidate{{value: value}}, "schema")
	}
	if len(out) == 0 && h.guessing && h.top(p) && !h.wasRead(r) {
		for _, noun := range slices.Sorted(maps.Keys(pool.nouns)) {
			for _, c := range pool.nouns[noun][:min(1, len(pool.nouns[noun]))] {
				if sameFormat(param, c.value) {
					add([]candidate{c}, "format")
				}
			}
		}
	}
	return out
}

// wasRead reports whether any identity read an object of a route.
func (h *harvester) wasRead(r *artifact.Route) bool {
	return slices.ContainsFunc(h.people, func(p artifact.Identity) bool { return h.got[r.ID+" "+p.Name] > 0 })
}

// fed returns the values at the pointer of a contract's link, as an identity was shown them.
func (h *harvester) fed(p artifact.Identity, l artifact.Link) []candidate {
	var out []candidate
	for _, r := range h.reads {
		if r.Who != p.Name || r.Route != l.From {
			continue
		}
		for _, i := range r.items {
			if i.pointer == starred(l.Pointer) {
				out = append(out, candidate{value: i.value, from: source{route: l.From, pointer: l.Pointer}})
			}
		}
	}
	return out
}

func (h *harvester) namesTenant(r *artifact.Route, name string, p artifact.Param) bool {
	if gather.TenantWord(p.Noun) || gather.TenantWord(name) {
		return true
	}
	before, _, _ := strings.Cut(r.Template, "{"+name+"}")
	segments := strings.Split(strings.Trim(before, "/"), "/")
	return p.Noun == "" && gather.TenantWord(segments[len(segments)-1])
}

func paramOf(r *artifact.Route, name string) artifact.Param {
	for _, p := range r.Params {
		if p.Name == name && p.In == "path" {
			return p
		}
	}
	return artifact.Param{Name: name}
}

// withQuery adds the query parameters a route cannot do without.
func (h *harvester) withQuery(r *artifact.Route, v artifact.Values) artifact.Values {
	plain, _ := h.plainValues(r)
	for name, value := range plain {
		if v[name] == "" {
			v[name] = value
		}
	}
	return v
}

// declared returns the bindings of a declared resource that are the identity's
// own by declaration.
func (h *harvester) declared(r *artifact.Route, p artifact.Identity) []artifact.Values {
	var out []artifact.Values
	for _, res := range h.resourcesOf(r) {
		for _, id := range res.Owner[p.Tenant] {
			if v := h.declaredValues(r, p, id); v != nil {
				out = append(out, v)
			}
		}
	}
	return out
}

// resourcesOf returns the declared resources a route serves.
func (h *harvester) resourcesOf(r *artifact.Route) []*portal.Resource {
	var out []*portal.Resource
	for _, res := range h.Portal.Resources {
		if res.Name == r.Resource || r.Resource == "" && r.Noun != "" && normal.Singular(res.Name) == r.Noun {
			out = append(out, res)
		}
	}
	return out
}

// declaredValues binds a declared id and the variables beside it; nil when one has no value.
func (h *harvester) declaredValues(r *artifact.Route, p artifact.Identity, id string) artifact.Values {
	names := r.PathParams()
	object := "id"
	if !slices.Contains(names, object) {
		object = lastParam(r)
	}
	s := h.As(p.Name)
	if s == nil || object == "" {
		return nil
	}
	v, vars := artifact.Values{object: id}, s.Vars()
	for _, name := range names {
		if name == object {
			continue
		}
		if vars[name] == "" {
			return nil
		}
		v[name] = vars[name]
	}
	return v
}
