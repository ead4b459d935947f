// Package parsefirst judges whether bodies are read before the login is checked.
package parsefirst

import (
	_ "embed"
	"fmt"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that a malformed body is refused for the missing login, as a good one is.
var Check = check.Check{
	ID: "authn/parsefirst", Doc: doc, Severity: check.Advice,
	Needs: ruling.Needs(artifact.AnonWrites), Wants: ruling.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	g, err := ruling.Of(p)
	if err != nil {
		return err
	}
	for _, a := range artifact.AnonWrites.Of(p).Orders {
		malformed, asked := artifact.Find(a.Order, "A6 malformed")
		valid, also := artifact.Find(a.Order, "A6 valid")
		if !asked || !also {
			continue
		}
		f, err := compare(g, a.Route, valid, malformed)
		if err != nil {
			return err
		}
		p.Report(f)
	}
	if len(p.Findings()) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no write route was asked with a good and with a malformed body")
	}
	return nil
}

// compare rules on the two answers to a caller without a login.
func compare(g *ruling.Ground, route string, valid, malformed artifact.Attempt) (check.Finding, error) {
	f := check.Finding{
		Subject: route, Route: route,
		Exhibits: append(check.Show("control", valid.Ref), check.Show("anonymous", malformed.Ref)...),
	}
	for _, a := range []artifact.Attempt{valid, malformed} {
		if a.Unproven != "" || !a.Sent() {
			f.Outcome, f.Reason, f.Message = check.Unproven, a.Unproven, a.Name[len("A6 "):]+" body: "+a.Why
			if f.Reason == "" {
				f.Reason = check.NotExamined
			}
			return f, nil
		}
	}
	good, err := g.Load(valid)
	if err != nil {
		return f, err
	}
	bad, err := g.Load(malformed)
	if err != nil {
		return f, err
	}
	decide(g, &f, normal.Of(good.Ex, normal.Mask{}), normal.Of(bad.Ex, normal.Mask{}))
	return f, nil
}

// decide compares what a good body and a malformed one got.
func decide(g *ruling.Ground, f *check.Finding, good, bad *normal.View) {
	_, refused := g.Unwelcome(f.Route, good)
	_, alike := g.Unwelcome(f.Route, bad)
	switch {
	case good.Status == 0 || bad.Status == 0:
		f.Outcome, f.Reason, f.Message = check.Unproven, check.Unstable, "no answer arrived"
	case !refused:
		f.Outcome, f.Reason = check.Unproven, check.NoPositiveControl
		f.Message = fmt.Sprintf("not even a good body is refused for the missing login (status %d): see authn/anonwrite", good.Status)
	case alike || good.Status == bad.Status && normal.Same(good, bad):
		f.Outcome, f.Message = check.OK, fmt.Sprintf("a malformed body is refused (status %d) as a good one is (status %d)", bad.Status, good.Status)
	case parsed(bad.Status):
		f.Outcome = check.Fail
		f.Message = fmt.Sprintf("without a login a malformed body gets %d and a good one %d: the body is read before the login is checked", bad.Status, good.Status)
	default:
		f.Outcome, f.Reason = check.Unproven, check.Undeclared
		f.Message = fmt.Sprintf("without a login a malformed body gets %d, which is not known to be a refusal; a good one gets %d", bad.Status, good.Status)
	}
}

// parsed reports the statuses by which a server says that it could not use a
// body (RFC 9110 §15.5.1, §15.5.16, §15.5.21), or broke on it.
func parsed(status int) bool {
	return status == 400 || status == 415 || status == 422 || status/100 == 5
}
