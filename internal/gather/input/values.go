package input

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/launchready/launchready/internal/gather"
)

// bad is one value that a well-kept portal refuses or treats as plain data.
type bad struct {
	class, name string
	value       any    // as JSON
	raw         string // JSON text that no value has: 1e309, bytes that are no UTF-8
	gone        bool   // the field is left out
	kind, sign  string // of injections
}

// json is the value as it stands in a JSON body.
func (b bad) json() string {
	if b.raw != "" {
		return b.raw
	}
	out, err := json.Marshal(b.value)
	if err != nil {
		return "null"
	}
	return string(out)
}

// plain is the value as it stands in a form, a query or a path.
func (b bad) plain() string {
	switch v := b.value.(type) {
	case nil:
		return b.raw
	case string:
		return v
	}
	return b.json()
}

const (
	stranger = "lr-none" // a text that names nothing
	huge     = "99999999999999999999"
	longText = 3000
	quotes   = `lr'"\`
)

// wrongType is the one value most handlers trip over: what a field of that type
// is never meant to hold.
func wrongType(s map[string]any) bad {
	switch typeOf(s) {
	case "integer", "number":
		return bad{class: "type", name: "a text for a number", value: "lr-text"}
	case "boolean":
		return bad{class: "type", name: "a text for a yes or no", value: "lr-text"}
	case "array":
		return bad{class: "type", name: "a text for a list", value: "lr-text"}
	case "object":
		return bad{class: "type", name: "a text for an object", value: "lr-text"}
	}
	return bad{class: "type", name: "an object for a text", value: map[string]any{"lr": 1}}
}

// badValues are the bad values of a field of a JSON body: the first one always,
// the rest where a field like it was not tried elsewhere.
func badValues(p property) []bad {
	s := p.schema
	out := []bad{wrongType(s)}
	if p.needed {
		out = append(out, bad{class: "presence", name: "left out", gone: true})
	}
	out = append(out, bad{class: "presence", name: "null", value: nil, raw: "null"})
	switch typeOf(s) {
	case "string":
		out = append(out, bad{class: "type", name: "a number for a text", value: 7331}, bad{class: "type", name: "a list for a text", value: []any{"lr"}})
		out = append(out, badTexts(s)...)
	case "integer", "number":
		out = append(out, badNumbers(s)...)
	case "boolean":
		out = append(out, bad{class: "type", name: "a number for a yes or no", value: 7331})
	case "array":
		out = append(out, badLists(s)...)
	case "object":
		out = append(out, bad{class: "type", name: "a list for an object", value: []any{7331}})
	}
	return append(out, unknownOf(s)...)
}

// badTexts break a text's bounds and form, and try what texts do to storage.
func badTexts(s map[string]any) []bad {
	var out []bad
	if n, ok := number(s, "minLength"); ok && n >= 1 {
		out = append(out, bad{class: "bounds", name: "shorter than allowed", value: strings.Repeat("l", int(min(n-1, longText)))})
	}
	if n, ok := number(s, "maxLength"); ok && n < 1<<15 {
		out = append(out, bad{class: "bounds", name: "longer than allowed", value: strings.Repeat("l", int(n)+1)})
	}
	out = append(out, nearMiss(s)...)
	if s["enum"] != nil {
		return out
	}
	if s["format"] != nil || s["pattern"] != nil {
		return append(out, bad{class: "injection", name: "quotes", value: quotes})
	}
	out = append(out,
		signOf(gather.Canary("lr")),
		bad{class: "bytes", name: "a NUL byte", value: "lr\x00x"},
		bad{class: "bytes", name: "no UTF-8", raw: "\"lr\xff\xfe\""},
	)
	return out
}

// nearMiss is a value that just misses a format or a pattern.
func nearMiss(s map[string]any) []bad {
	miss := func(name, value string) []bad { return []bad{{class: "form", name: name, value: value}} }
	switch text(s, "format") {
	case "date":
		return miss("a day that does not exist", "2026-02-30")
	case "date-time":
		return miss("a time that does not exist", "2026-02-30T25:61:00Z")
	case "time":
		return miss("a time that does not exist", "25:61:00Z")
	case "email", "idn-email":
		return miss("no e-mail address", "a@")
	case "uuid":
		return miss("a UUID of 35 characters", "6f1c2f0a-7d3b-4a56-9c1e-2b8d4e5f607")
	case "uri", "url", "iri":
		return miss("no address", "::lr none")
	case "ipv4", "ipv6":
		return miss("no address", "999.1.1.1")
	}
	if text(s, "pattern") != "" {
		return miss("against the pattern", "\u00a7 lr \u00a7")
	}
	return nil
}

func badNumbers(s map[string]any) []bad {
	var out []bad
	if n, ok := number(s, "minimum"); ok && math.Abs(n) < 1e15 {
		out = append(out, bad{class: "bounds", name: "smaller than allowed", value: n - 7331})
	} else if n, ok := number(s, "exclusiveMinimum"); ok && math.Abs(n) < 1e15 {
		out = append(out, bad{class: "bounds", name: "smaller than allowed", value: n - 7331})
	} else {
		out = append(out, bad{class: "bounds", name: "negative", value: -7331})
	}
	if n, ok := number(s, "maximum"); ok && math.Abs(n) < 1e15 {
		out = append(out, bad{class: "bounds", name: "larger than allowed", value: n + 7331})
	}
	out = append(out, bad{class: "bounds", name: "2^63", raw: "9223372036854775808"}, bad{class: "bounds", name: "beyond any number", raw: "1e309"})
	if typeOf(s) == "integer" {
		out = append(out, bad{class: "type", name: "a fraction", value: 7331.5})
	}
	return out
}

func badLists(s map[string]any) []bad {
	out := []bad{{class: "type", name: "an object in a list", value: []any{map[string]any{"lr": []any{nil}}}}}
	if n, ok := number(s, "maxItems"); ok && n < 500 {
		out = append(out, bad{class: "bounds", name: "more than allowed", value: slices.Repeat([]any{"lr"}, int(n)+1)})
	}
	if n, ok := number(s, "minItems"); ok && n >= 1 {
		out = append(out, bad{class: "bounds", name: "fewer than allowed", value: []any{}})
	}
	return out
}

// unknownOf are values outside an enumeration, and one in another case.
func unknownOf(s map[string]any) []bad {
	values, _ := s["enum"].([]any)
	if len(values) == 0 {
		return nil
	}
	out := []bad{{class: "form", name: "none of the values", value: "lr-unknown"}}
	if first, is := values[0].(string); is && strings.ToUpper(first) != first {
		out = append(out, bad{class: "form", name: "a value in another case", value: strings.ToUpper(first)})
	}
	return out
}

// signOf is text that a portal must give back as text: markup, quotes, and two
// templates whose value is known.
func signOf(canary string) bad {
	return bad{class: "injection", name: "markup and templates", value: canary + `<b>"'{{7*7331}}${7*7331}\`, kind: "markup", sign: canary}
}

