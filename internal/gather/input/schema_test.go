package input

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather"
)

func TestBreaks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, schema, value, want string
	}{
		{"a good number", `{"type":"number","minimum":0}`, `7`, ""},
		{"too small", `{"type":"number","minimum":0}`, `-7`, "minimum"},
		{"3.0: strictly more", `{"type":"number","minimum":0,"exclusiveMinimum":true}`, `0`, "exclusiveMinimum"},
		{"3.0: not strictly", `{"type":"number","minimum":0,"exclusiveMinimum":false}`, `0`, ""},
		{"3.0: nullable", `{"type":"string","nullable":true}`, `null`, ""},
		{"3.0: nullable values", `{"type":"string","nullable":true,"enum":["a"]}`, `null`, ""},
		{"null", `{"type":"string"}`, `null`, "type"},
		{"2.0: a parameter", `{"name":"n","in":"query","required":true,"type":"integer","maximum":9}`, `10`, "maximum"},
		{"read-only is not required", `{"type":"object","required":["id","a"],"properties":{"id":{"readOnly":true},"a":{}}}`, `{"a":1}`, ""},
		{"left out", `{"type":"object","required":["a"],"properties":{"a":{}}}`, `{}`, "required"},
		{"a pattern of another dialect", `{"type":"string","pattern":"^(?<=x)y$"}`, `"z"`, ""},
		{"a day that is none", `{"type":"string","format":"date"}`, `"2026-02-30"`, "format"},
		{"a property called type", `{"type":"object","properties":{"type":{"type":"string"},"enum":{"type":"number"}}}`, `{"type":"x","enum":1}`, ""},
		{"no schema", `[]`, `7`, ""},
		{"elsewhere", `{"$ref":"file:///etc/passwd"}`, `7`, ""},
		{"damaged", `{"type":7}`, `7`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(tt.value)))
			if err != nil {
				t.Fatal(err)
			}
			if got := compile(json.RawMessage(tt.schema)).breaks(v); got != tt.want {
				t.Errorf("breaks = %q, want %q", got, tt.want)
			}
		})
	}
}

// fieldSchema draws a schema as contracts have them.
func fieldSchema(t *rapid.T) map[string]any {
	switch rapid.SampledFrom([]string{"string", "number", "integer", "boolean", "array", "enum", "date", "uuid"}).Draw(t, "type") {
	case "string":
		low := rapid.IntRange(0, 5).Draw(t, "minLength")
		return map[string]any{"type": "string", "minLength": low, "maxLength": low + rapid.IntRange(20, 300).Draw(t, "more")}
	case "number":
		low := rapid.IntRange(-1000, 1000).Draw(t, "minimum")
		return map[string]any{"type": "number", "minimum": low, "maximum": low + rapid.IntRange(1, 1000).Draw(t, "more")}
	case "integer":
		return map[string]any{"type": "integer", "minimum": rapid.IntRange(0, 9).Draw(t, "minimum")}
	case "boolean":
		return map[string]any{"type": "boolean"}
	case "array":
		return map[string]any{"type": "array", "items": map[string]any{"type": "string"}, "maxItems": rapid.IntRange(1, 4).Draw(t, "maxItems")}
	case "enum":
		return map[string]any{"type": "string", "enum": []any{"open", "paid"}}
	case "date":
		return map[string]any{"type": "string", "format": "date"}
	}
	return map[string]any{"type": "string", "format": "uuid"}
}

// TestShotsAreInvalid holds that whatever is said to break a rule does, as it
// stands on the wire, and that each shot differs from the good body.
func TestShotsAreInvalid(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		fields, needed := map[string]any{"notes": map[string]any{"type": "string", "maxLength": 400}}, []any{}
		for _, name := range rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{3,8}`), 1, 4, rapid.ID).Draw(t, "names") {
			fields[name] = fieldSchema(t)
			if rapid.Bool().Draw(t, "needed") {
				needed = append(needed, name)
			}
		}
		raw, err := json.Marshal(map[string]any{"type": "object", "properties": fields, "required": needed})
		if err != nil {
			t.Fatal(err)
		}
		f := &feeder{Tools: &gather.Tools{}, left: 1000, waiting: 1, seen: map[string]bool{}, corpus: &artifact.Corpus{}}
		route := artifact.Route{ID: "PATCH /x", Method: "PATCH", Template: "/x", BodyType: jsonType, BodySchema: raw}
		w := writing{f: f, route: route, method: "PUT", target: "/x", rules: bodyRules(route), text: "notes"}
		base, _ := f.sample(route, w.rules, "lri-abcdefghijkl", "acme")
		_, good := encode(jsonType, base)
		if word := w.rules.breaks(w.document(good)); word != "" {
			t.Fatalf("the good body %s breaks %s of %s", good, word, raw)
		}
		oracle := compile(raw)
		for _, s := range w.shots(base) {
			if bytes.Equal(s.request.Body, good) {
				t.Fatalf("%s in %s is the good body", s.c.Name, s.c.Place)
			}
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(s.request.Body))
			if s.c.Rule != "" && (err != nil || oracle.compiled.Validate(doc) == nil) {
				t.Fatalf("%s in %s is said to break %s, and is valid: %s", s.c.Name, s.c.Place, s.c.Rule, s.request.Body)
			}
		}
	})
}

// TestDdmin holds that what is left still fails and holds nothing to spare.
func TestDdmin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 40).Draw(t, "whole")
		needs := rapid.SampledFrom(whole).Draw(t, "needs")
		fails := func(part []int) bool { return slices.Contains(part, needs) }
		got := ddmin(whole, func(part []int) bool {
			if len(part) >= len(whole) {
				t.Fatalf("asked of %v, no proper part of %v", part, whole)
			}
			return fails(part)
		})
		if !fails(got) || len(got) != 1 {
			t.Fatalf("ddmin(%v) = %v, want the %d alone", whole, got, needs)
		}
	})
}

// FuzzCompile holds that no schema of a contract makes us fall over.
func FuzzCompile(f *testing.F) {
	f.Add([]byte(contract), []byte(`{"title":7}`))
	f.Add([]byte(`{"allOf":[{"$ref":"#"}],"pattern":"("}`), []byte(`null`))
	f.Add([]byte(`{"properties":{"a":{"enum":[{}],"minLength":1e9,"maxItems":-1}}}`), []byte(`[]`))
	f.Fuzz(func(t *testing.T, schema, value []byte) {
		r := compile(schema)
		if v, err := jsonschema.UnmarshalJSON(bytes.NewReader(value)); err == nil {
			_ = r.breaks(v)
		}
		for _, p := range properties(r.root) {
			if len(badValues(p)) == 0 {
				t.Errorf("no bad value of %v", p.schema)
			}
		}
		_, _ = badParams("x", r.root, true)
		if again := compile(schema); (again.compiled == nil) != (r.compiled == nil) {
			t.Error("compiling twice gives two answers")
		}
	})
}
