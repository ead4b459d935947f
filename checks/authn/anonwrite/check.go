// Package anonwrite judges writes without a login.
package anonwrite

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

//go:embed doc.md
var doc string

// Check demands that nothing can be changed without a login.
var Check = check.Check{
	ID: "authn/anonwrite", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(artifact.AnonWrites), Wants: ruling.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	n, err := ruling.NobodyOf(p)
	if err != nil {
		return err
	}
	writes := artifact.AnonWrites.Of(p)
	for _, r := range artifact.Inventories.Of(p).Routes {
		if r.Safe() || r.Public != "" || r.Kind == "login" || r.Kind == "logout" || r.Kind == "graphql" {
			continue
		}
		if err := route(p, n, r, writes); err != nil {
			return err
		}
	}
	if len(p.Findings()) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no protected write route is known: name a contract, captures or resources in portal.yaml")
	}
	return nil
}

// route folds what was written and what was asked on one route: what the
// owner's re-read decided stands; without it, every refusal must be for the
// missing login.
func route(p *check.Pass, n *ruling.Nobody, r artifact.Route, writes *artifact.WriteTrials) error {
	f := check.Finding{Subject: r.ID, Route: r.ID, Outcome: check.Unproven, Reason: check.NotExamined, Message: "it was not asked without a login"}
	var changes []ruling.Change
	for _, t := range writes.Trials {
		if t.Route != r.ID || t.Class != "anonwrite" {
			continue
		}
		c, err := n.Write(t)
		if err != nil {
			return err
		}
		changes = append(changes, c)
	}
	if len(changes) > 0 {
		f = n.FoldChanges(r.ID, "changes", changes)
	}
	if f.Outcome != check.Unproven {
		p.Report(f)
		return nil
	}
	asked, skip, err := orders(n, r, writes)
	switch {
	case err != nil:
		return err
	case len(asked) > 0:
		n.Tell(p, check.Finding{Subject: r.ID, Route: r.ID}, asked, func() string {
			return fmt.Sprintf("refused for the missing login, asked in %d ways with what cannot be accepted: %s", len(asked), asked[0].Message)
		})
	case len(changes) == 0 && skip.Reason != "":
		p.Unproven(r.ID, skip.Reason, skip.Why)
	default:
		p.Report(f)
	}
	return nil
}

// orders rules on the bodies that no handler can accept.
func orders(n *ruling.Nobody, r artifact.Route, writes *artifact.WriteTrials) (cases []ruling.Case, skip artifact.Skip, err error) {
	for _, a := range writes.Orders {
		if a.Route != r.ID {
			continue
		}
		if a.Skipped.Reason != "" {
			skip = a.Skipped
		}
		refused := false // plainly
		for _, try := range a.Tries {
			answer, err := n.Load(try)
			if err != nil {
				return nil, skip, err
			}
			c := ruling.Case{Route: r.ID, Stranger: evidence.Anonymous, Try: try, Ruling: rule(n, r.ID, answer, refused)}
			if _, c.Kind, _ = strings.Cut(try.Name, " "); try.Name == "A0 invalid" {
				c.Kind, refused = "", c.Outcome == check.OK
			}
			cases = append(cases, c)
		}
	}
	return cases, skip, nil
}

// rule says whether the caller was refused. refused says that one without any
// credential was: then an invalid credential may well be refused in another way.
func rule(n *ruling.Nobody, route string, a marker.Answer, refused bool) marker.Ruling {
	undecided := func(reason check.Reason, format string, args ...any) marker.Ruling {
		return marker.Ruling{Outcome: check.Unproven, Reason: reason, Message: fmt.Sprintf(format, args...)}
	}
	v := normal.Of(a.Ex, normal.Mask{})
	kind, unwelcome := n.Unwelcome(route, v)
	switch {
	case a.Unproven != "":
		return undecided(a.Unproven, "%s", a.Why)
	case v.Status == 0:
		return undecided(check.NotExamined, "it was not answered")
	case unwelcome, refused && v.Class() == 4:
		return marker.Ruling{Outcome: check.OK, Message: fmt.Sprintf("refused (status %d, %s)", v.Status, kind)}
	case v.Class() == 5:
		return undecided(check.Unstable, "fails without a login (status %d) instead of refusing", v.Status)
	case v.Class() == 4:
		return undecided(check.Suspected, "reached validation without a login (status %d), and no write on an object made for it told whether that is all", v.Status)
	}
	return undecided(check.Suspected, "answers %d without a login, and no write on an object made for it told what that means", v.Status)
}
