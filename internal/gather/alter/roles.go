package alter

import (
	"bytes"
	"context"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/canary"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
)

// rolewrites has identities of the owner's tenant make, change and delete what
// their role must not, where that is declared. The verbs are tried one by one,
// and beside a barred change the other verb that changes, for a guard on one
// may be missing on the other.
func (r *round) rolewrites(ctx context.Context, t *gather.Tools, m canary.Maker, owner artifact.Identity) {
	if low, ok := barred(t, m.Create, owner); ok {
		r.creation(ctx, t, m, artifact.WriteTrial{Class: "rolewrite", Owner: owner.Name, Who: low.Name, Declared: true})
	}
	for _, v := range verbs(m) {
		low, ok := barred(t, v.Route, owner)
		if !ok {
			continue
		}
		v.declared = true
		vs := []verb{v}
		if sibling, ok := sibling(m, v); ok {
			vs = append(vs, sibling)
		}
		r.changes(ctx, t, m, "rolewrite", owner.Name, low.Name, vs)
	}
}

// sibling is the other verb that changes an object, where nothing is declared of it.
func sibling(m canary.Maker, v verb) (verb, bool) {
	other := map[string]string{"PATCH": "PUT", "PUT": "PATCH"}[v.Method]
	if other == "" {
		return verb{}, false
	}
	for _, u := range m.Updates {
		if u.Method == other {
			return verb{u, false}, u.Roles == nil
		}
	}
	s := v.Route
	s.Method, s.ID, s.Roles = other, other+" "+v.Template, nil
	return verb{s, false}, true
}

// barred finds the identity with the most rights among those of the owner's
// tenant that a declaration bars from a route.
func barred(t *gather.Tools, r artifact.Route, owner artifact.Identity) (artifact.Identity, bool) {
	var low artifact.Identity
	for _, p := range t.People() {
		if p.Tenant != owner.Tenant || p.Name == owner.Name || p.Disposable || p.Role == "" || canary.Allowed(r, p.Role) {
			continue
		}
		if low.Name == "" || gather.RoleRank(p.Role) > gather.RoleRank(low.Role) {
			low = p
		}
	}
	return low, low.Name != ""
}

// creation has somebody make an object where they must not, and looks for it
// in the owner's list. That list must show what the owner itself makes.
func (r *round) creation(ctx context.Context, t *gather.Tools, m canary.Maker, base artifact.WriteTrial) *artifact.WriteTrial {
	trial := &base
	trial.Route, trial.Verb, trial.Noun = m.Create.ID, m.Create.Method, m.Noun
	if !r.add(trial) {
		return nil
	}
	control, skip := r.control(ctx, t, m, trial.Owner)
	if control == nil {
		trial.Skipped = skip
		return trial
	}
	trial.Tag, trial.Positive = gather.Canary("lrw-"), control.Made
	values, _ := canary.Parents(t, m, trial.Owner)
	contentType, object, ok := m.Object(t, trial.Owner, trial.Tag)
	q, made := m.Making(values, contentType, object)
	if !ok || !made {
		trial.Skipped = artifact.Skip{Reason: check.Undeclared, Why: canary.UnknownBody}
		return trial
	}
	list, by, ok := listed(ctx, t, control, nil, trial)
	if !ok {
		return trial
	}
	c := canary.New(t, m, trial.Owner, trial.Tag, values)
	trial.Write = t.Write(ctx, gather.Ask{Name: "write", Who: trial.Who, Request: q},
		c.Entry(), func(got gather.Answered) *journal.Entry { return c.Learn(got) }).Attempt
	if by == byID && c.ID != "" {
		trial.Tag = c.ID
	}
	trial.After = gather.Attempts(canary.Ask(ctx, t, canary.Look("after", trial.Owner, list)))
	r.later(canary.Look("after a while", trial.Owner, list), func(a artifact.Attempt) { trial.After = append(trial.After, a) })
	return trial
}

// roleOrders asks the write routes that a role must not call and of which no
// object could be made: as that role, with what no handler can accept and ids
// that do not exist. Whether the role is asked for first then shows.
func roleOrders(ctx context.Context, t *gather.Tools, trials []artifact.WriteTrial) []artifact.Asked {
	tried := map[string]bool{}
	for _, w := range trials {
		tried[w.Route] = tried[w.Route] || w.Class == "rolewrite" && w.Write.Sent()
	}
	var out []artifact.Asked
	for _, r := range gather.Made[artifact.Inventory](t, artifact.Inventories).Routes {
		if r.Safe() || r.Roles == nil || r.Origin != "" || r.Public != "" || r.Kind == "graphql" || tried[r.ID] {
			continue
		}
		low, ok := anyBarred(t, r)
		if !ok {
			continue
		}
		a := artifact.Asked{Route: r.ID}
		target, filled := r.Fill(nowhere(t, r))
		switch {
		case r.Never:
			a.Skipped = artifact.Skip{Reason: check.EffectRefused, Why: "on routes.never"}
		case !filled || len(r.PathParams()) == 0 && r.Method != "PATCH" && len(canary.Parse(r.BodySchema).Required) == 0:
			a.Skipped = artifact.Skip{Reason: check.EffectRefused, Why: "it might run: there is neither an id nor a body by which it would fail"}
		default:
			try := invalid(r, target)[0]
			try.Name, try.Who = "role invalid", low.Name
			a.Tries = gather.Attempts(t.InOrder(ctx, canary.Expected(t, try)...))
		}
		out = append(out, a)
	}
	return out
}

// anyBarred is somebody of any tenant whom a declaration bars from a route.
func anyBarred(t *gather.Tools, r artifact.Route) (artifact.Identity, bool) {
	for _, tenant := range t.Tenants() {
		if owner, ok := t.Owner(tenant); ok {
			if low, ok := barred(t, r, owner); ok {
				return low, true
			}
		}
	}
	return artifact.Identity{}, false
}

// How new objects are told in a list.
const (
	byTag = "tag"
	byID  = "id"
)

// listed reads the owner's list before a trial, and says by what the control,
// an object that the owner made, is told in it. A list that does not show the
// control could not show anything else that is new; one that shows what the
// stranger made for itself as well is everybody's list. usual may be nil.
func listed(ctx context.Context, t *gather.Tools, control, usual *canary.Object, trial *artifact.WriteTrial) (list, by string, ok bool) {
	values, _ := canary.Parents(t, control.Maker, trial.Owner)
	list, ok = control.Maker.Listing(values)
	if !ok {
		trial.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "there is no list in which the owner would see the object"}
		return "", "", false
	}
	got := canary.Ask(ctx, t, canary.Look("before", trial.Owner, list))[0]
	trial.Before = got.Attempt
	switch {
	case got.Answer == nil || got.Unproven != "":
		return list, byTag, true // the check says what came of it
	case usual != nil && usual.ListedIn(got.Answer.Body):
		trial.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "what " + trial.Who + " makes without naming a tenant is on the owner's list too: on a list of all tenants this would show in any case"}
		return "", "", false
	case bytes.Contains(got.Answer.Body, []byte(control.Tag)):
		return list, byTag, true
	case control.Unique() && bytes.Contains(got.Answer.Body, []byte(control.ID)):
		return list, byID, true
	}
	trial.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "the owner's list does not show what was just made (its first page, or its columns), so it could not show this either"}
	return "", "", false
}
