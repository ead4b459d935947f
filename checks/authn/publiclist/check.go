// Package publiclist judges what public routes show to anybody.
package publiclist

import (
	_ "embed"
	"fmt"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that what is public on purpose holds nobody's data.
var Check = check.Check{
	ID: "authn/publiclist", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(artifact.Coverages), Wants: append(ruling.Wants(), artifact.Exported), Judge: judge,
}

func judge(p *check.Pass) error {
	n, err := ruling.NobodyOf(p)
	if err != nil {
		return err
	}
	routes := artifact.Coverages.Of(p).Routes
	for _, a := range routes {
		r := n.Route(a.Route)
		switch {
		case r.Public == "":
			continue // see authn/anonymous
		case a.Skipped.Reason != "":
			if !bySignature(p, n, a.Route) {
				p.Unproven(a.Route, a.Skipped.Reason, a.Skipped.Why)
			}
			continue
		}
		c, err := n.Public(p, a)
		if err != nil {
			return err
		}
		n.Tell(p, check.Finding{Subject: a.Route, Route: a.Route}, []ruling.Case{c}, func() string {
			return c.Message + "; public: " + r.Public
		})
	}
	switch {
	case len(p.Findings()) > 0:
	case len(routes) == 0:
		p.Unproven(p.Check.ID, check.NotExamined, "no route is known: name a contract, captures or resources in portal.yaml")
	default:
		p.OK("routes.public", fmt.Sprintf("none of %d routes is public", len(routes)))
	}
	return nil
}

// bySignature reports a public route that links open which carry their own
// authority: it was seen to refuse one whose signature was damaged.
func bySignature(p *check.Pass, n *ruling.Nobody, route string) bool {
	exports, ok := artifact.Exported.Get(p)
	if !ok {
		return false
	}
	for _, l := range exports.Links {
		broken, err := n.Load(l.Broken)
		if l.Route != route || err != nil || broken.Unproven != "" {
			continue
		}
		if _, refused := n.Judge.Denied(route, broken.Ex); refused {
			p.Report(check.Finding{
				Outcome: check.NotApplicable, Subject: route, Route: route, Exhibits: check.Show("anonymous", l.Broken.Ref),
				Message: "opened by signed links alone: one with a damaged signature is refused; see authz/signedurl",
			})
			return true
		}
	}
	return false
}
