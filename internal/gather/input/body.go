package input

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

// file is a file in a multipart body.
type file struct{ name, media, content string }

// encode writes an object as the kind of body a route takes.
func encode(bodyType string, object map[string]any) (contentType string, body []byte) {
	switch {
	case strings.Contains(bodyType, "urlencoded"):
		return formType, []byte(formOf(object).Encode())
	case strings.Contains(bodyType, "multipart"):
		return parts(object)
	}
	body, err := json.Marshal(object)
	if err != nil {
		body = []byte("{}")
	}
	if strings.Contains(bodyType, "json") {
		return bodyType, body
	}
	return jsonType, body
}

func formOf(object map[string]any) url.Values {
	form := url.Values{}
	for name, v := range object {
		form.Set(name, plain(v))
	}
	return form
}

// plain is a value as a form field holds it.
func plain(v any) string {
	if s, is := v.(string); is {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

func parts(object map[string]any) (string, []byte) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		header := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf("form-data; name=%q", name)}}
		content := ""
		if x, is := object[name].(file); is {
			header.Set("Content-Disposition", fmt.Sprintf("form-data; name=%q; filename=\"%s\"", name, strings.ReplaceAll(x.name, `"`, "%22")))
			header.Set("Content-Type", x.media)
			content = x.content
		} else {
			content = plain(object[name])
		}
		part, err := w.CreatePart(header)
		if err == nil {
			_, err = part.Write([]byte(content))
		}
		if err != nil { // a buffer takes everything
			return "", nil
		}
	}
	_ = w.Close() // a buffer takes everything
	return w.FormDataContentType(), b.Bytes()
}

// request builds a write.
func request(method, target, contentType string, body []byte) wire.Request {
	r := wire.Request{Method: method, URL: target, Body: body, Effect: portal.Write, Header: []evidence.Field{{Name: "Accept", Value: "application/json, text/html;q=0.9, */*;q=0.5"}}}
	if contentType != "" {
		r.Header = append(r.Header, evidence.Field{Name: "Content-Type", Value: contentType})
	}
	return r
}

// bodyRules are the rules of a route's body: the contract's, else what was seen.
func bodyRules(r artifact.Route) *rules {
	if len(r.BodySchema) > 0 {
		if out := compile(r.BodySchema); out.root != nil && len(properties(out.root)) > 0 {
			return out
		}
	}
	return inferred(r.BodySample)
}

// sample makes a good body: what is required, what was seen, and a free text
// that carries the tag. Optional fields are left out unless they were seen.
func (f *feeder) sample(r artifact.Route, rules *rules, tag, tenant string) (object map[string]any, textField string) {
	object = map[string]any{}
	seen, _ := decode(r.BodySample).(map[string]any)
	fields := properties(rules.root)
	textField = freeText(fields)
	for _, p := range fields {
		switch {
		case p.name == textField:
			object[p.name] = tag
		case binary(p.schema):
			object[p.name] = file{"launchready.txt", "text/plain", "made by launchready: " + tag + "\n"}
		case f.reference(p, tenant) != nil && (p.needed || seen[p.name] != nil):
			object[p.name] = f.reference(p, tenant)
		case rules.inferred && seen[p.name] != nil && !mailField(p):
			object[p.name] = seen[p.name]
		case p.needed && seen[p.name] != nil && !mailField(p) && !isReference(p.name):
			object[p.name] = seen[p.name]
		case p.needed, rules.inferred:
			object[p.name] = plausible(p, tag, 0)
		}
	}
	return object, textField
}

// reference is the id of an object of the tenant that a field names.
func (f *feeder) reference(p property, tenant string) any {
	noun := normal.NounOf(p.name)
	if !isReference(p.name) || noun == "" {
		return nil
	}
	for _, o := range f.corpus.Objects {
		if o.Tenant == tenant && o.Noun == noun && !o.Ambiguous {
			if t := typeOf(p.schema); t == "integer" || t == "number" {
				return json.Number(o.ID)
			}
			return o.ID
		}
	}
	return nil
}

func isReference(name string) bool {
	return strings.HasSuffix(name, "Id") || strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "ID")
}

func binary(s map[string]any) bool {
	return text(s, "format") == "binary" || text(s, "contentMediaType") != ""
}

func mailField(p property) bool {
	return text(p.schema, "format") == "email" || strings.Contains(strings.ToLower(p.name), "email")
}

// textNames are the usual names of free texts, the least consequential first.
var textNames = []string{"notes", "note", "description", "comment", "body", "text", "message", "summary", "brief", "content", "memo", "subject", "title", "label", "name"}

// freeText is the field that takes a tag.
func freeText(fields []property) string {
	takes := func(p property) bool {
		n, bounded := number(p.schema, "maxLength")
		return typeOf(p.schema) == "string" && p.schema["format"] == nil && p.schema["enum"] == nil && p.schema["pattern"] == nil &&
			p.schema["const"] == nil && !binary(p.schema) && (!bounded || n >= 20) && !secretive(p.name)
	}
	for _, name := range textNames {
		if slices.ContainsFunc(fields, func(p property) bool { return p.name == name && takes(p) }) {
			return name
		}
	}
	for _, p := range fields {
		if takes(p) && !isReference(p.name) && !mailField(p) {
			return p.name
		}
	}
	return ""
}

func secretive(name string) bool {
	n := strings.ToLower(name)
	return slices.ContainsFunc([]string{"password", "token", "secret", "csrf", "key"}, func(w string) bool { return strings.Contains(n, w) })
}

// plausible makes a value that a schema allows.
func plausible(p property, tag string, depth int) any {
	s := p.schema
	if !mailField(p) {
		for _, word := range []string{"const", "example", "default"} {
			if s[word] != nil {
				return s[word]
			}
		}
		for _, word := range []string{"examples", "enum"} {
			if list, _ := s[word].([]any); len(list) > 0 {
				return list[0]
			}
		}
	}
	switch typeOf(s) {
	case "boolean":
		return false
	case "integer", "number":
		if n, ok := number(s, "minimum"); ok {
			return n + 1
		}
		return 1
	case "array":
		return []any{}
	case "object":
		out := map[string]any{}
		for _, inner := range properties(s) {
			if inner.needed && depth < 4 {
				out[inner.name] = plausible(inner, tag, depth+1)
			}
		}
		return out
	}
	return plausibleText(p, tag)
}

func plausibleText(p property, tag string) string {
	name := strings.ToLower(p.name)
	switch format := text(p.schema, "format"); {
	case format == "date-time":
		return "2031-02-03T04:05:06Z"
	case format == "date":
		return "2031-02-03"
	case mailField(p):
		return tag + "@example.invalid"
	case format == "uuid":
		return "6f1c2f0a-7d3b-4a56-9c1e-2b8d4e5f6071"
	case format == "uri", format == "url":
		return "https://example.invalid/" + tag
	case strings.Contains(name, "phone"):
		return "+49 30 000000"
	case strings.Contains(name, "currency"):
		return "EUR"
	}
	if n, ok := number(p.schema, "maxLength"); ok && int(n) < len(tag) {
		return tag[:int(n)]
	}
	return tag
}
