package csrf

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/canary"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
)

// ownFields are texts of a profile that may be another for a while, the least
// consequential first.
var ownFields = []string{
	"bio", "about", "description", "signature", "headline", "jobtitle", "title", "position", "department", "company", "location", "city",
	"note", "notes", "website", "phone", "nickname", "displayname", "fullname", "lastname", "firstname", "name",
}

// profiles are the operations on an identity's own profile, put back afterwards.
func (r *run) profiles() (ops []*operation, handled map[string]bool) {
	handled = map[string]bool{}
	for _, route := range gather.Made[artifact.Inventory](r.t, artifact.Inventories).Routes {
		if route.Safe() || route.Method == "DELETE" || route.Origin != "" || route.Never || len(route.PathParams()) > 0 || !own(route.Template) {
			continue
		}
		who, ok := r.holder(route)
		if !ok {
			continue
		}
		handled[route.ID] = true
		ops = append(ops, r.profile(route, who))
	}
	return ops, handled
}

// own reports the address of the caller's own profile.
func own(template string) bool {
	path, _, _ := strings.Cut(strings.ToLower(template), "?")
	segs := strings.Split(strings.Trim(path, "/"), "/")
	for len(segs) > 1 && slices.Contains([]string{"update", "edit", "save", "details", "info"}, segs[len(segs)-1]) {
		segs = segs[:len(segs)-1]
	}
	return slices.Contains([]string{"me", "profile", "account", "self", "my-account", "myaccount", "my-profile"}, segs[len(segs)-1])
}

// holder is whose profile is changed: a disposable identity's where there is one.
func (r *run) holder(route artifact.Route) (string, bool) {
	for _, p := range r.t.People() {
		if k := r.kind(p.Name); p.Disposable && (k == byCookie || k == byBasic) && canary.Allowed(route, p.Role) {
			return p.Name, true
		}
	}
	return r.actor(route)
}

// profile sets one text of the own profile.
func (r *run) profile(route artifact.Route, who string) *operation {
	op := r.operation("profile", route, who)
	var s sheet
	op.begin = func(ctx context.Context) artifact.Skip {
		var ok bool
		if s, ok = r.sheet(ctx, route, who); !ok {
			return artifact.Skip{Reason: check.NoPositiveControl, Why: "no page or answer shows the profile with a text that could be another for a while"}
		}
		if s.media != "" {
			op.media = s.media
		}
		return artifact.Skip{}
	}
	op.order = func(tag string) (order, bool) {
		fields := map[string]any{}
		for name, value := range s.fields {
			fields[name] = value
		}
		fields[s.text] = tag
		return order{route.Method, route.Template, fields, tag}, s.text != ""
	}
	op.entry = func(string) journal.Entry {
		back := map[string]any{}
		for name, value := range s.fields {
			back[name] = value
		}
		back[s.text] = s.was
		contentType, body, _ := canary.Encode(op.media, back)
		e := journal.Entry{
			Kind: journal.Change, What: "profile of " + who, Who: who,
			Undo: &journal.Request{Who: who, Method: route.Method, Path: route.Template, ContentType: contentType, Body: body},
		}
		if value, err := json.Marshal(s.was); err == nil && s.pointer != "" {
			e.Verify = &journal.Verify{Who: who, Path: s.page, Expect: journal.Equal, Pointer: s.pointer, Value: value}
		}
		return e
	}
	op.read = func(name string) gather.Ask { return canary.Look(name, who, s.page) }
	return op
}

// sheet is a profile as it stands: where it is shown, and what a write sends.
type sheet struct {
	page, media, pointer string
	fields               map[string]any // what is sent as it stands
	text                 string         // the field that is changed
	was                  string
}

// sheet reads the profile: as the form that leads to the route, or as JSON.
func (r *run) sheet(ctx context.Context, route artifact.Route, who string) (sheet, bool) {
	path, _, _ := strings.Cut(route.Template, "?")
	parent := path[:strings.LastIndexByte(path, '/')]
	for _, page := range []string{path, path + "/edit", parent} {
		if page == "" {
			continue
		}
		got := r.read(ctx, canary.Look("profile", who, page))
		if got.Answer == nil || got.Unproven != "" || got.Status() != 200 {
			continue
		}
		s, ok := formOf(got.Answer.Body, page, route)
		if !ok {
			s, ok = jsonOf(got.Answer.Body, route)
		}
		if ok {
			s.page = page
			return s, true
		}
	}
	return sheet{}, false
}

