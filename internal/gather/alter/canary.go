package alter

import (
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

// canary is an object this run created: the only kind it writes to.
type canary struct {
	maker
	owner   string
	remover string // who undoes it: the owner, or who may where the owner must not
	tag     string
	id      string
	values  artifact.Values // binding of the detail route
	pointer string          // of the tag in the owner's reading
	made    artifact.Attempt
	before  gather.Answered // the owner's reading
	doc     any             // its JSON
}

func newCanary(t *gather.Tools, m maker, owner, tag string, values artifact.Values) *canary {
	c := &canary{maker: m, owner: owner, remover: owner, tag: tag, values: values}
	self := gather.Made[artifact.Sessions](t, artifact.SignIns).By(owner)
	if m.del.ID == "" || allowed(m.del, self.Role) {
		return c
	}
	if top, ok := t.Owner(self.Tenant); ok {
		c.remover, self = top.Name, top
	}
	if allowed(m.del, self.Role) {
		return c
	}
	// Only people of no tenant, or of another one, may remove it.
	if i := slices.IndexFunc(t.People(), func(p artifact.Identity) bool { return !p.Disposable && allowed(m.del, p.Role) }); i >= 0 {
		c.remover = t.People()[i].Name
	}
	return c
}

func (c *canary) target() string {
	target, _ := c.detail.Fill(c.values)
	return target
}

// plant makes one object as owner and reads it. What cannot be made or read is
// a skip with its reason; whatever was made is undone at the end of the run.
func plant(ctx context.Context, t *gather.Tools, m maker, owner string) (*canary, artifact.Skip) {
	if m.skipped.Reason != "" {
		return nil, m.skipped
	}
	values, ok := parents(t, m, owner)
	if !ok {
		return nil, artifact.Skip{Reason: check.NoPositiveControl, Why: "no parent object of " + owner + " is known to make one under"}
	}
	c := newCanary(t, m, owner, gather.Canary("lrc-"), values)
	contentType, object, ok := m.object(t, owner, c.tag)
	r, made := m.making(values, contentType, object)
	if !ok || !made {
		return nil, artifact.Skip{Reason: check.Undeclared, Why: unknownBody}
	}
	got := c.create(ctx, t, "create", owner, r)
	if got.Unproven != "" {
		return nil, artifact.Skip{Reason: got.Unproven, Why: got.Why}
	}
	if got.Status()/100 != 2 && got.Status() != 302 && got.Status() != 303 {
		return nil, artifact.Skip{Reason: check.NoPositiveControl, Why: fmt.Sprintf("making one as %s answered %d", owner, got.Status())}
	}
	if c.id == "" && !c.find(ctx, t) {
		return nil, artifact.Skip{Reason: check.NoPositiveControl, Why: "what was made could not be found again"}
	}
	c.values = with(c.values, c.param, c.id)
	if !c.read(ctx, t) {
		return nil, artifact.Skip{Reason: check.NoPositiveControl, Why: "what was made does not show its text when its owner reads it"}
	}
	return c, artifact.Skip{}
}

// create sends the request that makes the object, as who.
func (c *canary) create(ctx context.Context, t *gather.Tools, name, who string, r wire.Request) gather.Answered {
	got := t.Write(ctx, gather.Ask{Name: name, Who: who, Request: r}, c.entry(), func(got gather.Answered) *journal.Entry { return c.learn(got) })
	c.made = got.Attempt
	return got
}

func with(v artifact.Values, name, value string) artifact.Values {
	out := artifact.Values{}
	for k, x := range v {
		out[k] = x
	}
	out[name] = value
	return out
}

// entry journals the making: how to undo it even when the answer never comes.
func (c *canary) entry() journal.Entry {
	template, _ := c.detail.Fill(with(c.values, c.param, "lr-id-place"))
	path := strings.ReplaceAll(template, "lr-id-place", "{id}")
	e := journal.Entry{
		Kind: journal.Create, What: c.noun + " " + c.tag, Who: c.owner, Tag: c.tag,
		Undo:   c.removal(path, "{id}"),
		Verify: &journal.Verify{Who: c.owner, Path: path, Expect: journal.Gone},
	}
	if list, ok := c.maker.listing(c.values); ok {
		e.Find = &journal.Find{Who: c.remover, Path: list, Tag: c.tag}
	}
	return e
}

// removal is the request that deletes the object at path, whose id is given.
func (c *canary) removal(path, id string) *journal.Request {
	out := &journal.Request{Who: c.remover, Method: c.del.Method, Path: path}
	if c.declared == nil || c.declared.Delete == nil {
		return out
	}
	call := c.declared.Delete
	out.Method, out.Path = call.Request.Method, strings.ReplaceAll(call.Request.Path, "${id}", id)
	return out
}

// learn takes the new object's id from the answer that made it.
func (c *canary) learn(got gather.Answered) *journal.Entry {
	if got.Answer == nil || got.Status()/100 > 3 {
		return nil
	}
	c.id = c.createdID(got.Answer)
	if c.id == "" {
		return nil
	}
	path, ok := c.detail.Fill(with(c.values, c.param, c.id))
	if !ok {
		return nil
	}
	return &journal.Entry{
		Undo:   c.removal(path, url.PathEscape(c.id)),
		Verify: &journal.Verify{Who: c.owner, Path: path, Expect: journal.Gone},
	}
}

// find looks the new object up in its list by the tag.
func (c *canary) find(ctx context.Context, t *gather.Tools) bool {
	target, ok := c.maker.listing(c.values)
	if !ok {
		return false
	}
	got := ask(ctx, t, look("find", c.owner, target))[0]
	if got.Answer == nil {
		return false
	}
	c.id = gather.IDBeside(got.Answer.Body, c.tag)
	return c.id != ""
}

const (
	// restless is how often a new object is read until two readings agree: jobs
	// and scans go on after the answer. restTime is the first pause between; each
	// is twice as long as the one before.
	restless = 6
	restTime = 50 * time.Millisecond
)

// read reads the object as its owner, until it rests, and notes where the tag stands.
func (c *canary) read(ctx context.Context, t *gather.Tools) bool {
	for try := range restless {
		if *c.rests {
			c.before = ask(ctx, t, look("before", c.owner, c.target()))[0]
			break
		}
		twice := ask(ctx, t, look("before", c.owner, c.target()), look("before", c.owner, c.target()))
		c.before = twice[1]
		if c.before.Answer == nil || c.before.Unproven != "" {
			return false
		}
		if twice[0].Answer != nil && normal.Same(normal.Of(twice[0].Answer.Exchange, normal.Mask{}), normal.Of(twice[1].Answer.Exchange, normal.Mask{})) && !c.working() {
			*c.rests = try == 0
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(restTime << try):
		}
	}
	if c.before.Answer == nil || c.before.Unproven != "" {
		return false
	}
	c.pointer, c.doc = placeOf(c.before.Answer.Exchange, c.tag)
	return strings.Contains(string(c.before.Answer.Body), c.tag)
}

// working reports an object that says it is not finished.
func (c *canary) working() bool {
	v := normal.Of(c.before.Answer.Exchange, normal.Mask{})
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

func look(name, who, target string) gather.Ask {
	return gather.Ask{Name: name, Who: who, Request: wire.Request{Method: "GET", URL: target, Effect: portal.Look}}
}

// parents binds the collection's own path parameters to what the owner reads:
// its tenant, or an object of the right noun.
func parents(t *gather.Tools, m maker, owner string) (artifact.Values, bool) {
	tenant := gather.Made[artifact.Sessions](t, artifact.SignIns).By(owner).Tenant
	values := artifact.Values{}
	for _, name := range m.create.PathParams() {
		v := parent(t, tenant, m, name)
		if v == "" {
			return nil, false
		}
		values[name] = v
	}
	return values, true
}

func parent(t *gather.Tools, tenant string, m maker, name string) string {
	corpus := gather.Made[artifact.Corpus](t, artifact.Corpora)
	for _, o := range corpus.Objects {
		if o.Tenant == tenant && o.Values[name] != "" && o.Route == m.detail.ID && name != m.param {
			return o.Values[name]
		}
	}
	if ids := t.TenantIDs(tenant); gather.TenantWord(name) && len(ids) > 0 {
		return ids[0]
	}
	noun := normal.NounOf(name)
	for _, p := range m.create.Params {
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
