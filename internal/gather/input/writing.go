package input

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/wire"
)

// writing is one write at work: where it goes, by whom, and on what.
type writing struct {
	f      *feeder
	route  artifact.Route
	who    string
	method string
	target string
	rules  *rules
	text   string // the field that holds the tag
	object *planted
	fresh  bool         // each shot makes an object of its own
	good   wire.Request // the good request, where it can be sent again
}

// entryOf journals one shot.
func (w writing) entryOf(s *shot) journal.Entry {
	if w.fresh {
		e := w.object.entry(s.c.Tag)
		e.Method, e.Path, e.Target = w.method, w.target, w.f.Target.Name
		if s.c.Tag == "" {
			e.Find, e.Tag = nil, ""
		}
		return e
	}
	e := w.entry()
	e.Method, e.Path, e.Target = w.method, w.target, w.f.Target.Name
	return e
}

// entry journals a change of the object, which its removal undoes.
func (w writing) entry() journal.Entry {
	p := w.object
	return journal.Entry{
		Kind: journal.Change, What: p.create.Noun + " " + p.id, Who: p.owner, Tag: p.tag,
		Undo: p.removal(p.id), Verify: &journal.Verify{Who: p.owner, Path: p.target(), Expect: journal.Gone},
	}
}

// shots are the bad bodies of a write: every field once with what it trips over
// most, in depth where a field like it was not met before, then broken bodies.
func (w writing) shots(base map[string]any) []*shot {
	var first, deep []*shot
	multipart := strings.Contains(w.route.BodyType, "multipart")
	_, goodBody := encode(w.route.BodyType, base)
	sound := multipart || w.rules.breaks(w.document(goodBody)) == ""
	fields := properties(w.rules.root)
	for _, p := range fields {
		if binary(p.schema) {
			deep = append(deep, w.uploads(base, p)...)
			continue
		}
		const usual = 6 // bad values of a field, beside broken bodies
		fresh := w.f.deeply("field "+p.name+" "+digest(p.schema), (len(fields)+1)*usual)
		for i, b := range w.valuesOf(p) {
			if i > 0 && !fresh && !(p.needed && b.gone && w.fresh) {
				continue
			}
			s := w.shot(base, p, b, sound && !multipart)
			if s == nil {
				continue
			}
			if i == 0 {
				first = append(first, s)
			} else {
				deep = append(deep, s)
			}
		}
	}
	return slices.Concat(first, w.broken(w.f.first("body "+w.route.BodyType)), deep)
}

// valuesOf are the bad values of a field as this kind of body can hold them.
func (w writing) valuesOf(p property) []bad {
	all := badValues(p)
	if strings.Contains(either(w.route.BodyType, "json"), "json") {
		return all
	}
	// A form holds texts alone: what is only another type there is none.
	return slices.DeleteFunc(all, func(b bad) bool {
		_, text := b.value.(string)
		_, number := b.value.(float64)
		return !text && !number && !b.gone
	})
}

// shot is one bad value in a body. The field that would hold the tag holds it
// beside the bad value where that is a text.
func (w writing) shot(base map[string]any, p property, b bad, sound bool) *shot {
	if !w.fresh && (b.gone && w.method == "PATCH" || p.name == w.text && b.gone) {
		return nil // leaving a field out of a change is no mistake
	}
	tag := gather.Canary("lri-")
	body := maps.Clone(base)
	if w.text != "" && p.name != w.text {
		body[w.text] = tag
	}
	given := b
	if p.name == w.text {
		b, tag = tagged(b, tag)
	}
	s := &shot{who: w.who, request: w.send(body, p.name, b), bad: given, c: artifact.Case{
		Class: b.class, Name: b.name, Place: "body /" + normal.Escape(p.name), Kind: b.kind, Sign: b.sign, Needed: p.needed, Inferred: w.rules.inferred, Tag: tag,
		Odd: len(b.json()) > 2000,
	}}
	s.remake = func(b bad) *shot { return w.shot(base, p, b, sound) }
	s.c.Sent = shorten(s.inBody(p.name, b))
	if w.object != nil {
		s.c.Pointer = w.object.root() + "/" + normal.Escape(p.name)
	}
	if !b.gone && json.Valid([]byte(b.json())) {
		s.c.Value = json.RawMessage(strings.ToValidUTF8(b.json(), "\ufffd"))
	}
	if _, number := b.value.(int); number && w.rules.inferred {
		sound = false // many portals take a number for a text; only a contract forbids it
	}
	if sound {
		s.c.Rule = w.rules.breaks(w.document(s.request.Body))
	}
	if w.fresh && tag == "" && w.object.idIn(w.object.made) == "" {
		return nil // nothing would tell what it made
	}
	return s
}

