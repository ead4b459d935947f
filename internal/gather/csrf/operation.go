package csrf

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/forgery"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/canary"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// operation is a change to be tried: how it is ordered, and how it shows.
type operation struct {
	artifact.Forgery
	route artifact.Route
	media string // content type of the proper request
	// begin makes what the operation needs; a skip ends it.
	begin func(ctx context.Context) artifact.Skip
	order func(tag string) (order, bool)
	entry func(tag string) journal.Entry
	learn func(tag string, got gather.Answered) *journal.Entry // may be nil
	read  func(name string) gather.Ask
	found func(tag string) (gather.Ask, bool) // where what was made is read, when its id is known; may be nil
}

// conduct tries an operation: the proper request first, which must show, then
// the forged ones.
func (r *run) conduct(ctx context.Context, op *operation) {
	f := &op.Forgery
	v, skip := r.victim(ctx, op.Who)
	if skip.Reason == "" {
		skip = op.begin(ctx)
	}
	if skip.Reason != "" {
		f.Skipped = skip
		return
	}
	if f.Effect == artifact.Appears && !r.properly(ctx, op) {
		return
	}
	first := r.read(ctx, op.read("before"))
	f.Before = append(f.Before, first.Attempt)
	if f.Effect == artifact.Differs {
		f.Before = append(f.Before, r.read(ctx, op.read("before again")).Attempt)
	}
	r.round(ctx, op, v, r.forms(op, v))
	if !r.changed(op) {
		r.round(ctx, op, v, r.tokens(op, v))
	}
	f.Alive, _, _ = v.session.Alive(ctx)
	r.confirm(ctx, op, v)
	if !f.Alive {
		delete(r.victims, op.Who)
	}
	if f.Effect != artifact.Appears { // the proper request would leave nothing to try on
		if !r.changed(op) {
			r.properly(ctx, op)
		}
		return
	}
	r.late, r.reads = append(r.late, f), append(r.reads, op.read("after a while"))
}

