package marker

import (
	"encoding/json"
	"strings"

	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/check"
)

// AssignTrial is one field that a caller tried to set though it is not theirs to set.
type AssignTrial struct {
	Route    string
	Field    string
	Pointer  string // of the field in the re-read
	Sent     string // JSON text of the value
	Writable bool   // the contract lets the role write it

	Before Answer
	Write  Answer
	After  []Answer // fresh readings; two must agree

	NeedsEffect          bool // role and tenant: a privilege must really follow
	EffectBefore, Effect Answer
	EffectRoute          string

	Judge *refusal.Judge
}

// DecideAssign is the mass-assignment oracle: two fresh readings show the
// value sent where another stood before, and for a role or a tenant the
// privilege really follows. An echo in the answer to the write is nothing.
func DecideAssign(t AssignTrial) Ruling {
	t.Judge = nobody(t.Judge)
	want := canonical(t.Sent)
	before := plain(t.Before)
	if t.Writable {
		return ok(1, "the contract lets the role write %s", t.Field)
	}
	if r, good := control(t.Route, t.Before, before, t.Judge); !good {
		return r
	}
	if r, bad := nuisance(t.Write, plain(t.Write), t.Judge, "the writer"); bad {
		return r
	}
	if has(before, t.Pointer, want) {
		return unproven(0, check.Unstable, "%s had the value before it was sent", t.Field)
	}
	stuck, read := 0, 0
	for _, a := range t.After {
		v := plain(a)
		if r, good := control(t.Route, a, v, t.Judge); !good {
			r.Message = "the re-read failed: " + r.Message
			return r
		}
		read++
		if has(v, t.Pointer, want) {
			stuck++
		}
	}
	status := t.Write.Ex.Status()
	switch {
	case read == 0:
		return unproven(1, check.NoPositiveControl, "%s was not read again", t.Field)
	case stuck == 0 && strings.Contains(normal.Fold(plain(t.Write).Body()), normal.Fold(strings.Trim(t.Sent, `"`))):
		return ok(2, "%s is echoed by the write (status %d) but not stored", t.Field, status)
	case stuck == 0:
		return ok(2, "%s is ignored (status %d)", t.Field, status)
	case stuck < 2 || stuck < read:
		return unproven(1, check.Unstable, "%s was changed in %d of %d readings", t.Field, stuck, read)
	}
	return t.effect(status)
}

// effect asks for a privilege where a changed value alone proves nothing.
func (t *AssignTrial) effect(status int) Ruling {
	r := Ruling{
		Outcome: check.Fail, Step: 1, Places: []check.Place{{Where: t.Pointer, Kind: "written", Masked: mask(strings.Trim(t.Sent, `"`))}},
		Message: sprintf("%s was set by a caller who must not set it (status %d), and stays set", t.Field, status),
	}
	if !t.NeedsEffect {
		return r
	}
	was, now := plain(t.EffectBefore), plain(t.Effect)
	_, refusedBefore := t.Judge.Refuses(t.EffectRoute, was)
	_, refusedNow := t.Judge.Refuses(t.EffectRoute, now)
	if t.EffectBefore.counts() && t.Effect.counts() && refusedBefore && !refusedNow && now.Class() == 2 && normal.Content(now) {
		r.Message += ": what was refused before now opens"
		return r
	}
	r.Outcome, r.Reason = check.Unproven, check.Suspected
	r.Message += ", but no privilege was seen to follow"
	return r
}

// has reports whether the leaf at a pointer is a value.
func has(v *normal.View, pointer, want string) bool {
	for _, got := range normal.Lookup(v.JSON, pointer) {
		raw, err := json.Marshal(got)
		if err == nil && v.Family == normal.JSON && canonical(string(raw)) == want {
			return true
		}
	}
	return false
}

// canonical writes JSON one way: keys sorted, numbers in their shortest form.
func canonical(text string) string {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		v = text // a bare word
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return text
	}
	return string(raw)
}
