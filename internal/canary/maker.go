package canary

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// Maker knows how objects of one noun are made, listed, read, changed and deleted.
type Maker struct {
	Noun     string
	Create   artifact.Route
	Detail   artifact.Route
	list     artifact.Route // that shows new objects; without an ID when there is none
	Del      artifact.Route // likewise
	Param    string         // the detail's own path parameter
	Updates  []artifact.Route
	declared *portal.Resource
	Skipped  artifact.Skip // why no object is made
	rests    *atomic.Bool  // set once a new object answered alike at once: the next are read once
}

// Makers finds every noun whose objects a run can make and delete again: what
// is declared, and POST on a collection with what stands below it.
func Makers(t *gather.Tools) []Maker {
	inv := gather.Made[artifact.Inventory](t, artifact.Inventories)
	at := map[string]artifact.Route{}
	for _, r := range inv.Routes {
		if r.Origin == "" {
			at[r.Method+" "+shapeOf(r.Template)] = r
		}
	}
	var out []Maker
	taken := map[string]bool{}
	add := func(m Maker, ok bool) {
		if ok && !taken[m.Create.ID] {
			taken[m.Create.ID], m.rests = true, new(atomic.Bool)
			out = append(out, m)
		}
	}
	for _, d := range t.Portal.Resources {
		if d.Create != nil {
			add(declaredMaker(t, inv, d))
		}
	}
	for _, r := range inv.Routes {
		if r.Method != "POST" || r.Origin != "" || r.Kind == "login" || r.Kind == "logout" || r.Public != "" || r.Kind == "graphql" {
			continue
		}
		add(makerOf(t, at, r))
	}
	slices.SortStableFunc(out, func(a, b Maker) int { return cmp.Compare(a.Create.ID, b.Create.ID) })
	return out
}

// declaredMaker is a resource as portal.yaml describes it.
func declaredMaker(t *gather.Tools, inv *artifact.Inventory, d *portal.Resource) (Maker, bool) {
	m := Maker{Noun: normal.Singular(d.Name), declared: d}
	for _, r := range inv.Routes {
		if r.Resource != d.Name || r.Origin != "" {
			continue
		}
		switch {
		case r.Kind == "create":
			m.Create = r
		case r.Kind == "list":
			m.list = r
		case r.Kind == "update":
			m.Updates = append(m.Updates, r)
		case r.Kind == "delete":
			m.Del = r
		case r.Method == "GET" && len(r.PathParams()) > 0 && m.Detail.ID == "" && r.Kind != "export":
			m.Detail = r // a re-read, when no detail is declared
		}
		if r.Kind == "detail" {
			m.Detail = r
		}
	}
	params := m.Detail.PathParams()
	if m.Create.ID == "" || len(params) == 0 {
		return m, false
	}
	m.Param = params[len(params)-1]
	if slices.Contains(params, "id") {
		m.Param = "id"
	}
	m.hold(t)
	return m, true
}

// makerOf pairs a POST on a collection with what stands below that collection,
// or where objects of its noun are shown: a comment is made below its ticket.
func makerOf(t *gather.Tools, at map[string]artifact.Route, create artifact.Route) (Maker, bool) {
	below := strings.TrimSuffix(shapeOf(create.Template), "/") + "/{}"
	detail, ok := at["GET "+below]
	if !ok && create.Kind == "create" {
		detail, ok = shown(at, create)
		below = shapeOf(detail.Template)
	}
	if !ok {
		return Maker{}, false
	}
	params := detail.PathParams()
	m := Maker{
		Noun: cmp.Or(detail.Noun, create.Noun), Create: create, Detail: detail,
		Param: params[len(params)-1], declared: declaredFor(t, create, detail),
		list: at["GET "+shapeOf(create.Template)], Del: at["DELETE "+below],
	}
	for _, method := range []string{"PATCH", "PUT"} {
		if u, ok := at[method+" "+below]; ok && !u.Never {
			m.Updates = append(m.Updates, u)
		}
	}
	m.hold(t)
	return m, true
}

// shown is the one route of the same part of the portal that shows an object
// of the noun on its own.
func shown(at map[string]artifact.Route, create artifact.Route) (detail artifact.Route, ok bool) {
	for _, r := range at {
		if r.Kind != "detail" || r.Method != "GET" || r.Noun == "" || r.Noun != create.Noun || len(r.PathParams()) != 1 || !strings.HasSuffix(r.Template, "}") || prefixOf(r) != prefixOf(create) {
			continue
		}
		if ok {
			return artifact.Route{}, false // which of them is not known
		}
		detail, ok = r, true
	}
	return detail, ok
}

// prefixOf is the first segment of a route's path.
func prefixOf(r artifact.Route) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.Template, "/"), "/")
	return first
}

