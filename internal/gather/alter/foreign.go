package alter

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/canary"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/wire"
)

// ownership are the usual names of the field that says whose an object is.
var ownership = []string{"tenant_id", "tenantId", "org_id", "orgId", "organization_id", "organizationId", "account_id", "accountId"}

// foreign has the stranger create an object for the owner's tenant: by a field
// of the body, by a header, by the query, by the path where it names one, and
// below the owner's parents. What the stranger made as usual is the control.
func (r *round) foreign(ctx context.Context, t *gather.Tools, m canary.Maker, tenant, owner, stranger string) {
	base := artifact.WriteTrial{Class: "tenantcreate", Route: m.Create.ID, Verb: m.Create.Method, Noun: m.Noun, Owner: owner, Who: stranger}
	skip := func(s artifact.Skip) {
		base.Skipped = s
		r.add(&base)
	}
	ids := t.TenantIDs(tenant)
	control, why := r.control(ctx, t, m, owner)
	usual, whyNot := r.control(ctx, t, m, stranger)
	switch {
	case control == nil:
		skip(why)
		return
	case usual == nil:
		skip(whyNot)
		return
	case len(ids) == 0:
		skip(artifact.Skip{Reason: check.NoMarker, Why: "the id that names " + tenant + " to the server is not known"})
		return
	}
	base.Positive = usual.Made
	ways := namings(t, m, stranger, tenant, ids[0])
	if len(ways) == 0 {
		skip(artifact.Skip{Reason: check.Undeclared, Why: canary.UnknownBody})
	}
	for _, way := range ways {
		trial := base
		trial.Tag, trial.How = way.tag, way.how
		if !r.add(&trial) {
			return
		}
		r.send(ctx, t, control, usual, way, &trial)
	}
}

// naming is one way of naming another's tenant in a create.
type naming struct {
	how, tag string
	request  wire.Request
	values   artifact.Values
}

func namings(t *gather.Tools, m canary.Maker, stranger, tenant, id string) []naming {
	var out []naming
	values, _ := canary.Parents(t, m, stranger)
	add := func(how string, v artifact.Values, fields map[string]any, change func(*wire.Request)) {
		n := naming{how: how, tag: gather.Canary("lrw-"), values: v}
		contentType, object, ok := m.Object(t, stranger, n.tag)
		if !ok {
			return
		}
		object = maps.Clone(object)
		maps.Copy(object, fields)
		if n.request, ok = m.Making(v, contentType, object); ok {
			change(&n.request)
			out = append(out, n)
		}
	}
	as := func(*wire.Request) {}
	add("body", values, tenantFields(t, m, stranger, id), as)
	add("header", values, nil, func(r *wire.Request) {
		r.Header = append(r.Header, canary.Field("X-Tenant-Id", id), canary.Field("X-Org-Id", id))
	})
	add("query", values, nil, func(r *wire.Request) { r.URL = withQuery(r.URL, "tenantId="+id+"&tenant_id="+id) })
	owner, _ := t.Owner(tenant)
	if theirs, ok := canary.Parents(t, m, owner.Name); ok && len(theirs) > 0 {
		add("path", theirs, nil, as)
	}
	if refs := foreignRefs(t, m, tenant); len(refs) > 0 {
		add("parent", values, refs, as)
	}
	return out
}

func withQuery(target, query string) string {
	if strings.Contains(target, "?") {
		return target + "&" + query
	}
	return target + "?" + query
}

// tenantFields are the fields of a body that say whose the object is: those
// that the contract or the object itself knows, else the usual two.
func tenantFields(t *gather.Tools, m canary.Maker, stranger, id string) map[string]any {
	out := map[string]any{}
	known := canary.Properties(m.Create)
	for _, f := range ownership {
		if _, has := known[f]; has || hasField(m.Detail, f) || hasField(m.Create, f) {
			out[f] = id
		}
	}
	if _, object, ok := m.Object(t, stranger, ""); ok {
		for name := range object {
			if gather.TenantWord(name) {
				out[name] = id
			}
		}
	}
	if len(out) == 0 {
		out["tenantId"], out["tenant_id"] = id, id
	}
	return out
}

func hasField(r artifact.Route, name string) bool {
	_, has := canary.Parse(r.RespSchema).Properties[name]
	return has
}

// foreignRefs are the owner's ids for the body's fields that name another object.
func foreignRefs(t *gather.Tools, m canary.Maker, tenant string) map[string]any {
	out := map[string]any{}
	for name, p := range canary.Properties(m.Create) {
		if !canary.IsReference(name) || gather.TenantWord(name) {
			continue
		}
		if o, ok := objectOf(t, tenant, normal.NounOf(name)); ok {
			out[name] = o.ID
			if p.Is() == "integer" {
				out[name] = json.Number(o.ID)
			}
		}
	}
	return out
}

