package alter

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

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
	tag     string
	id      string
	values  artifact.Values // binding of the detail route
	pointer string          // of the tag in the owner's reading
	made    artifact.Attempt
	before  gather.Answered // the owner's reading
	doc     any             // its JSON
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
	target, filled := m.create.Fill(values)
	if !ok || !filled {
		return nil, artifact.Skip{Reason: check.NoPositiveControl, Why: "no parent object of " + owner + " is known to make one under"}
	}
	c := &canary{maker: m, owner: owner, tag: gather.Canary("lrc-"), values: values}
	contentType, body, ok := m.body(t, owner, c.tag)
	if !ok {
		return nil, artifact.Skip{Reason: check.Undeclared, Why: "how to make one is not known; declare it under resources: with create"}
	}
	got := t.Write(ctx, gather.Ask{Name: "create", Who: owner, Request: write(m.create.Method, target, contentType, body)},
		c.entry(), func(got gather.Answered) *journal.Entry { return c.learn(got) })
	c.made = got.Attempt
	if got.Unproven != "" {
		return nil, artifact.Skip{Reason: got.Unproven, Why: got.Why}
	}
	if got.Status()/100 != 2 && got.Status() != 302 && got.Status() != 303 {
		return nil, artifact.Skip{Reason: check.NoPositiveControl, Why: "making one as " + owner + " answered " + status(got)}
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

func status(got gather.Answered) string {
	b, _ := json.Marshal(got.Status())
	return string(b)
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
	if list, _ := c.create.Fill(c.values); c.list != "" {
		e.Find = &journal.Find{Who: c.owner, Path: list, Tag: c.tag}
	}
	return e
}

// removal is the request that deletes the object at path.
func (c *canary) removal(path, id string) *journal.Request {
	if c.declared != nil && c.declared.Delete != nil {
		call := c.declared.Delete.Request
		return &journal.Request{Who: c.owner, Method: call.Method, Path: strings.ReplaceAll(call.Path, "${id}", id)}
	}
	return &journal.Request{Who: c.owner, Method: c.remove, Path: path}
}

// learn takes the new object's id from the answer that made it.
func (c *canary) learn(got gather.Answered) *journal.Entry {
	if got.Answer == nil || got.Status()/100 > 3 {
		return nil
	}
	c.id = createdID(got.Answer)
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

// createdID is the id in an answer to a create: in the body, or at the end of Location.
func createdID(a *wire.Answer) string {
	var doc any
	dec := json.NewDecoder(strings.NewReader(string(a.Body)))
	dec.UseNumber()
	if dec.Decode(&doc) == nil {
		if id := outerID(doc, 0); id != "" {
			return id
		}
	}
	loc := a.Header.Get("Location")
	if u, err := url.Parse(loc); err == nil && loc != "" {
		segs := strings.Split(strings.Trim(u.Path, "/"), "/")
		if last := segs[len(segs)-1]; normal.Format(last) != "" {
			return last
		}
	}
	return ""
}

// outerID is the id of the outermost object that has one, through envelopes
// such as {"data": {…}}.
func outerID(doc any, depth int) string {
	object, is := doc.(map[string]any)
	if !is || depth > 2 {
		return ""
	}
	if id := gather.OwnID(object); id != "" {
		return id
	}
	for _, key := range []string{"data", "result", "record", "item", "object"} {
		if id := outerID(object[key], depth+1); id != "" {
			return id
		}
	}
	for _, v := range object {
		if inner, is := v.(map[string]any); is && len(object) == 1 {
			return outerID(inner, depth+1)
		}
	}
	return ""
}

// find looks the new object up in its list by the tag.
func (c *canary) find(ctx context.Context, t *gather.Tools) bool {
	if c.list == "" {
		return false
	}
	target, _ := c.create.Fill(c.values)
	got := t.Ask(ctx, look("find", c.owner, target))[0]
	if got.Answer == nil {
		return false
	}
	c.id = gather.IDBeside(got.Answer.Body, c.tag)
	return c.id != ""
}

// read reads the object as its owner and notes where the tag stands.
func (c *canary) read(ctx context.Context, t *gather.Tools) bool {
	c.before = t.Ask(ctx, look("before", c.owner, c.target()))[0]
	if c.before.Answer == nil || c.before.Unproven != "" {
		return false
	}
	c.pointer, c.doc = placeOf(c.before.Answer.Exchange, c.tag)
	return strings.Contains(string(c.before.Answer.Body), c.tag)
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
		if o.Tenant == tenant && o.Values[name] != "" && o.Route == m.detail.ID {
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
