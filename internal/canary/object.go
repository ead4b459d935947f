// Package canary makes objects for a run to write to: it knows how objects of
// each kind are made, found, changed and removed, makes them recognisable, and
// journals all of it. What gatherers write to, they have made with it.
package canary

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// Object is an object this run created: the only kind it writes to.
type Object struct {
	Maker
	owner   string
	remover string // who undoes it: the owner, or who may where the owner must not
	Tag     string
	ID      string
	Values  artifact.Values // binding of the detail route
	Pointer string          // of the tag in the owner's reading
	Made    artifact.Attempt
	Before  gather.Answered // the owner's reading
	Doc     any             // its JSON
}

// New returns an object that is not made yet.
func New(t *gather.Tools, m Maker, owner, tag string, values artifact.Values) *Object {
	c := &Object{Maker: m, owner: owner, remover: owner, Tag: tag, Values: values}
	self := gather.Made[artifact.Sessions](t, artifact.SignIns).By(owner)
	if m.Del.ID == "" || Allowed(m.Del, self.Role) {
		return c
	}
	if top, ok := t.Owner(self.Tenant); ok {
		c.remover, self = top.Name, top
	}
	if Allowed(m.Del, self.Role) {
		return c
	}
	// Only people of no tenant, or of another one, may remove it.
	if i := slices.IndexFunc(t.People(), func(p artifact.Identity) bool { return !p.Disposable && Allowed(m.Del, p.Role) }); i >= 0 {
		c.remover = t.People()[i].Name
	}
	return c
}

// Target is where the object is read.
func (c *Object) Target() string {
	target, _ := c.Detail.Fill(c.Values)
	return target
}

// Plant makes one object as owner and reads it. What cannot be made or read is
// a skip with its reason; whatever was made is undone at the end of the run.
func Plant(ctx context.Context, t *gather.Tools, m Maker, owner string) (*Object, artifact.Skip) {
	if m.Skipped.Reason != "" {
		return nil, m.Skipped
	}
	values, ok := Parents(t, m, owner)
	if !ok {
		return nil, artifact.Skip{Reason: check.NoPositiveControl, Why: "no parent object of " + owner + " is known to make one under"}
	}
	c := New(t, m, owner, gather.Canary("lrc-"), values)
	contentType, object, ok := m.Object(t, owner, c.Tag)
	r, made := m.Making(values, contentType, object)
	if !ok || !made {
		return nil, artifact.Skip{Reason: check.Undeclared, Why: UnknownBody}
	}
	got := c.Create(ctx, t, "create", owner, r)
	if got.Unproven != "" {
		return nil, artifact.Skip{Reason: got.Unproven, Why: got.Why}
	}
	if got.Status()/100 != 2 && got.Status() != 302 && got.Status() != 303 {
		return nil, artifact.Skip{Reason: check.NoPositiveControl, Why: fmt.Sprintf("making one as %s answered %d", owner, got.Status())}
	}
	if c.ID == "" && !c.Find(ctx, t) {
		return nil, artifact.Skip{Reason: check.NoPositiveControl, Why: "what was made could not be found again"}
	}
	c.Values = With(c.Values, c.Param, c.ID)
	if !c.read(ctx, t) {
		return nil, artifact.Skip{Reason: check.NoPositiveControl, Why: "what was made does not show its text when its owner reads it"}
	}
	return c, artifact.Skip{}
}

// Create sends the request that makes the object, as who.
func (c *Object) Create(ctx context.Context, t *gather.Tools, name, who string, r wire.Request) gather.Answered {
	got := t.Write(ctx, gather.Ask{Name: name, Who: who, Request: r}, c.Entry(), func(got gather.Answered) *journal.Entry { return c.Learn(got) })
	c.Made = got.Attempt
	return got
}

// With is the values with one more.
func With(v artifact.Values, name, value string) artifact.Values {
	out := artifact.Values{}
	for k, x := range v {
		out[k] = x
	}
	out[name] = value
	return out
}

// Entry journals the making: how to undo it even when the answer never comes.
func (c *Object) Entry() journal.Entry {
	template, _ := c.Detail.Fill(With(c.Values, c.Param, "lr-id-place"))
	path := strings.ReplaceAll(template, "lr-id-place", "{id}")
	e := journal.Entry{
		Kind: journal.Create, What: c.Noun + " " + c.Tag, Who: c.owner, Tag: c.Tag,
		Undo:   c.removal(path, "{id}"),
		Verify: &journal.Verify{Who: c.owner, Path: path, Expect: journal.Gone},
	}
	if list, ok := c.Maker.Listing(c.Values); ok {
		e.Find = &journal.Find{Who: c.remover, Path: list, Tag: c.Tag}
	}
	return e
}

// removal is the request that deletes the object at path, whose id is given.
func (c *Object) removal(path, id string) *journal.Request {
	out := &journal.Request{Who: c.remover, Method: c.Del.Method, Path: path}
	if c.declared == nil || c.declared.Delete == nil {
		return out
	}
	call := c.declared.Delete
	out.Method, out.Path = call.Request.Method, strings.ReplaceAll(call.Request.Path, "${id}", id)
	return out
}