// send creates as the stranger, and looks into the owner's list and at what
// the stranger itself reads of it. usual is what the stranger made for itself.
func (r *round) send(ctx context.Context, t *gather.Tools, control, usual *canary.Object, n naming, trial *artifact.WriteTrial) {
	list, by, ok := listed(ctx, t, control, usual, trial)
	if !ok {
		return
	}
	c := canary.New(t, control.Maker, trial.Who, n.tag, n.values)
	trial.Write = t.Write(ctx, gather.Ask{Name: "write", Who: trial.Who, Request: n.request}, c.Entry(),
		func(got gather.Answered) *journal.Entry { return c.Learn(got) }).Attempt
	if by == byID && c.ID != "" {
		trial.Tag = c.ID
	}
	trial.After = gather.Attempts(canary.Ask(ctx, t, canary.Look("after", trial.Owner, list)))
	r.later(canary.Look("after a while", trial.Owner, list), func(a artifact.Attempt) { trial.After = append(trial.After, a) })
	if c.ID != "" {
		c.Values = canary.With(c.Values, c.Param, c.ID)
		trial.Control = canary.Ask(ctx, t, canary.Look("stranger's reading", trial.Who, c.Target()))[0].Attempt
	}
}

// poison has the stranger make an object of its own that refers to an object
// of the owner, and reads it with that reference expanded.
func (r *round) poison(ctx context.Context, t *gather.Tools, m canary.Maker, tenant, owner, stranger string) {
	fields := foreignRefs(t, m, tenant)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		noun := normal.NounOf(name)
		target, ok := detailOf(t, tenant, noun)
		trial := &artifact.WriteTrial{
			Class: "poisoning", Route: m.Create.ID, Verb: m.Create.Method, Noun: noun, Pointer: "/" + name, How: name, Owner: owner, Who: stranger,
		}
		if !r.add(trial) {
			return
		}
		usual, skip := r.control(ctx, t, m, stranger)
		switch {
		case usual == nil:
			trial.Skipped = skip
		case !ok:
			trial.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "the owner's " + noun + " cannot be read on its own"}
		default:
			trial.Positive = usual.Made
			refer(ctx, t, m, name, fields[name], target, trial)
		}
	}
}

// objectOf is an object of the noun that a tenant alone owns, best one that
// can be read on its own.
func objectOf(t *gather.Tools, tenant, noun string) (found artifact.Object, ok bool) {
	for _, o := range gather.Made[artifact.Corpus](t, artifact.Corpora).Objects {
		if o.Tenant != tenant || o.Noun != noun || noun == "" || o.Ambiguous {
			continue
		}
		if o.Route != "" {
			return o, true
		}
		if !ok {
			found, ok = o, true
		}
	}
	return found, ok
}

// detailOf is where an owner reads that object.
func detailOf(t *gather.Tools, tenant, noun string) (string, bool) {
	o, ok := objectOf(t, tenant, noun)
	if r := gather.Made[artifact.Inventory](t, artifact.Inventories).By(o.Route); ok && r != nil {
		return r.Fill(o.Values)
	}
	return "", false
}

// refer creates the stranger's object and reads it plain and expanded. Before
// and Control hold the owner's two readings of the object referred to.
func refer(ctx context.Context, t *gather.Tools, m canary.Maker, name string, id any, target string, trial *artifact.WriteTrial) {
	trial.ID = canary.PlainText(id)
	owners := canary.Ask(ctx, t, canary.Look("P", trial.Owner, target), canary.Look("P2", trial.Owner, target))
	trial.Before, trial.Control = owners[0].Attempt, owners[1].Attempt
	values, _ := canary.Parents(t, m, trial.Who)
	trial.Tag = gather.Canary("lrw-")
	contentType, object, ok := m.Object(t, trial.Who, trial.Tag)
	if ok {
		object = maps.Clone(object)
		object[name] = id
	}
	q, made := m.Making(values, contentType, object)
	if !ok || !made {
		trial.Skipped = artifact.Skip{Reason: check.Undeclared, Why: canary.UnknownBody}
		return
	}
	c := canary.New(t, m, trial.Who, trial.Tag, values)
	got := c.Create(ctx, t, "write", trial.Who, q)
	trial.Write = got.Attempt
	if c.ID == "" && (got.Status()/100 > 3 || !c.Find(ctx, t)) {
		return // refused, or not found again: the check sees the answer
	}
	c.Values = canary.With(c.Values, c.Param, c.ID)
	word := strings.TrimSuffix(strings.TrimSuffix(name, "_id"), "Id")
	trial.After = gather.Attempts(canary.Ask(ctx, t,
		canary.Look("plain", trial.Who, c.Target()),
		canary.Look("expand", trial.Who, withQuery(c.Target(), "expand="+word)),
		canary.Look("include", trial.Who, withQuery(c.Target(), "include="+word)),
	))
}
