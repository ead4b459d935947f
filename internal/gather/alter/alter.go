// Package alter tries to write across tenants, past roles and without a login,
// on objects that this run made for the purpose; the owner's re-read tells what
// happened. It also follows channels while an owner writes.
package alter

import (
	"context"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/canary"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/portal"
)

const (
	// settleTime is how long an asynchronous write may take to show.
	settleTime = 1500 * time.Millisecond
	// maxTrials bounds the writes of one gatherer; a trial costs about 12 requests.
	maxTrials, perTrial = 150, 14
)

// Gatherer makes the transcript of writes across tenants and past roles.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:     "alter",
		Doc:      "writes across tenants and past roles, on objects made for it",
		Makes:    artifact.Altered.Name(),
		Needs:    []string{artifact.SignIns.Name(), artifact.Inventories.Name(), artifact.Corpora.Name()},
		Wants:    []string{artifact.Baselines.Name()},
		Thorough: true,
		Effects:  []portal.Effect{portal.Look, portal.SignIn, portal.Write},
		Budget:   func(*gather.Tools) int { return maxTrials * perTrial },
		Gather: func(ctx context.Context, t *gather.Tools) (any, error) {
			r := newRound(t)
			for i, m := range canary.Makers(t) {
				r.across(ctx, t, m, i)
			}
			r.settle(ctx, t)
			out := &artifact.WriteTrials{Trials: r.made()}
			out.Orders = roleOrders(ctx, t, out.Trials)
			return out, nil
		},
	}
}

// across runs every trial of the nth noun. Writes leave traces, so each is
// tried from one tenant on one other, and past roles in one tenant; which it is
// changes from noun to noun, and where one decides nothing the next is tried.
func (r *round) across(ctx context.Context, t *gather.Tools, m canary.Maker, nth int) {
	r.each(ctx, t, nth, func(owner artifact.Identity) {
		if strangers := t.Strangers(owner.Tenant); len(strangers) > 0 {
			stranger := strangers[0].Name
			r.changes(ctx, t, m, "tenantwrite", owner.Name, stranger, verbs(m))
			r.foreign(ctx, t, m, owner.Tenant, owner.Name, stranger)
			r.poison(ctx, t, m, owner.Tenant, owner.Name, stranger)
		}
	})
	r.each(ctx, t, nth, func(owner artifact.Identity) { r.rolewrites(ctx, t, m, owner) })
}

// each calls try with the tenants' owners, beginning with the nth, until one decides.
func (r *round) each(ctx context.Context, t *gather.Tools, nth int, try func(owner artifact.Identity)) {
	tenants := t.Tenants()
	for i := range tenants {
		owner, ok := t.Owner(tenants[(nth+i)%len(tenants)])
		if !ok || ctx.Err() != nil {
			continue
		}
		first := len(r.trials)
		if try(owner); r.decided(first) {
			return
		}
	}
}

// decided reports whether every trial since the first one was really made.
func (r *round) decided(first int) bool {
	for _, trial := range r.trials[first:] {
		if trial.Skipped.Reason != "" || trial.Write.Unproven != "" {
			return false
		}
	}
	return len(r.trials) > first
}

// verb is one way of writing to an object. It is declared when the description
// or the contract says that whoever tries it must not.
type verb struct {
	artifact.Route
	declared bool
}

// deletes reports whether a verb removes the object.
func (v verb) deletes(c *canary.Object) bool { return v.ID == c.Del.ID }

// verbs are the updates and the deletion of a noun.
func verbs(m canary.Maker) []verb {
	var out []verb
	for _, u := range m.Updates {
		out = append(out, verb{u, false})
	}
	if m.Del.ID != "" {
		out = append(out, verb{m.Del, false})
	}
	return out
}

// changes tries each verb as who, each on a fresh object of owner, with an
// untouched one beside it.
func (r *round) changes(ctx context.Context, t *gather.Tools, m canary.Maker, class, owner, who string, vs []verb) []*artifact.WriteTrial {
	var out []*artifact.WriteTrial
	for _, v := range vs {
		trial := &artifact.WriteTrial{Class: class, Route: v.ID, Verb: v.Method, Noun: m.Noun, Owner: owner, Who: who, Declared: v.declared}
		if !r.add(trial) {
			break
		}
		out = append(out, trial)
		control, skip := r.control(ctx, t, m, owner)
		if control == nil {
			trial.Skipped = skip
			continue
		}
		r.change(ctx, t, v, control, trial)
	}
	return out
}

// change has who write to a fresh object: set its text, or delete it.
func (r *round) change(ctx context.Context, t *gather.Tools, v verb, control *canary.Object, trial *artifact.WriteTrial) {
	c, skip := canary.Plant(ctx, t, control.Maker, trial.Owner)
	if c == nil {
		trial.Skipped = skip
		return
	}
	trial.ID, trial.Before = c.ID, c.Before.Attempt
	if trial.Skipped = c.Namesake(ctx, t, trial.Who); trial.Skipped.Reason != "" {
		return
	}
	theirs, ok := c.Erase(v.Route)
	own, entry := theirs, c.Deleting()
	if !v.deletes(c) {
		trial.Pointer, trial.Tag = c.Pointer, gather.Canary("lrw-")
		entry = c.Changing(trial.Tag)
		theirs, ok = c.Update(t, v.Route, trial.Who, trial.Tag)
		own, _ = c.Update(t, v.Route, trial.Owner, gather.Canary("lrc-"))
	}
	if !ok {
		trial.Skipped = artifact.Skip{Reason: check.Undeclared, Why: "how to change one is not known; declare it under resources: with update"}
		return
	}
	trial.Write = t.Write(ctx, gather.Ask{Name: "write", Who: trial.Who, Request: theirs}, entry, nil).Attempt
	trial.After = gather.Attempts(canary.Ask(ctx, t, canary.Look("after", trial.Owner, c.Target())))
	r.later(canary.Look("after a while", trial.Owner, c.Target()), func(a artifact.Attempt) { trial.After = append(trial.After, a) })
	r.later(canary.Look("control", trial.Owner, control.Target()), func(a artifact.Attempt) { trial.Control = a })
	if own.Method == "" {
		return
	}
	// The owner's own write of the same kind shows that the request was a good one.
	r.last(func(ctx context.Context) {
		trial.Positive = t.Write(ctx, gather.Ask{Name: "positive", Who: trial.Owner, Request: own}, entry, nil).Attempt
	})
}
