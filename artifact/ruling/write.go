package ruling

import (
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Change is one write by somebody who must not, with its ruling.
type Change struct {
	artifact.WriteTrial
	marker.Ruling
	// Shown is the reading that proves the change, or the last one made.
	Shown evidence.Ref
}

// Write rules on a write to an object of the owner by the owner's re-read.
func (g *Ground) Write(w artifact.WriteTrial) (Change, error) {
	c := Change{WriteTrial: w}
	if w.Skipped.Reason != "" {
		c.Ruling = marker.Ruling{Outcome: check.Unproven, Reason: w.Skipped.Reason, Message: w.Skipped.Why}
		return c, nil
	}
	t, err := g.writeTrial(w)
	if err != nil {
		return c, err
	}
	c.decide(t)
	c.unlisted()
	c.needPositive("nobody who may was seen to succeed with the same write")
	return c, nil
}

// writeTrial loads a trial. What changes by itself in the re-read is known by
// the route that reads.
func (g *Ground) writeTrial(w artifact.WriteTrial) (marker.WriteTrial, error) {
	_, template, _ := strings.Cut(w.Route, " ")
	t := marker.WriteTrial{Route: w.Route, Tag: w.Tag, Pointer: w.Pointer, Volatile: g.volatile["GET "+template], Judge: g.Judge}
	var err error
	for _, x := range []struct {
		from artifact.Attempt
		to   *marker.Answer
	}{{w.Positive, &t.Positive}, {w.Before, &t.Before}, {w.Write, &t.Write}, {w.Control, &t.Control}} {
		if *x.to, err = g.Load(x.from); err != nil {
			return t, err
		}
	}
	for _, a := range w.After {
		after, err := g.Load(a)
		if err != nil {
			return t, err
		}
		t.After = append(t.After, after)
	}
	if n := len(t.After); n > 1 { // what differs between two readings after the write changes by itself
		t.Volatile = append(slices.Clone(t.Volatile), normal.VolatilePointers(t.After[0].Ex, t.After[n-1].Ex)...)
	}
	return t, nil
}

// decide rules and finds the first reading that proves the change.
func (c *Change) decide(t marker.WriteTrial) {
	c.Ruling = marker.DecideWrite(t)
	if n := len(c.After); n > 0 {
		c.Shown = c.After[n-1].Ref
	}
	all := t.After
	for i := range all {
		if c.Outcome != check.Fail {
			return
		}
		t.After = all[:i+1]
		if marker.DecideWrite(t).Outcome == check.Fail {
			c.Shown = c.After[i].Ref
			return
		}
	}
}

// needPositive takes back an ok that no successful write of the kind stands
// beside: a request that nobody can send is refused to everybody.
func (c *Change) needPositive(why string) {
	if c.Outcome == check.OK && !c.Positive.Sent() && c.Positive.Unproven == "" {
		c.Ruling = marker.Ruling{Outcome: check.Unproven, Reason: check.NoPositiveControl, Message: why}
	}
}

// unlisted clears a list, in which new objects are looked for, of having
// changed: it may grow by itself meanwhile, and only the tag says whose doing it is.
func (c *Change) unlisted() {
	if c.ID == "" && c.Outcome == check.Unproven && c.Step == 2 {
		c.Ruling = marker.Ruling{Outcome: check.OK, Step: 2, Message: "the owner's list does not show it"}
	}
}

// Create rules on an object that a stranger made for the owner's tenant. It is
// the owner's when the owner's list shows it, or when the stranger's own
// reading of it names the owner's tenant.
func (g *Ground) Create(w artifact.WriteTrial) (Change, error) {
	c := Change{WriteTrial: w}
	if w.Skipped.Reason != "" {
		return g.Write(w)
	}
	t, err := g.writeTrial(w)
	if err != nil {
		return c, err
	}
	own := t.Control
	t.Control = marker.Answer{} // it is no untouched object here
	c.decide(t)
	if places := g.names(own, w.Owner, w.Who); len(places) > 0 && c.Outcome != check.Fail {
		c.Ruling = marker.Ruling{
			Outcome: check.Fail, Step: 1, Places: places,
			Message: fmt.Sprintf("the new object names the owner's tenant at %s (the writer got status %d)", places[0].Where, t.Write.Ex.Status()),
		}
		c.Shown = w.Control.Ref
	}
	c.unlisted()
	c.needPositive("not even an ordinary object was made by the writer")
	return c, nil
}

// names returns where an answer says that an object is the owner's tenant's.
func (g *Ground) names(a marker.Answer, owner, stranger string) []check.Place {
	v := view(a.Ex)
	if v.Class() != 2 {
		return nil
	}
	facts := g.foreignFacts(owner, stranger)
	var out []check.Place
	for i := range v.Fields {
		if f := &v.Fields[i]; tenantKey(f.Key) && slices.Contains(facts, f.Value) && len(out) < check.MaxExamples {
			out = append(out, check.Place{Where: f.Pointer, Kind: "tenant", Masked: f.Value[:min(3, len(f.Value))] + "…"})
		}
	}
	return out
}

// Poisoned rules on an object of the stranger's own that refers to one of the
// owner's: Before and Control are the owner's two readings of the latter,
// After the stranger's readings of the former.
func (g *Ground) Poisoned(w artifact.WriteTrial) (Change, error) {
	c := Change{WriteTrial: w}
	if w.Skipped.Reason != "" {
		return g.Write(w)
	}
	t, err := g.writeTrial(w)
	if err != nil {
		return c, err
	}
	ms := marker.Learn(marker.Lesson{
		P: owned(t.Before), P2: t.Control.Ex, Stranger: g.Shown(w.Who), Others: g.Owned(w.Owner), Sent: []string{w.ID, w.Tag},
	})
	for i, a := range append([]marker.Answer{t.Write}, t.After...) {
		score, places := marker.Hits(view(a.Ex), ms)
		if score < marker.Proof {
			continue
		}
		c.Ruling = marker.Ruling{
			Outcome: check.Fail, Step: 1, Places: places,
			Message: fmt.Sprintf("an own object that refers to the owner's shows its data at %s", places[0].Where),
		}
		c.Shown = w.Write.Ref
		if i > 0 {
			c.Shown = w.After[i-1].Ref
		}
		return c, nil
	}
	c.Ruling = g.unpoisoned(t, ms)
	if n := len(w.After); n > 0 {
		c.Shown = w.After[n-1].Ref
	}
	c.needPositive("not even an object that refers to something of its own was made by the writer")
	return c, nil
}

// unpoisoned rules on a reference that showed nothing.
func (g *Ground) unpoisoned(t marker.WriteTrial, ms []marker.Marker) marker.Ruling {
	status := t.Write.Ex.Status()
	unproven := func(reason check.Reason, format string, args ...any) marker.Ruling {
		return marker.Ruling{Outcome: check.Unproven, Reason: reason, Message: fmt.Sprintf(format, args...)}
	}
	switch {
	case t.Before.Ex.Status()/100 != 2:
		return unproven(check.NoPositiveControl, "the owner does not read the object that was referred to (status %d)", t.Before.Ex.Status())
	case t.Write.Unproven != "":
		return unproven(t.Write.Unproven, "the write decides nothing: %s", t.Write.Why)
	case status == 0 || status/100 == 5:
		return unproven(check.Unstable, "the portal fails on the reference (status %d)", status)
	case t.Positive.Unproven != "" || t.Positive.Ex != nil && t.Positive.Ex.Status()/100 > 3:
		return unproven(check.NoPositiveControl, "not even an ordinary object was made by the writer (status %d)", t.Positive.Ex.Status())
	case status/100 == 4:
		return marker.Ruling{Outcome: check.OK, Message: fmt.Sprintf("the reference is refused (status %d)", status)}
	case len(ms) == 0:
		return unproven(check.NoMarker, "the owner's object holds nothing that could be recognised elsewhere")
	case len(t.After) == 0:
		return unproven(check.NoPositiveControl, "what was made could not be read again (the writer got status %d)", status)
	}
	for _, a := range t.After {
		if a.Unproven != "" {
			return unproven(a.Unproven, "a reading of what was made decides nothing: %s", a.Why)
		}
	}
	if view(t.After[0].Ex).Class() != 2 {
		return unproven(check.NoPositiveControl, "what was made could not be read again (status %d)", t.After[0].Ex.Status())
	}
	return marker.Ruling{Outcome: check.OK, Message: fmt.Sprintf("the reference is taken (status %d), but nothing of the owner's is shown by it", status)}
}
