// Package anonymous judges reads without any credential.
package anonymous

import (
	_ "embed"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that no protected route answers without a login.
var Check = check.Check{
	ID: "authn/anonymous", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(artifact.Coverages), Wants: append(ruling.Wants(), artifact.Graphed), Judge: judge,
}

func judge(p *check.Pass) error {
	n, err := ruling.NobodyOf(p)
	if err != nil {
		return err
	}
	for _, a := range artifact.Coverages.Of(p).Routes {
		if n.Route(a.Route).Public != "" {
			continue // see authn/publiclist
		}
		if err := route(p, n, a); err != nil {
			return err
		}
	}
	if len(p.Findings()) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no protected route is known: name a contract, captures or resources in portal.yaml")
	}
	return nil
}

// route reports on one route: asked plainly, and as the other kind of client
// would ask, for some guards stand in front of one of them only.
func route(p *check.Pass, n *ruling.Nobody, a artifact.Asked) error {
	if a.Skipped.Reason != "" {
		p.Unproven(a.Route, a.Skipped.Reason, a.Skipped.Why)
		return nil
	}
	f := check.Finding{Subject: a.Route, Route: a.Route}
	var cases []ruling.Case
	for _, try := range []string{"A0", "A5 other accept"} {
		if _, asked := artifact.Find(a.Tries, try); !asked && try != "A0" {
			continue
		}
		c, err := n.Anonymous(a, try)
		if err != nil {
			return err
		}
		if c.Outcome == check.NotApplicable {
			f.Outcome, f.Message = c.Outcome, c.Message
			f.Exhibits = append(check.Show("owner", c.P.Ref), check.Show("anonymous", c.Try.Ref)...)
			p.Report(f)
			return nil
		}
		_, c.Kind, _ = strings.Cut(try, " ")
		cases = append(cases, c)
	}
	n.Tell(p, f, cases, func() string { return cases[0].Message })
	return nil
}
