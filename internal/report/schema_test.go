package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/report"
	"github.com/launchready/launchready/internal/verdict"
)

func TestSchemaIsCurrent(t *testing.T) {
	t.Parallel()
	golden(t, filepath.Join("..", "..", "docs", "report.schema.json"), report.Schema())
}

func TestReportFitsItsSchema(t *testing.T) {
	t.Parallel()
	_, r := newSample(t)
	var schema map[string]any
	if err := json.Unmarshal(report.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		doc  any
		bad  string // in the complaint; "" when it fits
	}{
		{"a whole report", r, ""},
		{"nothing judged", verdict.Fold(verdict.Input{}), ""},
		{"an unknown verdict", &verdict.Report{Verdict: "perhaps", Rows: []verdict.Row{}, Findings: []verdict.Finding{}}, "/verdict"},
		{"an unknown reason", &verdict.Report{Verdict: verdict.Ready, Reasons: map[check.Reason]int{"bored": 1}}, "bored"},
		{"a property missing", map[string]any{"version": 1}, "without"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, err := json.Marshal(tt.doc)
			if err != nil {
				t.Fatal(err)
			}
			var v any
			if err := json.Unmarshal(b, &v); err != nil {
				t.Fatal(err)
			}
			got := strings.Join(fit(schema, schema, v, ""), "\n")
			if (got == "") != (tt.bad == "") || !strings.Contains(got, tt.bad) {
				t.Errorf("complaints %q, want %q", got, tt.bad)
			}
		})
	}
}

// fit says where v does not fit a schema, for the keywords Schema uses.
func fit(root, s map[string]any, v any, at string) []string {
	if ref, ok := s["$ref"].(string); ok {
		s = root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	if values, ok := s["enum"].([]any); ok && !slices.Contains(values, v) {
		return []string{fmt.Sprintf("%s is %v", at, v)}
	}
	var bad []string
	switch v := v.(type) {
	case map[string]any:
		bad = append(bad, typed(s, "object", at)...)
		required, _ := s["required"].([]any)
		for _, name := range required {
			if _, ok := v[name.(string)]; !ok {
				bad = append(bad, fmt.Sprintf("%s is without %s", at, name))
			}
		}
		properties, _ := s["properties"].(map[string]any)
		names, _ := s["propertyNames"].(map[string]any)
		for name, value := range v {
			if names != nil {
				bad = append(bad, fit(root, names, name, at+"/"+name)...)
			}
			if p, ok := properties[name].(map[string]any); ok {
				bad = append(bad, fit(root, p, value, at+"/"+name)...)
			} else if p, ok := s["additionalProperties"].(map[string]any); ok {
				bad = append(bad, fit(root, p, value, at+"/"+name)...)
			} else {
				bad = append(bad, at+" has an unknown "+name)
			}
		}
	case []any:
		bad = append(bad, typed(s, "array", at)...)
		for i, value := range v {
			bad = append(bad, fit(root, s["items"].(map[string]any), value, fmt.Sprint(at, "/", i))...)
		}
	case string:
		bad = append(bad, typed(s, "string", at)...)
	case float64:
		if s["type"] != "number" { // which holds integers too
			bad = append(bad, typed(s, "integer", at)...)
		}
	case bool:
		bad = append(bad, typed(s, "boolean", at)...)
	default:
		bad = append(bad, fmt.Sprintf("%s is %v", at, v))
	}
	return bad
}

func typed(s map[string]any, want, at string) []string {
	if got, ok := s["type"]; ok && got != want {
		return []string{fmt.Sprintf("%s is a %s, not a %s", at, want, got)}
	}
	return nil
}

// TestJSONIsTheReport reads back what was written.
func TestJSONIsTheReport(t *testing.T) {
	t.Parallel()
	_, r := newSample(t)
	var one, two bytes.Buffer
	if err := report.JSON(&one, r); err != nil {
		t.Fatal(err)
	}
	var back verdict.Report
	if err := json.Unmarshal(one.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if err := report.JSON(&two, &back); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("a report that was read is written differently")
	}
}
