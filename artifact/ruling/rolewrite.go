package ruling

import (
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/check"
)

// RoleWrite is a write by a role that must not, and whether it is a way around
// a guard that holds elsewhere rather than a guard that is missing.
type RoleWrite struct {
	Change
	Trick bool
	Guard string // the route whose guard holds, when Trick
}

// RoleWrites rules on every write by a role. A verb that is written while
// another declared one on the same objects is refused to the same identity goes
// around the guard; so does any verb that no declaration names.
func (r *Roles) RoleWrites(trials []artifact.WriteTrial) ([]RoleWrite, error) {
	var out []RoleWrite
	held := map[string]string{} // objects and identity → a declared route that refuses
	for _, w := range trials {
		if w.Class != "rolewrite" {
			continue
		}
		c, err := r.write(w)
		if err != nil {
			return nil, err
		}
		out = append(out, RoleWrite{Change: c})
		if key := objects(w); w.Declared && c.Outcome == check.OK && held[key] == "" {
			held[key] = w.Route
		}
	}
	for i := range out {
		w := &out[i]
		guard := held[objects(w.WriteTrial)]
		switch {
		case w.Outcome == check.Fail && guard != "":
			w.Trick, w.Guard = true, guard
		case !w.Declared:
			w.Trick = true
			if w.Outcome == check.Fail { // nothing guards these objects: the declared verbs say so
				w.Ruling = marker.Ruling{Outcome: check.Unproven, Reason: check.Suspected, Message: "the write took effect, but no verb on these objects is refused either"}
			}
		}
	}
	return out, nil
}

// write rules on a write by a role. That a verb which nobody declared changes
// nothing is enough: it need not work for anybody.
func (r *Roles) write(w artifact.WriteTrial) (Change, error) {
	if w.Declared || w.Skipped.Reason != "" {
		return r.Write(w)
	}
	c := Change{WriteTrial: w}
	t, err := r.writeTrial(w)
	if err != nil {
		return c, err
	}
	t.Positive = marker.Answer{}
	c.decide(t)
	c.unlisted()
	return c, nil
}

// Order rules on a write route that was asked, as a role that must not, with
// what no handler can accept: only a refusal of the caller proves something.
func (r *Roles) Order(a artifact.Asked) (Case, error) {
	if a.Skipped.Reason != "" || len(a.Tries) == 0 {
		c := Skipped(a.Route, a.Skipped)
		if c.Reason == "" {
			c.Reason, c.Message = check.NotExamined, "it was not asked"
		}
		return c, nil
	}
	c := Case{Route: a.Route, Stranger: a.Tries[0].Who, Kind: "X", Try: a.Tries[0]}
	answer, err := r.Load(c.Try)
	if err != nil {
		return c, err
	}
	status := answer.Ex.Status()
	kind, _ := r.Judge.Refuses(a.Route, view(answer.Ex))
	known, err := r.refusesLike(a.Route, c.Stranger, view(answer.Ex))
	if err != nil {
		return c, err
	}
	switch {
	case answer.Unproven != "":
		c.Outcome, c.Reason, c.Message = check.Unproven, answer.Unproven, answer.Why
	case slices.Contains([]string{refusal.Unauthorized, refusal.Forbidden, refusal.DeniedRedirect, refusal.Learned, refusal.Declared}, kind) || known:
		c.Outcome, c.Message = check.OK, fmt.Sprintf("the role is refused before its request is looked at (status %d)", status)
	default:
		c.Outcome, c.Reason = check.Unproven, check.Undeclared
		c.Message = fmt.Sprintf("what no handler can accept is answered with status %d, so the role may not have been asked for; no object could be made to try it on: describe it under resources", status)
	}
	return c, nil
}

// refusesLike reports whether an answer is, word for word, how a read that the
// role must not make is refused to it; and not how an unknown id is answered,
// for such an id was sent.
func (r *Roles) refusesLike(route, who string, v *normal.View) (bool, error) {
	if strings.Contains(route, "{") && (v.Status == 404 || r.Judge.Is(v, "soft404")) {
		return false, nil
	}
	for _, c := range r.matrix.Cells {
		if c.Who != who || !Barred(c) || c.X.Unproven != "" {
			continue
		}
		x, err := r.Load(c.X)
		if err != nil {
			return false, err
		}
		if _, refused := r.Judge.Refuses(c.Route, view(x.Ex)); refused && normal.Same(view(x.Ex), v) {
			return true, nil
		}
	}
	return false, nil
}

// objects names what a trial writes to and as whom.
func objects(w artifact.WriteTrial) string {
	_, template, _ := strings.Cut(w.Route, " ")
	return w.Who + " " + template
}
