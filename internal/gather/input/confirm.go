package input

import (
	"context"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/probe"
	"github.com/launchready/launchready/internal/gather"
)

// sender sends a shot that was made for another one, as its kind must be sent.
type sender func(context.Context, *shot) gather.Answered

// plainly sends a shot that changes nothing.
func (f *feeder) plainly(ctx context.Context, s *shot) gather.Answered {
	f.left--
	return f.Ask(ctx, f.ask("again", s, s.request))[0]
}

// settle sends what failed once more, and after it the good request. Of
// failures alike two are enough; the smallest input that still fails is looked
// for once each.
func (f *feeder) settle(ctx context.Context, op *artifact.Operation, r artifact.Route, shots []*shot, send sender, still func(*shot) gather.Ask) {
	alike, all := map[string]int{}, 0
	for _, s := range shots {
		a := f.view(s.got)
		m := f.ground.MishapOf(r.ID, &s.c, a)
		if m == probe.None || m == probe.Refusing && probe.Reads(&s.c) || ctx.Err() != nil {
			continue
		}
		key := probe.Alike(m, a)
		if alike[key]++; alike[key] > confirmations || all >= maxCrashes {
			continue
		}
		all++
		if op.Unknown.Name == "" && probe.Reads(&s.c) {
			f.askUnknown(ctx, op, r, s)
		}
		f.left--
		s.c.Again = send(ctx, s.twin(s.bad)).Attempt
		s.c.Again.Name = "again"
		s.c.Still = f.InOrder(ctx, still(s))[0].Attempt
		if m.Failed() && alike[key] == 1 {
			f.reduce(ctx, r, s, key, send)
		}
	}
}

// twin is the same shot once more, or with another value.
func (s *shot) twin(b bad) *shot {
	t := &shot{who: s.who, request: s.request, bad: b, c: s.c}
	if s.remake != nil {
		if made := s.remake(b); made != nil {
			t = made
		}
	}
	s.more = append(s.more, t)
	return t
}

// askUnknown asks for an id of the right form that names nothing: where that is
// answered alike, an error may be how the portal says so.
func (f *feeder) askUnknown(ctx context.Context, op *artifact.Operation, r artifact.Route, s *shot) {
	names := r.PathParams()
	if len(names) == 0 || len(op.Controls) == 0 {
		return
	}
	g := good{route: r, who: s.who, values: f.valuesOf(op)}
	v := artifact.Values{}
	for name, value := range g.values {
		v[name] = value
	}
	last := names[len(names)-1]
	if v[last] == "" {
		return
	}
	v[last] = normal.Unlike(v[last])
	q, ok := g.request(v)
	if !ok {
		return
	}
	f.left--
	op.Unknown = f.Ask(ctx, f.ask("N", s, q))[0].Attempt
}

// valuesOf are the values of the operation's good request, from its address.
func (f *feeder) valuesOf(op *artifact.Operation) artifact.Values {
	ex, err := f.Exchange(op.Controls[0].Ref)
	if err != nil || ex == nil {
		return nil
	}
	r := f.inv.By(op.Route)
	if r == nil {
		return nil
	}
	v, _ := bindingOf(*r, ex.Request.URL)
	return v
}

// reduce looks for the smallest text that still fails alike, by leaving out
// ever smaller parts (delta debugging), in a few steps.
func (f *feeder) reduce(ctx context.Context, r artifact.Route, s *shot, key string, send sender) {
	whole, is := s.bad.value.(string)
	if !is || len(whole) < 2 || s.remake == nil || f.left < f.reserve()+mostSteps {
		return
	}
	steps := 0
	smallest := ddmin([]rune(whole), func(part []rune) bool {
		if steps >= mostSteps || ctx.Err() != nil {
			return false
		}
		steps++
		b := s.bad
		b.value = string(part)
		got := send(ctx, s.twin(b))
		a := f.view(got)
		if probe.Alike(f.ground.MishapOf(r.ID, &s.c, a), a) != key {
			return false
		}
		s.c.Reduced = got.Attempt
		return true
	})
	if len(smallest) < len([]rune(whole)) {
		s.c.Minimal = shorten(s.spell(string(smallest)))
	}
}

// spell is a value as it stands on the wire where the shot puts it.
func (s *shot) spell(value string) string {
	switch {
	case probe.Reads(&s.c):
		in := "query"
		if len(s.c.Place) > 4 && s.c.Place[:4] == "path" {
			in = "path"
		}
		return onWire(in, value)
	}
	return bad{value: value}.json()
}

// ddmin returns the smallest part of a failing input that it found still to
// fail. fails is asked of proper parts alone.
func ddmin[T any](whole []T, fails func([]T) bool) []T {
	n := 2
	for len(whole) >= 2 {
		size := (len(whole) + n - 1) / n
		cut := false
		for start := 0; start < len(whole); start += size {
			end := min(start+size, len(whole))
			part := append([]T(nil), whole[start:end]...)
			if len(part) < len(whole) && fails(part) {
				whole, n, cut = part, 2, true
				break
			}
			rest := append(append([]T(nil), whole[:start]...), whole[end:]...)
			if n > 2 && len(rest) > 0 && fails(rest) {
				whole, n, cut = rest, max(n-1, 2), true
				break
			}
		}
		if !cut {
			if n >= len(whole) {
				break
			}
			n = min(2*n, len(whole))
		}
	}
	return whole
}
