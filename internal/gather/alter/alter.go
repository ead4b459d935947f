// Package alter tries to write across tenants, and without a login, on objects
// that this run made for the purpose; the owner's re-read tells what happened.
package alter

import (
	"context"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

const (
	// settleTime is how long an asynchronous write may take to show.
	settleTime = 1500 * time.Millisecond
	// maxTrials bounds the writes of one gatherer; a trial costs about 10 requests.
	maxTrials, perTrial = 120, 14
)

// Gatherer makes the transcript of cross-tenant writes.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:    "alter",
		Doc:     "writes across tenants, on objects made for it",
		Makes:   artifact.Altered.Name(),
		Needs:   []string{artifact.SignIns.Name(), artifact.Inventories.Name(), artifact.Corpora.Name()},
		Wants:   []string{artifact.Baselines.Name()},
		Effects: []portal.Effect{portal.Look, portal.SignIn, portal.Write},
		Budget:  func(*gather.Tools) int { return maxTrials * perTrial },
		Gather: func(ctx context.Context, t *gather.Tools) (any, error) {
			out := &artifact.WriteTrials{}
			for _, m := range makers(t) {
				if len(out.Trials) >= maxTrials || ctx.Err() != nil {
					break
				}
				out.Trials = append(out.Trials, across(ctx, t, m)...)
			}
			return out, nil
		},
	}
}

// across runs every cross-tenant trial of one noun, in both directions.
func across(ctx context.Context, t *gather.Tools, m maker) []artifact.WriteTrial {
	var out []artifact.WriteTrial
	for _, tenant := range t.Tenants() {
		owner, ok := t.Owner(tenant)
		strangers := t.Strangers(tenant)
		if !ok || len(strangers) == 0 {
			continue
		}
		stranger := strangers[0].Name
		out = append(out, changes(ctx, t, m, "tenantwrite", owner.Name, stranger, false)...)
		out = append(out, foreign(ctx, t, m, tenant, owner.Name, stranger)...)
		out = append(out, poison(ctx, t, m, tenant, owner.Name, stranger)...)
		out = append(out, rolewrites(ctx, t, m, owner)...)
	}
	return out
}

// changes tries each verb that changes or deletes, as who, each on a fresh
// object of owner, with an untouched one beside it.
func changes(ctx context.Context, t *gather.Tools, m maker, class, owner, who string, declared bool) []artifact.WriteTrial {
	control, skip := plant(ctx, t, m, owner)
	var out []artifact.WriteTrial
	for _, u := range m.updates {
		trial := artifact.WriteTrial{Class: class, Route: u.ID, Verb: u.Method, Noun: m.noun, Owner: owner, Who: who, Declared: declared, Skipped: skip}
		if skip.Reason == "" {
			change(ctx, t, u, control, &trial)
		}
		out = append(out, trial)
	}
	if del, ok := deletion(t, m); ok {
		trial := artifact.WriteTrial{Class: class, Route: del.ID, Verb: "DELETE", Noun: m.noun, Owner: owner, Who: who, Declared: declared, Skipped: skip}
		if skip.Reason == "" {
			remove(ctx, t, del, control, &trial)
		}
		out = append(out, trial)
	}
	return out
}

func deletion(t *gather.Tools, m maker) (artifact.Route, bool) {
	for _, r := range gather.Made[artifact.Inventory](t, artifact.Inventories).Routes {
		if r.Method == "DELETE" && r.Origin == "" && !r.Never && shapeOf(r.Template) == shapeOf(m.detail.Template) {
			return r, true
		}
	}
	return artifact.Route{}, false
}

// change has who set one free text of a fresh object.
func change(ctx context.Context, t *gather.Tools, u artifact.Route, control *canary, trial *artifact.WriteTrial) {
	c, skip := plant(ctx, t, control.maker, trial.Owner)
	if c == nil {
		trial.Skipped = skip
		return
	}
	trial.ID, trial.Pointer, trial.Tag = c.id, c.pointer, gather.Canary("lrw-")
	trial.Before = c.before.Attempt
	r, ok := c.update(t, u, trial.Who, trial.Tag)
	if !ok {
		trial.Skipped = artifact.Skip{Reason: check.Undeclared, Why: "how to change one is not known; declare it under resources: with update"}
		return
	}
	got := t.Write(ctx, gather.Ask{Name: "write", Who: trial.Who, Request: r}, c.changing(trial.Tag), nil)
	trial.Write = got.Attempt
	trial.After = reread(ctx, t, c, trial.Owner)
	trial.Control = t.Ask(ctx, look("control", trial.Owner, control.target()))[0].Attempt
	// The owner's own write of the same kind shows that the request was a good one.
	if own, ok := c.update(t, u, trial.Owner, gather.Canary("lrc-")); ok {
		trial.Positive = t.Write(ctx, gather.Ask{Name: "positive", Who: trial.Owner, Request: own}, c.changing("the owner's own"), nil).Attempt
	}
}

// update is the request that sets the object's text to tag, as who would send it.
func (c *canary) update(t *gather.Tools, u artifact.Route, who, tag string) (r wire.Request, ok bool) {
	if who == evidence.Anonymous {
		who = c.owner // whose words it borrows; it signs with nothing
	}
	contentType, body, ok := c.change(t, who, u, c.pointer, tag, c.doc)
	if !ok {
		return r, false
	}
	target, filled := u.Fill(rename(u, c.detail, c.values))
	return write(u.Method, target, contentType, body), filled
}

// rename binds a route's path parameters by position: contracts name the same
// parameter differently from verb to verb.
func rename(to, from artifact.Route, v artifact.Values) artifact.Values {
	out := artifact.Values{}
	names := from.PathParams()
	for i, name := range to.PathParams() {
		if i < len(names) {
			out[name] = v[names[i]]
		}
	}
	return out
}

// changing journals a change of an object that this run made: it ends with
// the object, whose own entry removes it.
func (c *canary) changing(tag string) journal.Entry {
	return journal.Entry{
		Kind: journal.Change, What: c.noun + " " + c.id + " to " + tag, Who: c.owner,
		Undo: c.removal(c.target(), c.id), Verify: &journal.Verify{Who: c.owner, Path: c.target(), Expect: journal.Gone},
	}
}

// remove has who delete a fresh object.
func remove(ctx context.Context, t *gather.Tools, del artifact.Route, control *canary, trial *artifact.WriteTrial) {
	c, skip := plant(ctx, t, control.maker, trial.Owner)
	if c == nil {
		trial.Skipped = skip
		return
	}
	trial.ID, trial.Before = c.id, c.before.Attempt
	target, _ := del.Fill(rename(del, c.detail, c.values))
	e := c.changing("nothing")
	e.Kind = journal.Delete
	trial.Write = t.Write(ctx, gather.Ask{Name: "write", Who: trial.Who, Request: write(del.Method, target, "", nil)}, e, nil).Attempt
	trial.After = reread(ctx, t, c, trial.Owner)
	trial.Control = t.Ask(ctx, look("control", trial.Owner, control.target()))[0].Attempt
	trial.Positive = t.Write(ctx, gather.Ask{Name: "positive", Who: trial.Owner, Request: write(del.Method, target, "", nil)}, e, nil).Attempt
}

// reread reads the object at once and after settleTime.
func reread(ctx context.Context, t *gather.Tools, c *canary, owner string) []artifact.Attempt {
	out := gather.Attempts(t.Ask(ctx, look("after", owner, c.target())))
	select {
	case <-ctx.Done():
	case <-time.After(settleTime):
	}
	return append(out, gather.Attempts(t.Ask(ctx, look("after 1.5 s", owner, c.target())))...)
}
