// Package before judges whether a route looks things up before it checks the login.
package before

import (
	_ "embed"
	"fmt"
	"net/url"
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

// Check demands the same refusal for ids that exist and ids that do not.
var Check = check.Check{
	ID: "authn/before", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(artifact.Coverages), Wants: ruling.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	n, err := ruling.NobodyOf(p)
	if err != nil {
		return err
	}
	for _, a := range artifact.Coverages.Of(p).Routes {
		r := n.Route(a.Route)
		switch {
		case r.Public != "" || len(r.PathParams()) == 0:
			continue // nothing is looked up by id behind a login
		case a.Skipped.Reason != "":
			p.Unproven(a.Route, a.Skipped.Reason, a.Skipped.Why)
			continue
		}
		f, err := route(n, a)
		if err != nil {
			return err
		}
		p.Report(f)
	}
	if len(p.Findings()) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no protected route is known that names an object")
	}
	return nil
}

// route compares what a caller without a login is told of an id that exists
// and of one that does not, where such callers are refused.
func route(n *ruling.Nobody, a artifact.Asked) (check.Finding, error) {
	f := check.Finding{Subject: a.Route, Route: a.Route}
	none, err := n.Anonymous(a, "A0")
	if err != nil {
		return f, err
	}
	switch none.Outcome {
	case check.Fail:
		f.Outcome, f.Message = check.NotApplicable, "answers without a login, so nothing comes before it: see authn/anonymous"
	case check.NotApplicable:
		f.Outcome, f.Message = none.Outcome, none.Message
	case check.Unproven:
		return unproven(f, none.Reason, none.Message), nil
	}
	if f.Outcome != "" {
		f.Exhibits = check.Show("anonymous", none.Try.Ref)
		return f, nil
	}
	var seen [2]marker.Answer
	for i, name := range []string{"A6 known id", "A6 unknown id"} {
		attempt, _ := artifact.Find(a.Order, name)
		if seen[i], err = n.Load(attempt); err != nil {
			return f, err
		}
		switch {
		case seen[i].Unproven != "":
			return unproven(f, seen[i].Unproven, name+": "+seen[i].Why), nil
		case seen[i].Ex.Status() == 0:
			return unproven(f, check.NotExamined, name+" was not answered"), nil
		}
		f.Exhibits = append(f.Exhibits, check.Show([]string{"control", "anonymous"}[i], attempt.Ref)...)
	}
	first, err := n.Load(none.Try)
	if err != nil {
		return f, err
	}
	m := normal.Mask{Echo: differing(seen[0].Ex, seen[1].Ex), Volatile: n.Volatile(a.Route)}
	return decide(n, f, normal.Of(first.Ex, m), normal.Of(seen[0].Ex, m), normal.Of(seen[1].Ex, m)), nil
}

// decide compares the refusals; first is the one of the known id, asked before.
func decide(n *ruling.Nobody, f check.Finding, first, known, unknown *normal.View) check.Finding {
	_, refused := n.Judge.Refuses(f.Route, unknown.With(normal.Mask{}))
	switch {
	case known.Truncated || unknown.Truncated:
		return unproven(f, check.Unstable, "an answer was not seen whole")
	case known.Status == unknown.Status && normal.Same(known, unknown):
		f.Outcome, f.Message = check.OK, fmt.Sprintf("the same refusal for an id that exists and one that does not (status %d)", known.Status)
	case first.Status != known.Status || !normal.Same(first, known):
		return unproven(f, check.Unstable, "the refusal of one and the same request changes, so that a difference proves nothing")
	case unknown.Class() == 5 && !refused:
		f.Outcome, f.Who = check.Fail, evidence.Anonymous
		f.Message = fmt.Sprintf("without a login an id that does not exist makes it fail (status %d), one that exists is refused (status %d): the lookup comes before the login", unknown.Status, known.Status)
	default:
		f.Outcome, f.Who = check.Fail, evidence.Anonymous
		f.Message = fmt.Sprintf("without a login an id that does not exist gets another answer (status %d) than one that exists (status %d): the lookup comes before the login", unknown.Status, known.Status)
	}
	return f
}

func unproven(f check.Finding, reason check.Reason, why string) check.Finding {
	f.Outcome, f.Reason, f.Message = check.Unproven, reason, why
	return f
}

// differing returns the path segments in which two requests differ: the ids
// asked for, which refusals may repeat.
func differing(a, b *evidence.Exchange) []string {
	var out []string
	as, bs := segments(a), segments(b)
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			out = append(out, as[i], bs[i])
		}
	}
	return out
}

func segments(ex *evidence.Exchange) []string {
	u, err := url.Parse(ex.Request.URL)
	if err != nil {
		return nil
	}
	return strings.Split(u.Path, "/")
}