// jsonOf finds a text in a profile shown as JSON.
func jsonOf(body []byte, route artifact.Route) (sheet, bool) {
	var doc map[string]any
	if json.Unmarshal(body, &doc) != nil {
		return sheet{}, false
	}
	root := ""
	for _, key := range []string{"data", "user", "profile", "account"} {
		if inner, is := doc[key].(map[string]any); is {
			doc, root = inner, "/"+key
			break
		}
	}
	fields := map[string]any{}
	if route.Method == "PUT" {
		fields = canary.Writable(route, doc)
	}
	known := canary.Properties(route)
	texts := map[string]string{}
	for name, value := range doc {
		if text, is := value.(string); is && (len(known) == 0 || has(known, name)) {
			texts[name] = text
		}
	}
	name, was, ok := pick(texts)
	return sheet{fields: fields, text: name, was: was, pointer: root + "/" + normal.Escape(name)}, ok
}

func has[V any](m map[string]V, key string) bool {
	_, is := m[key]
	return is
}

// pick chooses the least consequential text.
func pick(texts map[string]string) (name, was string, ok bool) {
	best := len(ownFields)
	for n, value := range texts {
		plain := strings.ToLower(strings.NewReplacer("_", "", "-", "", "user[", "", "profile[", "", "]", "").Replace(n))
		if i := slices.Index(ownFields, plain); i >= 0 && i < best {
			best, name, was = i, n, value
		}
	}
	return name, was, name != ""
}

// formOf finds the form of a page that leads to the route, with its fields as
// they stand; tokens are left out, for they are added with each request.
func formOf(body []byte, page string, route artifact.Route) (sheet, bool) {
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return sheet{}, false
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || n.Data != "form" || !strings.EqualFold(attr(n, "method"), "post") || !leads(attr(n, "action"), page, route) {
			continue
		}
		s := sheet{fields: map[string]any{}, media: attr(n, "enctype")}
		texts := map[string]string{}
		for f := range n.Descendants() {
			s.take(f, texts)
		}
		var ok bool
		if s.text, s.was, ok = pick(texts); ok {
			if s.media == "" {
				s.media = canary.FormType
			}
			return s, true
		}
	}
	return sheet{}, false
}

// leads reports whether a form's action is the route.
func leads(action, page string, route artifact.Route) bool {
	base, err := url.Parse(page)
	if err != nil {
		return false
	}
	to, err := base.Parse(action)
	return err == nil && strings.TrimSuffix(to.Path, "/") == strings.TrimSuffix(route.Template, "/")
}

func (s *sheet) take(f *html.Node, texts map[string]string) {
	if f.Type != html.ElementNode {
		return
	}
	name, kind, value := attr(f, "name"), strings.ToLower(attr(f, "type")), attr(f, "value")
	switch f.Data {
	case "textarea":
		if f.FirstChild != nil {
			value = f.FirstChild.Data
		}
	case "select":
		value = selected(f)
		kind = "select"
	case "input":
	default:
		return
	}
	switch kind {
	case "submit", "button", "image", "reset", "file", "password":
		return
	case "checkbox", "radio":
		if !hasAttr(f, "checked") {
			return
		}
	}
	if name == "" || name == "_method" || kind == "hidden" && tokenName.MatchString(name) {
		return
	}
	s.fields[name] = value
	if kind == "" || kind == "text" || kind == "tel" || kind == "search" {
		texts[name] = value
	}
}

func selected(n *html.Node) string {
	first, found := "", false
	for o := range n.Descendants() {
		if o.Type != html.ElementNode || o.Data != "option" {
			continue
		}
		if hasAttr(o, "selected") {
			return attr(o, "value")
		}
		if !found {
			first, found = attr(o, "value"), true
		}
	}
	return first
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}