// badParams are the bad values of a path or query parameter, the three most
// telling first; deep adds the rest.
func badParams(name string, s map[string]any, path bool) (telling, rest []bad) {
	wrong := bad{class: "type", name: "a text for an id", value: stranger}
	switch t := typeOf(s); {
	case s["enum"] != nil:
		wrong = unknownOf(s)[0]
	case t == "integer" || t == "number":
		wrong.name = "a text for a number"
	case t == "boolean":
		wrong.name = "a text for a yes or no"
	case !path && t == "string":
		wrong.name = "a text that names nothing"
	}
	telling = append(nearMiss(s), wrong, bad{class: "injection", name: "quotes", value: quotes}, bad{class: "bounds", name: "a number of twenty digits", value: huge})
	rest = []bad{
		{class: "bytes", name: "a NUL byte", value: "lr\x00"},
		{class: "bytes", name: "no UTF-8", value: "\xff\xfe"},
		{class: "bounds", name: "3,000 characters", value: strings.Repeat("l", longText)},
		{class: "bounds", name: "a negative number", value: "-7331"},
		{class: "injection", name: "a header line", value: "lr\r\nX-Lr-Header: 1", kind: "header", sign: "X-Lr-Header"},
	}
	if path {
		return telling, append(rest, bad{class: "path", name: "a query in the id", value: "lr?x=1"}, bad{class: "path", name: "braces", value: "{}"}, bad{class: "path", name: "two ids", value: "lr/none"})
	}
	rest = append(rest, bad{class: "presence", name: "empty", value: ""}, bad{class: "type", name: "a fraction", value: "1.5e309"})
	if n, ok := number(s, "minimum"); ok {
		rest = append(rest, bad{class: "bounds", name: "smaller than allowed", value: fmt.Sprint(int64(n) - 1)})
	}
	if n, ok := number(s, "maximum"); ok {
		rest = append(rest, bad{class: "bounds", name: "larger than allowed", value: fmt.Sprint(int64(n) + 1)})
	}
	if n, ok := number(s, "maxLength"); ok && n < longText {
		rest = append(rest, bad{class: "bounds", name: "longer than allowed", value: strings.Repeat("l", int(n)+1)})
	}
	if n, ok := number(s, "minLength"); ok && n >= 1 {
		rest = append(rest, bad{class: "bounds", name: "shorter than allowed", value: ""})
	}
	if fileParam(name) {
		telling = append(telling, traversals()...)
	}
	return telling, rest
}

// fileParam reports a parameter that names a file.
func fileParam(name string) bool {
	n := strings.ToLower(name)
	for _, word := range []string{"file", "path", "template", "document", "folder", "dir", "include", "page", "attachment", "doc"} {
		if n == word || strings.HasPrefix(n, word+"_") || strings.HasSuffix(n, "_"+word) || strings.HasPrefix(n, "file") || strings.HasSuffix(n, "file") || strings.HasSuffix(n, "path") {
			return true
		}
	}
	return false
}

// traversals lead out of a folder to files that every such system has; what
// they hold is no secret.
func traversals() []bad {
	var out []bad
	for _, v := range []string{"../../../../../../../../etc/passwd", "/etc/passwd", "....//....//....//....//....//etc/passwd", `..\..\..\..\..\..\windows\win.ini`} {
		out = append(out, bad{class: "injection", name: "a way out of the folder", value: v, kind: "traversal", sign: "root:"})
	}
	return out
}

// deepList is a list in a list, two hundred times.
func deepList(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }
