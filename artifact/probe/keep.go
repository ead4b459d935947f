package probe

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
)

// fate is what became of an input that the schema forbids.
type fate string

const (
	unsent    fate = ""          // nothing says that it is wrong, or nothing came back
	refused   fate = "refused"   // in whatever way
	kept      fate = "kept"      // a reading shows it
	ignored   fate = "ignored"   // accepted, and a reading shows something else
	swallowed fate = "swallowed" // accepted, and what became of it cannot be read
)

// fateOf reads what became of a case.
func (g *Ground) fateOf(op *artifact.Operation, c *artifact.Case) (fate, Answer, error) {
	a, err := g.Load(c.Try)
	if err != nil || c.Rule == "" || a.Ex == nil || a.Unproven != "" || a.Ex.Status() == 0 {
		return unsent, a, err
	}
	taken, err := g.taken(op, a)
	if err != nil || !taken {
		return refused, a, err
	}
	if !op.Writes {
		return ignored, a, nil
	}
	after, err := g.Load(c.After)
	if err != nil || after.Ex == nil || after.Unproven != "" || after.View.Class() != 2 {
		return swallowed, a, err
	}
	if c.Value == nil {
		if !holds(after.View, c.Pointer) {
			return kept, a, nil
		}
		return ignored, a, nil
	}
	if keeps(after.View, c) {
		return kept, a, nil
	}
	return ignored, a, nil
}

// taken reports an answer by which a good request is accepted too: portals may
// say no with 200, and a form that is shown again with an error is no success.
func (g *Ground) taken(op *artifact.Operation, a Answer) (bool, error) {
	if !g.Good(op.Route, a) || len(op.Controls) == 0 {
		return false, nil
	}
	control, err := g.Load(op.Controls[0])
	if err != nil || control.Ex == nil {
		return false, err
	}
	if op.Writes {
		return control.View.Class() == a.View.Class() && control.View.Family == a.View.Family && alike(control, a), nil
	}
	return !g.Refused(op.Route, a) && a.View.Family == normal.JSON && normal.Content(a.View), nil
}

// alike reports two answers of one make: a write that answers with a page or an
// object answers an error with another one. What types its fields have does not
// count, for they are what was meddled with.
func alike(good, a Answer) bool {
	const likeness = 0.5
	if good.View.Family == normal.None {
		return true
	}
	want, is := good.View.JSON.(map[string]any)
	if !is {
		return normal.Jaccard(good.View, a.View) >= likeness
	}
	have, is := a.View.JSON.(map[string]any)
	both := 0
	for key := range want {
		if _, has := have[key]; has {
			both++
		}
	}
	return is && float64(both) >= likeness*float64(len(want))
}

// holds reports whether a reading has a value that is not empty at a pointer.
func holds(v *normal.View, pointer string) bool {
	for _, x := range normal.Lookup(v.JSON, pointer) {
		if x != nil && x != "" {
			return true
		}
	}
	return v.Family != normal.JSON
}

// keeps reports whether a reading shows the value that was sent: at its place,
// or anywhere on a page when it is long enough to be no accident.
func keeps(v *normal.View, c *artifact.Case) bool {
	var want any
	dec := json.NewDecoder(strings.NewReader(string(c.Value)))
	dec.UseNumber()
	if dec.Decode(&want) != nil {
		return false
	}
	if v.Family != normal.JSON {
		text, is := want.(string)
		if !is {
			text = string(c.Value)
		}
		return len(text) >= 5 && len(text) < 2000 && strings.Contains(v.Body(), text)
	}
	if want == nil {
		found := normal.Lookup(v.JSON, c.Pointer)
		return len(found) == 1 && found[0] == nil
	}
	for _, is := range normal.Lookup(v.JSON, c.Pointer) {
		if same(is, want) {
			return true
		}
	}
	return false
}

func same(a, b any) bool {
	m, is := a.(json.Number)
	n, also := b.(json.Number)
	if is && also {
		x, err := m.Float64()
		y, wrong := n.Float64()
		return err == nil && wrong == nil && x == y
	}
	x, err := json.Marshal(a)
	if err != nil {
		return false
	}
	y, err := json.Marshal(b)
	return err == nil && string(x) == string(y)
}

// strict are the rules whose breach by a needed field is one whatever became of it.
var strict = []string{"required", "type", "enum"}

// Stored is the rule that nothing is kept that the contract forbids.
func Stored(g *Ground, op *artifact.Operation) (Word, error) {
	w := Word{Said: "that the contract forbids were not kept"}
	if op.Narrow != "" {
		return w, nil
	}
	for i := range op.Cases {
		c := &op.Cases[i]
		if c.Rule == "" {
			continue
		}
		end, a, err := g.fateOf(op, c)
		if err != nil {
			return w, err
		}
		refs := append(check.Show("attempt", c.Try.Ref), check.Show("after", c.After.Ref)...)
		switch {
		case end == kept && c.Value == nil:
			w.Hits = append(w.Hits, Hit{Case: c, Group: c.Class, What: "is made without what the contract requires", Exhibits: refs})
		case end == kept:
			w.Hits = append(w.Hits, Hit{Case: c, Group: c.Class, What: "is kept though it breaks " + quoted(c), Exhibits: refs})
		case end == swallowed && c.Needed && !c.Inferred && slices.Contains(strict, c.Rule):
			w.Hits = append(w.Hits, Hit{Case: c, Group: c.Class, What: fmt.Sprintf("is accepted (%d) though it breaks %s", a.View.Status, quoted(c)), Exhibits: refs})
		case end == swallowed:
			w.Doubts = append(w.Doubts, Doubt{Reason: check.Suspected, Why: fmt.Sprintf("%s in %s is accepted; what became of it cannot be read", c.Name, c.Place), Exhibits: refs})
		case end == unsent && undecided(a):
			w.Doubts = append(w.Doubts, Doubt{Reason: a.Unproven, Why: c.Name + " in " + c.Place + ": " + a.Why})
		case end == refused, end == ignored:
			w.Fine++
		}
	}
	w.Doubts = append(w.Doubts, left(op)...)
	return w, nil
}

func quoted(c *artifact.Case) string {
	if c.Inferred {
		return "the type that all others have"
	}
	return fmt.Sprintf("%q of the contract", c.Rule)
}

// Taken is the rule that what the contract forbids is refused rather than
// ignored or put right in silence. What is kept is another rule's.
func Taken(g *Ground, op *artifact.Operation) (Word, error) {
	w := Word{Said: "that the contract forbids were refused"}
	if op.Narrow != "" {
		return w, nil
	}
	for i := range op.Cases {
		c := &op.Cases[i]
		if c.Kind == "file" {
			if err := g.named(&w, c); err != nil {
				return w, err
			}
			continue
		}
		if c.Rule == "" || c.Inferred {
			continue
		}
		end, a, err := g.fateOf(op, c)
		if err != nil {
			return w, err
		}
		switch end {
		case ignored, swallowed:
			if slices.ContainsFunc(w.Hits, func(h Hit) bool { return h.Case.Place == c.Place && h.Case.Rule == c.Rule }) {
				continue // one value says as much as all that break the same rule
			}
			w.Hits = append(w.Hits, Hit{Case: c, Group: c.Class, What: fmt.Sprintf("answers %d, though it breaks %s", a.View.Status, quoted(c)), Exhibits: check.Show("attempt", c.Try.Ref, c.After.Ref)})
		case refused, kept:
			w.Fine++
		default:
			if undecided(a) {
				w.Doubts = append(w.Doubts, Doubt{Reason: a.Unproven, Why: c.Name + " in " + c.Place + ": " + a.Why})
			}
		}
	}
	w.Doubts = append(w.Doubts, left(op)...)
	return w, nil
}

// named looks for folders in the name that an uploaded file was given.
func (g *Ground) named(w *Word, c *artifact.Case) error {
	after, err := g.Load(c.After)
	if err != nil || after.Ex == nil {
		return err
	}
	for i := range after.View.Fields {
		if v := after.View.Fields[i].Value; strings.Contains(v, "../") && strings.Contains(v, c.Sign) {
			w.Hits = append(w.Hits, Hit{Case: c, Group: "name", What: "the folders in the file's name are kept", Exhibits: check.Show("attempt", c.Try.Ref, c.After.Ref)})
			return nil
		}
	}
	w.Fine++
	return nil
}

// Silent is the rule that a refused write changes nothing: the text that went
// with it shows in no reading afterwards.
func Silent(g *Ground, op *artifact.Operation) (Word, error) {
	w := Word{Said: "were refused, and nothing of them is kept"}
	if op.Narrow != "" || len(op.Readings) == 0 {
		return w, nil
	}
	readings := make([]Answer, len(op.Readings))
	shown := false
	for i, a := range op.Readings {
		var err error
		if readings[i], err = g.Load(a); err != nil {
			return w, err
		}
		shown = shown || readings[i].View.Class() == 2 && readings[i].Unproven == "" && (op.Tag == "" || strings.Contains(readings[i].View.Body(), op.Tag))
	}
	for i := range op.Cases {
		c := &op.Cases[i]
		a, err := g.Load(c.Try)
		if err != nil {
			return w, err
		}
		if c.Tag == "" || !g.Refused(op.Route, a) {
			continue
		}
		where := slices.IndexFunc(readings, func(r Answer) bool { return r.View.Class() == 2 && strings.Contains(r.View.Body(), c.Tag) })
		if where < 0 {
			w.Fine++
			continue
		}
		w.Hits = append(w.Hits, Hit{
			Case: c, Group: "kept", What: fmt.Sprintf("answers %d, and the rest of the body is kept all the same", a.View.Status),
			Exhibits: append(check.Show("attempt", c.Try.Ref), check.Show("after", op.Readings[where].Ref)...),
		})
	}
	if !shown && w.Fine > 0 && len(w.Hits) == 0 {
		d := Doubt{Reason: check.NoPositiveControl, Why: "no reading shows what a good request makes, so that nothing of a bad one is shown proves nothing"}
		for _, r := range readings {
			if r.Unproven != "" {
				d = Doubt{Reason: r.Unproven, Why: r.Why}
			}
		}
		w.Doubts = append(w.Doubts, d)
	}
	return w, nil
}
