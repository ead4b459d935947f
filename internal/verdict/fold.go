package verdict

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Facts are what the report repeats of the run.
type Facts struct {
	Tool, Run, Portal, Target, URL string
	StartedAt                      time.Time
	Took                           time.Duration
	Requests                       Requests
	Errors                         []string
	Notes                          []string // what kept the run from deciding
	Leftovers                      []string
	Interrupted                    bool
	Bundle                         string // digest
}

// Input is what a verdict is made of.
type Input struct {
	Facts     Facts
	Checks    []check.Check       // those that were to judge, in report order
	Findings  []check.Finding     // in any order
	Inventory *artifact.Inventory // nil when there is none
	Latency   *artifact.Latency   // nil when it was not measured
	Waivers   []Waiver
	Only      []string  // rows; empty: all
	Now       time.Time // when waivers must be in force
	// Curl returns the command that repeats an exchange; may be nil.
	Curl func(evidence.Ref) string
}

// Fold decides. A row without a check, a check without a finding and a row
// without a subject are unproven: silence is never a pass.
func Fold(in Input) *Report {
	rows := rowsFor(in.Only, named(in))
	rank := map[string]int{}
	for i, r := range rows {
		rank[r.ID] = i + 1
	}
	inScope := func(id string) bool { return rank[check.Check{ID: id}.Row()] > 0 }
	said := slices.DeleteFunc(slices.Clone(in.Findings), func(f check.Finding) bool { return !inScope(f.Check) })
	in.Checks = slices.DeleteFunc(slices.Clone(in.Checks), func(c check.Check) bool { return !inScope(c.ID) })

	silent := silentChecks(in.Checks, said)
	for _, c := range silent {
		said = append(said, check.Finding{
			Check: c.ID, Severity: c.Severity, Outcome: check.Unproven, Reason: check.NotExamined,
			Subject: "everything", Message: "the check found nothing to examine",
		})
	}
	findings := enrich(in, said, rank)
	notes := slices.Concat(in.Facts.Notes, waive(findings, in.Waivers, in.Now))
	sortFindings(findings, rank, in.Checks) // what was accepted is no longer urgent
	addCurl(findings, in.Curl)

	r := &Report{
		Version: Version, Tool: in.Facts.Tool, Run: in.Facts.Run, Portal: in.Facts.Portal, Target: in.Facts.Target,
		URL: in.Facts.URL, StartedAt: in.Facts.StartedAt, Took: in.Facts.Took, Only: in.Only,
		Rows: make([]Row, 0, len(rows)), Findings: findings, Coverage: map[string]Coverage{}, Latency: latency(in.Latency),
		Requests: in.Facts.Requests, Reasons: reasons(findings), Errors: in.Facts.Errors,
		Leftovers: in.Facts.Leftovers, Interrupted: in.Facts.Interrupted, Notes: notes, Bundle: in.Facts.Bundle,
	}
	for _, title := range rows {
		mine := ofRow(findings, title.ID)
		r.Rows = append(r.Rows, foldRow(title, mine, silentIn(silent, mine)))
		if c, ok := coverage(title.ID, mine, in.Inventory); ok {
			r.Coverage[title.ID] = c
		}
	}
	r.Verdict = decide(r)
	return r
}

