package lab

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

//go:embed schema.graphql
var graphSDL string

// maxGraphDepth bounds what one document may nest, fragments included.
const maxGraphDepth = 20

var graphSchema = gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphql", Input: graphSDL})

func (w *World) graphRoutes() []route {
	answered := object("data", schema{"type": "object"}, "errors", schema{"type": "array", "items": schema{"type": "object"}})
	return []route{
		{
			method: http.MethodGet, path: "/graphql", name: "graphQuery", summary: "GraphQL queries", status: 200, returns: answered,
			query: []param{{name: "query", doc: "a GraphQL document without mutations", example: "{ me { id name email } }"}, {name: "variables", doc: "a JSON object"}},
			serve: (*call).graphGet,
		},
		{
			method: http.MethodPost, path: "/graphql", name: "graphDocument", summary: "GraphQL queries and mutations", status: 200, returns: answered,
			body: required(object("query", text("{ me { id name email } }"), "variables", schema{"type": "object"}, "operationName", schema{"type": "string"}), "query"), serve: (*call).graphPost,
		},
	}
}

type graphRequest struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
}

func (c *call) graphGet() answer {
	query := c.r.URL.Query()
	request := graphRequest{Query: query.Get("query"), OperationName: query.Get("operationName")}
	if v := query.Get("variables"); v != "" && json.Unmarshal([]byte(v), &request.Variables) != nil {
		return graphFault("variables must be a JSON object")
	}
	return c.graph(request)
}

func (c *call) graphPost() answer {
	if c.w.flaw("graph-batch") && strings.HasPrefix(strings.TrimSpace(string(c.body)), "[") {
		return c.graphBatch()
	}
	var request graphRequest
	if err := json.Unmarshal(c.body, &request); err != nil {
		return refuse(http.StatusBadRequest, "malformed", "The body must be a JSON object.")
	}
	return c.graph(request)
}

// graphBatch answers several documents at once.
func (c *call) graphBatch() answer {
	var requests []graphRequest
	if err := json.Unmarshal(c.body, &requests); err != nil {
		return refuse(http.StatusBadRequest, "malformed", "The body must be a list of JSON objects.")
	}
	answers := make([]any, len(requests))
	for i, request := range requests {
		answers[i] = c.graph(request).body
	}
	return ok(answers)
}

func graphFault(message string) answer {
	return answer{status: http.StatusBadRequest, body: map[string]any{"errors": []any{map[string]any{"message": message}}}}
}

func (c *call) graph(request graphRequest) answer {
	if why := c.w.tooMuch(request.Query); why != "" {
		return graphFault(why)
	}
	document, faults := gqlparser.LoadQueryWithRules(graphSchema, request.Query, rules.NewDefaultRules())
	if faults != nil {
		return graphFault(faults[0].Message)
	}
	operation := document.Operations.ForName(request.OperationName)
	if operation == nil {
		return graphFault("no such operation")
	}
	x := &execution{call: c, variables: request.Variables}
	root := graphObject{"Query", x.query}
	if operation.Operation == ast.Mutation {
		if c.r.Method == http.MethodGet {
			return graphFault("mutations must be sent by POST")
		}
		root = graphObject{"Mutation", x.mutation}
	}
	body := map[string]any{"data": x.object(operation.SelectionSet, root, nil)}
	if x.errors != nil {
		body["errors"] = x.errors
	}
	return ok(body)
}

// graphObject is a value with fields: its type's name and a way to read a field.
type graphObject struct {
	kind string
	read func(field string, args map[string]any) any
}

// execution runs one operation.
type execution struct {
	call      *call
	variables map[string]any
	errors    []any
}

// object resolves a selection on one object.
func (x *execution) object(set ast.SelectionSet, of graphObject, path []any) map[string]any {
	found := map[string]any{}
	if len(path) > maxGraphDepth {
		return found
	}
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			at := append(slices.Clip(path), s.Alias)
			if s.Name == "__typename" {
				found[s.Alias] = of.kind
				continue
			}
			value := of.read(s.Name, s.ArgumentMap(x.variables))
			if fault, is := value.(error); is {
				x.errors = append(x.errors, map[string]any{"message": fault.Error(), "path": at})
				value = nil
			}
			found[s.Alias] = x.value(s.SelectionSet, value, at)
		case *ast.InlineFragment:
			x.merge(found, s.TypeCondition, s.SelectionSet, of, path)
		case *ast.FragmentSpread:
			x.merge(found, s.Definition.TypeCondition, s.Definition.SelectionSet, of, path)
		}
	}
	return found
}

func (x *execution) merge(into map[string]any, condition string, set ast.SelectionSet, of graphObject, path []any) {
	definition := graphSchema.Types[of.kind]
	if condition != "" && condition != of.kind && !slices.Contains(definition.Interfaces, condition) {
		return
	}
	for name, value := range x.object(set, of, path) {
		into[name] = value
	}
}

func (x *execution) value(set ast.SelectionSet, value any, path []any) any {
	switch v := value.(type) {
	case graphObject:
		return x.object(set, v, path)
	case []graphObject:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = x.object(set, item, append(slices.Clip(path), i))
		}
		return items
	}
	return value
}

// query reads the fields of Query.
func (x *execution) query(field string, args map[string]any) any {
	c := x.call
	id := fmt.Sprint(args["id"])
	switch field {
	case "__schema":
		return introspectSchema()
	case "__type":
		return introspectNamed(fmt.Sprint(args["name"]))
	case "me":
		profile := c.profile()
		return graphObject{"Profile", func(field string, _ map[string]any) any { return profile[field] }}
	case "node":
		return x.node(id)
	}
	if res := c.w.kinds[field]; res != nil {
		items := []graphObject{}
		for _, r := range c.w.shelf(field).of(c.who.tenant) {
			items = append(items, x.row(r))
		}
		return items
	}
	return x.find(field+"s", id, c.w.flaw("graphnode-field") && field == "invoice")
}

// find is an object of the caller's tenant by id; a defect looks in every tenant.
func (x *execution) find(kind, id string, everywhere bool) any {
	tenant := x.call.who.tenant
	if everywhere {
		tenant = ""
	}
	if found := x.call.w.shelf(kind).find(id, tenant); found != nil {
		return x.row(found)
	}
	return fmt.Errorf("there is no such record")
}

func (x *execution) node(id string) any {
	everywhere := x.call.w.flaw("graphnode")
	if kind, rest, typed := strings.Cut(id, ":"); typed {
		return x.find(strings.ToLower(kind)+"s", rest, everywhere)
	}
	for _, kind := range []string{"clients", "documents", "projects"} {
		if object, is := x.find(kind, id, everywhere).(graphObject); is {
			return object
		}
	}
	return fmt.Errorf("there is no such record")
}

// row is a stored object as GraphQL sees it.
func (x *execution) row(r *row) graphObject {
	return graphObject{title(r.kind.one), func(field string, _ map[string]any) any {
		switch field {
		case "id":
			return r.id
		case "label":
			return r.text(r.kind.title)
		case "client", "project":
			return x.find(field+"s", r.text(field+"Id"), false)
		}
		return r.values[field]
	}}
}
