package exports

import (
	"maps"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather"
)

// bound is what a tenant can export on a route.
type bound struct {
	values artifact.Values
	param  string // names the object; "" when the route exports all of the caller's
	object artifact.Object
}

func (b *bound) id() string { return b.values[b.param] }

func (b *bound) with(id string) artifact.Values {
	v := maps.Clone(b.values)
	v[b.param] = id
	return v
}

// bind returns something of a tenant that a route exports; nil when nothing is known.
func (e *exporter) bind(r artifact.Route, tenant string) *bound {
	names := r.PathParams()
	if len(names) == 0 {
		return &bound{values: e.query(r, nil, tenant)}
	}
	last := names[len(names)-1]
	for _, o := range e.corpus.Objects {
		if o.Tenant == tenant && o.Route == r.ID && !o.Ambiguous && o.Values[last] != "" {
			return &bound{values: e.query(r, o.Values, tenant), param: last, object: o}
		}
	}
	v := artifact.Values{}
	var object artifact.Object
	for _, name := range names {
		p := param(r, name)
		if gather.TenantWord(p.Noun) || gather.TenantWord(name) {
			if ids := e.TenantIDs(tenant); len(ids) > 0 {
				v[name] = ids[0]
				continue
			}
		}
		for _, o := range e.corpus.Objects {
			if o.Tenant == tenant && o.Noun == p.Noun && p.Noun != "" && !o.Ambiguous {
				v[name], object = o.ID, o
				break
			}
		}
		if v[name] == "" && len(p.Enum) > 0 {
			v[name] = p.Enum[0]
		}
		if v[name] == "" {
			return nil
		}
	}
	return &bound{values: e.query(r, v, tenant), param: last, object: object}
}

// query fills required query parameters: from the contract, or with the
// tenant's own object.
func (e *exporter) query(r artifact.Route, v artifact.Values, tenant string) artifact.Values {
	out := maps.Clone(v)
	if out == nil {
		out = artifact.Values{}
	}
	for _, p := range r.Params {
		if p.In != "query" || !p.Required || out[p.Name] != "" {
			continue
		}
		for _, o := range e.corpus.Objects {
			if o.Tenant == tenant && p.Noun != "" && o.Noun == p.Noun && !o.Ambiguous {
				out[p.Name] = o.ID
				break
			}
		}
		switch {
		case out[p.Name] != "":
		case p.Example != "":
			out[p.Name] = p.Example
		case len(p.Enum) > 0:
			out[p.Name] = p.Enum[0]
		}
	}
	return out
}

func param(r artifact.Route, name string) artifact.Param {
	for _, p := range r.Params {
		if p.Name == name && p.In == "path" {
			return p
		}
	}
	return artifact.Param{Name: name, In: "path"}
}
