package alter

import (
	"cmp"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// maker knows how objects of one noun are made, listed, read, changed and deleted.
type maker struct {
	noun     string
	create   artifact.Route
	detail   artifact.Route
	list     artifact.Route // that shows new objects; without an ID when there is none
	del      artifact.Route // likewise
	param    string         // the detail's own path parameter
	updates  []artifact.Route
	declared *portal.Resource
	skipped  artifact.Skip // why no object is made
	rests    *bool         // set once a new object answered alike at once: the next are read once
}

// makers finds every noun whose objects a run can make and delete again: what
// is declared, and POST on a collection with what stands below it.
func makers(t *gather.Tools) []maker {
	inv := gather.Made[artifact.Inventory](t, artifact.Inventories)
	at := map[string]artifact.Route{}
	for _, r := range inv.Routes {
		if r.Origin == "" {
			at[r.Method+" "+shapeOf(r.Template)] = r
		}
	}
	var out []maker
	taken := map[string]bool{}
	add := func(m maker, ok bool) {
		if ok && !taken[m.create.ID] {
			taken[m.create.ID], m.rests = true, new(bool)
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
	slices.SortStableFunc(out, func(a, b maker) int { return cmp.Compare(a.create.ID, b.create.ID) })
	return out
}

// declaredMaker is a resource as portal.yaml describes it.
func declaredMaker(t *gather.Tools, inv *artifact.Inventory, d *portal.Resource) (maker, bool) {
	m := maker{noun: normal.Singular(d.Name), declared: d}
	for _, r := range inv.Routes {
		if r.Resource != d.Name || r.Origin != "" {
			continue
		}
		switch {
		case r.Kind == "create":
			m.create = r
		case r.Kind == "list":
			m.list = r
		case r.Kind == "update":
			m.updates = append(m.updates, r)
		case r.Kind == "delete":
			m.del = r
		case r.Method == "GET" && len(r.PathParams()) > 0 && m.detail.ID == "" && r.Kind != "export":
			m.detail = r // a re-read, when no detail is declared
		}
		if r.Kind == "detail" {
			m.detail = r
		}
	}
	params := m.detail.PathParams()
	if m.create.ID == "" || len(params) == 0 {
		return m, false
	}
	m.param = params[len(params)-1]
	if slices.Contains(params, "id") {
		m.param = "id"
	}
	m.hold(t)
	return m, true
}

// makerOf pairs a POST on a collection with what stands below that collection,
// or where objects of its noun are shown: a comment is made below its ticket.
func makerOf(t *gather.Tools, at map[string]artifact.Route, create artifact.Route) (maker, bool) {
	below := strings.TrimSuffix(shapeOf(create.Template), "/") + "/{}"
	detail, ok := at["GET "+below]
	if !ok && create.Kind == "create" {
		detail, ok = shown(at, create)
		below = shapeOf(detail.Template)
	}
	if !ok {
		return maker{}, false
	}
	params := detail.PathParams()
	m := maker{
		noun: cmp.Or(detail.Noun, create.Noun), create: create, detail: detail,
		param: params[len(params)-1], declared: declaredFor(t, create, detail),
		list: at["GET "+shapeOf(create.Template)], del: at["DELETE "+below],
	}
	for _, method := range []string{"PATCH", "PUT"} {
		if u, ok := at[method+" "+below]; ok && !u.Never {
			m.updates = append(m.updates, u)
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
func (m *maker) hold(t *gather.Tools) {
	known := m.declared != nil && (m.declared.Create.JSON != nil || m.declared.Create.Form != nil)
	body := m.create.BodyType
	switch {
	case m.create.Never || m.del.Never:
		m.skipped = artifact.Skip{Reason: check.EffectRefused, Why: "on routes.never"}
	case !t.Allowed(portal.Mail) && sendsMail(m.create):
		m.skipped = artifact.Skip{Reason: check.EffectRefused, Why: "making one would send mail: allow mail"}
	case m.del.ID == "":
		m.skipped = artifact.Skip{Reason: check.EffectRefused, Why: "no DELETE is known that removes what would be made"}
	case !known && !strings.Contains(body, "json") && !strings.Contains(body, "urlencoded") && !strings.Contains(body, "multipart"):
		m.skipped = artifact.Skip{Reason: check.Undeclared, Why: unknownBody}
	}
}

const unknownBody = "how to make one is not known; declare it under resources: with create"

// listing is where an identity's objects are listed.
func (m maker) listing(v artifact.Values) (string, bool) {
	if m.list.ID == "" {
		return "", false
	}
	return m.list.Fill(rename(m.list, m.create, v))
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

// object is what makes one with the tag in a free text, as this identity would
// say it, and the content type to encode it for; ok is false when it is not known.
func (m maker) object(t *gather.Tools, who, tag string) (contentType string, object map[string]any, ok bool) {
	if m.declared != nil && (m.declared.Create.JSON != nil || m.declared.Create.Form != nil) {
		return fill(t, who, m.declared.Create, map[string]string{"text": tag})
	}
	object, tagged := sample(m.create, tag, refs(t, who))
	return m.create.BodyType, object, tagged
}

// making is the request that makes an object.
func (m maker) making(v artifact.Values, contentType string, object map[string]any) (wire.Request, bool) {
	target, filled := m.create.Fill(v)
	contentType, body, ok := encode(contentType, object)
	return write(m.create.Method, target, contentType, body), filled && ok
}

// change is the body that sets one free text of an object to tag. doc is the
// object as its owner reads it, for verbs that replace the whole.
func (m maker) change(t *gather.Tools, who string, u artifact.Route, pointer, tag string, doc any) (string, []byte, bool) {
	if m.declared != nil && m.declared.Update != nil && (m.declared.Update.JSON != nil || m.declared.Update.Form != nil) {
		contentType, object, ok := fill(t, who, m.declared.Update, map[string]string{"text": tag})
		if !ok {
			return "", nil, false
		}
		return encode(contentType, object)
	}
	field := pointer[strings.LastIndexByte(pointer, '/')+1:]
	object := map[string]any{}
	if whole, is := parentOf(doc, pointer).(map[string]any); is && u.Method == "PUT" {
		object = writable(u, whole)
	}
	object[normal.Unescape(field)] = tag
	return encode(u.BodyType, object)
}

// writable is the part of an object that a write's schema names.
func writable(u artifact.Route, whole map[string]any) map[string]any {
	out := map[string]any{}
	known := properties(u)
	for k, v := range whole {
		if _, is := known[k]; is && v != nil {
			out[k] = v
		}
	}
	return out
}

// parentOf returns the object that holds the value at pointer.
func parentOf(doc any, pointer string) any {
	i := strings.LastIndexByte(pointer, '/')
	if i < 0 {
		return nil
	}
	if found := normal.Lookup(doc, pointer[:i]); len(found) > 0 {
		return found[0]
	}
	return nil
}

// write builds a request with a body.
func write(method, target, contentType string, body []byte) wire.Request {
	r := wire.Request{Method: method, URL: target, Body: body, Effect: portal.Write}
	if contentType != "" {
		r.Header = []evidence.Field{{Name: "Content-Type", Value: contentType}, {Name: "Accept", Value: "application/json"}}
	}
	return r
}

func field(name, value string) evidence.Field { return evidence.Field{Name: name, Value: value} }
