package swap

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
)

// cached is one URL that nobody asked for before: the owner's answer must not
// be what the next caller gets.
type cached struct {
	route           artifact.Route
	bound           bound // zero on routes without an object
	owner, stranger string
	values          artifact.Values
	key             string
	read            artifact.Reading // the owner's, of the harvest
	p, p2, x, a     gather.Answered
	fresh, anew     gather.Answered
}

// caches lets the owner fill a cache and others ask for the very same URL.
func (s *swapper) caches(ctx context.Context) {
	all, tried := s.cacheable(), map[string]bool{}
	for len(all) > 0 {
		if ctx.Err() != nil {
			for _, t := range all {
				s.leave(classCache, t.route, check.NotExamined, interrupted)
			}
			return
		}
		now := all[:min(chunk, len(all))]
		all = all[len(now):]
		var batch gather.Batch
		for _, t := range now {
			add(&batch, &t.p, t.ask(s, "P", t.owner))
		}
		batch.Send(ctx, s.Tools)
		for _, t := range now {
			// Routes that stand together and forbid to be kept share their caches.
			group := fmt.Sprint(beginning(t.route.Template), takesObject(t.route))
			if private(t.p) && (s.Quick || tried[group]) {
				continue
			}
			tried[group] = true
			if t.read.First.Sent() {
				t.p2 = s.Recall(t.read.First, "P2")
			} else {
				add(&batch, &t.p2, t.ask(s, "P2", t.owner))
			}
			add(&batch, &t.x, t.ask(s, "X", t.stranger))
			add(&batch, &t.a, t.ask(s, "A", evidence.Anonymous))
		}
		batch.Send(ctx, s.Tools)
		for _, t := range now {
			if same(t.x, t.p) {
				add(&batch, &t.fresh, fresh(s.ask("X fresh", t.stranger, t.route, t.values)))
			}
			if same(t.a, t.p) {
				add(&batch, &t.anew, fresh(s.ask("A fresh", evidence.Anonymous, t.route, t.values)))
			}
		}
		batch.Send(ctx, s.Tools)
		for _, t := range now {
			s.recordCache(t)
		}
	}
}

// beginning is a template's first two segments.
func beginning(template string) string {
	segs := strings.Split(strings.Trim(template, "/"), "/")
	return strings.Join(segs[:min(2, len(segs))], "/")
}

// same reports whether an answer may be the owner's.
func same(x, p gather.Answered) bool {
	return x.Answer != nil && p.Answer != nil && (shares(x, p) || bytes.Equal(x.Answer.Body, p.Answer.Body))
}

// ask is the route with the key that makes its URL this trial's own.
func (t *cached) ask(s *swapper, name, who string) gather.Ask {
	a := s.ask(name, who, t.route, t.values)
	a.Request.URL = withQuery(a.Request.URL, "lrcb", t.key)
	return a
}

func (s *swapper) recordCache(t *cached) {
	sw := artifact.Swap{Class: classCache, Route: t.route.ID, Owner: t.owner, Stranger: t.stranger}
	if t.bound.param != "" {
		sw.ID, sw.Noun, sw.Marker, sw.Guess = t.bound.id(), t.bound.object.Noun, t.bound.object.Marker, t.bound.object.Guess
	}
	for _, a := range []gather.Answered{t.p, t.p2, t.x, t.a, t.fresh, t.anew} {
		if a.Name != "" {
			sw.Core = append(sw.Core, a.Attempt)
		}
	}
	s.out = append(s.out, sw)
}

// cacheable returns a trial for every route that is read with a login: one
// owner, one stranger.
func (s *swapper) cacheable() []*cached {
	var out []*cached
	tenants := s.Tenants()
	for _, r := range s.inventory.Routes {
		if !gather.Reads(r) || r.HeldBack != "" || r.Looks { // no cache keeps the answer to a POST (RFC 9110 §9.3.3)
			continue
		}
		for _, tenant := range tenants {
			owner, ok := s.Owner(tenant)
			strangers := s.Strangers(tenant)
			if !ok || len(strangers) == 0 {
				continue
			}
			t := &cached{route: r, owner: owner.Name, stranger: strangers[0].Name, key: gather.Canary("")}
			if objectParam(r) != "" {
				objects := s.bind(r, tenant)
				if len(objects) == 0 {
					continue
				}
				t.bound, t.values, t.owner = objects[0], objects[0].values, objects[0].object.Owner
				t.read, _, _ = s.Shown(r.ID, tenant, t.values)
			} else if read, found, asked := s.Shown(r.ID, tenant, nil); found {
				t.owner, t.values, t.read = read.Who, read.Values, read
			} else if t.values = s.complete(r, nil, tenant); asked || t.values == nil {
				continue // nobody of the tenant is shown anything there
			}
			out = append(out, t)
			break
		}
	}
	return out
}

// private reports whether an answer forbids shared caches to keep it, and
// shows no sign that one keeps it all the same (RFC 9111 §5.2.2).
func private(a gather.Answered) bool {
	if a.Answer == nil {
		return false
	}
	h := http.Header(a.Answer.Header)
	for _, name := range []string{"Age", "X-Cache", "Cf-Cache-Status", "X-Cache-Status", "X-Varnish", "X-Served-By"} {
		if h.Get(name) != "" {
			return false
		}
	}
	control := strings.ToLower(h.Get("Cache-Control"))
	return strings.Contains(control, "no-store") || strings.Contains(control, "private")
}