// inBody is a field as it stands in the body.
func (s *shot) inBody(name string, b bad) string {
	if b.gone {
		return "a body without " + name
	}
	if strings.Contains(evidence.Get(s.request.Header, "Content-Type"), "json") {
		key, _ := json.Marshal(name)
		return string(key) + ": " + b.json()
	}
	return name + "=" + b.plain()
}

// tagged puts the tag into a bad text, or into the list that stands for one.
func tagged(b bad, tag string) (bad, string) {
	switch v := b.value.(type) {
	case string:
		if v == "" || b.raw != "" {
			return b, ""
		}
		if len(v) > 64 {
			b.value = tag + v[min(len(tag), len(v)-1):]
			if strings.Trim(v, "l") == "" {
				b.value = tag + v[:len(v)-len(tag)]
			}
			return b, tag
		}
		b.value = tag + v
		return b, tag
	case map[string]any:
		b.name, b.value = "a list for a text", []any{tag}
		return b, tag
	case []any:
		b.value = []any{tag, "lr"}
		return b, tag
	}
	return b, ""
}

// send is the request with one field changed.
func (w writing) send(base map[string]any, name string, b bad) wire.Request {
	body := maps.Clone(base)
	if b.gone {
		delete(body, name)
	} else {
		body[name] = raw(b)
	}
	kind := w.route.BodyType
	if strings.Contains(kind, "form") {
		if !b.gone {
			body[name] = b.plain()
		}
	}
	contentType, out := encode(kind, body)
	return request(w.method, w.target, contentType, out)
}

// document is a body as the schema sees it: parsed again from the wire.
func (w writing) document(body []byte) any {
	if strings.Contains(w.route.BodyType, "urlencoded") {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil
		}
		object := map[string]any{}
		for _, p := range properties(w.rules.root) {
			if form.Has(p.name) {
				object[p.name] = decoded(p.schema, form.Get(p.name))
			}
		}
		return object
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return nil
	}
	return doc
}

const nesting = 200

// broken are bodies that nothing can be read from: whoever takes one apart
// must refuse it. deep adds the rarer ones.
func (w writing) broken(deep bool) []*shot {
	kind := either(w.route.BodyType, jsonType)
	add := func(out []*shot, name, contentType, body string) []*shot {
		return append(out, &shot{who: w.who, request: request(w.method, w.target, contentType, []byte(body)), c: artifact.Case{
			Class: "structure", Name: name, Place: "body", Sent: shorten(body), Odd: len(body) > 2000,
		}})
	}
	if !strings.Contains(kind, "json") {
		out := add(nil, "JSON for a form", jsonType, `{"lr": `)
		if strings.Contains(kind, "multipart") {
			out = add(out, "parts without a boundary", "multipart/form-data", "lr")
			out = add(out, "parts that end early", "multipart/form-data; boundary=lr", "--lr\r\nContent-Disposition: form-data; name=\"lr\r\n")
		} else {
			out = add(out, "escapes that are none", kind, "lr=%zz&%=%")
		}
		return out
	}
	out := add(nil, "JSON that ends early", kind, `{"lr": `)
	out = add(out, "null for an object", kind, "null")
	out = add(out, "200 lists within one another", kind, deepList(nesting))
	if deep {
		out = add(out, "no body", kind, "")
		out = add(out, "a list for an object", kind, "[]")
		out = add(out, "a text for an object", kind, `"lr"`)
		out = add(out, "no UTF-8", kind, "\"\xff\xfe\"")
		out = add(out, "XML for JSON", "application/xml", "<lr/>")
		out = add(out, "no content type", "", `{"lr": `)
		out = add(out, "64 KB", kind, `["`+strings.Repeat("l", 64<<10)+`"]`)
	}
	return out
}
