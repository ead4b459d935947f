package input

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/portal"
)

// write feeds the body of one write.
func (f *feeder) write(ctx context.Context, r artifact.Route) {
	op := f.open(r)
	op.Writes = true
	switch {
	case r.Never:
		op.Skipped = artifact.Skip{Reason: check.EffectRefused, Why: "on routes.never"}
	case !f.Allowed(portal.Write):
		op.Skipped = artifact.Skip{Reason: check.EffectRefused, Why: "bad bodies need the effect \"write\""}
	case f.Quick:
		op.Skipped = artifact.Skip{Reason: check.BudgetSpent, Why: "a quick run feeds no bodies"}
	case f.left <= f.reserve() || ctx.Err() != nil:
		op.Skipped = artifact.Skip{Reason: check.BudgetSpent, Why: "nothing was sent: the budget is spent"}
	case r.Kind == "login":
		f.login(ctx, op, r)
	default:
		f.feedBody(ctx, op, r)
	}
}

func (f *feeder) feedBody(ctx context.Context, op *artifact.Operation, r artifact.Route) {
	p := f.planted[r.ID]
	switch {
	case p != nil && p.id != "":
		f.creates(ctx, op, p)
		return
	case p != nil && p.skip.Reason != "" && p.skip.Reason != check.NoPositiveControl:
		f.leave(op, "fields", p.skip.Reason, p.skip.Why)
	}
	if object := f.above(r); object != nil {
		f.updates(ctx, op, r, object)
		return
	}
	f.narrow(ctx, op, r, "only bodies that nothing can be read from were sent: it acts on what this run did not make")
}

// above is the object this run made that an update changes.
func (f *feeder) above(r artifact.Route) *planted {
	if r.Method != "PATCH" && r.Method != "PUT" {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(f.planted)) {
		if p := f.planted[key]; p.id != "" && p.shown && shape(p.detail.Template) == shape(r.Template) && p.detail.Origin == r.Origin {
			return p
		}
	}
	return nil
}

// creates has bad objects made. Whatever is made of them is found by its tag.
func (f *feeder) creates(ctx context.Context, op *artifact.Operation, p *planted) {
	op.Who, op.Controls, op.Tag = p.owner, []artifact.Attempt{p.made.Attempt}, p.tag
	target, _ := p.create.Fill(p.parents)
	w := writing{f: f, route: p.create, who: p.owner, method: "POST", target: target, rules: bodyRules(p.create), object: p, fresh: true}
	w.text = f.tagField(w.rules, p.body, p.tag)
	var marked, bare []*shot
	for _, s := range f.within(op, w.shots(p.body), perWrite) {
		if s.c.Tag == "" && s.c.Place != "body" {
			bare = append(bare, s)
		} else {
			marked = append(marked, s)
		}
	}
	if !f.createBatch(ctx, op, w, marked) && len(bare) > 0 {
		f.createBatch(ctx, op, w, bare)
	}
}

// createBatch sends creates and looks for what they made; leaky says that a
// refused one was made all the same, so that no more may be sent which nothing
// would tell.
func (f *feeder) createBatch(ctx context.Context, op *artifact.Operation, w writing, shots []*shot) (leaky bool) {
	f.attack(ctx, op, w, shots)
	list, _ := w.object.listing()
	got := f.lookAt(ctx, "list", w.who, list)
	op.Readings = append(op.Readings, got.Attempt)
	for _, s := range shots {
		leaky = leaky || got.Answer != nil && s.c.Tag != "" && !s.accepted && strings.Contains(string(got.Answer.Body), s.c.Tag)
		f.proveGone(s.more, got)
	}
	f.proveGone(shots, got)
	return leaky
}

// proveGone settles the journal's entries of refused creates of which the list
// shows nothing; the others stay open, to be looked for at the end.
func (f *feeder) proveGone(shots []*shot, list gather.Answered) {
	if list.Answer == nil || list.Unproven != "" || list.Status()/100 != 2 {
		return
	}
	for _, s := range shots {
		for _, id := range s.entries {
			if s.c.Tag != "" && !strings.Contains(string(list.Answer.Body), s.c.Tag) && !s.accepted || s.c.Tag == "" && !s.accepted {
				_ = f.Journal.Undone(id) // a journal that cannot be written fails the next write
			}
		}
	}
}

// tagField is the field of a body that holds the tag.
func (f *feeder) tagField(r *rules, body map[string]any, tag string) string {
	for _, name := range slices.Sorted(maps.Keys(body)) {
		if s, is := body[name].(string); is && s == tag {
			return name
		}
	}
	return freeText(properties(r.root))
}

