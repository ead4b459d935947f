package alter

import (
	"context"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/wire"
)

// deletes reports whether a verb removes the object.
func (v verb) deletes(c *canary) bool { return v.ID == c.del.ID }

// update is the request that sets the object's text to tag, as who would send it.
func (c *canary) update(t *gather.Tools, u artifact.Route, who, tag string) (r wire.Request, ok bool) {
	if who == evidence.Anonymous {
		who = c.owner // whose words it borrows; it signs with nothing
	}
	contentType, body, ok := c.change(t, who, u, c.pointer, tag, c.doc)
	if !ok {
		return r, false
	}
	target, filled := u.Fill(rename(u, c.detail, c.values))
	return write(u.Method, target, contentType, body), filled
}

// erase is the request that deletes the object.
func (c *canary) erase(v verb) (r wire.Request, ok bool) {
	target, filled := v.Fill(rename(v.Route, c.detail, c.values))
	return write(v.Method, target, "", nil), filled
}

// namesake says why who must not write to the object: where ids count in each
// tenant apart, the same address means another object, which this run did not make.
func (c *canary) namesake(ctx context.Context, t *gather.Tools, who string) artifact.Skip {
	if who == evidence.Anonymous {
		return artifact.Skip{}
	}
	got := ask(ctx, t, look("before, as the writer", who, c.target()))[0]
	if got.Unproven != "" {
		return artifact.Skip{Reason: got.Unproven, Why: got.Why}
	}
	_, refused := t.Refusals().Denied(c.detail.ID, got.Answer.Exchange)
	if refused || got.Status()/100 != 2 || strings.Contains(string(got.Answer.Body), c.tag) {
		return artifact.Skip{}
	}
	return artifact.Skip{Reason: check.EffectRefused, Why: who + " has an object of its own at this address, which this run did not make"}
}

// rename binds a route's path parameters by name, or else by position:
// contracts name the same parameter differently from verb to verb.
func rename(to, from artifact.Route, v artifact.Values) artifact.Values {
	out := artifact.Values{}
	names := from.PathParams()
	for i, name := range to.PathParams() {
		switch {
		case v[name] != "":
			out[name] = v[name]
		case i < len(names):
			out[name] = v[names[i]]
		}
	}
	return out
}

// changing journals a change of an object that this run made: it ends with
// the object, which its own entry removes.
func (c *canary) changing(tag string) journal.Entry {
	return journal.Entry{
		Kind: journal.Change, What: c.noun + " " + c.id + " to " + tag, Who: c.owner, Tag: c.tag,
		Undo: c.removal(c.target(), c.id), Verify: &journal.Verify{Who: c.owner, Path: c.target(), Expect: journal.Gone},
	}
}

// deleting journals a deletion.
func (c *canary) deleting() journal.Entry {
	e := c.changing("nothing")
	e.Kind = journal.Delete
	return e
}
