// Package exportswap judges exports, their jobs and downloads across tenants.
package exportswap

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that no stranger gets an owner's export, job or file.
var Check = check.Check{
	ID: "authz/exportswap", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(artifact.Exported), Wants: ruling.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	g, err := ruling.Of(p)
	if err != nil {
		return err
	}
	err = ruling.Routes(artifact.Exported.Of(p).Trials, func(t artifact.ExportTrial) string { return t.Route }, func(route string, of []artifact.ExportTrial) error {
		var cases []ruling.Case
		for _, t := range of {
			c, err := rule(g, t)
			if err != nil {
				return err
			}
			cases = append(cases, c...)
		}
		g.Fold(p, route, "is given", cases)
		return nil
	})
	if err == nil && len(p.Findings()) == 0 {
		g.None(p, "exports anything")
	}
	return err
}

// rule judges an export that names an object as a swap, and one of all that
// the caller has as a list.
func rule(g *ruling.Ground, t artifact.ExportTrial) ([]ruling.Case, error) {
	switch {
	case t.Skipped.Reason != "":
		c := ruling.Skipped(t.Route, t.Skipped)
		c.P = t.Submit
		return []ruling.Case{c}, nil
	case t.ID != "":
		return g.Swap(t.Swap)
	}
	list := artifact.ListTrial{Route: t.Route, Owner: t.Owner, Stranger: t.Stranger, Marker: t.Marker}
	for _, a := range t.Core {
		switch a.Name {
		case "P", "P2":
			list.P = append(list.P, a)
		case "X":
			list.Tries = append(list.Tries, a)
		case "A":
			list.Anon = a
		}
	}
	list.Tries = append(list.Tries, t.Variants...)
	return g.List(list)
}