// named lists the rows that checks and findings belong to.
func named(in Input) []string {
	var ids []string
	for _, c := range in.Checks {
		ids = append(ids, c.Row())
	}
	for _, f := range in.Findings {
		ids = append(ids, check.Check{ID: f.Check}.Row())
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// silentChecks returns the checks that said nothing at all.
func silentChecks(checks []check.Check, said []check.Finding) []check.Check {
	spoke := map[string]bool{}
	for _, f := range said {
		spoke[f.Check] = true
	}
	return slices.DeleteFunc(slices.Clone(checks), func(c check.Check) bool { return spoke[c.ID] })
}

// silentIn returns the silent checks of a row whose silence nobody accepted.
func silentIn(silent []check.Check, findings []Finding) []string {
	var ids []string
	for _, c := range silent {
		for _, f := range findings {
			if f.Check == c.ID && f.Waiver == nil {
				ids = append(ids, c.ID)
			}
		}
	}
	return ids
}

func ofRow(findings []Finding, row string) []Finding {
	var out []Finding
	for _, f := range findings {
		if f.Row == row {
			out = append(out, f)
		}
	}
	return out
}

// foldRow counts a row's findings and decides its state.
func foldRow(title RowTitle, findings []Finding, silent []string) Row {
	row := Row{ID: title.ID, Title: title.Title, Subjects: len(findings)}
	open, accepted, proven, provenAdvice, hasBlocker := 0, 0, 0, 0, false
	for _, f := range findings {
		blocker := f.Severity == check.Blocker
		hasBlocker = hasBlocker || blocker
		switch {
		case f.Waiver != nil:
			row.Waived++
			if blocker {
				accepted++
			}
		case f.Outcome == check.Fail:
			row.Failed++
			if blocker {
				row.Blockers++
			}
		case f.Outcome == check.Unproven:
			row.Unproven++
			if blocker {
				open++
			}
		case f.Outcome == check.NotApplicable:
			row.NotApplicable++
		case blocker:
			row.OK++
			proven++
		default:
			row.OK++
			provenAdvice++
		}
	}
	if !hasBlocker {
		proven = provenAdvice
	}
	switch {
	case row.Blockers > 0:
		row.State = Fail
	case open > 0:
		row.State = Unproven
	case len(silent) > 0:
		row.State, row.Note = Unproven, fmt.Sprintf("%s found nothing to examine", silent[0])
	case row.Subjects > 0 && row.NotApplicable == row.Subjects:
		row.State = NotApplicable
	case accepted > 0:
		row.State = Waived
	case proven > 0:
		row.State = OK
	default:
		row.State, row.Note = Unproven, "nothing examined"
	}
	if row.OK+row.Failed+row.Waived == 0 && row.State == Unproven {
		row.Note = "nothing examined"
	}
	return row
}

// decide is the verdict over the rows. It is never an average. A run that
// broke or was stopped may have missed anything, so it proves no readiness.
func decide(r *Report) Verdict {
	states := map[State]int{}
	for _, row := range r.Rows {
		states[row.State]++
	}
	switch {
	case states[Fail] > 0:
		return NotReady
	case states[Unproven] > 0, states[OK]+states[Waived] == 0:
		return NotProven
	case len(r.Errors) > 0, len(r.Leftovers) > 0, r.Interrupted:
		return NotProven
	}
	return Ready
}

// reasons counts why subjects are unproven.
func reasons(findings []Finding) map[check.Reason]int {
	out := map[check.Reason]int{}
	for _, f := range findings {
		if f.Outcome == check.Unproven && f.Waiver == nil {
			out[f.Reason]++
		}
	}
	return out
}

// addCurl fills in how to repeat what is shown.
func addCurl(findings []Finding, curl func(evidence.Ref) string) {
	if curl == nil {
		return
	}
	for i := range findings {
		f := &findings[i]
		if f.Outcome == check.OK || f.Outcome == check.NotApplicable {
			continue // thousands of them, and nobody asks
		}
		for _, e := range f.Exhibits {
			f.Replay = append(f.Replay, curl(e.Ref))
		}
	}
}

// coverage says how much of the inventory the row examined. Rows that are not
// about routes have none.
func coverage(row string, findings []Finding, inv *artifact.Inventory) (Coverage, bool) {
	examined := map[string]bool{}
	aboutRoutes := row != "input"
	for _, f := range findings {
		if f.Route != "" {
			aboutRoutes = true
			examined[f.Route] = examined[f.Route] || f.Outcome == check.OK || f.Outcome == check.Fail
		}
	}
	if inv == nil || !owed(row) || !aboutRoutes {
		return Coverage{}, false
	}
	counted := map[string]bool{}
	for _, route := range inv.Routes {
		if route.Public == "" && route.Kind != "static" && (row != "authz" || !route.Shared) {
			counted[route.ID] = true
		}
	}
	c := Coverage{Routes: len(counted)}
	for _, id := range slices.Sorted(maps.Keys(counted)) {
		switch {
		case examined[id]:
			c.Examined++
		case len(c.Unexamined) < MaxUnexamined:
			c.Unexamined = append(c.Unexamined, id)
		}
	}
	return c, true
}
