package input

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// plantAll makes one object of each kind that can be made and removed: writes
// are tried on these alone. What stands below another object comes after it.
func (f *feeder) plantAll(ctx context.Context) {
	var creates []artifact.Route
	for _, r := range f.inv.Routes {
		if r.Method == "POST" && (r.Kind == "create" || r.Resource != "" || strings.Contains(r.BodyType, "multipart")) && r.Kind != "login" && r.Public == "" && r.Origin == "" {
			creates = append(creates, r)
		}
	}
	slices.SortStableFunc(creates, func(a, b artifact.Route) int { return cmp.Compare(len(a.PathParams()), len(b.PathParams())) })
	for _, r := range creates {
		if ctx.Err() == nil && f.left > f.reserve() {
			f.planted[r.ID] = f.plant(ctx, r)
		}
	}
}

// writer is who makes objects: of the first tenant the one with the most
// rights that may, and nobody disposable.
func (f *feeder) writer(r artifact.Route) (artifact.Identity, bool) {
	var best artifact.Identity
	for _, i := range f.People() {
		may := r.Roles == nil || slices.Contains(r.Roles, i.Role)
		if !may || i.Disposable || best.Name != "" && (i.Tenant != best.Tenant || gather.RoleRank(i.Role) <= gather.RoleRank(best.Role)) {
			continue
		}
		best = i
	}
	return best, best.Name != ""
}

func (f *feeder) plant(ctx context.Context, r artifact.Route) *planted {
	p := &planted{maker: f.makerOf(r), tag: gather.Canary("lri-")}
	if p.skip = p.maker.skip; p.skip.Reason != "" {
		return p
	}
	who, ok := f.writer(r)
	if !ok {
		p.skip = artifact.Skip{Reason: check.Undeclared, Why: "nobody who may make one is signed in"}
		return p
	}
	p.owner = who.Name
	if p.parents, ok = f.parents(r, who); !ok {
		p.skip = artifact.Skip{Reason: check.NoPositiveControl, Why: "no parent object of " + who.Name + " is known to make one under"}
		return p
	}
	rules := bodyRules(r)
	q, ok := f.making(p, rules, p.tag)
	if !ok {
		p.skip = artifact.Skip{Reason: check.Undeclared, Why: "how to make one is not known; declare it under resources: with create"}
		return p
	}
	f.left -= 2
	p.made = f.Write(ctx, gather.Ask{Name: "P", Who: p.owner, Request: q}, p.entry(p.tag), func(got gather.Answered) *journal.Entry {
		if p.id = p.idIn(got); p.id == "" {
			return nil
		}
		return p.learnt(p.id)
	})
	if !f.ground.Good(r.ID, f.view(p.made)) {
		p.skip = artifact.Skip{Reason: check.NoPositiveControl, Why: fmt.Sprintf("a good request as %s is answered %d", p.owner, p.made.Status())}
		if p.made.Unproven != "" {
			p.skip = artifact.Skip{Reason: p.made.Unproven, Why: p.made.Why}
		}
		p.id = ""
		return p
	}
	f.find(ctx, p)
	return p
}

// making is the good request that makes an object with a tag.
func (f *feeder) making(p *planted, rules *rules, tag string) (wire.Request, bool) {
	bodyType, tenant := p.create.BodyType, gather.Made[artifact.Sessions](f.Tools, artifact.SignIns).By(p.owner).Tenant
	if p.declared != nil && (p.declared.Create.JSON != nil || p.declared.Create.Form != nil) {
		object, kind, ok := f.declaredBody(p.owner, p.declared.Create, tag)
		if !ok {
			return wire.Request{}, false
		}
		p.body, bodyType, p.create.BodyType = object, kind, kind
	} else {
		p.body, _ = f.sample(p.create, rules, tag, tenant)
	}
	target, ok := p.create.Fill(p.parents)
	contentType, body := encode(bodyType, p.body)
	return request("POST", target, contentType, body), ok && len(p.body) > 0
}

