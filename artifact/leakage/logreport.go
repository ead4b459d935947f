package leakage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
)

// LogKinds says which kinds of sightings a check on logs reports.
type LogKinds struct {
	Planted  []string            // kinds of plants and of what the run holds
	Patterns map[string]LogProof // kinds recognised by their form
	What     string              // "a password or a token"
}

// LogProof says what a recognised form proves.
type LogProof struct {
	// Plant is the kind of plant that shows whether it is still logged today; ""
	// when nothing of the kind is planted.
	Plant string
	// Weak: the form alone does not say that it is secret: it is advice.
	Weak bool
}

// ReportLogs reports what a log keeps, each source by itself, and what could
// not be planted.
func ReportLogs(p *check.Pass, study *artifact.LogStudy, k LogKinds) {
	for _, s := range study.Sources {
		reportSource(p, study, s, k)
	}
	for _, kind := range k.Planted {
		reportUnsent(p, study, kind)
	}
	if len(study.Sources) == 0 {
		p.Unproven(p.Check.ID, check.Undeclared, "no log was read")
	}
}

// reportSource reports one source: what was seen in it, or that nothing was.
func reportSource(p *check.Pass, study *artifact.LogStudy, s artifact.LogSource, k LogKinds) {
	blocked := false
	seen := map[string]*check.Finding{}
	var order []string
	for _, x := range study.Sightings {
		if x.Source != s.Name {
			continue
		}
		severity, ok := weigh(p, study, s, x, k)
		if !ok {
			continue
		}
		subject := x.Kind + " in " + s.Name
		if severity == check.Advice {
			subject += ", by its form"
			if !x.Fresh {
				subject = x.Kind + " in older lines of " + s.Name
			}
		}
		f := seen[subject]
		if f == nil {
			f = &check.Finding{Outcome: check.Fail, Severity: severity, Subject: subject, Message: sighted(study, x)}
			if x.From == "planted" {
				f.Exhibits = check.Show("attempt", study.Plants[x.Plant].Try.Ref)
			}
			seen[subject] = f
			order = append(order, subject)
		} else if len(f.Exhibits) < check.MaxExamples && x.From == "planted" {
			f.Exhibits = append(f.Exhibits, check.Show("attempt", study.Plants[x.Plant].Try.Ref)...)
			f.Message += "; also from " + study.Plants[x.Plant].Place
		}
		blocked = blocked || severity == check.Blocker
	}
	for _, subject := range order {
		p.Report(*seen[subject])
	}
	if blocked {
		return
	}
	switch {
	case s.Skipped.Reason != "":
		p.Unproven(s.Name, s.Skipped.Reason, s.Skipped.Why)
	case len(s.Marks) == 0 && s.Lines == 0:
		p.Unproven(s.Name, check.NoPositiveControl, "it is empty: nothing of this run is in it")
	case len(s.Marks) == 0:
		p.Unproven(s.Name, check.NoPositiveControl, fmt.Sprintf("nothing of this run is in its %d lines: it may be another portal's, or not the one that requests are logged in", s.Lines))
	default:
		p.OK(s.Name, fmt.Sprintf("%d lines, %d of this run (first at %s), none holds %s", s.Lines, s.Fresh, s.Marks[0].Where, k.What))
	}
}

// weigh says how bad a sighting is, and whether it is this check's at all.
func weigh(p *check.Pass, study *artifact.LogStudy, s artifact.LogSource, x artifact.LogSighting, k LogKinds) (check.Severity, bool) {
	if x.From != "pattern" {
		return p.Check.Severity, slices.Contains(k.Planted, x.Kind)
	}
	proof, ok := k.Patterns[x.Kind]
	switch {
	case !ok:
		return "", false
	case proof.Weak || x.How != "":
		return check.Advice, true
	case !x.Fresh && proof.Plant != "" && clean(study, s, proof.Plant):
		return check.Advice, true // it was mended: what is left is history
	}
	return p.Check.Severity, true
}

// clean reports whether a source is live and kept none of the planted values of a kind.
func clean(study *artifact.LogStudy, s artifact.LogSource, kind string) bool {
	sent := false
	for _, plant := range study.Plants {
		sent = sent || plant.Kind == kind && plant.Try.Ref != "" && plant.Try.Unproven == ""
	}
	return sent && len(s.Marks) > 0 && !slices.ContainsFunc(study.Sightings, func(x artifact.LogSighting) bool {
		return x.Source == s.Name && x.From == "planted" && x.Kind == kind
	})
}

// sighted says what was seen, where, and which request put it there.
func sighted(study *artifact.LogStudy, x artifact.LogSighting) string {
	var b strings.Builder
	switch x.From {
	case "planted":
		fmt.Fprintf(&b, "the %s that was sent as %s is logged", x.Kind, study.Plants[x.Plant].Place)
	case "held":
		fmt.Fprintf(&b, "the %s is logged", x.Whose)
	default:
		fmt.Fprintf(&b, "what looks like %s is logged", article(x.Kind))
		if !x.Fresh {
			b.WriteString(", in lines that are older than this run")
		}
	}
	if x.How != "" && x.How != "as it is" {
		b.WriteString(" " + x.How)
	}
	if x.Count > 1 {
		fmt.Fprintf(&b, ", in %d lines", x.Count)
	}
	fmt.Fprintf(&b, "; first at %s: %s", x.Where, x.Line)
	return b.String()
}

// reportUnsent reports a kind of which nothing could be planted.
func reportUnsent(p *check.Pass, study *artifact.LogStudy, kind string) {
	var why *artifact.Plant
	for i, plant := range study.Plants {
		if plant.Kind != kind {
			continue
		}
		if plant.Try.Ref != "" && plant.Try.Unproven == "" {
			return
		}
		why = &study.Plants[i]
	}
	if why == nil || why.Try.Unproven == "" {
		return // the portal takes none, as far as is known
	}
	p.Unproven("planted "+kind, why.Try.Unproven, fmt.Sprintf("none could be planted: %s: %s", why.Place, why.Try.Why))
}

func article(kind string) string {
	if strings.IndexByte("aeiouAEIOU", kind[0]) >= 0 {
		return "an " + kind
	}
	return "a " + kind
}
