package input

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// narrow sends only what no handler can take a value from, to a write that acts
// on what this run did not make.
func (f *feeder) narrow(ctx context.Context, op *artifact.Operation, r artifact.Route, why string) {
	who, ok := f.writer(r)
	op.Who, op.Narrow = who.Name, why
	if r.Public != "" {
		op.Who, ok = evidence.Anonymous, true
	}
	if !ok {
		op.Skipped = artifact.Skip{Reason: check.Undeclared, Why: "nobody who may call it is signed in"}
		return
	}
	rules := bodyRules(r)
	values, own, ok := f.harmless(r, who)
	switch {
	case !ok:
		op.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "no object is known to send it to"}
		return
	case len(properties(rules.root)) == 0:
		op.Skipped = artifact.Skip{Reason: check.Undeclared, Why: "what it takes is not known, so that sending anything might do something"}
		return
	case !own && (paid(r) || !f.Allowed(portal.Mail) && sendsMail(r)):
		op.Skipped = artifact.Skip{Reason: check.EffectRefused, Why: "it may send mail or move money"}
		return
	}
	target, _ := r.Fill(values)
	w := writing{f: f, route: r, who: op.Who, method: r.Method, target: target}
	w.rules = rules
	broken := w.broken(f.first("narrow " + r.BodyType))
	if needs := slices.ContainsFunc(properties(rules.root), func(p property) bool { return p.needed }); !own && !needs || r.Method == "PUT" {
		broken = broken[:1] // a lenient handler may take the others for an empty object
	}
	shots := f.within(op, broken, perWrite)
	for _, s := range shots {
		s.request.Effect = portal.Write
	}
	f.fire(ctx, shots)
	f.settle(ctx, op, r, shots, f.plainly, func(s *shot) gather.Ask { return w.still(f, s) })
	for _, s := range shots {
		op.Cases = append(op.Cases, s.c)
	}
}

// harmless binds a write's path to objects this run made; where there is none,
// a change is bound to what its tenant has, for it is sent what cannot be read.
// own says that it is this run's. Nothing else is done to what others own.
func (f *feeder) harmless(r artifact.Route, who artifact.Identity) (v artifact.Values, own, ok bool) {
	v = artifact.Values{}
	own = true
	for _, name := range r.PathParams() {
		noun := normal.NounOf(r.Template[:strings.Index(r.Template, "{"+name+"}")])
		id := ""
		for _, key := range slices.Sorted(maps.Keys(f.planted)) {
			if p := f.planted[key]; p.id != "" && noun != "" && either(p.detail.Noun, p.create.Noun) == noun {
				id = p.id
			}
		}
		for _, o := range f.corpus.Objects {
			if id == "" && (r.Method == "PATCH" || r.Method == "PUT") && o.Tenant == who.Tenant && o.Noun == noun && !o.Ambiguous {
				id, own = o.ID, false
			}
		}
		if id == "" {
			return nil, false, false
		}
		v[name] = id
	}
	return v, own && len(v) > 0, true
}

// first reports whether something is met for the first time.
func (f *feeder) first(key string) bool {
	if f.seen[key] {
		return false
	}
	f.seen[key] = true
	return !f.Quick
}

// still is the good request after a failure; where none may be sent, the
// session's own proof of life takes its place.
func (w writing) still(f *feeder, s *shot) gather.Ask {
	switch {
	case w.good.Method != "":
		return f.ask("P", s, w.good)
	case w.object != nil:
		return gather.Ask{Name: "P", Who: s.who, Request: wire.Request{Method: "GET", URL: w.object.target(), Effect: portal.Look}}
	}
	for _, i := range f.People() {
		if p := f.Sessions[i.Name].Probe; p != nil && (i.Name == s.who || s.who == evidence.Anonymous) {
			return gather.Ask{Name: "P", Who: i.Name, Request: gather.ProbeRequest(p.Request)}
		}
	}
	return gather.Ask{Name: "P", Who: s.who, Request: wire.Request{Method: "GET", URL: "/", Effect: portal.Look}}
}

// raw is a JSON text as a value.
func raw(b bad) json.RawMessage { return json.RawMessage(b.json()) }
