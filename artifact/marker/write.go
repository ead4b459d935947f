package marker

import (
	"strings"

	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/check"
)

// WriteTrial is one write on another's object, decided by the owner's re-read.
type WriteTrial struct {
	Route    string
	Tag      string // the recognisable value that was sent
	Pointer  string // of the changed leaf in the re-read; "" for anywhere
	Volatile []string

	Positive Answer   // the owner's own write of the kind, on another object; zero when there is none
	Before   Answer   // the owner's reading before
	Write    Answer   // the write
	After    []Answer // the owner's readings afterwards
	Control  Answer   // an untouched object, read afterwards; zero when there is none

	Judge *refusal.Judge
}

// DecideWrite is the write oracle: a write counts when the owner's re-read
// shows it, or when the object is gone while an untouched one is still there;
// the status that the writer got never matters.
func DecideWrite(t WriteTrial) Ruling {
	t.Judge = nobody(t.Judge)
	status := t.Write.Ex.Status()
	before := plain(t.Before)
	elsewhere := false
	for _, a := range t.After {
		at, found := find(plain(a), t.Tag, t.Pointer)
		if was, there := find(before, t.Tag, t.Pointer); there && was == at {
			return unproven(0, check.Unstable, "the object held the value before it was written")
		}
		switch {
		case found && at != "":
			return Ruling{
				Outcome: check.Fail, Step: 1, Places: []check.Place{{Where: at, Kind: "written", Masked: mask(t.Tag)}},
				Message: sprintf("the write took effect: the owner reads the written value at %s (the writer got status %d)", at, status),
			}
		case found:
			elsewhere = true
		}
	}
	if r, gone := t.gone(before, status); gone {
		return r
	}
	if r, bad := t.usable(before); bad {
		return r
	}
	if elsewhere {
		return unproven(1, check.Suspected, "the owner's re-read holds the written value, but not where it was to be")
	}
	if !t.unchanged(before) {
		return unproven(2, check.Suspected, "the owner's re-read differs from the reading before, though not by the value that was written")
	}
	if status/100 == 2 {
		return ok(2, "nothing changed: the success (status %d) is empty", status)
	}
	return ok(2, "nothing changed (the writer got status %d)", status)
}

// find looks for the tag at the pointer: at says where; found without a place
// means that it stands somewhere else in the answer.
func find(v *normal.View, tag, pointer string) (at string, found bool) {
	if tag == "" || v.Status == 0 || v.Class() != 2 {
		return "", false
	}
	want := normal.Fold(tag)
	for i := range v.Fields {
		l := &v.Fields[i]
		if !strings.Contains(normal.Fold(l.Value), want) {
			continue
		}
		found = true
		if pointer == "" || covers(pointer, l, v) {
			return orRoot(l.Pointer), true
		}
	}
	if found {
		return "", true
	}
	for _, t := range v.Texts() {
		if strings.Contains(t.S, want) {
			if pointer == "" || v.Family != normal.JSON {
				return "the body", true
			}
			return "", true
		}
	}
	return "", false
}

// covers reports whether a pointer, perhaps with *, leads to a leaf or to
// what holds it. Other families than JSON have no pointers.
func covers(pointer string, l *normal.Leaf, v *normal.View) bool {
	if v.Family != normal.JSON {
		return true
	}
	want, got := strings.Split(pointer, "/"), strings.Split(l.Pointer, "/")
	if len(got) < len(want) {
		return false
	}
	for i, w := range want {
		if w != "*" && w != got[i] {
			return false
		}
	}
	return true
}

// gone decides a write after which the object is no longer there.
func (t *WriteTrial) gone(before *normal.View, status int) (Ruling, bool) {
	if before.Class() != 2 || len(t.After) == 0 {
		return Ruling{}, false
	}
	for _, a := range t.After {
		v := plain(a)
		if !a.counts() || v.Status != 404 && v.Status != 410 && !t.Judge.Is(v, "soft404") && !empty(v) {
			return Ruling{}, false
		}
	}
	if c := plain(t.Control); t.Control.counts() && c.Class() == 2 && normal.Content(c) {
		return Ruling{Outcome: check.Fail, Step: 1, Message: sprintf("the object is gone for its owner, while an untouched one is still there (the writer got status %d)", status)}, true
	}
	return unproven(1, check.Unstable, "the object is gone for its owner, but so is the untouched one, or it was not read"), true
}

// empty reports the answer of a portal that reads one object as a list of one:
// where it was, there is nothing.
func empty(v *normal.View) bool {
	return v.Class() == 2 && v.Family == normal.JSON && !v.Truncated && !normal.Content(v)
}

// usable rules on trials whose readings or writes decide nothing.
func (t *WriteTrial) usable(before *normal.View) (Ruling, bool) {
	if r, good := control(t.Route, t.Before, before, t.Judge); !good {
		return r, true
	}
	if r, bad := nuisance(t.Write, plain(t.Write), t.Judge, "the writer"); bad {
		return r, true
	}
	if len(t.After) == 0 {
		return unproven(1, check.NoPositiveControl, "the owner did not read the object again"), true
	}
	for _, a := range t.After {
		v := plain(a)
		if r, good := control(t.Route, a, v, t.Judge); !good {
			r.Message = "the owner's re-read failed: " + r.Message
			return r, true
		}
		if v.Truncated {
			return unproven(1, check.Unstable, "the owner's re-read was not seen whole"), true
		}
	}
	if t.Positive.Ex != nil || t.Positive.Unproven != "" {
		if status := t.Positive.Ex.Status(); t.Positive.Unproven != "" || status/100 != 2 && status/100 != 3 {
			return unproven(0, check.NoPositiveControl, "%s", because("not even the owner's own write works", t.Positive.Why)), true
		}
	}
	return Ruling{}, false
}

// unchanged reports whether every re-read that shows what Before showed is
// the same, but for what changes by itself. Readings of other documents, such
// as a list or an audit trail, count only for the tag.
func (t *WriteTrial) unchanged(before *normal.View) bool {
	m := normal.Mask{Volatile: t.Volatile, Known: ids(before)}
	for _, a := range t.After {
		v := plain(a)
		if v.URL == before.URL && !normal.Same(before.With(m), v.With(m)) {
			return false
		}
	}
	return true
}
