package swap

import (
	"context"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
)

// interrupted is why a trial was left out at the end of a run that was cut short.
const interrupted = "the run was interrupted"

// trial is one object of one owner, asked for by strangers of other tenants.
type trial struct {
	route     artifact.Route
	class     string
	bound     bound
	no        artifact.Values
	noID      string
	p, p2, a  gather.Answered
	strangers []*stranger
	variants  bool // the ways around a refusal are tried on this one
}

// stranger is one identity's part in a trial.
type stranger struct {
	who         artifact.Identity
	own         artifact.Values // its own object on the same route; nil: its alive probe
	ownID       string
	x, n, q     gather.Answered
	fresh       gather.Answered
	variants    []gather.Answered
	variantAsks []gather.Ask
}

// objects tries every route that names an object, from each tenant's side.
func (s *swapper) objects(ctx context.Context) {
	var trials, spare []*trial
	for _, r := range s.inventory.Routes {
		if !gather.Reads(r) || !takesObject(r) {
			continue
		}
		if r.HeldBack != "" {
			s.skip(r, check.EffectRefused, r.HeldBack)
			continue
		}
		first, second := s.plan(r)
		trials, spare = append(trials, first...), append(spare, second...)
	}
	again := s.rounds(ctx, trials)
	for _, t := range spare {
		if again[t.route.ID+" "+t.bound.object.Tenant] {
			s.rounds(ctx, []*trial{t})
		}
	}
}

// plan returns a trial per owning tenant of a route, and the ones to fall back
// on when the first object proves nothing.
func (s *swapper) plan(r artifact.Route) (first, second []*trial) {
	class := s.class(r)
	for _, tenant := range s.Tenants() {
		strangers := s.Strangers(tenant)
		if len(strangers) == 0 {
			continue
		}
		objects := s.bind(r, tenant)
		for i, b := range objects[:min(2, len(objects))] {
			t := &trial{route: r, class: class, bound: b, variants: i == 0 && len(first) == 0}
			t.no, t.noID = b.unknown()
			for _, who := range strangers {
				st := &stranger{who: who}
				if own := s.bind(r, who.Tenant); len(own) > 0 {
					st.own, st.ownID = own[0].values, own[0].id()
				}
				t.strangers = append(t.strangers, st)
			}
			if i == 0 {
				first = append(first, t)
			} else {
				second = append(second, t)
			}
		}
	}
	if len(first) == 0 {
		s.skip(r, check.NoPositiveControl, "no object that one tenant owns is known for it")
	}
	return first, second
}

func (s *swapper) skip(r artifact.Route, reason check.Reason, why string) {
	s.leave(s.class(r), r, reason, why)
}

// leave records that a route was left out for a class.
func (s *swapper) leave(class string, r artifact.Route, reason check.Reason, why string) {
	s.out = append(s.out, artifact.Swap{Class: class, Route: r.ID, Noun: r.Noun, Skipped: artifact.Skip{Reason: reason, Why: why}})
}

// rounds sends trials chunk by chunk: first the owners, then the strangers, then
// what their answers ask for. It returns which route and tenant needs another object.
func (s *swapper) rounds(ctx context.Context, trials []*trial) map[string]bool {
	again := map[string]bool{}
	for len(trials) > 0 {
		if ctx.Err() != nil {
			for _, t := range trials {
				s.leave(t.class, t.route, check.NotExamined, interrupted)
			}
			break
		}
		now := trials[:min(chunk, len(trials))]
		trials = trials[len(now):]
		var batch gather.Batch
		for _, t := range now {
			owner := t.bound.object.Owner
			add(&batch, &t.p, s.ask("P", owner, t.route, t.bound.values))
			add(&batch, &t.p2, s.ask("P2", owner, t.route, t.bound.values))
		}
		batch.Send(ctx, s.Tools)
		for _, t := range now {
			add(&batch, &t.a, s.ask("A", evidence.Anonymous, t.route, t.bound.values))
			for i, st := range t.strangers {
				add(&batch, &st.x, s.ask("X", st.who.Name, t.route, t.bound.values))
				if i > 0 && st.who.Tenant == t.strangers[i-1].who.Tenant {
					continue // a second role of the tenant has its controls only when it is not refused
				}
				add(&batch, &st.n, s.ask("N", st.who.Name, t.route, t.no))
				if q, ok := s.own(t.route, st); ok {
					st.q = q
				} else {
					add(&batch, &st.q, s.ownAsk(t.route, st))
				}
			}
		}
		batch.Send(ctx, s.Tools)
		for _, t := range now {
			s.follow(&batch, t)
		}
		batch.Send(ctx, s.Tools)
		for _, t := range now {
			if !ok2xx(t.p) || unmarked(t) {
				again[t.route.ID+" "+t.bound.object.Tenant] = true
			}
			s.record(t)
		}
	}
	return again
}