// updates changes an object this run made to what it must not be.
func (f *feeder) updates(ctx context.Context, op *artifact.Operation, r artifact.Route, p *planted) {
	op.Who = p.owner
	values := artifact.Values{}
	names := p.detail.PathParams()
	for i, name := range r.PathParams() {
		values[name] = p.values[names[min(i, len(names)-1)]]
	}
	target, _ := r.Fill(values)
	w := writing{f: f, route: r, who: p.owner, method: r.Method, target: target, rules: bodyRules(r), object: p}
	if len(properties(w.rules.root)) == 0 {
		w.rules = bodyRules(p.create)
	}
	if w.text = normal.Unescape(p.pointer[strings.LastIndexByte(p.pointer, '/')+1:]); p.pointer == "" {
		w.text = f.tagField(w.rules, p.body, p.tag)
	}
	base := map[string]any{}
	if r.Method == "PUT" {
		for name, v := range p.body {
			base[name] = v
		}
	}
	base[w.text] = gather.Canary("lri-")
	contentType, body := encode(either(r.BodyType, p.create.BodyType), base)
	good := request(r.Method, target, contentType, body)
	first := &shot{who: p.owner, request: good, c: artifact.Case{Class: "good"}}
	f.salvo(ctx, w, []*shot{first})
	got := first.got
	got.Name = "P"
	op.Controls = []artifact.Attempt{got.Attempt}
	if !f.ground.Good(op.Route, f.view(got)) {
		op.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "a good change is not accepted, so a bad one proves nothing"}
		if got.Unproven != "" {
			op.Skipped = artifact.Skip{Reason: got.Unproven, Why: got.Why}
		}
		return
	}
	w.good = good
	// What is to be refused goes first: what is taken after it would cover what is
	// left of it.
	var forbidden, open []*shot
	for _, s := range f.within(op, w.shots(base), perWrite) {
		if s.c.Rule != "" {
			forbidden = append(forbidden, s)
		} else {
			open = append(open, s)
		}
	}
	for _, shots := range [][]*shot{forbidden, open} {
		if len(shots) > 0 {
			f.attack(ctx, op, w, shots)
			op.Readings = append(op.Readings, f.lookAt(ctx, "after", p.owner, p.target()).Attempt)
		}
	}
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// attack sends the shots of a write, a few at a time, reads again what was
// accepted, and tries again what failed.
func (f *feeder) attack(ctx context.Context, op *artifact.Operation, w writing, shots []*shot) {
	accepted := 0
	for start := 0; start < len(shots) && ctx.Err() == nil; {
		end := min(start+10, len(shots))
		if accepted >= maxAccepted {
			for _, s := range shots[start:] {
				f.leave(op, s.c.Class, check.BudgetSpent, "no more was sent, for too much of it is accepted")
			}
			shots = shots[:start]
			break
		}
		f.salvo(ctx, w, shots[start:end])
		for _, s := range shots[start:end] {
			if s.accepted = f.accepts(op, s); s.accepted {
				if w.fresh && s.c.Rule != "" {
					accepted++
				}
				f.reread(ctx, w, s)
			}
		}
		start = end
	}
	f.settle(ctx, op, w.route, shots, func(ctx context.Context, s *shot) gather.Answered {
		f.salvo(ctx, w, []*shot{s})
		s.accepted = f.accepts(op, s)
		return s.got
	}, func(s *shot) gather.Ask { return w.still(f, s) })
	for _, s := range shots {
		op.Cases = append(op.Cases, s.c)
	}
}

// accepts reports an answer by which a good request is accepted too.
func (f *feeder) accepts(op *artifact.Operation, s *shot) bool {
	a := f.view(s.got)
	if !f.ground.Good(op.Route, a) || len(op.Controls) == 0 {
		return false
	}
	control, err := f.ground.Load(op.Controls[0])
	return err == nil && control.Ex != nil && control.View.Class() == a.View.Class()
}

// salvo journals shots, sends them one after the other, and notes what came of each.
func (f *feeder) salvo(ctx context.Context, w writing, shots []*shot) {
	asks := make([]gather.Ask, len(shots))
	for i, s := range shots {
		id, err := f.Journal.Before(w.entryOf(s))
		if err != nil {
			s.got.Attempt = artifact.Attempt{Name: "bad " + s.c.Class, Who: s.who, Unproven: check.RunError, Why: err.Error()}
			s.c.Try = s.got.Attempt
			asks = asks[:i]
			shots = shots[:i]
			break
		}
		s.entries = append(s.entries, id)
		asks[i] = f.ask("bad "+s.c.Class, s, s.request)
	}
	f.left -= len(asks)
	for i, got := range f.InOrder(ctx, asks...) {
		s := shots[i]
		s.got, s.c.Try = got, got.Attempt
		f.note(w, s, got)
	}
}

// note closes the journal's line of a write with what is known by its answer.
func (f *feeder) note(w writing, s *shot, got gather.Answered) {
	id := s.entries[len(s.entries)-1]
	if !got.Sent() && got.Unproven != "" && got.Unproven != check.Unstable {
		_ = f.Journal.NotSent(id, got.Why) // a journal that cannot be written fails the next write
		return
	}
	var patch *journal.Entry
	if made := w.object.idIn(got); w.fresh && made != "" {
		s.id = made
		patch = w.object.learnt(made)
	}
	_ = f.Journal.Done(id, "answered", patch)
	if !w.fresh {
		_ = f.Journal.Undone(id) // a change ends with its object, whose own entry stays open
	}
}

// reread reads what an accepted bad value became.
func (f *feeder) reread(ctx context.Context, w writing, s *shot) {
	target := w.object.target()
	if !w.fresh {
		f.salvo(ctx, w, []*shot{s}) // others were sent since: once more, and read at once
	} else {
		if s.id == "" {
			if list, ok := w.object.listing(); ok && s.c.Tag != "" {
				if got := f.lookAt(ctx, "list", s.who, list); got.Answer != nil {
					s.id = gather.IDBeside(got.Answer.Body, s.c.Tag)
				}
			}
		}
		if s.id == "" {
			return
		}
		target, _ = w.object.detail.Fill(with(w.object.parentsOf(w.object.detail), w.object.param, s.id))
	}
	s.c.Before = w.object.read.Attempt
	s.c.After = f.lookAt(ctx, "after", s.who, target).Attempt
	if s.c.Kind == "file" {
		f.download(ctx, w, s)
	}
}
