package input

import (
	"encoding/json"
	"maps"
	"net/url"
	"strconv"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather"
)

// shots are the bad inputs of a read, the most telling of each parameter first.
// A parameter that was tried in depth elsewhere gets the telling ones alone:
// one piece of code reads them all.
func (f *feeder) shots(op *artifact.Operation, g good) []*shot {
	var first, deep []*shot
	for _, p := range inputs(g.route) {
		r := rulesOf(p)
		telling, rest := badParams(p.Name, r.root, p.In == "path")
		signed := signOf(gather.Canary("lr"))
		for _, b := range append([]bad{signed}, telling...) {
			first = f.aim(first, g, p, r, b)
		}
		key := p.In + " " + p.Name + " " + digest(r.root) + " " + text(map[string]any{"k": g.route.Kind}, "k")
		if p.In == "path" {
			key = "path " + digest(r.root) + " " + p.Name
		}
		if !f.deeply(key, len(inputs(g.route))*(len(telling)+len(rest)+4)) {
			continue
		}
		for _, b := range rest {
			deep = f.aim(deep, g, p, r, b)
		}
		if p.In == "query" {
			deep = append(deep, f.forms(g, p)...)
		}
	}
	return append(first, deep...)
}

// aim adds the shot of one value at one parameter. A value that is what the
// parameter has anyway is no bad one.
func (f *feeder) aim(to []*shot, g good, p artifact.Param, r *rules, b bad) []*shot {
	value := b.plain()
	if value == g.values[p.Name] || p.In == "path" && value == "" {
		return to
	}
	make := func(b bad) (out artifact.Values) {
		out = maps.Clone(g.values)
		if out == nil {
			out = artifact.Values{}
		}
		out[p.Name] = b.plain()
		return out
	}
	request, ok := g.request(make(b))
	if !ok {
		return to
	}
	s := &shot{who: g.who, request: request, bad: b, c: artifact.Case{
		Class: b.class, Name: b.name, Place: p.In + " " + p.Name, Sent: shorten(onWire(p.In, value)), Kind: b.kind, Sign: b.sign,
		Rule: r.breaks(decoded(r.root, value)), Needed: p.Required,
		Odd: len(value) > 2000,
	}}
	s.remake = func(smaller bad) *shot {
		q, _ := g.request(make(smaller))
		return &shot{who: g.who, request: q, bad: smaller, c: s.c}
	}
	if b.kind == "header" {
		s.c.Odd = true
	}
	return append(to, s)
}

// forms are ways of writing a query parameter that some parsers make lists or
// objects of.
func (f *feeder) forms(g good, p artifact.Param) []*shot {
	var out []*shot
	without := maps.Clone(g.values)
	delete(without, p.Name)
	name := url.QueryEscape(p.Name)
	for _, form := range []struct{ what, pair string }{
		{"a list", name + "[]=lr&" + name + "[]=none"}, {"an object", name + "[lr]=none"}, {"twice", name + "=lr&" + name + "=none"},
	} {
		q, ok := g.request(without, form.pair)
		if !ok {
			continue
		}
		out = append(out, &shot{who: g.who, request: q, c: artifact.Case{
			Class: "form", Name: form.what, Place: "query " + p.Name, Sent: form.pair,
		}})
	}
	return out
}

// rulesOf are the rules of a parameter, from all that the inventory knows of it.
func rulesOf(p artifact.Param) *rules {
	s := map[string]any{}
	if len(p.Schema) > 0 {
		if r := compile(p.Schema); r.root != nil {
			s = r.root
		}
	}
	if p.Type != "" && s["type"] == nil {
		s["type"] = p.Type
	}
	if p.Format != "" && s["format"] == nil && p.Type != "array" {
		s["format"] = p.Format
	}
	if len(p.Enum) > 0 && s["enum"] == nil && p.Type != "array" {
		var values []any
		for _, v := range p.Enum {
			values = append(values, decoded(map[string]any{"type": s["type"]}, v))
		}
		s["enum"] = values
	}
	if s["type"] == "array" || s["type"] == "object" {
		return &rules{root: map[string]any{"type": s["type"]}} // how it is written in a query is not one form
	}
	r := &rules{root: s}
	if len(s) > 0 {
		r.compiled, _ = compiler(s) // what cannot be compiled calls nothing invalid
	}
	return r
}

// decoded is what a text stands for where a schema says number or yes and no.
func decoded(s map[string]any, value string) any {
	switch typeOf(s) {
	case "integer", "number":
		if _, err := strconv.ParseFloat(value, 64); err == nil && !strings.ContainsAny(value, "xXnN_") && json.Valid([]byte(value)) {
			return json.Number(value)
		}
	case "boolean":
		switch value {
		case "true", "1":
			return true
		case "false", "0":
			return false
		}
	}
	return value
}

// onWire is a value as it stands in the address.
func onWire(in, value string) string {
	if in == "path" {
		return url.PathEscape(value)
	}
	return url.QueryEscape(value)
}

const maxSent = 120

// shorten cuts what is shown of an input, and says what was cut.
func shorten(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if len(s) <= maxSent {
		return s
	}
	return strings.ToValidUTF8(s[:maxSent], "") + "… (" + strconv.Itoa(len(s)) + " bytes)"
}
