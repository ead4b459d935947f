package alter

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/wire"
)

// ownership are the usual names of the field that says whose an object is.
var ownership = []string{"tenant_id", "tenantId", "org_id", "orgId", "organization_id", "organizationId", "account_id", "accountId"}

// foreign has the stranger create an object for the owner's tenant: by a field
// of the body, by a header, by the query, and by the path where it names one.
func foreign(ctx context.Context, t *gather.Tools, m maker, tenant, owner, stranger string) []artifact.WriteTrial {
	base := artifact.WriteTrial{Class: "tenantcreate", Route: m.create.ID, Verb: m.create.Method, Noun: m.noun, Owner: owner, Who: stranger}
	ids := t.TenantIDs(tenant)
	switch {
	case m.skipped.Reason != "":
		base.Skipped = m.skipped
		return []artifact.WriteTrial{base}
	case m.list == "":
		base.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "there is no list in which the owner would see the object"}
		return []artifact.WriteTrial{base}
	case len(ids) == 0:
		base.Skipped = artifact.Skip{Reason: check.NoMarker, Why: "the id that names " + tenant + " to the server is not known"}
		return []artifact.WriteTrial{base}
	}
	values, ok := parents(t, m, stranger)
	if !ok {
		base.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "no parent object of " + stranger + " is known to make one under"}
		return []artifact.WriteTrial{base}
	}
	var out []artifact.WriteTrial
	for _, way := range ways(t, m, stranger, tenant, ids[0], values) {
		trial := base
		trial.Tag, trial.ID = way.tag, way.name
		send(ctx, t, m, way, &trial, stranger, owner)
		out = append(out, trial)
	}
	return out
}

// way is one way of naming another's tenant in a create.
type way struct {
	name, tag string
	request   wire.Request
	values    artifact.Values
}

func ways(t *gather.Tools, m maker, stranger, tenant, id string, values artifact.Values) []way {
	var out []way
	add := func(name string, change func(*wire.Request, map[string]any), v artifact.Values) {
		w := way{name: name, tag: gather.Canary("lrw-"), values: v}
		contentType, body, ok := m.body(t, stranger, w.tag)
		target, filled := m.create.Fill(v)
		if !ok || !filled {
			return
		}
		var object map[string]any
		if json.Unmarshal(body, &object) != nil {
			return
		}
		w.request = write(m.create.Method, target, contentType, body)
		change(&w.request, object)
		if encoded, err := json.Marshal(object); err == nil {
			w.request.Body = encoded
		}
		out = append(out, w)
	}
	add("body", func(_ *wire.Request, o map[string]any) {
		known := properties(m.create)
		named := false
		for _, f := range ownership {
			if _, has := known[f]; has || hasField(m.detail, f) {
				o[f], named = id, true
			}
		}
		for name := range o {
			if gather.TenantWord(strings.TrimSuffix(strings.TrimSuffix(name, "Id"), "_id")) {
				o[name], named = id, true
			}
		}
		if !named {
			o["tenantId"], o["tenant_id"] = id, id
		}
	}, values)
	add("header", func(r *wire.Request, _ map[string]any) {
		r.Header = append(r.Header, field("X-Tenant-Id", id), field("X-Org-Id", id))
	}, values)
	add("query", func(r *wire.Request, _ map[string]any) {
		sep := "?"
		if strings.Contains(r.URL, "?") {
			sep = "&"
		}
		r.URL += sep + "tenantId=" + id + "&tenant_id=" + id
	}, values)
	owner, _ := t.Owner(tenant)
	if theirs, ok := parents(t, m, owner.Name); ok && len(theirs) > 0 {
		add("path", func(*wire.Request, map[string]any) {}, theirs)
	}
	if refs := foreignParents(t, m, tenant); len(refs) > 0 {
		add("parent", func(_ *wire.Request, o map[string]any) {
			for k, v := range refs {
				o[k] = v
			}
		}, values)
	}
	return out
}

// foreignParents are the owner's ids for the body's fields that name a parent.
func foreignParents(t *gather.Tools, m maker, tenant string) map[string]any {
	out := map[string]any{}
	for name, p := range properties(m.create) {
		if !isReference(name) || gather.TenantWord(name) {
			continue
		}
		for _, o := range gather.Made[artifact.Corpus](t, artifact.Corpora).Objects {
			if o.Tenant == tenant && o.Noun == normal.NounOf(name) && !o.Ambiguous {
				out[name] = o.ID
				if p.is() == "integer" {
					out[name] = json.Number(o.ID)
				}
				break
			}
		}
	}
	return out
}