// declaredBody expands a declared write for one identity.
func (f *feeder) declaredBody(who string, w *portal.WriteCall, tag string) (map[string]any, string, bool) {
	whole := true
	var expand func(v any) any
	expand = func(v any) any {
		switch v := v.(type) {
		case string:
			out, err := f.Sessions[who].Expand(strings.ReplaceAll(v, "${text}", tag))
			whole = whole && err == nil
			return out
		case []any:
			out := make([]any, len(v))
			for i := range v {
				out[i] = expand(v[i])
			}
			return out
		case map[string]any:
			out := map[string]any{}
			for k := range v {
				out[k] = expand(v[k])
			}
			return out
		}
		return v
	}
	if w.Form != nil {
		object := map[string]any{}
		for _, p := range w.Form {
			object[p.Name] = expand(p.Value)
		}
		return object, formType, whole
	}
	object, is := expand(w.JSON).(map[string]any)
	return object, jsonType, whole && is
}

// idIn is the id in an answer to a create: in the body, or in the Location.
func (p *planted) idIn(got gather.Answered) string {
	if got.Answer == nil || got.Status()/100 > 3 {
		return ""
	}
	if doc, is := decode(got.Answer.Body).(map[string]any); is {
		if id := ownID(doc, 0); id != "" {
			return id
		}
	}
	if u, err := url.Parse(got.Answer.Header.Get("Location")); err == nil && u.Path != "" {
		if v, ok := bindingOf(p.detail, u.Path); ok && normal.Format(v[p.param]) != "" && v[p.param] != "new" {
			return v[p.param]
		}
	}
	return ""
}

func ownID(doc map[string]any, depth int) string {
	if id := gather.OwnID(doc); id != "" || depth > 2 {
		return id
	}
	for _, key := range []string{"data", "result", "record", "item", "object"} {
		if inner, is := doc[key].(map[string]any); is {
			return ownID(inner, depth+1)
		}
	}
	if len(doc) == 1 {
		for _, v := range doc {
			if inner, is := v.(map[string]any); is {
				return ownID(inner, depth+1)
			}
		}
	}
	return ""
}

// find looks the new object up and reads it.
func (f *feeder) find(ctx context.Context, p *planted) {
	if list, ok := p.listing(); p.id == "" && ok {
		got := f.lookAt(ctx, "list", p.owner, list)
		if got.Answer != nil {
			p.id = gather.IDBeside(got.Answer.Body, p.tag)
		}
	}
	if p.id == "" {
		p.skip = artifact.Skip{Reason: check.NoPositiveControl, Why: "what was made could not be found again"}
		return
	}
	p.values = with(p.parentsOf(p.detail), p.param, p.id)
	p.read = f.lookAt(ctx, "before", p.owner, p.target())
	if p.read.Answer == nil || !strings.Contains(string(p.read.Answer.Body), p.tag) {
		return
	}
	p.shown = true
	p.pointer, p.doc = placeOf(f.view(p.read).View, p.tag)
}

// refresh reads what was made once more: jobs have ended meanwhile, and show
// where their result is.
func (f *feeder) refresh(ctx context.Context) {
	for _, p := range f.planted {
		if p.id != "" && ctx.Err() == nil && f.left > f.reserve() {
			p.read = f.lookAt(ctx, "before", p.owner, p.target())
		}
	}
}

// placeOf is the JSON pointer of the leaf that holds a text.
func placeOf(v *normal.View, tag string) (string, any) {
	for i := range v.Fields {
		if v.Family == normal.JSON && strings.Contains(v.Fields[i].Value, tag) {
			return v.Fields[i].Pointer, v.JSON
		}
	}
	return "", v.JSON
}

// lookAt reads one address.
func (f *feeder) lookAt(ctx context.Context, name, who, target string) gather.Answered {
	f.left--
	r := wire.Request{Method: "GET", URL: target, Effect: portal.Look, Expect5xx: f.FailsToRefuse()}
	return f.Ask(ctx, gather.Ask{Name: name, Who: who, Request: r})[0]
}
