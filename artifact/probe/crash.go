package probe

import (
	"fmt"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
)

// Crashes is the rule that no bad input crashes an operation or makes it hang. A
// failure counts when it comes again while the good request still works.
func Crashes(g *Ground, op *artifact.Operation) (Word, error) {
	w := Word{Said: "were refused or taken as plain text, none crashed it"}
	good, doubt, err := g.controlled(op)
	if err != nil {
		return w, err
	}
	absent, err := g.Load(op.Unknown)
	if err != nil {
		return w, err
	}
	validated := false
	like := map[string]bool{} // confirmed mishaps
	var later []Hit           // failures like others that were confirmed
	for i := range op.Cases {
		c := &op.Cases[i]
		a, err := g.Load(c.Try)
		if err != nil {
			return w, err
		}
		m := g.MishapOf(op.Route, c, a)
		switch {
		case m.Failed() && c.Again.Name == "":
			later = append(later, hitOf(c, m, a))
			continue
		case m == None && a.Unproven != "":
			if !c.Odd || a.Unproven != check.Unstable {
				w.Doubts = append(w.Doubts, Doubt{Reason: a.Unproven, Why: c.Name + " in " + c.Place + ": " + a.Why})
			}
			continue
		case m == None || m == Refusing && !inBody(c):
			if a.Ex != nil {
				w.Fine++
				validated = validated || g.reached(op, a)
			}
			continue
		}
		h, d, err := g.confirm(op, c, m, a, absent)
		switch {
		case err != nil:
			return w, err
		case d.Reason != "":
			w.Doubts = append(w.Doubts, d)
		default:
			w.Hits = append(w.Hits, h)
			like[h.Group] = true
		}
	}
	for _, h := range later {
		if like[h.Group] {
			w.Hits = append(w.Hits, h)
		}
	}
	w.Doubts = append(w.Doubts, left(op)...)
	if !good && len(w.Hits) == 0 && (op.Narrow == "" || !validated) && len(op.Cases) > 0 {
		w.Doubts = append([]Doubt{doubt}, w.Doubts...)
	}
	if op.Narrow != "" {
		w.Note = "(" + op.Narrow + ")"
	}
	return w, nil
}

// reached reports an answer that only comes from behind login and router: it
// says what is wrong with the input, or takes it.
func (g *Ground) reached(op *artifact.Operation, a Answer) bool {
	switch a.Ex.Status() {
	case 400, 413, 415, 422:
		return true
	}
	return g.Good(op.Route, a)
}

// inBody reports a case in a body, where a refusal for what is not there has no place.
func inBody(c *artifact.Case) bool { return !Reads(c) }

func hitOf(c *artifact.Case, m Mishap, a Answer) Hit {
	what := map[Mishap]string{
		Dropped: "the connection is dropped without an answer", Hung: fmt.Sprintf("no answer in %s", Hang),
	}[m]
	if what == "" {
		what = fmt.Sprintf("answers %d", a.View.Status)
	}
	return Hit{Case: c, Group: Alike(m, a), What: what, Exhibits: check.Show("attempt", c.Try.Ref)}
}

// confirm rules on a mishap that was tried again.
func (g *Ground) confirm(op *artifact.Operation, c *artifact.Case, m Mishap, first, absent Answer) (Hit, Doubt, error) {
	h := hitOf(c, m, first)
	place := c.Name + " in " + c.Place
	doubt := func(r check.Reason, why string) Doubt {
		return Doubt{Reason: r, Why: place + ": " + why, Exhibits: h.Exhibits}
	}
	again, err := g.Load(c.Again)
	if err != nil {
		return h, Doubt{}, err
	}
	still, err := g.Load(c.Still)
	if err != nil {
		return h, Doubt{}, err
	}
	switch {
	case m == Refusing:
		return h, doubt(check.Suspected, fmt.Sprintf("answers %d as it does to refuse; whether it crashed cannot be seen", first.View.Status)), nil
	case m == Unavailable:
		return h, doubt(check.Suspected, fmt.Sprintf("answers %d; whether that is on purpose cannot be seen", first.View.Status)), nil
	case again.Unproven != "" && again.Unproven != check.Unstable:
		return h, doubt(again.Unproven, again.Why), nil
	case g.MishapOf(op.Route, c, again) != m:
		return h, doubt(check.Unstable, fmt.Sprintf("%s once, and not again", h.What)), nil
	case !g.Good(op.Route, still):
		why := "the good request does not work after it, so it may be down for another reason"
		if still.Unproven != "" {
			return h, doubt(still.Unproven, still.Why), nil
		}
		return h, doubt(check.NoPositiveControl, why), nil
	case absent.Ex != nil && g.MishapOf(op.Route, c, absent) == Crash && Alike(m, absent) == Alike(m, first):
		return h, doubt(check.Suspected, fmt.Sprintf("answers %d alike for an id that is not there: it may be how it says so", first.View.Status)), nil
	}
	h.Exhibits = append(h.Exhibits, check.Show("control", c.Still.Ref)...)
	if c.Minimal != "" {
		h.Exhibits = append(check.Show("attempt", c.Reduced.Ref), h.Exhibits[1:]...)
	}
	return h, Doubt{}, nil
}
