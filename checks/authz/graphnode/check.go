// Package graphnode judges GraphQL queries for one tenant's objects by another tenant.
package graphnode

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

//go:embed doc.md
var doc string

// Check demands that no field of a GraphQL schema gives a stranger an owner's data.
var Check = check.Check{
	ID: "authz/graphnode", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(artifact.Graphed), Wants: ruling.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	g, err := ruling.Of(p)
	if err != nil {
		return err
	}
	graph := artifact.Graphed.Of(p)
	if err := g.Graphs(p, graph.Trials); err != nil || len(p.Findings()) > 0 {
		return err
	}
	var refs []evidence.Ref
	for _, a := range graph.Probes {
		refs = append(refs, a.Ref)
	}
	refs = refs[:min(len(refs), check.MaxExamples)]
	switch {
	case graph.None:
		p.NotApplicable(p.Check.ID, "no GraphQL is served: none of the usual places answers a query", refs...)
	case graph.Endpoint != "":
		p.Unproven(p.Check.ID, check.Undeclared, "GraphQL is served at "+graph.Endpoint+", but its schema is not told, so no field of it could be asked", refs...)
	default:
		p.Unproven(p.Check.ID, check.NotExamined, "whether GraphQL is served could not be found out", refs...)
	}
	return nil
}
