package openapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// dense is a document of n paths in block style, each with two operations and a schema that refers to the next.
func dense(n int) []byte {
	var b strings.Builder
	b.WriteString("openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths:\n")
	for i := range n {
		fmt.Fprintf(&b, "  /api/things%d/{id}:\n    get:\n      operationId: get%d\n      parameters:\n      - {name: id, in: path, required: true, schema: {type: string}}\n", i, i)
		fmt.Fprintf(&b, "      responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/T%d'}}}}}\n", i)
		fmt.Fprintf(&b, "    patch:\n      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/T%d'}}}}\n", i)
	}
	b.WriteString("components:\n  schemas:\n")
	for i := range n {
		fmt.Fprintf(&b, "    T%d:\n      type: object\n      properties:\n        next: {$ref: '#/components/schemas/T%d'}\n", i, (i+1)%n)
		for j := range 12 {
			fmt.Fprintf(&b, "        field%d: {type: string, description: some words}\n", j)
		}
	}
	return []byte(b.String())
}

func TestReadDense(t *testing.T) {
	t.Parallel()
	doc, problems := Read(t.Context(), dense(600))
	if len(doc.Operations) != 1200 || len(problems) > 0 {
		t.Errorf("%d operations, want 1200; problems: %s", len(doc.Operations), messages(problems))
	}
	small, problems := Read(t.Context(), []byte(strings.Replace(string(dense(1)), "T0'}}}}}", "none'}}}}}", 1)))
	if len(small.Operations) != 2 || len(problems) != 1 {
		t.Errorf("%d operations and %d problems, want 2 and 1: %s", len(small.Operations), len(problems), messages(problems))
	}
}

func BenchmarkRead(b *testing.B) {
	data := dense(600)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if doc, _ := Read(b.Context(), data); len(doc.Operations) != 1200 {
			b.Fatal("operations are missing")
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"openapi":"3.0.0","paths":{"/a/{id}":{"get":{"parameters":[{"$ref":"#/x"}],"responses":{"200":{"content":{"a/b":{"schema":{"$ref":"#"}}}}}}}}}`))
	f.Add([]byte("swagger: '2.0'\nbasePath: /v1\npaths:\n  /a:\n    post:\n      parameters: [{in: body, schema: {$ref: '#/definitions/a'}}]\n"))
	f.Add([]byte("a: &a [*a]\nopenapi: 3.2.0\npaths: {/a: {<<: *a, query: {security: [{}]}, additionalOperations: {LINK: {}}}}\n"))
	f.Add([]byte("openapi: 3.0.0\npaths:\n  /a: {get: {a: [}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, problems := Read(t.Context(), data, "http://portal.test")
		if doc == nil {
			t.Fatal("no document")
		}
		if len(doc.Operations) == 0 && len(problems) == 0 {
			t.Error("nothing was read and nothing was said")
		}
		for _, o := range doc.Operations {
			if o.Path == "" || o.Path[0] != '/' {
				t.Errorf("path %q", o.Path)
			}
			for _, c := range []*Content{o.Body, o.Response} {
				if c != nil && c.Schema != nil && !json.Valid(c.Schema) {
					t.Errorf("schema %q is not JSON", c.Schema)
				}
			}
		}
	})
}
