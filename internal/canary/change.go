package canary

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

// Update is the request that sets the object's text to tag, as who would send it.
func (c *Object) Update(t *gather.Tools, u artifact.Route, who, tag string) (r wire.Request, ok bool) {
	if who == evidence.Anonymous {
		who = c.owner // whose words it borrows; it signs with nothing
	}
	contentType, body, ok := c.change(t, who, u, c.Pointer, tag, c.Doc)
	if !ok {
		return r, false
	}
	target, filled := u.Fill(Rename(u, c.Detail, c.Values))
	return Write(u.Method, target, contentType, body), filled
}

// Erase is the request that deletes the object.
func (c *Object) Erase(v artifact.Route) (r wire.Request, ok bool) {
	target, filled := v.Fill(Rename(v, c.Detail, c.Values))
	return Write(v.Method, target, "", nil), filled
}

// Namesake says why who must not write to the object: where ids count in each
// tenant apart, the same address means another object, which this run did not make.
func (c *Object) Namesake(ctx context.Context, t *gather.Tools, who string) artifact.Skip {
	if who == evidence.Anonymous {
		return artifact.Skip{}
	}
	got := Ask(ctx, t, Look("before, as the writer", who, c.Target()))[0]
	if got.Unproven != "" {
		return artifact.Skip{Reason: got.Unproven, Why: got.Why}
	}
	_, refused := t.Refusals().Denied(c.Detail.ID, got.Answer.Exchange)
	if refused || got.Status()/100 != 2 || strings.Contains(string(got.Answer.Body), c.Tag) {
		return artifact.Skip{}
	}
	return artifact.Skip{Reason: check.EffectRefused, Why: who + " has an object of its own at this address, which this run did not make"}
}

// Rename binds a route's path parameters by name, or else by position:
// contracts name the same parameter differently from verb to verb.
func Rename(to, from artifact.Route, v artifact.Values) artifact.Values {
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

// Changing journals a change of an object that this run made: it ends with
// the object, which its own entry removes.
func (c *Object) Changing(tag string) journal.Entry {
	return journal.Entry{
		Kind: journal.Change, What: c.Noun + " " + c.ID + " to " + tag, Who: c.owner, Tag: c.Tag,
		Undo: c.removal(c.Target(), c.ID), Verify: &journal.Verify{Who: c.owner, Path: c.Target(), Expect: journal.Gone},
	}
}

// Deleting journals a deletion.
func (c *Object) Deleting() journal.Entry {
	e := c.Changing("nothing")
	e.Kind = journal.Delete
	return e
}
