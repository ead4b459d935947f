package ruling

import (
	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Cache rules on a trial in which the owner asked for a URL that nobody knew,
// and a stranger and nobody asked for the very same.
func (g *Ground) Cache(s artifact.Swap) ([]Case, error) {
	t, err := g.trial(s)
	if err != nil {
		return nil, err
	}
	t.N, t.A = marker.Answer{}, marker.Answer{}
	var out []Case
	for _, who := range []struct{ name, fresh string }{{"X", "X fresh"}, {"A", "A fresh"}} {
		c := g.newCase(s, who.name)
		if c.Try.Name == "" {
			if who.name == "X" { // the owner's answer forbade caches to keep it, so nobody else was asked
				c.Try = c.P
				c.Ruling, err = g.unkept(t)
				out = append(out, c)
			}
			continue
		}
		if who.name == "A" {
			c.Stranger = evidence.Anonymous
		}
		c.N, _ = artifact.Find(s.Core, who.fresh)
		try := t
		if try.X, err = g.Load(c.Try); err != nil {
			return nil, err
		}
		fresh, err := g.Load(c.N)
		if err != nil {
			return nil, err
		}
		c.Ruling = cached(try, fresh)
		out = append(out, c)
	}
	return out, err
}

// unkept rules on an owner's answer that says it must not be shared.
func (g *Ground) unkept(t marker.Trial) (marker.Ruling, error) {
	if t.P.Unproven != "" || t.P.Ex.Status()/100 != 2 {
		return marker.Ruling{Outcome: check.Unproven, Reason: check.NoPositiveControl, Message: "the owner was not answered"}, nil
	}
	return marker.Ruling{Outcome: check.OK, Step: 1, Message: "the answer forbids shared caches to keep it"}, nil
}

// cached rules on one answer under the owner's URL; fresh is the same caller's
// answer past every cache, zero when it was not needed.
func cached(t marker.Trial, fresh marker.Answer) marker.Ruling {
	if fresh.Ex != nil {
		past := t
		past.X = fresh
		if marker.Decide(past).Outcome == check.Fail {
			return marker.Ruling{Outcome: check.OK, Step: 4, Message: "a fresh answer shows the same: it is no cache that gives it away"}
		}
		t.N = fresh // what the caller is shown anyway proves nothing
	}
	r := marker.Decide(t)
	p, x := view(t.P.Ex), view(t.X.Ex)
	switch {
	case r.Outcome == check.Fail && fresh.Ex == nil && x.Digest() == p.Digest():
		return marker.Ruling{Outcome: check.Unproven, Reason: check.Suspected, Step: 4, Message: "the owner's very answer, though whether a cache gave it was not asked"}
	case r.Outcome == check.Fail && fresh.Ex == nil:
	case r.Outcome == check.Fail || r.Step < 4:
		return r
	}
	if x.Status != 0 && x.Digest() != p.Digest() && x.Digest() != view(t.P2.Ex).Digest() {
		return marker.Ruling{Outcome: check.OK, Step: 4, Message: "another answer than the owner's: none was kept for the next caller"}
	}
	return r
}