// unmarked reports whether nothing in the owner's answer could be recognised
// in somebody else's.
func unmarked(t *trial) bool {
	if t.p2.Answer == nil || t.bound.object.Marker != "" {
		return false
	}
	l := marker.Lesson{P: t.p.Answer.Exchange, P2: t.p2.Answer.Exchange, Sent: []string{t.bound.id()}}
	if n := t.strangers[0].n; n.Answer != nil {
		l.N = n.Answer.Exchange
	}
	return len(marker.Learn(l)) == 0
}

// follow asks once more, past every cache, for what was not plainly refused,
// and tries the ways around a refusal once per route.
func (s *swapper) follow(batch *gather.Batch, t *trial) {
	for i, st := range t.strangers {
		if !refused(st.x, st.n, t) {
			if st.n.Name == "" {
				add(batch, &st.n, s.ask("N", st.who.Name, t.route, t.no))
				add(batch, &st.q, s.ownAsk(t.route, st))
			}
			add(batch, &st.fresh, fresh(s.ask("X fresh", st.who.Name, t.route, t.bound.values)))
			continue
		}
		if !t.variants || i > 0 || !ok2xx(t.p) {
			continue
		}
		st.variantAsks = s.variantsOf(t, st)
		st.variants = make([]gather.Answered, len(st.variantAsks))
		for j, a := range st.variantAsks {
			add(batch, &st.variants[j], a)
		}
	}
}

// record keeps one Swap per stranger.
func (s *swapper) record(t *trial) {
	for _, st := range t.strangers {
		o := t.bound.object
		sw := artifact.Swap{
			Class: t.class, Route: t.route.ID, Noun: o.Noun,
			ID: t.bound.id(), NoID: t.noID, OwnID: st.ownID, Guess: o.Guess,
			Owner: o.Owner, Stranger: st.who.Name, Marker: o.Marker,
		}
		for _, a := range []gather.Answered{t.p, t.p2, st.x, st.n, st.q, t.a, st.fresh} {
			if a.Name != "" {
				sw.Core = append(sw.Core, a.Attempt)
			}
		}
		sw.Variants = gather.Attempts(st.variants)
		s.out = append(s.out, sw)
	}
}

// ask is a GET of a route with its parameters bound.
func (s *swapper) ask(name, who string, r artifact.Route, v artifact.Values) gather.Ask {
	target, _ := r.Fill(v) // complete left no path parameter open
	strange := name != "P" && name != "P2" && name != "Q"
	return gather.Ask{Name: name, Who: who, Request: wire.Request{Method: "GET", URL: target, Header: gather.Accepting(r), Expect5xx: strange && s.fails}, Known: name != "P2"}
}

// own is what the harvest read of the stranger's own object.
func (s *swapper) own(r artifact.Route, st *stranger) (gather.Answered, bool) {
	read, found, _ := s.Shown(r.ID, st.who.Tenant, st.own)
	if st.own == nil || !found || read.Who != st.who.Name {
		return gather.Answered{}, false
	}
	return s.Recall(read.First, "Q"), true
}

// ownAsk is the stranger's own object on the route, or its alive probe: proof
// that its session answers at that moment.
func (s *swapper) ownAsk(r artifact.Route, st *stranger) gather.Ask {
	if st.own != nil {
		return s.ask("Q", st.who.Name, r, st.own)
	}
	if p := s.As(st.who.Name).Probe; p != nil {
		return gather.Ask{Name: "Q", Who: st.who.Name, Request: gather.ProbeRequest(p.Request)}
	}
	return gather.Ask{Name: "Q", Who: st.who.Name, Request: wire.Request{Method: "GET", URL: "/"}}
}

// fresh makes a request pass every cache on its way: none may answer it, and
// none has seen its URL.
func fresh(a gather.Ask) gather.Ask {
	a.Request.Header = append(a.Request.Header,
		evidence.Field{Name: "Cache-Control", Value: "no-cache"}, evidence.Field{Name: "Pragma", Value: "no-cache"})
	a.Request.URL = withQuery(a.Request.URL, "lrcb", gather.Canary(""))
	return a
}

// withQuery adds key=value, escaped by the caller where it must be, to a request target.
func withQuery(target, key, value string) string {
	sep := "?"
	if strings.Contains(target, "?") {
		sep = "&"
	}
	return target + sep + key + "=" + value
}
