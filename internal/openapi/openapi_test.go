package openapi

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// names returns "METHOD path" of every operation.
func names(d *Doc) []string {
	var out []string
	for _, o := range d.Operations {
		out = append(out, o.Method+" "+o.Origin+o.Path)
	}
	return out
}

func messages(problems []Problem) string {
	var out []string
	for _, p := range problems {
		out = append(out, p.String())
	}
	return strings.Join(out, "\n")
}

func TestReadPlaces(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, doc string
		want      []string
		unplaced  bool
		foreign   []Server
	}{
		{"no servers", `{"openapi":"3.0.0","paths":{"/a":{"get":{}}}}`, []string{"GET /a"}, false, nil},
		{"relative server", `{"openapi":"3.1.0","servers":[{"url":"/api/v1/"}],"paths":{"/a":{"get":{}}}}`, []string{"GET /api/v1/a"}, false, nil},
		{"own origin", `{"openapi":"3.1.0","servers":[{"url":"http://portal.test:80/v2"}],"paths":{"/a":{"get":{}}}}`, []string{"GET /v2/a"}, false, nil},
		{"further origin", `{"openapi":"3.1.0","servers":[{"url":"https://api.test/v2"}],"paths":{"/a":{"get":{}}}}`, []string{"GET https://api.test/v2/a"}, false, nil},
		{
			"foreign server", `{"openapi":"3.1.0","servers":[{"url":"https://elsewhere.test/v3"}],"paths":{"/a":{"get":{}}}}`,
			[]string{"GET /a"},
			true,
			[]Server{{"https://elsewhere.test/v3", "/v3"}},
		},
		{
			"foreign beside own", `{"openapi":"3.1.0","servers":[{"url":"https://elsewhere.test"},{"url":"/v1"}],"paths":{"/a":{"get":{}}}}`,
			[]string{"GET /v1/a"},
			false,
			[]Server{{"https://elsewhere.test", ""}},
		},
		{
			"server variables", `{"openapi":"3.1.0","servers":[{"url":"/{base}","variables":{"base":{"default":"x"}}}],"paths":{"/a":{"get":{}}}}`,
			[]string{"GET /x/a"},
			false, nil,
		},
		{"swagger base path", `{"swagger":"2.0","basePath":"/v1","paths":{"/a":{"get":{}}}}`, []string{"GET /v1/a"}, false, nil},
		{"swagger own host", `{"swagger":"2.0","host":"portal.test","basePath":"/v1","paths":{"/a":{"get":{}}}}`, []string{"GET /v1/a"}, false, nil},
		{
			"swagger foreign host", `{"swagger":"2.0","host":"elsewhere.test","schemes":["https"],"basePath":"/v1","paths":{"/a":{"get":{}}}}`,
			[]string{"GET /a"},
			true,
			[]Server{{"https://elsewhere.test/v1", "/v1"}},
		},
		{"server of a path", `{"openapi":"3.0.0","paths":{"/a":{"servers":[{"url":"/p"}],"get":{}},"/b":{"get":{}}}}`, []string{"GET /p/a", "GET /b"}, false, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc, _ := Read(t.Context(), []byte(tt.doc), "http://portal.test", "https://api.test")
			if diff := cmp.Diff(tt.want, names(doc)); diff != "" {
				t.Errorf("operations (-want +got):\n%s", diff)
			}
			if got := doc.Operations[0].Unplaced; got != tt.unplaced {
				t.Errorf("unplaced = %t, want %t", got, tt.unplaced)
			}
			if diff := cmp.Diff(tt.foreign, doc.Foreign); diff != "" {
				t.Errorf("foreign servers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadOperation(t *testing.T) {
	t.Parallel()
	const doc = `
openapi: 3.1.0
info: {title: Portal, version: "1"}
security: [{session: []}]
paths:
  /invoices/{invoiceId}:
    parameters:
      - {name: invoiceId, in: path, required: true, schema: {type: string, format: uuid}, example: 8a1b}
    get:
      operationId: getInvoice
      tags: [billing]
      x-roles: [admin, owner]
      parameters:
        - {name: expand, in: query, schema: {type: array, items: {type: string, enum: [lines, client]}}}
        - $ref: '#/components/parameters/Lang'
      responses:
        "404": {description: no}
        "200":
          description: yes
          content:
            text/html: {schema: {type: string}}
            application/json:
              schema: {$ref: '#/components/schemas/Invoice'}
          links:
            client: {operationId: getClient, parameters: {clientId: $response.body#/client/id}}
    patch:
      security: [{oauth: [invoices:write]}, {}]
      deprecated: true
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Invoice'}
            examples: {one: {value: {memo: hello}}}
  /login:
    post: {security: []}
components:
  parameters:
    Lang: {name: Accept-Language, in: header, schema: {type: [string, "null"], default: en}}
  schemas:
    Invoice:
      description: for people
      type: object
      properties:
        description: {type: string}
        parent: {$ref: '#/components/schemas/Invoice'}
        client: {$ref: '#/components/schemas/Client'}
    Client: {type: object, properties: {id: {type: integer}}}
`
	got, problems := Read(t.Context(), []byte(doc))
	if len(problems) > 0 {
		t.Errorf("problems: %s", messages(problems))
	}
	schema := json.RawMessage(`{"type":"object","properties":{"description":{"type":"string"},"parent":{},"client":{"type":"object","properties":{"id":{"type":"integer"}}}}}`)
	id := Param{Name: "invoiceId", In: "path", Type: "string", Format: "uuid", Required: true, Example: "8a1b"}
	want := &Doc{Version: "3.1.0", Title: "Portal", Operations: []Operation{
		{
			Method: "GET", Path: "/invoices/{invoiceId}", ID: "getInvoice", Tags: []string{"billing"}, Secured: true, Roles: []string{"admin", "owner"},
			Params: []Param{
				id,
				{Name: "expand", In: "query", Type: "array", Enum: []string{"lines", "client"}},
				{Name: "Accept-Language", In: "header", Type: "string", Example: "en"},
			},
			Response: &Content{Type: "application/json", Schema: schema},
			Links:    []Link{{To: "getClient", Param: "clientId", From: "/client/id"}},
		},
		{
			Method: "PATCH", Path: "/invoices/{invoiceId}", Params: []Param{id}, Deprecated: true,
			OptionalAuth: true, Scopes: []string{"invoices:write"},
			Body: &Content{Type: "application/json", Schema: schema, Example: json.RawMessage(`{"memo":"hello"}`)},
		},
		{Method: "POST", Path: "/login", Public: true},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
}

func TestReadSwagger(t *testing.T) {
	t.Parallel()
	const doc = `{"swagger":"2.0","consumes":["application/json"],"produces":["application/json"],"paths":{
		"/notes":{"post":{"parameters":[{"name":"note","in":"body","schema":{"$ref":"#/definitions/Note"}}],"responses":{"201":{"schema":{"$ref":"#/definitions/Note"}}}},
		         "get":{"parameters":[{"name":"page","in":"query","type":"integer","default":1}],"produces":["text/csv"],"responses":{"200":{"description":"x"}}}},
		"/files":{"post":{"parameters":[{"name":"file","in":"formData","type":"file","required":true},{"name":"label","in":"formData","type":"string"}]}}},
		"definitions":{"Note":{"type":"object","properties":{"text":{"type":"string"}},"example":{"text":"hi"}}}}`
	got, problems := Read(t.Context(), []byte(doc))
	if len(problems) > 0 {
		t.Errorf("problems: %s", messages(problems))
	}
	note := json.RawMessage(`{"type":"object","properties":{"text":{"type":"string"}},"example":{"text":"hi"}}`)
	example := json.RawMessage(`{"text":"hi"}`)
	want := []Operation{
		{
			Method: "GET", Path: "/notes", Params: []Param{{Name: "page", In: "query", Type: "integer", Example: "1"}},
			Response: &Content{Type: "text/csv"},
		},
		{
			Method: "POST", Path: "/notes", Body: &Content{Type: "application/json", Schema: note, Example: example},
			Response: &Content{Type: "application/json", Schema: note},
		},
		{Method: "POST", Path: "/files", Body: &Content{Type: "multipart/form-data", Schema: json.RawMessage(
			`{"type":"object","properties":{"file":{"name":"file","in":"formData","type":"file","required":true},"label":{"name":"label","in":"formData","type":"string"}},"required":["file"]}`)}},
	}
	if diff := cmp.Diff(want, got.Operations); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

func TestReadDamaged(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, doc string
		want      []string
		says      string
	}{
		{"empty", " \n", nil, "empty"},
		{"HTML instead", "<!doctype html><html></html>", nil, "HTML"},
		{"another document", `{"name":"x"}`, nil, "not an OpenAPI document"},
		{"a scalar", "hello", nil, "not an OpenAPI document"},
		{"paths is a list", "openapi: 3.0.0\npaths: [1]", nil, "paths is not an object"},
		{"no paths", "openapi: 3.0.0\n", nil, "no paths"},
		{"operation is text", "openapi: 3.0.0\npaths: {/a: {get: oops}, /b: {get: {}}}", []string{"GET /b"}, "GET /a: the operation is not an object"},
		{"path item is a number", "openapi: 3.0.0\npaths: {/a: 7, /b: {get: {}}}", []string{"GET /b"}, "/a: the path item"},
		{"parameters is a number", "openapi: 3.0.0\npaths: {'/b/{id}': {get: {parameters: 7, responses: []}}}", []string{"GET /b/{id}"}, "parameters is not a list"},
		{"dangling references", `{"openapi":"3.0.0","paths":{"/a":{"get":{"parameters":[{"$ref":"#/components/x"}],"responses":{"200":{"$ref":"#/gone"}}}},"/b":{"$ref":"#/lost"}}}`, []string{"GET /a"}, `"#/lost" points at nothing`},
		{"reference to a file", "openapi: 3.0.0\npaths: {/a: {$ref: other.yaml}, /b: {get: {}}}", []string{"GET /b"}, "leaves the document"},
		{"reference cycle", `{"openapi":"3.0.0","paths":{"/a":{"$ref":"#/paths/~1b"},"/b":{"$ref":"#/paths/~1a"},"/c":{"get":{}}}}`, []string{"GET /c"}, "cycle"},
		{"cut off", `{"openapi":"3.0.0","paths":{"/a":{"get":{"operationId":"a"}},"/b":{"get":{"oper`, []string{"GET /a", "GET /b"}, "damaged JSON"},
		{"one bad YAML entry", "openapi: 3.0.0\npaths:\n  /a:\n    get: {}\n  /b:\n    get: {a: [}\n  /c:\n    get: {}\n", []string{"GET /a", "GET /c"}, `left out "/b:"`},
		{"braces", "openapi: 3.0.0\npaths: {'/a/{id': {get: {}}, /b: {get: {}}}", []string{"GET /b"}, "braces"},
		{"twice", `{"openapi":"3.0.0","servers":[{"url":"/v1"}],"paths":{"/a":{"get":{}},"/a?x=1":{"get":{}}}}`, []string{"GET /v1/a"}, "twice"},
		{"merge keys", "x-base: &b {get: {operationId: x}}\nopenapi: 3.0.0\npaths:\n  /a:\n    <<: *b\n", []string{"GET /a"}, ""},
		{"alias within itself", "openapi: 3.0.0\npaths: &p\n  /a: {get: {}}\n  /b: *p\n", []string{"GET /a"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc, problems := Read(t.Context(), []byte(tt.doc))
			if diff := cmp.Diff(tt.want, names(doc)); diff != "" {
				t.Errorf("operations (-want +got):\n%s\nproblems: %s", diff, messages(problems))
			}
			if got := messages(problems); !strings.Contains(got, tt.says) || (tt.says == "") != (got == "") {
				t.Errorf("problems %q, want %q in them", got, tt.says)
			}
		})
	}
}

func TestReadHostile(t *testing.T) {
	t.Parallel()
	laughs := "a0: &a0 {type: object, properties: {x: {type: string}}}\n"
	for i := 1; i < 30; i++ {
		laughs += fmt.Sprintf("a%d: &a%d {type: object, properties: {p: *a%d, q: *a%d, r: *a%d}}\n", i, i, i-1, i-1, i-1)
	}
	laughs += "openapi: 3.0.0\npaths: {/a: {get: {responses: {'200': {content: {application/json: {schema: *a29}}}}}}}\n"
	web := `{"openapi":"3.0.0","paths":{"/a":{"get":{"responses":{"200":{"content":{"application/json":{"schema":{"$ref":"#/s/s0"}}}}}}}},"s":{`
	for i := range 200 {
		web += fmt.Sprintf(`"s%d":{"anyOf":[{"$ref":"#/s/s%d"},{"$ref":"#/s/s%d"},{"$ref":"#/s/s%d"}]},`, i, (i+1)%200, (i+7)%200, (i+13)%200)
	}
	web += `"end":{}}}`
	for _, tt := range []struct{ name, doc string }{
		{"exponential aliases", laughs},
		{"web of references", web},
		{"deep JSON", `{"x":` + strings.Repeat(`{"a":[`, 4000) + strings.Repeat(`]}`, 4000) + `,"openapi":"3.0.0","paths":{"/a":{"get":{}}}}`},
		{"deep YAML", "openapi: 3.0.0\npaths: {/a: {get: {}}}\nx: " + strings.Repeat("[", 3000) + strings.Repeat("]", 3000) + "\n"},
		{"many names", `{"openapi":"3.0.0","paths":{"/a":{"get":{}}},"x":{` + strings.Repeat(`"description":1,`, 200_000) + `"z":1}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc, problems := Read(t.Context(), []byte(tt.doc))
			if diff := cmp.Diff([]string{"GET /a"}, names(doc)); diff != "" {
				t.Fatalf("operations (-want +got):\n%s\n%s", diff, messages(problems))
			}
			if r := doc.Operations[0].Response; r != nil && (len(r.Schema) > 2<<20 || !json.Valid(r.Schema)) {
				t.Errorf("the schema has %d bytes, valid: %t", len(r.Schema), json.Valid(r.Schema))
			}
		})
	}
}

func TestReadStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	doc, problems := Read(ctx, []byte(`{"openapi":"3.0.0","paths":{"/a":{"get":{}}}}`))
	if len(doc.Operations) != 0 || !strings.Contains(messages(problems), "reading stopped") {
		t.Errorf("got %v, %s; want no operation and a note that reading stopped", names(doc), messages(problems))
	}
}

func TestSecured(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, security string
		want           map[string]bool
	}{
		{"nobody was ever exempted", "get: {}\n    post: {security: [{key: []}]}", map[string]bool{"GET": false, "POST": true}},
		{"one operation is exempted", "get: {}\n    post: {security: []}", map[string]bool{"GET": true, "POST": false}},
		{"one operation may be called by anybody", "get: {}\n    post: {security: [{key: []}, {}]}", map[string]bool{"GET": true, "POST": false}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc, problems := Read(t.Context(), []byte("swagger: '2.0'\nsecurity: [{key: []}, {basic: []}]\npaths:\n  /version:\n    "+tt.security+"\n"))
			got := map[string]bool{}
			for _, o := range doc.Operations {
				got[o.Method] = o.Secured
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("secured (-want +got):\n%s\n%s", diff, messages(problems))
			}
		})
	}
}