// Learn takes the new object's id from the answer that made it.
func (c *Object) Learn(got gather.Answered) *journal.Entry {
	if got.Answer == nil || got.Status()/100 > 3 {
		return nil
	}
	c.ID = c.createdID(got.Answer)
	if c.ID == "" {
		return nil
	}
	path, ok := c.Detail.Fill(With(c.Values, c.Param, c.ID))
	if !ok {
		return nil
	}
	return &journal.Entry{
		Undo:   c.removal(path, url.PathEscape(c.ID)),
		Verify: &journal.Verify{Who: c.owner, Path: path, Expect: journal.Gone},
	}
}

// Find looks the new object up in its list by the tag.
func (c *Object) Find(ctx context.Context, t *gather.Tools) bool {
	target, ok := c.Maker.Listing(c.Values)
	if !ok {
		return false
	}
	got := Ask(ctx, t, Look("find", c.owner, target))[0]
	if got.Answer == nil {
		return false
	}
	c.ID = gather.IDBeside(got.Answer.Body, c.Tag)
	return c.ID != ""
}

const (
	// restless is how often a new object is read until two readings agree: jobs
	// and scans go on after the answer. restTime is the first pause between; each
	// is twice as long as the one before.
	restless = 6
	restTime = 50 * time.Millisecond
)

// read reads the object as its owner, until it rests, and notes where the tag stands.
func (c *Object) read(ctx context.Context, t *gather.Tools) bool {
	for try := range restless {
		if c.rests.Load() {
			c.Before = Ask(ctx, t, Look("before", c.owner, c.Target()))[0]
			break
		}
		twice := Ask(ctx, t, Look("before", c.owner, c.Target()), Look("before", c.owner, c.Target()))
		c.Before = twice[1]
		if c.Before.Answer == nil || c.Before.Unproven != "" {
			return false
		}
		if twice[0].Answer != nil && normal.Same(normal.Of(twice[0].Answer.Exchange, normal.Mask{}), normal.Of(twice[1].Answer.Exchange, normal.Mask{})) && !c.working() {
			c.rests.Store(try == 0)
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(restTime << try):
		}
	}
	if c.Before.Answer == nil || c.Before.Unproven != "" {
		return false
	}
	c.Pointer, c.Doc = placeOf(c.Before.Answer.Exchange, c.Tag)
	return strings.Contains(string(c.Before.Answer.Body), c.Tag)
}

// working reports an object that says it is not finished.
func (c *Object) working() bool {
	v := normal.Of(c.Before.Answer.Exchange, normal.Mask{})
	for i := range v.Fields {
		f := &v.Fields[i]
		if key := strings.ToLower(f.Key); key != "state" && key != "status" {
			continue
		}
		switch strings.ToLower(f.Value) {
		case "queued", "running", "processing", "in_progress", "working":
			return true
		}
	}
	return false
}

// placeOf is the JSON pointer of the leaf that holds a text; "" when the
// answer is not JSON.
func placeOf(ex *evidence.Exchange, text string) (string, any) {
	v := normal.Of(ex, normal.Mask{})
	for i := range v.Fields {
		if strings.Contains(v.Fields[i].Value, text) && v.Family == normal.JSON {
			return v.Fields[i].Pointer, v.JSON
		}
	}
	return "", v.JSON
}

// Look is a read.
func Look(name, who, target string) gather.Ask {
	return gather.Ask{Name: name, Who: who, Request: wire.Request{Method: "GET", URL: target, Effect: portal.Look}}
}

// Parents binds the collection's own path parameters to what the owner reads:
// its tenant, or an object of the right noun.
func Parents(t *gather.Tools, m Maker, owner string) (artifact.Values, bool) {
	tenant := gather.Made[artifact.Sessions](t, artifact.SignIns).By(owner).Tenant
	values := artifact.Values{}
	for _, name := range m.Create.PathParams() {
		v := Parent(t, tenant, m, name)
		if v == "" {
			return nil, false
		}
		values[name] = v
	}
	return values, true
}

// Parent is the value of one of a collection's own path parameters; "" when none is known.
func Parent(t *gather.Tools, tenant string, m Maker, name string) string {
	corpus := gather.Made[artifact.Corpus](t, artifact.Corpora)
	for _, o := range corpus.Objects {
		if o.Tenant == tenant && o.Values[name] != "" && o.Route == m.Detail.ID && name != m.Param {
			return o.Values[name]
		}
	}
	if ids := t.TenantIDs(tenant); gather.TenantWord(name) && len(ids) > 0 {
		return ids[0]
	}
	noun := normal.NounOf(name)
	for _, p := range m.Create.Params {
		if p.Name == name && p.Noun != "" {
			noun = p.Noun
		}
	}
	for _, o := range corpus.Objects {
		if o.Tenant == tenant && o.Noun == noun && !o.Ambiguous {
			return o.ID
		}
	}
	return ""
}

// ListedIn reports whether a list shows the object.
func (c *Object) ListedIn(list []byte) bool {
	return bytes.Contains(list, []byte(c.Tag)) || c.Unique() && bytes.Contains(list, []byte(c.ID))
}

// Unique reports an id that no other object has, nor has as a part of its own:
// "oven-2" stands in "oven-21".
func (c *Object) Unique() bool { return normal.Unique(normal.Format(c.ID)) }
