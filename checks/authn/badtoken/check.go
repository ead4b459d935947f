// Package badtoken judges reads with credentials that nobody issued.
package badtoken

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that an invalid credential opens nothing.
var Check = check.Check{
	ID: "authn/badtoken", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(artifact.Coverages), Wants: append(ruling.Wants(), artifact.Graphed), Judge: judge,
}

func judge(p *check.Pass) error {
	n, err := ruling.NobodyOf(p)
	if err != nil {
		return err
	}
	for _, a := range artifact.Coverages.Of(p).Routes {
		if n.Route(a.Route).Public != "" {
			continue // anybody may ask, with whatever they like
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

func route(p *check.Pass, n *ruling.Nobody, a artifact.Asked) error {
	f := check.Finding{Subject: a.Route, Route: a.Route}
	if a.Skipped.Reason != "" {
		p.Unproven(a.Route, a.Skipped.Reason, a.Skipped.Why)
		return nil
	}
	none, err := n.Anonymous(a, "A0")
	if err != nil {
		return err
	}
	switch none.Outcome {
	case check.Fail:
		f.Outcome, f.Message = check.NotApplicable, "open without any credential, so that a bad one adds nothing: see authn/anonymous"
	case check.NotApplicable:
		f.Outcome, f.Message = none.Outcome, none.Message
	}
	if f.Outcome != "" {
		f.Exhibits = append(check.Show("owner", none.P.Ref), check.Show("anonymous", none.Try.Ref)...)
		p.Report(f)
		return nil
	}
	cases, err := tries(n, a)
	if err != nil {
		return err
	}
	n.Tell(p, f, cases, func() string {
		return fmt.Sprintf("%d invalid credentials open nothing: %s", len(cases), cases[0].Message)
	})
	return nil
}

// tries rules on A1 to A4: garbage, empty, another scheme, a foreign signature.
func tries(n *ruling.Nobody, a artifact.Asked) ([]ruling.Case, error) {
	var cases []ruling.Case
	for _, try := range a.Tries {
		kind, what, _ := strings.Cut(try.Name, " ")
		if kind < "A1" || kind > "A4" {
			continue
		}
		c, err := n.Anonymous(a, try.Name)
		if err != nil {
			return nil, err
		}
		c.Kind = what
		cases = append(cases, c)
	}
	return cases, nil
}