// send creates as the stranger and looks into the owner's list.
func send(ctx context.Context, t *gather.Tools, m maker, w way, trial *artifact.WriteTrial, stranger, owner string) {
	theirs, ok := parents(t, m, owner)
	list, filled := m.create.Fill(theirs)
	if !ok || !filled {
		trial.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "the owner's list cannot be addressed"}
		return
	}
	trial.Before = t.Ask(ctx, look("before", owner, list))[0].Attempt
	c := &canary{maker: m, owner: stranger, tag: w.tag, values: w.values}
	e := c.entry()
	e.Find.Path = list
	trial.Write = t.Write(ctx, gather.Ask{Name: "write", Who: stranger, Request: w.request}, e,
		func(got gather.Answered) *journal.Entry { return c.learn(got) }).Attempt
	trial.After = gather.Attempts(t.Ask(ctx, look("after", owner, list)))
	if c.id != "" {
		// The stranger's own reading may name the other tenant as owner.
		c.values = with(c.values, c.param, c.id)
		trial.Control = t.Ask(ctx, look("stranger's reading", stranger, c.target()))[0].Attempt
	}
}

func hasField(r artifact.Route, name string) bool {
	_, has := parse(r.RespSchema).Properties[name]
	return has
}

// poison has the stranger make an object of its own that refers to an object
// of the owner, and reads it with that reference expanded.
func poison(ctx context.Context, t *gather.Tools, m maker, tenant, owner, stranger string) []artifact.WriteTrial {
	if m.skipped.Reason != "" {
		return nil
	}
	var out []artifact.WriteTrial
	fields := foreignParents(t, m, tenant)
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		noun := normal.NounOf(name)
		target, ok := detailOf(t, tenant, noun)
		trial := artifact.WriteTrial{
			Class: "poisoning", Route: m.create.ID, Verb: m.create.Method, Noun: noun, Pointer: "/" + name, Owner: owner, Who: stranger,
		}
		if !ok {
			trial.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "the owner's " + noun + " cannot be read on its own"}
			out = append(out, trial)
			continue
		}
		refer(ctx, t, m, name, fields[name], target, &trial)
		out = append(out, trial)
	}
	return out
}

// detailOf is where an owner reads an object of the noun.
func detailOf(t *gather.Tools, tenant, noun string) (string, bool) {
	inv := gather.Made[artifact.Inventory](t, artifact.Inventories)
	for _, o := range gather.Made[artifact.Corpus](t, artifact.Corpora).Objects {
		if o.Tenant != tenant || o.Noun != noun || o.Ambiguous || o.Route == "" {
			continue
		}
		for _, r := range inv.Routes {
			if r.ID == o.Route {
				return r.Fill(o.Values)
			}
		}
	}
	return "", false
}

// refer creates the stranger's object and reads it plain and expanded. Before
// and Control hold the owner's two readings of the object referred to.
func refer(ctx context.Context, t *gather.Tools, m maker, name string, id any, target string, trial *artifact.WriteTrial) {
	owners := t.Ask(ctx, look("P", trial.Owner, target), look("P2", trial.Owner, target))
	trial.Before, trial.Control = owners[0].Attempt, owners[1].Attempt
	values, ok := parents(t, m, trial.Who)
	path, filled := m.create.Fill(values)
	if !ok || !filled {
		trial.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "no parent object of " + trial.Who + " is known to make one under"}
		return
	}
	trial.Tag = gather.Canary("lrw-")
	contentType, body, ok := m.body(t, trial.Who, trial.Tag)
	var object map[string]any
	if !ok || json.Unmarshal(body, &object) != nil {
		trial.Skipped = artifact.Skip{Reason: check.Undeclared, Why: "how to make one is not known; declare it under resources: with create"}
		return
	}
	object[name] = id
	body, _ = json.Marshal(object)
	c := &canary{maker: m, owner: trial.Who, tag: trial.Tag, values: values}
	got := t.Write(ctx, gather.Ask{Name: "write", Who: trial.Who, Request: write(m.create.Method, path, contentType, body)},
		c.entry(), func(got gather.Answered) *journal.Entry { return c.learn(got) })
	trial.Write = got.Attempt
	if c.id == "" {
		return // refused, or without an id to read it by: the check sees the answer
	}
	c.values = with(c.values, c.param, c.id)
	word := strings.TrimSuffix(strings.TrimSuffix(name, "_id"), "Id")
	trial.After = gather.Attempts(t.Ask(ctx,
		look("plain", trial.Who, c.target()),
		look("expand", trial.Who, c.target()+"?expand="+word),
		look("include", trial.Who, c.target()+"?include="+word),
	))
}
