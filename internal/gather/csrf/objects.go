package csrf

import (
	"context"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/canary"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
)

// objects are the operations on objects that a run can make: creating one,
// changing one, and for the first kind of each part deleting one.
func (r *run) objects() (ops []*operation, handled map[string]bool) {
	handled = map[string]bool{}
	if gather.Made[artifact.Corpus](r.t, artifact.Corpora) == nil {
		return nil, handled
	}
	deletes := map[string]bool{}
	for _, m := range canary.Makers(r.t) {
		who, ok := r.actor(m.Create)
		if !ok || m.Skipped.Reason != "" {
			continue
		}
		ops, handled[m.Create.ID] = append(ops, r.creation(m, who)), true
		if len(m.Updates) > 0 {
			ops = append(ops, r.update(m, m.Updates[0], who))
			for _, u := range m.Updates {
				handled[u.ID] = true
			}
		}
		if m.Del.ID != "" && canary.Allowed(m.Del, r.role(who)) {
			handled[m.Del.ID] = true
			if part := partOf(m.Del); !deletes[part] {
				deletes[part] = true
				ops = append(ops, r.deletion(m, who))
			}
		}
	}
	return ops, handled
}

// actor is the one with the most rights among those whose credential is sent by
// itself and who may call a route.
func (r *run) actor(of artifact.Route) (string, bool) {
	best, rank := "", -1
	for _, p := range r.t.People() {
		if r.kind(p.Name) == byCookie || r.kind(p.Name) == byBasic {
			if n := gather.RoleRank(p.Role); canary.Allowed(of, p.Role) && !p.Disposable && p.Tenant != "" && n > rank {
				best, rank = p.Name, n
			}
		}
	}
	if best == "" { // portals for one company, or with disposable people only
		for _, p := range r.t.People() {
			if k := r.kind(p.Name); (k == byCookie || k == byBasic) && canary.Allowed(of, p.Role) {
				return p.Name, true
			}
		}
	}
	return best, best != ""
}

// kind is how an identity's credential travels.
func (r *run) kind(who string) string {
	kind := ""
	for _, a := range r.out.Ambients {
		if a.Who == who {
			return a.Kind
		}
		if a.Recipe == r.identity(who).Login && r.t.As(a.Who).Sends() == r.t.As(who).Sends() {
			kind = a.Kind
		}
	}
	return kind
}

func (r *run) role(who string) string {
	return gather.Made[artifact.Sessions](r.t, artifact.SignIns).By(who).Role
}

// partOf names a part of the portal whose routes likely share what guards them:
// its pages with their forms, or the API below a first segment.
func partOf(route artifact.Route) string {
	segs := strings.Split(strings.Trim(route.Template, "/"), "/")
	if strings.Contains(route.BodyType, "json") || route.BodyType == "" && slices.Contains([]string{"api", "rest", "v1", "v2"}, segs[0]) {
		return "/" + segs[0]
	}
	return "pages"
}

func (r *run) operation(class string, route artifact.Route, who string) *operation {
	return &operation{
		Forgery: artifact.Forgery{Class: class, Cluster: partOf(route), Route: route.ID, Who: who, Effect: artifact.Appears},
		route:   route, media: route.BodyType,
	}
}

// creation makes objects, and looks for them in their list or by their ids.
func (r *run) creation(m canary.Maker, who string) *operation {
	op := r.operation("create", m.Create, who)
	made := map[string]*canary.Object{}
	var values artifact.Values
	op.begin = func(context.Context) artifact.Skip {
		var ok bool
		if values, ok = canary.Parents(r.t, m, who); !ok {
			return artifact.Skip{Reason: check.NoPositiveControl, Why: "no parent object of " + who + " is known to make one under"}
		}
		contentType, _, ok := m.Object(r.t, who, "lr")
		if !ok {
			return artifact.Skip{Reason: check.Undeclared, Why: canary.UnknownBody}
		}
		op.media = contentType
		if _, ok := m.Listing(values); !ok {
			return artifact.Skip{Reason: check.NoPositiveControl, Why: "there is no list in which a new one would show"}
		}
		return artifact.Skip{}
	}
	op.order = func(tag string) (order, bool) {
		target, filled := m.Create.Fill(values)
		_, object, ok := m.Object(r.t, who, tag)
		return order{m.Create.Method, target, object, tag}, ok && filled
	}
	of := func(tag string) *canary.Object {
		if made[tag] == nil {
			made[tag] = canary.New(r.t, m, who, tag, values)
		}
		return made[tag]
	}
	op.entry = func(tag string) journal.Entry { return of(tag).Entry() }
	op.learn = func(tag string, got gather.Answered) *journal.Entry { return of(tag).Learn(got) }
	op.read = func(name string) gather.Ask {
		list, _ := m.Listing(values)
		return canary.Look(name, who, list)
	}
	op.found = func(tag string) (gather.Ask, bool) {
		c := of(tag)
		if c.ID == "" {
			return gather.Ask{}, false
		}
		c.Values = canary.With(c.Values, m.Param, c.ID)
		return canary.Look("after", who, c.Target()), true
	}
	return op
}

// update sets the text of one object.
func (r *run) update(m canary.Maker, u artifact.Route, who string) *operation {
	op := r.operation("update", u, who)
	var c *canary.Object
	op.begin = func(ctx context.Context) (skip artifact.Skip) {
		c, skip = canary.Plant(ctx, r.t, m, who)
		if c != nil {
			if contentType, _, ok := c.Fields(r.t, who, u, c.Pointer, "lr", c.Doc); ok {
				op.media = contentType
			}
		}
		return skip
	}
	op.order = func(tag string) (order, bool) {
		_, fields, ok := c.Fields(r.t, who, u, c.Pointer, tag, c.Doc)
		target, filled := u.Fill(canary.Rename(u, c.Detail, c.Values))
		return order{u.Method, target, fields, tag}, ok && filled
	}
	op.entry = func(tag string) journal.Entry { return c.Changing(tag) }
	op.read = func(name string) gather.Ask { return canary.Look(name, who, c.Target()) }
	return op
}

// deletion deletes one object.
func (r *run) deletion(m canary.Maker, who string) *operation {
	op := r.operation("delete", m.Del, who)
	op.Effect = artifact.Gone
	var c *canary.Object
	op.begin = func(ctx context.Context) (skip artifact.Skip) {
		c, skip = canary.Plant(ctx, r.t, m, who)
		if c != nil {
			op.Sign = c.Tag
		}
		return skip
	}
	op.order = func(string) (order, bool) {
		target, filled := m.Del.Fill(canary.Rename(m.Del, c.Detail, c.Values))
		return order{method: m.Del.Method, target: target}, filled
	}
	op.entry = func(string) journal.Entry { return c.Deleting() }
	op.read = func(name string) gather.Ask { return canary.Look(name, who, c.Target()) }
	return op
}