// hold notes why no object of the noun may be made.
func (m *Maker) hold(t *gather.Tools) {
	known := m.declared != nil && (m.declared.Create.JSON != nil || m.declared.Create.Form != nil)
	body := m.Create.BodyType
	switch {
	case m.Create.Never || m.Del.Never:
		m.Skipped = artifact.Skip{Reason: check.EffectRefused, Why: "on routes.never"}
	case !t.Allowed(portal.Mail) && sendsMail(m.Create):
		m.Skipped = artifact.Skip{Reason: check.EffectRefused, Why: "making one would send mail: allow mail"}
	case m.Del.ID == "":
		m.Skipped = artifact.Skip{Reason: check.EffectRefused, Why: "no DELETE is known that removes what would be made"}
	case !known && !strings.Contains(body, "json") && !strings.Contains(body, "urlencoded") && !strings.Contains(body, "multipart"):
		m.Skipped = artifact.Skip{Reason: check.Undeclared, Why: UnknownBody}
	}
}

// UnknownBody says why no object of a kind is made.
const UnknownBody = "how to make one is not known; declare it under resources: with create"

// Listing is where an identity's objects are listed.
func (m Maker) Listing(v artifact.Values) (string, bool) {
	if m.list.ID == "" {
		return "", false
	}
	return m.list.Fill(Rename(m.list, m.Create, v))
}

// shapeOf is a template with its parameters unnamed.
func shapeOf(template string) string {
	var b strings.Builder
	depth := 0
	for _, c := range template {
		switch c {
		case '{':
			depth++
			b.WriteString("{}")
		case '}':
			depth--
		default:
			if depth == 0 {
				b.WriteRune(c)
			}
		}
	}
	return b.String()
}

func declaredFor(t *gather.Tools, create, detail artifact.Route) *portal.Resource {
	for _, r := range t.Portal.Resources {
		if r.Create != nil && (r.Name == create.Resource || r.Name == detail.Resource) && r.Create.Request.Method == create.Method {
			return r
		}
	}
	return nil
}

// sendsMail tells routes that write to people.
func sendsMail(r artifact.Route) bool {
	path := strings.ToLower(r.Template)
	for _, word := range []string{"invit", "mail", "notif", "message", "reset", "remind", "webhook"} {
		if strings.Contains(path, word) {
			return true
		}
	}
	return false
}

// Object is what makes one with the tag in a free text, as this identity would
// say it, and the content type to encode it for; ok is false when it is not known.
func (m Maker) Object(t *gather.Tools, who, tag string) (contentType string, object map[string]any, ok bool) {
	if m.declared != nil && (m.declared.Create.JSON != nil || m.declared.Create.Form != nil) {
		return fill(t, who, m.declared.Create, map[string]string{"text": tag})
	}
	object, tagged := sample(m.Create, tag, refs(t, who))
	return m.Create.BodyType, object, tagged
}

// Making is the request that makes an object.
func (m Maker) Making(v artifact.Values, contentType string, object map[string]any) (wire.Request, bool) {
	target, filled := m.Create.Fill(v)
	contentType, body, ok := Encode(contentType, object)
	return Write(m.Create.Method, target, contentType, body), filled && ok
}

// change is the body that sets one free text of an object to tag.
func (m Maker) change(t *gather.Tools, who string, u artifact.Route, pointer, tag string, doc any) (string, []byte, bool) {
	contentType, object, ok := m.Fields(t, who, u, pointer, tag, doc)
	if !ok {
		return "", nil, false
	}
	return Encode(contentType, object)
}

// Fields are what sets one free text of an object to tag, and the content type
// to encode them for. doc is the object as its owner reads it, for verbs that
// replace the whole.
func (m Maker) Fields(t *gather.Tools, who string, u artifact.Route, pointer, tag string, doc any) (contentType string, object map[string]any, ok bool) {
	if m.declared != nil && m.declared.Update != nil && (m.declared.Update.JSON != nil || m.declared.Update.Form != nil) {
		return fill(t, who, m.declared.Update, map[string]string{"text": tag})
	}
	field := pointer[strings.LastIndexByte(pointer, '/')+1:]
	object = map[string]any{}
	if whole, is := ParentOf(doc, pointer).(map[string]any); is && u.Method == "PUT" {
		object = Writable(u, whole)
	}
	object[normal.Unescape(field)] = tag
	return u.BodyType, object, true
}

// Writable is the part of an object that a write's schema names.
func Writable(u artifact.Route, whole map[string]any) map[string]any {
	out := map[string]any{}
	known := Properties(u)
	for k, v := range whole {
		if _, is := known[k]; is && v != nil {
			out[k] = v
		}
	}
	return out
}

// ParentOf returns the object that holds the value at pointer.
func ParentOf(doc any, pointer string) any {
	i := strings.LastIndexByte(pointer, '/')
	if i < 0 {
		return nil
	}
	if found := normal.Lookup(doc, pointer[:i]); len(found) > 0 {
		return found[0]
	}
	return nil
}

// Write builds a request with a body.
func Write(method, target, contentType string, body []byte) wire.Request {
	r := wire.Request{Method: method, URL: target, Body: body, Effect: portal.Write}
	if contentType != "" {
		r.Header = []evidence.Field{{Name: "Content-Type", Value: contentType}, {Name: "Accept", Value: "application/json"}}
	}
	return r
}

// Field is a header field.
func Field(name, value string) evidence.Field { return evidence.Field{Name: name, Value: value} }
