package input

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// What one GraphQL request is asked to bear: more than any page needs, and far
// less than would hurt.
const (
	deepDocument, shallowDocument = 40, 3
	manyFields, manyDocuments     = 500, 25
)

// Graph makes the transcript of costly GraphQL documents.
func Graph() gather.Gatherer {
	return gather.Gatherer{
		Name:    "graphlimits",
		Doc:     "asks GraphQL for deep, wide and many documents at once",
		Makes:   artifact.Limited.Name(),
		Needs:   []string{artifact.SignIns.Name(), artifact.Inventories.Name()},
		Wants:   []string{artifact.Baselines.Name(), artifact.Graphed.Name()},
		Effects: []portal.Effect{portal.Look},
		Budget:  func(*gather.Tools) int { return 20 },
		Gather:  func(ctx context.Context, t *gather.Tools) (any, error) { return limits(ctx, t), nil },
	}
}

func limits(ctx context.Context, t *gather.Tools) *artifact.GraphLimits {
	out := &artifact.GraphLimits{}
	known := gather.Made[artifact.Graph](t, artifact.Graphed)
	switch {
	case known == nil:
		return out
	case known.Endpoint == "":
		out.None = known.None
		return out
	}
	people := t.People()
	out.Route = "POST " + known.Endpoint
	if len(people) == 0 {
		out.Skipped = artifact.Skip{Reason: check.SessionDead, Why: "nobody is signed in"}
		return out
	}
	out.Who = people[0].Name
	types := typesOf(t, known)
	depth := artifact.GraphTrial{Name: "depth", Size: deepDocument}
	deep, ok := types.nest(deepDocument)
	switch {
	case len(types) == 0:
		depth.Try = artifact.Attempt{Name: "depth", Who: out.Who, Unproven: check.Undeclared, Why: "its types are not told, so no deep document can be written"}
	case !ok:
		depth.Bounded = "no type leads back to itself"
	default:
		shallow, _ := types.nest(shallowDocument)
		got := t.Ask(ctx, document("small", out.Who, known.Endpoint, query(shallow)), document("depth", out.Who, known.Endpoint, query(deep)))
		depth.Small, depth.Try = got[0].Attempt, got[1].Attempt
	}
	var wide strings.Builder
	for i := range manyFields {
		fmt.Fprintf(&wide, "a%d: __typename ", i)
	}
	batch := make([]map[string]string, manyDocuments)
	for i := range batch {
		batch[i] = query("{ __typename }")
	}
	got := t.Ask(ctx,
		document("aliases", out.Who, known.Endpoint, query("{ "+wide.String()+"}")),
		document("batch", out.Who, known.Endpoint, batch),
		document("introspection", evidence.Anonymous, known.Endpoint, query("{ __schema { types { name } } }")),
	)
	out.Trials = []artifact.GraphTrial{
		depth,
		{Name: "aliases", Size: manyFields, Try: got[0].Attempt},
		{Name: "batch", Size: manyDocuments, Try: got[1].Attempt},
		{Name: "introspection", Try: got[2].Attempt},
	}
	return out
}

func query(document string) map[string]string { return map[string]string{"query": document} }

// document asks one body; it holds no mutation, so it only looks.
func document(name, who, endpoint string, body any) gather.Ask {
	raw, err := json.Marshal(body)
	if err != nil {
		raw = []byte("{}")
	}
	return gather.Ask{Name: name, Who: who, Request: wire.Request{
		Method: "POST", URL: endpoint, Body: raw, Effect: portal.Look, Expect5xx: true,
		Header: []evidence.Field{{Name: "Content-Type", Value: jsonType}, {Name: "Accept", Value: jsonType}},
	}}
}

// graphTypes are the object types of a schema with their fields, by name; the
// query type goes by "".
type graphTypes map[string][]graphField

type graphField struct {
	name, of string
	list     bool
	id       string // the one required argument, when it is an id
	closed   bool   // it needs more than that
}

type graphRef struct {
	Kind   string    `json:"kind"`
	Name   string    `json:"name"`
	OfType *graphRef `json:"ofType"`
}

func (r *graphRef) named() (name string, list bool) {
	for ; r != nil; r = r.OfType {
		list = list || r.Kind == "LIST"
		name = either(r.Name, name)
	}
	return name, list
}

// typesOf reads the types from the answer to the introspection of this run.
func typesOf(t *gather.Tools, known *artifact.Graph) graphTypes {
	var said struct {
		Data struct {
			Schema struct {
				QueryType struct{ Name string }
				Types     []struct {
					Kind, Name string
					Fields     []struct {
						Name string
						Args []struct {
							Name         string
							DefaultValue *string
							Type         graphRef
						}
						Type graphRef
					}
				}
			} `json:"__schema"`
		}
	}
	out := graphTypes{}
	probe, ok := artifact.Find(known.Probes, "introspection")
	ex, err := t.Exchange(probe.Ref)
	if !ok || err != nil || ex == nil || json.Unmarshal(ex.Body(), &said) != nil {
		return out
	}
	for _, kind := range said.Data.Schema.Types {
		if kind.Kind != "OBJECT" || strings.HasPrefix(kind.Name, "__") {
			continue
		}
		name := kind.Name
		if name == said.Data.Schema.QueryType.Name {
			name = ""
		}
		for _, x := range kind.Fields {
			f := graphField{name: x.Name}
			f.of, f.list = x.Type.named()
			for _, a := range x.Args {
				switch {
				case a.Type.Kind != "NON_NULL" || a.DefaultValue != nil:
				case a.Type.OfType != nil && a.Type.OfType.Name == "ID" && f.id == "":
					f.id = a.Name
				default:
					f.closed = true
				}
			}
			out[name] = append(out[name], f)
		}
	}
	return out
}

// nest writes a document that goes round a cycle of types until it is that deep.
// It begins at an object that does not exist, so that nothing of it is read.
func (g graphTypes) nest(levels int) (string, bool) {
	for _, root := range g[""] {
		if root.id == "" || root.closed || root.list {
			continue
		}
		way, from := g.cycle(root.of, nil)
		if way == nil {
			continue
		}
		names := make([]string, 0, levels)
		for _, f := range way[:from] {
			names = append(names, f.name)
		}
		for len(names) < levels {
			for _, f := range way[from:] {
				names = append(names, f.name)
			}
		}
		return fmt.Sprintf("{ %s(%s: %q) { %s { __typename } %s } }", root.name, root.id, stranger,
			strings.Join(names, " { "), strings.TrimSpace(strings.Repeat("} ", len(names)-1))), true
	}
	return "", false
}

// cycle walks from a type until it comes back to one it was at. stops are the
// types on the way so far; from is where on the way the cycle begins.
func (g graphTypes) cycle(at string, way []graphField, stops ...string) (found []graphField, from int) {
	const longest = 12
	stops = append(stops[:len(stops):len(stops)], at)
	if len(stops) > longest {
		return nil, 0
	}
	for _, f := range g[at] {
		if f.id != "" || f.closed || g[f.of] == nil {
			continue
		}
		next := append(way[:len(way):len(way)], f)
		if i := slices.Index(stops, f.of); i >= 0 {
			return next, i
		}
		if found, from := g.cycle(f.of, next, stops...); found != nil {
			return found, from
		}
	}
	return nil, 0
}
