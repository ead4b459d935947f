// Package credentialfields judges whether answers hold credentials.
package credentialfields

import (
	_ "embed"
	"fmt"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

//go:embed doc.md
var doc string

// Check demands that no answer shows a password hash, a private key, or
// somebody's token.
var Check = check.Check{
	ID: "authz/credentialfields", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(), Wants: ruling.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	g, err := ruling.Of(p)
	if err != nil {
		return err
	}
	readings := artifact.Corpora.Of(p).Readings
	err = ruling.Routes(readings, func(r artifact.Reading) string { return r.Route }, func(route string, of []artifact.Reading) error {
		f := check.Finding{Subject: route, Route: route}
		read := 0
		for _, r := range of {
			ex, err := p.Exchange(r.First.Ref)
			if err != nil {
				return err
			}
			if r.First.Unproven == "" && ex.Status() != 0 {
				read++
			}
			worse(&f, ruling.Credentials(route, ex), g.Label(r.Who), r.First.Ref)
		}
		switch {
		case f.Outcome != "":
		case read == 0:
			f.Outcome, f.Reason, f.Message = check.Unproven, of[0].First.Unproven, "it was not answered: "+of[0].First.Why
			if f.Reason == "" {
				f.Reason = check.NotExamined
			}
		default:
			f.Outcome, f.Message = check.OK, fmt.Sprintf("no credential in %d answers", read)
		}
		p.Report(f)
		return nil
	})
	if err == nil && len(readings) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no answer was read")
	}
	return err
}

// worse keeps the worst of a route's answers in its finding.
func worse(f *check.Finding, found []ruling.Credential, who string, ref evidence.Ref) {
	for _, x := range found {
		outcome, reason := check.Fail, check.Reason("")
		if !x.Sure {
			outcome, reason = check.Unproven, check.Suspected
		}
		if f.Outcome == check.Fail || f.Outcome == outcome {
			continue
		}
		f.Outcome, f.Reason, f.Who = outcome, reason, who
		f.Message = fmt.Sprintf("%s is shown a %s at %s", who, x.Kind, x.Where)
		f.Exhibits = []check.Exhibit{{Part: "attempt", Ref: ref}}
		for _, y := range found[:min(check.MaxExamples, len(found))] {
			f.Exhibits[0].Places = append(f.Exhibits[0].Places, y.Place)
		}
	}
}
