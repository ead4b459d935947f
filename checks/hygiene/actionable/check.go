// Package actionable judges whether errors name a reference that can be looked up.
package actionable

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

// Check demands that errors name a reference of their own, and that the log knows it.
var Check = check.Check{
	ID: "hygiene/actionable", Doc: doc, Severity: check.Advice,
	Needs: []check.Need{artifact.Provoked}, Wants: []check.Need{artifact.Logged}, Judge: judge,
}

func judge(p *check.Pass) error {
	var all []check.Finding
	provoked := false
	for _, g := range artifact.Provoked.Of(p).Groups {
		f, err := group(p, g)
		if err != nil {
			return err
		}
		provoked = provoked || f.Outcome != check.Unproven
		all = append(all, f)
	}
	for _, f := range all {
		if provoked && f.Reason == check.NoPositiveControl {
			f.Outcome, f.Reason, f.Message = check.NotApplicable, "", "nothing there is answered with an error"
		}
		p.Report(f)
	}
	if len(p.Findings()) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no error was provoked")
	}
	if study, ok := artifact.Logged.Get(p); ok {
		logged(p, study)
	}
	return nil
}

// group judges the errors below one prefix: a reference counts when it differs
// from answer to answer.
func group(p *check.Pass, g artifact.Provoking) (check.Finding, error) {
	f := check.Finding{Subject: "errors below " + g.Prefix}
	seen := map[string]bool{}
	var with, without []evidence.Ref
	kind, place, undecided := "", "", artifact.Attempt{}
	for _, t := range g.Triggers {
		if t.Try.Unproven != "" {
			undecided = t.Try
			continue
		}
		ex, err := p.Exchange(t.Try.Ref)
		if err != nil {
			return f, err
		}
		if !leakage.Fault(ex) {
			continue
		}
		value, where := leakage.Reference(ex)
		if value == "" || seen[value] {
			if len(without) == 0 {
				kind = fmt.Sprintf("%s (status %d)", t.Kind, ex.Status())
			}
			without = append(without, t.Try.Ref)
			continue
		}
		seen[value], place = true, where
		with = append(with, t.Try.Ref)
	}
	all := len(with) + len(without)
	switch {
	case all == 0 && undecided.Unproven != "":
		f.Outcome, f.Reason, f.Message = check.Unproven, undecided.Unproven, "no error was provoked: "+undecided.Why
	case all == 0:
		f.Outcome, f.Reason, f.Message = check.Unproven, check.NoPositiveControl, "no error was provoked"
	case len(without) > len(with):
		f.Outcome = check.Fail
		f.Message = fmt.Sprintf("%d of %d errors name no reference of their own, such as the answer to a %s", len(without), all, kind)
		f.Exhibits = check.Show("attempt", without[:min(len(without), check.MaxExamples)]...)
	default:
		f.Outcome = check.OK
		f.Message = fmt.Sprintf("%d of %d errors name a reference of their own (%s)", len(with), all, place)
		f.Exhibits = check.Show("attempt", with[:min(len(with), check.MaxExamples)]...)
	}
	return f, nil
}

// logged judges whether the log knows the references that were given.
func logged(p *check.Pass, study *artifact.LogStudy) {
	found, live := 0, false
	for _, s := range study.Sources {
		live = live || len(s.Marks) > 0
		for _, m := range s.Marks {
			if m.Kind == "reference" {
				found += m.Count
			}
		}
	}
	sent := study.References
	const subject = "references in the log"
	switch {
	case sent == 0: // the finding above says so
	case found > 0:
		p.OK(subject, fmt.Sprintf("references that errors named are in the log, with their %d requests", sent))
	case live:
		p.Fail(subject, fmt.Sprintf("none of %d references that errors named is in the log", sent))
	default:
		p.Unproven(subject, check.NoPositiveControl, "no log could be proved to be this portal's")
	}
}
