package routes

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// typename is a query that any GraphQL endpoint answers and that changes nothing.
const typename = "{__typename}"

// graphql looks for a GraphQL endpoint at the usual places, and notes it as a
// route; its schema is another gatherer's work.
func (g *gathering) graphql(ctx context.Context) {
	who := []string{evidence.Anonymous}
	if names := g.names(); len(names) > 0 {
		who = append([]string{names[0]}, who...)
	}
	for _, path := range []string{"/graphql", "/api/graphql"} {
		if ctx.Err() != nil || matches(g.Portal.Routes.Never, "POST", path) {
			continue
		}
		for _, w := range who {
			if method := g.speaksGraphQL(ctx, path, w); method != "" {
				g.b.add(entry{Route: artifact.Route{
					Method: method, Template: path, Kind: "graphql", BodyType: "application/json",
					BodySample: marshal(map[string]string{"query": typename}),
				}}, fromGraphQL, w)
				break
			}
		}
	}
}

// speaksGraphQL returns the method by which a path answers GraphQL, or "".
func (g *gathering) speaksGraphQL(ctx context.Context, path, who string) string {
	get := g.Ask(ctx, gather.Ask{Name: "graphql", Who: who, Request: wire.Request{
		Method: "GET", URL: path + "?query=%7B__typename%7D", Header: []evidence.Field{{Name: "Accept", Value: "application/json"}},
	}})[0]
	if get.Answer == nil || get.Answer.Status == 404 || get.Answer.Status == 410 {
		return ""
	}
	if isGraphQL(get.Answer) {
		return "POST" // the method every endpoint takes; this one takes GET too
	}
	post := g.Ask(ctx, gather.Ask{Name: "graphql", Who: who, Request: wire.Request{
		Method: "POST", URL: path, Effect: portal.Look, Body: marshal(map[string]string{"query": typename}),
		Header: []evidence.Field{{Name: "Content-Type", Value: "application/json"}, {Name: "Accept", Value: "application/json"}},
	}})[0]
	if isGraphQL(post.Answer) {
		return "POST"
	}
	return ""
}

// isGraphQL reports an answer in the form of GraphQL: data with a __typename,
// or errors with a message and what only GraphQL puts beside it.
func isGraphQL(a *wire.Answer) bool {
	if a == nil {
		return false
	}
	var body struct {
		Data *struct {
			Typename string `json:"__typename"`
		} `json:"data"`
		Errors []struct {
			Message    string          `json:"message"`
			Locations  json.RawMessage `json:"locations"`
			Extensions json.RawMessage `json:"extensions"`
		} `json:"errors"`
	}
	if json.Unmarshal(a.Body, &body) != nil {
		return false
	}
	if body.Data != nil && body.Data.Typename != "" {
		return true
	}
	if len(body.Errors) == 0 || body.Errors[0].Message == "" {
		return false
	}
	first := body.Errors[0]
	return first.Locations != nil || first.Extensions != nil || strings.Contains(a.Header.Get("Content-Type"), "graphql")
}
