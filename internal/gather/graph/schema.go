package graph

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather"
)

// schema is what introspection tells (GraphQL October 2021 §4).
type schema struct {
	query string
	types map[string]typeDef
}

type typeDef struct {
	Kind          string     `json:"kind"`
	Name          string     `json:"name"`
	Fields        []fieldDef `json:"fields"`
	PossibleTypes []typeRef  `json:"possibleTypes"`
}

type fieldDef struct {
	Name string   `json:"name"`
	Args []argDef `json:"args"`
	Type typeRef  `json:"type"`
}

type argDef struct {
	Name         string  `json:"name"`
	Type         typeRef `json:"type"`
	DefaultValue *string `json:"defaultValue"`
}

type typeRef struct {
	Kind   string   `json:"kind"`
	Name   string   `json:"name"`
	OfType *typeRef `json:"ofType"`
}

// named strips lists and non-nulls.
func (r typeRef) named() typeRef {
	for r.OfType != nil {
		r = *r.OfType
	}
	return r
}

func (r typeRef) list() bool {
	for p := &r; p != nil; p = p.OfType {
		if p.Kind == "LIST" {
			return true
		}
	}
	return false
}

func (a argDef) required() bool { return a.Type.Kind == "NON_NULL" && a.DefaultValue == nil }

const introspection = `{ __schema { queryType { name } types { kind name
possibleTypes { kind name }
fields { name args { name defaultValue type { ...R } } type { ...R } } } } }
fragment R on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`

// introspect reads the schema; an endpoint that hides it gives an empty one,
// and the attempt says how it answered.
func introspect(ctx context.Context, t *gather.Tools, endpoint, who string) (schema, artifact.Attempt) {
	got := t.Ask(ctx, post("introspection", who, endpoint, introspection))[0]
	var said struct {
		Data struct {
			Schema struct {
				QueryType struct {
					Name string `json:"name"`
				} `json:"queryType"`
				Types []typeDef `json:"types"`
			} `json:"__schema"`
		} `json:"data"`
	}
	s := schema{types: map[string]typeDef{}}
	if got.Answer == nil || json.Unmarshal(got.Answer.Body, &said) != nil {
		return s, got.Attempt
	}
	s.query = said.Data.Schema.QueryType.Name
	for _, d := range said.Data.Schema.Types {
		s.types[d.Name] = d
	}
	return s, got.Attempt
}

// question is one field of the query type that can be asked.
type question struct {
	name    string
	arg     string // of the id; "" for a list
	noun    string // of what it returns; "" for node(id:)
	integer bool
	list    bool
	fields  string
}

// questions are the fields that take one id and return an object, and the
// lists that need no argument, at most n.
func (s schema) questions(n int) []question {
	var out []question
	for _, f := range s.types[s.query].Fields {
		q, ok := s.question(f)
		if ok && len(out) < n {
			out = append(out, q)
		}
	}
	return out
}

func (s schema) question(f fieldDef) (question, bool) {
	kind := s.types[f.Type.named().Name]
	if strings.HasPrefix(f.Name, "__") || (kind.Kind != "OBJECT" && kind.Kind != "INTERFACE" && kind.Kind != "UNION") {
		return question{}, false
	}
	q := question{name: f.Name, noun: strings.ToLower(kind.Name), fields: s.selection(kind, 2)}
	if kind.Kind != "OBJECT" {
		q.noun = ""
	}
	for _, a := range f.Args {
		switch {
		case q.arg == "" && isID(a):
			q.arg, q.integer = a.Name, a.Type.named().Name == "Int"
		case a.required():
			return question{}, false
		}
	}
	if q.arg != "" && !f.Type.list() {
		return q, true
	}
	q.list = f.Type.list() || connection(kind)
	for _, a := range f.Args {
		if a.required() {
			return question{}, false
		}
	}
	q.arg = ""
	return q, q.list
}

// isID tells an argument that names one object.
func isID(a argDef) bool {
	kind := a.Type.named().Name
	name := strings.ToLower(a.Name)
	return kind == "ID" || ((kind == "String" || kind == "Int") && (name == "id" || strings.HasSuffix(a.Name, "Id") || name == "uuid" || name == "slug" || name == "number"))
}

func connection(d typeDef) bool {
	for _, f := range d.Fields {
		if f.Name == "edges" || f.Name == "nodes" || f.Name == "items" {
			return true
		}
	}
	return false
}

// maxSelected bounds the fields of one selection.
const maxSelected = 30

// selection asks for every scalar, and for those of objects down to depth.
func (s schema) selection(d typeDef, depth int) string {
	var b strings.Builder
	b.WriteString("__typename")
	for i, f := range d.Fields {
		if i == maxSelected || len(f.Args) > 0 && anyRequired(f.Args) {
			continue
		}
		kind := s.types[f.Type.named().Name]
		switch kind.Kind {
		case "SCALAR", "ENUM", "":
			b.WriteString(" " + f.Name)
		case "OBJECT":
			if depth > 1 {
				b.WriteString(" " + f.Name + " { " + s.selection(kind, depth-1) + " }")
			}
		}
	}
	if d.Kind == "INTERFACE" || d.Kind == "UNION" {
		for _, p := range d.PossibleTypes {
			b.WriteString(" ... on " + p.Name + " { " + s.scalars(s.types[p.Name]) + " }")
		}
	}
	return b.String()
}

// scalars asks for every scalar of a possible type under a name of its own:
// fields of one name must agree in shape across fragments (§5.3.2).
func (s schema) scalars(d typeDef) string {
	var b strings.Builder
	for _, f := range d.Fields {
		if kind := s.types[f.Type.named().Name].Kind; kind != "SCALAR" && kind != "ENUM" || anyRequired(f.Args) {
			continue
		}
		b.WriteString(" " + d.Name + "_" + f.Name + ": " + f.Name)
	}
	return b.String()
}

func anyRequired(args []argDef) bool {
	for _, a := range args {
		if a.required() {
			return true
		}
	}
	return false
}

// ask is the query for one id, or for the list.
func (q question) ask(id string) string { return "{ " + q.call(id) + " }" }

// aliased asks for two ids at once: a guard may look at the first alone.
func (q question) aliased(own, foreign string) string {
	return "{ a: " + q.call(own) + " b: " + q.call(foreign) + " }"
}

func (q question) call(id string) string {
	if q.arg == "" {
		return q.name + " { " + q.fields + " }"
	}
	value := id
	if !q.integer {
		quoted, _ := json.Marshal(id)
		value = string(quoted)
	}
	return q.name + "(" + q.arg + ": " + value + ") { " + q.fields + " }"
}

// answered reports whether the field came back with an object.
func (q question) answered(body []byte) bool {
	var said struct {
		Data map[string]json.RawMessage `json:"data"`
	}
	if json.Unmarshal(body, &said) != nil {
		return false
	}
	v := said.Data[q.name]
	return len(v) > 0 && string(v) != "null"
}
