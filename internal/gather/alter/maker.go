package alter

import (
	"cmp"
	"encoding/json"
	"net/url"
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

// maker knows how objects of one noun are made, read, changed and deleted.
type maker struct {
	noun     string
	create   artifact.Route
	detail   artifact.Route
	list     string // route id of the list that shows new objects; "" when there is none
	remove   string // method that deletes at the detail's path
	param    string // the detail's own path parameter
	updates  []artifact.Route
	declared *portal.Resource
	skipped  artifact.Skip // why no object is made
}

// makers finds every noun whose objects a run can make and delete again.
func makers(t *gather.Tools) []maker {
	inv := gather.Made[artifact.Inventory](t, artifact.Inventories)
	at := map[string]artifact.Route{}
	for _, r := range inv.Routes {
		if r.Origin == "" {
			at[r.Method+" "+shapeOf(r.Template)] = r
		}
	}
	var out []maker
	for _, r := range inv.Routes {
		if r.Method != "POST" || r.Origin != "" || r.Kind == "login" || r.Kind == "logout" || r.Public != "" || r.Kind == "graphql" {
			continue
		}
		if m, ok := makerOf(t, at, r); ok {
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b maker) int { return cmp.Compare(a.create.ID, b.create.ID) })
	return out
}

// makerOf pairs a POST on a collection with what stands below that collection.
func makerOf(t *gather.Tools, at map[string]artifact.Route, create artifact.Route) (maker, bool) {
	below := strings.TrimSuffix(shapeOf(create.Template), "/") + "/{}"
	detail, ok := at["GET "+below]
	if !ok {
		return maker{}, false
	}
	params := detail.PathParams()
	m := maker{
		noun: cmp.Or(detail.Noun, create.Noun), create: create, detail: detail,
		param: params[len(params)-1], declared: declaredFor(t, create, detail),
	}
	if list, ok := at["GET "+shapeOf(create.Template)]; ok {
		m.list = list.ID
	}
	for _, method := range []string{"PATCH", "PUT"} {
		if u, ok := at[method+" "+below]; ok && !u.Never {
			m.updates = append(m.updates, u)
		}
	}
	del, hasDelete := at["DELETE "+below]
	switch {
	case create.Never || del.Never:
		m.skipped = artifact.Skip{Reason: check.EffectRefused, Why: "on routes.never"}
	case sendsMail(create):
		m.skipped = artifact.Skip{Reason: check.EffectRefused, Why: "making one would send mail"}
	case !hasDelete && m.declared == nil:
		m.skipped = artifact.Skip{Reason: check.EffectRefused, Why: "there is no DELETE to remove what would be made"}
	case !strings.Contains(create.BodyType, "json") && !strings.Contains(create.BodyType, "urlencoded") && m.declared == nil:
		m.skipped = artifact.Skip{Reason: check.Undeclared, Why: "how to make one is not known; declare it under resources: with create"}
	}
	m.remove = "DELETE"
	return m, true
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

// body is the request body that makes one object with the tag in a free text,
// as this identity would send it; ok is false when it cannot be built.
func (m maker) body(t *gather.Tools, who, tag string) (contentType string, body []byte, ok bool) {
	if m.declared != nil && (m.declared.Create.JSON != nil || m.declared.Create.Form != nil) {
		return fill(t, who, m.declared.Create, map[string]string{"text": tag})
	}
	object, tagged := sample(m.create, tag, refs(t, who))
	if !tagged {
		return "", nil, false
	}
	return encode(m.create.BodyType, object)
}

// change is the body that sets one free text of an object to tag. doc is the
// object as its owner reads it, for verbs that replace the whole.
func (m maker) change(t *gather.Tools, who string, u artifact.Route, pointer, tag string, doc any) (string, []byte, bool) {
	if m.declared != nil && m.declared.Update != nil && (m.declared.Update.JSON != nil || m.declared.Update.Form != nil) {
		return fill(t, who, m.declared.Update, map[string]string{"text": tag})
	}
	field := pointer[strings.LastIndexByte(pointer, '/')+1:]
	object := map[string]any{}
	if whole, is := parentOf(doc, pointer).(map[string]any); is && u.Method == "PUT" {
		writable := properties(u)
		for k, v := range whole {
			if _, known := writable[k]; known {
				object[k] = v
			}
		}
	}
	object[normal.Unescape(field)] = tag
	return encode(u.BodyType, object)
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

// fill expands a declared write for one identity.
func fill(t *gather.Tools, who string, w *portal.WriteCall, vars map[string]string) (string, []byte, bool) {
	s := t.As(who)
	expand := func(text string) (string, bool) {
		for k, v := range vars {
			text = strings.ReplaceAll(text, "${"+k+"}", v)
		}
		if s == nil {
			return text, !strings.Contains(text, "${")
		}
		out, err := s.Expand(text)
		return out, err == nil
	}
	if w.Form != nil {
		form := url.Values{}
		for _, p := range w.Form {
			v, ok := expand(p.Value)
			if !ok {
				return "", nil, false
			}
			form.Set(p.Name, v)
		}
		return formType, []byte(form.Encode()), true
	}
	doc, ok := expandAll(w.JSON, expand)
	if !ok {
		return "", nil, false
	}
	body, err := json.Marshal(doc)
	return jsonType, body, err == nil
}

func expandAll(v any, expand func(string) (string, bool)) (any, bool) {
	switch v := v.(type) {
	case string:
		return expand(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			x, ok := expandAll(v[i], expand)
			if !ok {
				return nil, false
			}
			out[i] = x
		}
		return out, true
	case map[string]any:
		out := map[string]any{}
		for k := range v {
			x, ok := expandAll(v[k], expand)
			if !ok {
				return nil, false
			}
			out[k] = x
		}
		return out, true
	}
	return v, true
}

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

func encode(bodyType string, object map[string]any) (string, []byte, bool) {
	if strings.Contains(bodyType, "urlencoded") {
		form := url.Values{}
		for k, v := range object {
			if s, is := v.(string); is {
				form.Set(k, s)
				continue
			}
			b, err := json.Marshal(v)
			if err != nil {
				return "", nil, false
			}
			form.Set(k, string(b))
		}
		return formType, []byte(form.Encode()), true
	}
	body, err := json.Marshal(object)
	if strings.Contains(bodyType, "json") {
		return bodyType, body, err == nil
	}
	return jsonType, body, err == nil
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
