package input

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/portal"
)

// maker knows how objects are made, read, listed and removed again.
type maker struct {
	create, detail, list, del artifact.Route
	param                     string // the detail's own
	declared                  *portal.Resource
	skip                      artifact.Skip // why none is made
}

// makerOf pairs a route that creates with those that show, list and delete.
func (f *feeder) makerOf(create artifact.Route) maker {
	m := maker{create: create}
	below := shape(create.Template) + "/{}"
	for _, r := range f.inv.Routes {
		if r.Origin != create.Origin {
			continue
		}
		switch at := shape(r.Template); {
		case r.Method == "GET" && at == shape(create.Template):
			m.list = r
		case r.Method == "GET" && at == below:
			m.detail = r
		case r.Method == "DELETE" && at == below:
			m.del = r
		}
	}
	f.elsewhere(&m)
	for _, d := range f.Portal.Resources {
		if d.Create != nil && d.Name == create.Resource && d.Create.Request.Method == create.Method {
			m.declared = d
			f.declaredPlaces(&m, d.Name)
		}
	}
	if names := m.detail.PathParams(); len(names) > 0 {
		m.param = names[len(names)-1]
	}
	f.hold(&m)
	return m
}

// elsewhere looks for what is created below another object, as comments are,
// where its noun has a collection of its own.
func (f *feeder) elsewhere(m *maker) {
	if m.detail.ID != "" || m.create.Noun == "" {
		return
	}
	for _, r := range f.inv.Routes {
		if r.Noun != m.create.Noun || r.Origin != m.create.Origin || len(r.PathParams()) != 1 || !strings.HasSuffix(r.Template, "}") {
			continue
		}
		switch r.Method {
		case "GET":
			m.detail = r
		case "DELETE":
			m.del = r
		}
	}
	for _, r := range f.inv.Routes {
		if m.list.ID == "" && r.Method == "GET" && r.Kind == "list" && r.Noun == m.create.Noun && r.Origin == m.create.Origin && len(r.PathParams()) <= len(m.create.PathParams()) {
			m.list = r
		}
	}
}

func (f *feeder) declaredPlaces(m *maker, name string) {
	for _, r := range f.inv.Routes {
		if r.Resource != name {
			continue
		}
		switch r.Kind {
		case "list":
			m.list = r
		case "detail":
			m.detail = r
		case "delete":
			m.del = r
		}
	}
}

// hold notes why nothing may be made.
func (f *feeder) hold(m *maker) {
	body := m.create.BodyType
	refuse := func(r check.Reason, why string) { m.skip = artifact.Skip{Reason: r, Why: why} }
	switch {
	case m.create.Never || m.del.Never:
		refuse(check.EffectRefused, "on routes.never")
	case !f.Allowed(portal.Mail) && sendsMail(m.create):
		refuse(check.EffectRefused, "making one would send mail: allow mail")
	case paid(m.create):
		refuse(check.EffectRefused, "it may move money")
	case m.del.ID == "" && (m.declared == nil || m.declared.Delete == nil):
		refuse(check.EffectRefused, "no DELETE is known that removes what would be made")
	case m.detail.ID == "" || m.param == "" && m.detail.ID != "":
		refuse(check.EffectRefused, "no address is known that shows what would be made")
	case m.list.ID == "":
		refuse(check.EffectRefused, "no list is known in which it would be found")
	case m.declared == nil && !strings.Contains(body, "json") && !strings.Contains(body, "form"):
		refuse(check.Undeclared, "how to make one is not known; declare it under resources: with create")
	}
}

// sendsMail tells routes that write to people.
func sendsMail(r artifact.Route) bool {
	return slices.ContainsFunc([]string{"invit", "mail", "notif", "message", "reset", "forgot", "remind", "webhook", "recover"}, func(w string) bool {
		return strings.Contains(strings.ToLower(r.Template), w)
	})
}

func paid(r artifact.Route) bool {
	segs := strings.Split(strings.ToLower(r.Template), "/")
	return slices.ContainsFunc(segs, func(s string) bool {
		return slices.Contains([]string{"pay", "payment", "payments", "charge", "charges", "refund", "refunds", "checkout", "subscribe", "transfer", "transfers", "payout", "payouts"}, s)
	})
}