// properly sends the operation as the portal's own page does, and re-reads.
func (r *run) properly(ctx context.Context, op *operation) bool {
	f := &op.Forgery
	tag := gather.Canary("lrw-")
	o, ok := op.order(tag)
	contentType, body, encoded := canary.Encode(op.media, o.fields)
	if !ok || !encoded {
		f.Skipped = artifact.Skip{Reason: check.Undeclared, Why: canary.UnknownBody}
		return false
	}
	if o.fields == nil {
		contentType, body = "", nil
	}
	if f.Effect == artifact.Appears {
		f.Sign = o.sign
	}
	got := r.t.Write(ctx, gather.Ask{Name: "positive", Who: op.Who, Request: canary.Write(o.method, o.target, contentType, body)}, op.entry(tag),
		func(got gather.Answered) *journal.Entry { return op.learned(tag, got) })
	f.Positive = got.Attempt
	if got.Unproven != "" {
		f.Skipped = artifact.Skip{Reason: got.Unproven, Why: got.Why}
		return false
	}
	for wait := settleTime / 8; ; wait *= 2 {
		ask := op.read("shown")
		if op.found != nil {
			if own, known := op.found(tag); known {
				ask = own
			}
		}
		shown := r.read(ctx, ask)
		f.Shown = shown.Attempt
		switch {
		case shown.Answer == nil:
			f.Skipped = artifact.Skip{Reason: shown.Unproven, Why: shown.Why}
			return false
		case f.Effect != artifact.Appears, strings.Contains(string(shown.Answer.Body), f.Sign):
			return true
		case wait > settleTime || ctx.Err() != nil:
			f.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "the change does not show when it is made properly"}
			return false
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

func (op *operation) learned(tag string, got gather.Answered) *journal.Entry {
	if op.learn == nil {
		return nil
	}
	return op.learn(tag, got)
}

func (r *run) read(ctx context.Context, a gather.Ask) gather.Answered {
	return canary.Ask(ctx, r.t, a)[0]
}

// round sends some tries, the gravest last, and re-reads: each time where a try
// could hide the one before it, else once.
func (r *run) round(ctx context.Context, op *operation, v *victim, tries []try) {
	f := &op.Forgery
	from := len(f.Tries)
	for _, k := range tries {
		if ctx.Err() != nil || r.changed(op) && f.Effect != artifact.Appears {
			break
		}
		f.Tries = append(f.Tries, r.try(ctx, op, v, k))
	}
	var shared artifact.Attempt
	for i := from; i < len(f.Tries); i++ {
		if k := &f.Tries[i]; k.Write.Sent() && !k.After.Sent() {
			if !shared.Sent() && shared.Unproven == "" {
				shared = r.read(ctx, op.read("after")).Attempt
			}
			k.After = shared
		}
	}
}

// try is one forged request to be sent.
type try struct {
	form, token string
	reach
	change func(*wire.Request) // puts a token in
}

func (r *run) try(ctx context.Context, op *operation, v *victim, k try) artifact.Forged {
	out := artifact.Forged{Form: k.form, Token: k.token}
	tag := gather.Canary("lrw-")
	o, ok := op.order(tag)
	if !ok {
		out.Write = artifact.Attempt{Name: k.form, Who: op.Who, Unproven: check.Undeclared, Why: canary.UnknownBody}
		return out
	}
	out.Sign = o.sign
	if k.form == formJSON {
		out.Preflight, out.Allowed = r.preflight(ctx, k.reach, o.method)
		out.Site = k.site
		if !out.Allowed {
			return out
		}
	}
	q := o.request(k.form)
	if k.change != nil {
		k.change(&q)
	}
	got := r.forge(ctx, v, &out, q, k.reach, op.entry(tag), func(got gather.Answered) *journal.Entry { return op.learned(tag, got) })
	out.Write = got.Attempt
	if !got.Sent() {
		return out
	}
	if op.found != nil {
		if own, known := op.found(tag); known {
			out.After = r.read(ctx, own).Attempt
			return out
		}
	}
	if op.Effect != artifact.Appears {
		out.After = r.read(ctx, op.read("after")).Attempt
	}
	return out
}

// changed reports whether one of the tries so far got through.
func (r *run) changed(op *operation) bool {
	return slices.ContainsFunc(op.Tries, func(k artifact.Forged) bool {
		happened, err := forgery.Happened(&op.Forgery, k, r.exchange)
		return err == nil && happened && k.Site == crossSite
	})
}

// forms are the forms that a page could send an operation in, the gravest last.
func (r *run) forms(op *operation, v *victim) []try {
	o, ok := op.order("lr")
	if !ok {
		return nil
	}
	all := []string{formURL, formParts, formText, formBare, formQuery, formJSON}
	if o.method != "POST" {
		all = []string{formMethod, linkMethod, formJSON}
	}
	if o.method == "GET" {
		all = []string{formQuery}
	}
	target, err := r.at.Resolve(o.target)
	if err != nil {
		return nil
	}
	var out []try
	for _, form := range all {
		w := v.reaches(target, methodOf(form, o), navigates(form))
		if w.barred != "" || form == formJSON && (w.site == sameSite || w.unset) || form == formBare && w.site == sameSite {
			continue
		}
		out = append(out, try{form: form, token: "removed", reach: w})
	}
	slices.SortStableFunc(out, func(a, b try) int { return gravity(a.reach) - gravity(b.reach) })
	return out
}

// gravity orders reaches by what they mean.
func gravity(w reach) int {
	switch {
	case w.site == sameSite:
		return 0
	case w.unset || w.unseen:
		return 1
	}
	return 2
}

// settle reads once more what could have changed later.
func (r *run) settle(ctx context.Context) {
	if len(r.reads) == 0 {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(settleTime):
	}
	var b gather.Batch
	for i, a := range r.reads {
		f := r.late[i]
		b.Add(canary.Expected(r.t, a)[0], func(got gather.Answered) { f.Settled = got.Attempt })
	}
	b.Send(ctx, r.t)
}

// exchange is a recorded exchange; nil for the empty ref.
func (r *run) exchange(ref evidence.Ref) (*evidence.Exchange, error) {
	if ref == "" {
		return nil, nil
	}
	return r.t.Exchange(ref)
}

// fields are those of the order, and of the form it comes from.
func (op *operation) fields() map[string]any {
	out := map[string]any{}
	if len(op.route.BodySample) > 0 && strings.Contains(op.route.BodyType, "urlencoded") {
		_ = json.Unmarshal(op.route.BodySample, &out) // no sample: the order's own fields
	}
	if o, ok := op.order("lr"); ok {
		maps.Copy(out, o.fields)
	}
	return out
}

func (r *run) mayWrite() bool { return r.t.Allowed(portal.Write) }
