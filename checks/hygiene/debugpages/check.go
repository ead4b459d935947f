// Package debugpages judges whether debug pages and operators' pages are open.
package debugpages

import (
	_ "embed"
	"fmt"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/leakage"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

//go:embed doc.md
var doc string

// Check demands that no answer is a debug page, and that none stands at the
// addresses where they usually stand.
var Check = check.Check{
	ID: "hygiene/debugpages", Doc: doc, Severity: check.Blocker,
	Needs: leakage.Needs(), Wants: leakage.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	if err := leakage.Report(p, leakage.Wanted{Classes: []string{leakage.DebugPage}, What: "a debug page"}); err != nil {
		return err
	}
	return addresses(p, artifact.Provoked.Of(p).Debug)
}

// addresses reports what stands at well-known addresses.
func addresses(p *check.Pass, asks []artifact.DebugAsk) error {
	clean, open, left := 0, 0, artifact.Attempt{}
	undecided := 0
	var refs []evidence.Ref
	for _, a := range asks {
		if a.Try.Unproven != "" {
			if undecided++; undecided == 1 {
				left = a.Try
			}
			continue
		}
		ex, err := p.Exchange(a.Try.Ref)
		if err != nil {
			return err
		}
		what, advice := leakage.Exposed(a.Path, ex)
		if what == "" {
			if clean++; len(refs) < check.MaxExamples {
				refs = append(refs, a.Try.Ref)
			}
			continue
		}
		open++
		f := check.Finding{
			Outcome: check.Fail, Subject: "GET " + a.Path, Who: evidence.Anonymous, Message: "shows " + what + " to everybody",
			Exhibits: check.Show("anonymous", a.Try.Ref),
		}
		if advice {
			f.Severity = check.Advice
		}
		p.Report(f)
	}
	const subject = "well-known debug addresses"
	switch {
	case undecided > 0:
		p.Unproven(subject, left.Unproven, fmt.Sprintf("%d of %d could not be asked: %s", undecided, len(asks), left.Why))
	case len(asks) == 0:
		p.Unproven(subject, check.NotExamined, "none was asked for")
	case open == 0:
		p.OK(subject, fmt.Sprintf("none of %d addresses shows debug output", clean), refs...)
	}
	return nil
}