func shape(template string) string {
	var b strings.Builder
	depth := 0
	for _, c := range strings.TrimSuffix(template, "/") {
		switch {
		case c == '{':
			depth++
			b.WriteString("{}")
		case c == '}':
			depth--
		case depth == 0:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// planted is an object this run made, as its owner reads it.
type planted struct {
	maker
	owner   string
	tag, id string
	values  artifact.Values // of the detail
	parents artifact.Values // of the create
	body    map[string]any  // that made it
	shown   bool            // its reading shows the tag
	pointer string          // where, in JSON
	doc     any
	made    gather.Answered
	read    gather.Answered
	skip    artifact.Skip
}

// target is where the object is shown.
func (p *planted) target() string {
	t, _ := p.detail.Fill(p.values)
	return t
}

// root is the pointer of the object in its reading.
func (p *planted) root() string {
	if i := strings.LastIndexByte(p.pointer, '/'); i >= 0 {
		return p.pointer[:i]
	}
	return ""
}

// entry journals the making of an object with a tag: how to undo it even when
// the answer never comes.
func (p *planted) entry(tag string) journal.Entry {
	const place = "lr-id-place"
	path, _ := p.detail.Fill(with(p.parentsOf(p.detail), p.param, place))
	path = strings.ReplaceAll(path, place, "{id}")
	e := journal.Entry{
		Kind: journal.Create, What: cmp.Or(p.create.Noun, "object") + " " + tag, Who: p.owner, Tag: tag,
		Undo: p.removal("{id}"), Verify: &journal.Verify{Who: p.owner, Path: path, Expect: journal.Gone},
	}
	if list, ok := p.listing(); ok {
		e.Find = &journal.Find{Who: p.owner, Path: list, Tag: tag}
	}
	return e
}

// learnt is what an answer adds to an entry: the id.
func (p *planted) learnt(id string) *journal.Entry {
	path, ok := p.detail.Fill(with(p.parentsOf(p.detail), p.param, id))
	if !ok {
		return nil
	}
	return &journal.Entry{Undo: p.removal(id), Verify: &journal.Verify{Who: p.owner, Path: path, Expect: journal.Gone}}
}

func (p *planted) removal(id string) *journal.Request {
	out := &journal.Request{Who: p.owner, Method: "DELETE"}
	if p.declared != nil && p.declared.Delete != nil {
		call := p.declared.Delete
		out.Method, out.Path = call.Request.Method, strings.ReplaceAll(call.Request.Path, "${id}", id)
		return out
	}
	names := p.del.PathParams()
	const place = "lr-id-place"
	path, _ := p.del.Fill(with(p.parentsOf(p.del), names[len(names)-1], place))
	out.Path = strings.ReplaceAll(path, place, id)
	return out
}

// parentsOf binds what stands above the object in another route's path, by
// position where the names differ.
func (p *planted) parentsOf(r artifact.Route) artifact.Values {
	out := maps.Clone(p.parents)
	if out == nil {
		out = artifact.Values{}
	}
	from := p.create.PathParams()
	for i, name := range r.PathParams() {
		if out[name] == "" && i < len(from) {
			out[name] = p.parents[from[i]]
		}
	}
	return out
}

func (p *planted) listing() (string, bool) {
	if p.list.ID == "" {
		return "", false
	}
	return p.list.Fill(p.parentsOf(p.list))
}

// binds gives a route's parameters the values of the object, where the route
// stands at or below it.
func (p *planted) binds(r artifact.Route) (artifact.Values, bool) {
	if p.id == "" || r.Origin != p.detail.Origin || !strings.HasPrefix(shape(r.Template)+"/", shape(p.detail.Template)+"/") {
		return nil, false
	}
	out, names := artifact.Values{}, p.detail.PathParams()
	for i, name := range r.PathParams() {
		if i >= len(names) {
			return nil, false
		}
		out[name] = p.values[names[i]]
	}
	return out, true
}

// links are the addresses that the object's reading names.
func (p *planted) links() []string {
	var out []string
	if p.read.Answer == nil {
		return nil
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			if strings.HasPrefix(v, "/") || strings.HasPrefix(v, "http") {
				out = append(out, v)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(decode(p.read.Answer.Body))
	return out
}

func decode(body []byte) any {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var doc any
	if dec.Decode(&doc) != nil {
		return nil
	}
	return doc
}

// parents binds the collection's own path parameters: the owner's tenant, or
// an object of the right noun that this run made or the tenant has.
func (f *feeder) parents(create artifact.Route, owner artifact.Identity) (artifact.Values, bool) {
	values := artifact.Values{}
	for _, name := range create.PathParams() {
		v := ""
		noun := normal.NounOf(name)
		for _, p := range create.Params {
			if p.Name == name && p.Noun != "" {
				noun = p.Noun
			}
		}
		if noun == "" || name == "id" {
			noun = normal.NounOf(create.Template[:strings.Index(create.Template, "{"+name+"}")])
		}
		for _, key := range slices.Sorted(maps.Keys(f.planted)) {
			if p := f.planted[key]; p.id != "" && p.owner == owner.Name && cmp.Or(p.detail.Noun, p.create.Noun) == noun && noun != "" {
				v = p.id
			}
		}
		if ids := f.TenantIDs(owner.Tenant); v == "" && gather.TenantWord(name) && len(ids) > 0 {
			v = ids[0]
		}
		for _, o := range f.corpus.Objects {
			if v == "" && o.Tenant == owner.Tenant && o.Noun == noun && !o.Ambiguous {
				v = o.ID
			}
		}
		if v == "" {
			return nil, false
		}
		values[name] = v
	}
	return values, true
}
