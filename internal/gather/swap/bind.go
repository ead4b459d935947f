package swap

import (
	"maps"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/internal/gather"
)

// bound is one object as a route names it.
type bound struct {
	values artifact.Values
	param  string // the parameter that names the object
	object artifact.Object
}

// id is the object's id as the route takes it.
func (b bound) id() string { return b.values[b.param] }

// unknown is the same request for an object that does not exist.
func (b bound) unknown() (artifact.Values, string) {
	no := normal.Unlike(b.id())
	return b.with(b.param, no), no
}

func (b bound) with(name, value string) artifact.Values {
	v := maps.Clone(b.values)
	v[name] = value
	return v
}

// bind returns the objects of a tenant that a route can be asked for, the best
// proof first: canaries, declared markers, then ids that cannot be guessed.
func (s *swapper) bind(r artifact.Route, tenant string) []bound {
	name := objectParam(r)
	if name == "" {
		return nil
	}
	var out []bound
	seen := map[string]bool{}
	add := func(o artifact.Object, v artifact.Values) {
		if v = s.complete(r, v, tenant); v == nil || v[name] == "" || seen[v[name]] || s.As(o.Owner) == nil {
			return
		}
		seen[v[name]] = true
		out = append(out, bound{values: v, param: name, object: o})
	}
	for _, o := range s.corpus.Objects {
		if o.Tenant == tenant && o.Route == r.ID {
			add(o, o.Values)
		}
	}
	noun := s.nounOf(r, name)
	for _, o := range s.corpus.Objects {
		if o.Tenant == tenant && noun != "" && o.Noun == noun {
			add(o, artifact.Values{name: o.ID})
		}
	}
	owner, _ := s.Owner(tenant)
	for _, read := range s.readings[r.ID] {
		if s.tenantOf(read.Who) == tenant && read.Values[name] != "" && read.OK && !read.Shared && read.First.Unproven == "" {
			add(artifact.Object{Noun: noun, ID: read.Values[name], Tenant: tenant, Owner: read.Who}, read.Values)
		}
	}
	if s.namesTenant(r, name) {
		for _, id := range s.ids[tenant] {
			add(artifact.Object{Noun: "tenant", ID: id, Tenant: tenant, Owner: owner.Name}, artifact.Values{name: id})
		}
	}
	slices.SortStableFunc(out, func(a, b bound) int { return worth(b.object) - worth(a.object) })
	return out
}

func worth(o artifact.Object) int {
	n := 0
	if o.Canary {
		n += 8
	}
	if o.Marker != "" {
		n += 4
	}
	if !o.Ambiguous {
		n += 2
	}
	if !o.Guess {
		n++
	}
	return n
}

// complete fills the other parameters of a route with values of the tenant;
// nil when a path parameter stays open.
func (s *swapper) complete(r artifact.Route, v artifact.Values, tenant string) artifact.Values {
	out := maps.Clone(v)
	if out == nil {
		out = artifact.Values{}
	}
	for _, name := range r.PathParams() {
		if out[name] == "" {
			out[name] = s.valueFor(r, name, tenant)
		}
		if out[name] == "" {
			return nil
		}
	}
	for _, p := range r.Params {
		if p.In != "query" || !p.Required || out[p.Name] != "" {
			continue
		}
		switch {
		case p.Example != "":
			out[p.Name] = p.Example
		case len(p.Enum) > 0:
			out[p.Name] = p.Enum[0]
		}
	}
	return out
}

// valueFor returns a tenant's value for a parameter that names a parent.
func (s *swapper) valueFor(r artifact.Route, name, tenant string) string {
	if s.namesTenant(r, name) && len(s.ids[tenant]) > 0 {
		return s.ids[tenant][0]
	}
	if noun := s.nounOf(r, name); noun != "" {
		for _, o := range s.corpus.Objects {
			if o.Tenant == tenant && o.Noun == noun && !o.Ambiguous {
				return o.ID
			}
		}
	}
	if p := param(r, name); len(p.Enum) > 0 {
		return p.Enum[0]
	}
	for _, b := range r.Bindings {
		if b[name] != "" {
			return b[name]
		}
	}
	return ""
}

// nounOf is the type of object a parameter names: what the inventory says, the
// route's own noun when the parameter ends a detail, or the segment before it.
func (s *swapper) nounOf(r artifact.Route, name string) string {
	if n := param(r, name).Noun; n != "" {
		return n
	}
	if r.Noun != "" && r.Kind != "list" && strings.HasSuffix(r.Template, "{"+name+"}") {
		return r.Noun
	}
	return normal.Singular(before(r, name))
}

// before is the path segment in front of a path parameter.
func before(r artifact.Route, name string) string {
	path, _, found := strings.Cut(r.Template, "{"+name+"}")
	if !found {
		return ""
	}
	segs := strings.Split(strings.Trim(path, "/"), "/")
	return segs[len(segs)-1]
}

// namesTenant reports whether a path parameter names the tenant itself.
func (s *swapper) namesTenant(r artifact.Route, name string) bool {
	if gather.TenantWord(param(r, name).Noun) || gather.TenantWord(name) {
		return true
	}
	return gather.TenantWord(before(r, name))
}

func (s *swapper) tenantOf(who string) string {
	for _, i := range s.People() {
		if i.Name == who {
			return i.Tenant
		}
	}
	return ""
}

// class says which check judges a route's swaps. A tenant in the path with
// something below it makes a hierarchy; the tenant alone is an object.
func (s *swapper) class(r artifact.Route) string {
	for _, name := range r.PathParams() {
		if s.namesTenant(r, name) && !strings.HasSuffix(strings.TrimRight(r.Template, "/"), "{"+name+"}") {
			return classHierarchy
		}
	}
	return classSwap
}
