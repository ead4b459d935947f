package latency

import (
	"context"
	"fmt"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/canary"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// mostWritten bounds the writes of one action: each is journalled, and what it
// made is deleted and looked for once more.
const mostWritten = 500

// writing is what an action that writes sends: it makes objects of this run's
// own, or changes one that it has made. Everything is in the journal before
// the first request of a round is due, for a disk must not keep a request waiting.
type writing struct {
	maker  canary.Maker
	update *artifact.Route // nil: it makes
	values []artifact.Values
	made   []*canary.Object // what each asker changes

	ahead map[uint64]*written // by place in the round
}

// written is one write of a round.
type written struct {
	ask     gather.Ask
	object  *canary.Object // that it makes; nil for a change
	entry   int
	settled bool
}

// writes reports whether an action does more than look.
func (a *action) writes() bool { return !wire.Safe(a.asks[0].Request) }

// prepareWrite makes two objects for each who asks, or changes one twice, and
// keeps those for whom that works: what is refused the second time cannot be
// sent a hundred times.
func (a *action) prepareWrite(ctx context.Context, t *gather.Tools) (check.Reason, string) {
	if !t.Allowed(portal.Write) {
		return check.EffectRefused, "it writes, and write is not granted for target " + t.Target.Name
	}
	w, ok := writingOf(t, a)
	switch {
	case !ok:
		return check.EffectRefused, "it writes, and is neither known to make an object that can be deleted, nor to change one"
	case w.maker.Skipped.Reason != "":
		return w.maker.Skipped.Reason, w.maker.Skipped.Why
	}
	var kept []gather.Ask
	reason, why := check.NoPositiveControl, "nobody may do it"
	for _, ask := range a.asks {
		c, skip := w.try(ctx, t, a.route, ask.Who)
		if skip.Reason != "" {
			reason, why = skip.Reason, skip.Why
			continue
		}
		kept = append(kept, ask)
		a.controls = append(a.controls, c)
	}
	if a.asks, a.writing = kept, w; len(kept) > 0 {
		return "", ""
	}
	return reason, why
}

// writingOf finds how an action makes or changes objects.
func writingOf(t *gather.Tools, a *action) (*writing, bool) {
	for _, m := range canary.Makers(t) {
		if m.Create.ID == a.route {
			return &writing{maker: m}, true
		}
		if i := slices.IndexFunc(m.Updates, func(u artifact.Route) bool { return u.ID == a.route }); i >= 0 {
			return &writing{maker: m, update: &m.Updates[i]}, true
		}
	}
	return nil, false
}

// try writes twice as who and returns the second answer.
func (w *writing) try(ctx context.Context, t *gather.Tools, route, who string) (control, artifact.Skip) {
	self := gather.Made[artifact.Sessions](t, artifact.SignIns).By(who)
	if !canary.Allowed(w.maker.Create, self.Role) || w.update != nil && !canary.Allowed(*w.update, self.Role) {
		return control{}, artifact.Skip{Reason: check.NoPositiveControl, Why: who + " may not do it"}
	}
	object, skip := canary.Plant(ctx, t, w.maker, who)
	if skip.Reason != "" {
		return control{}, skip
	}
	var last artifact.Attempt
	if w.update == nil {
		again, skip := canary.Plant(ctx, t, w.maker, who)
		if skip.Reason != "" {
			return control{}, artifact.Skip{Reason: skip.Reason, Why: "a second one like it: " + skip.Why}
		}
		last = again.Made
	} else {
		for range 2 {
			tag := gather.Canary("lrw-")
			r, ok := object.Update(t, *w.update, who, tag)
			if !ok {
				return control{}, artifact.Skip{Reason: check.Undeclared, Why: "how to change one is not known; declare it under resources: with update"}
			}
			got := t.Write(ctx, gather.Ask{Name: "control", Who: who, Request: r}, object.Changing(tag), nil)
			if last = got.Attempt; got.Unproven != "" {
				return control{}, artifact.Skip{Reason: got.Unproven, Why: got.Why}
			}
		}
	}
	ex, err := t.Exchange(last.Ref)
	if err != nil {
		return control{}, artifact.Skip{Reason: check.RunError, Why: err.Error()}
	}
	c := control{ref: last.Ref, view: normal.Of(ex, normal.Mask{})}
	kind, refused := t.Refusals().Refuses(route, c.view)
	if refused && kind != refusal.Empty || c.view.Class() != 2 && c.view.Class() != 3 {
		return control{}, artifact.Skip{Reason: check.NoPositiveControl, Why: fmt.Sprintf("%s gets no right answer: status %d %s", who, c.view.Status, kind)}
	}
	c.kind = kind
	w.made, w.values = append(w.made, object), append(w.values, without(object.Values, w.maker.Param))
	return c, artifact.Skip{}
}

// without is the values without one: those of an object's parents.
func without(v artifact.Values, name string) artifact.Values {
	out := artifact.Values{}
	for k, x := range v {
		if k != name {
			out[k] = x
		}
	}
	return out
}

// planWrites journals what an action will write in a round of n requests.
func (r *rounds) planWrites(n int) error {
	for i, a := range r.actions {
		if a.writing == nil {
			continue
		}
		a.ahead = map[uint64]*written{}
		for k := uint64(i); k < uint64(n); k += uint64(len(r.actions)) {
			w, err := a.next(r.Tools, a, r.turn(k))
			if err != nil {
				return err
			}
			a.ahead[k] = w
		}
	}
	return nil
}

// next is the next write of the asker whose turn it is, journalled.
func (w *writing) next(t *gather.Tools, a *action, turn int) (*written, error) {
	who := a.asks[turn].Who
	out := &written{ask: gather.Ask{Name: "load", Who: who}}
	var e journal.Entry
	if w.update == nil {
		o := canary.New(t, w.maker, who, gather.Canary("lrc-"), w.values[turn])
		contentType, object, ok := w.maker.Object(t, who, o.Tag)
		r, made := w.maker.Making(o.Values, contentType, object)
		if !ok || !made {
			return nil, fmt.Errorf("plan %s: %s", a.name, canary.UnknownBody)
		}
		out.object, out.ask.Request, e = o, r, o.Entry()
	} else {
		tag := gather.Canary("lrw-")
		r, ok := w.made[turn].Update(t, *w.update, who, tag)
		if !ok {
			return nil, fmt.Errorf("plan %s: how to change one is not known", a.name)
		}
		out.ask.Request, e = r, w.made[turn].Changing(tag)
	}
	e.Target, e.Method, e.Path = t.Target.Name, out.ask.Request.Method, out.ask.Request.URL
	id, err := t.Journal.Before(e)
	out.entry = id
	return out, err
}

// settle tells the journal what came of request k; once.
func (r *rounds) settle(k uint64, h *hit) error {
	a := r.actions[k%uint64(len(r.actions))]
	if a.writing == nil || a.ahead[k].settled {
		return nil
	}
	w := a.ahead[k]
	w.settled = true
	if h.load.Ended.IsZero() {
		return r.Journal.NotSent(w.entry, "the load ended before")
	}
	got := gather.Answered{Answer: h.answer}
	var patch *journal.Entry
	if w.object != nil {
		patch = w.object.Learn(got)
	}
	return r.Journal.Done(w.entry, fmt.Sprintf("answered %d", got.Status()), patch)
}
