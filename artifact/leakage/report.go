package leakage

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Wanted says what a check reports of a sweep.
type Wanted struct {
	Classes []string
	// What stands in sentences: "a stack trace".
	What string
	// Anyway says that it need not be provoked: every answer may hold it.
	Anyway bool
}

// apart is how many routes with one signature below one prefix are reported
// one by one: more than that have one cause, and are one finding.
const apart = 3

// Report reports the leaks of some classes, route by route, and below each
// prefix whether errors were provoked and held none.
func Report(p *check.Pass, w Wanted) error {
	s, err := Swept.Of(p)
	if err != nil {
		return err
	}
	failed := reportLeaks(p, w, s)
	trials := artifact.Provoked.Of(p)
	for _, g := range trials.Groups {
		reportGroup(p, w, g, failed, s.Faults)
	}
	replies := artifact.Replied.Of(p)
	switch {
	case replies.Left > 0:
		p.Unproven("every answer", check.BudgetSpent, fmt.Sprintf("%d answers of the run were not looked at", replies.Left))
	case s.Answers == 0:
		p.Unproven("every answer", check.NoPositiveControl, "the portal answered nothing")
	case len(failed) == 0 && s.Faults == 0 && !w.Anyway:
		p.Unproven("every answer", check.NoPositiveControl, fmt.Sprintf("none of %d answers reports an error: what the portal says when it fails was not seen", s.Answers))
	case len(failed) == 0:
		p.OK("every answer", fmt.Sprintf("none of %d answers of this run, %d of them errors, holds %s", s.Answers, s.Faults, w.What))
	}
	return nil
}

// reportLeaks reports what leaks and returns the routes and the exchanges that do.
func reportLeaks(p *check.Pass, w Wanted, s *Sweep) map[string]bool {
	by := map[string][]Leak{}
	for _, l := range s.Leaks {
		if slices.Contains(w.Classes, l.Class) {
			by[l.Route] = append(by[l.Route], l)
		}
	}
	failed := map[string]bool{}
	causes := map[string][][]Leak{} // by prefix and first signature
	for _, route := range slices.Sorted(maps.Keys(by)) {
		leaks := by[route]
		slices.SortStableFunc(leaks, func(a, b Leak) int { return rank(a) - rank(b) })
		if leaks[0].Suspected {
			f := findingOf(route, leaks)
			f.Outcome, f.Reason = check.Unproven, check.Suspected
			f.Message += "; it stands where data stands, so that it may be what somebody stored"
			p.Report(f)
			continue
		}
		failed[route] = true
		for _, l := range leaks {
			failed[string(l.Ref)] = true
		}
		cause := prefixOf(route) + ": " + leaks[0].Name
		causes[cause] = append(causes[cause], leaks)
	}
	for _, cause := range slices.Sorted(maps.Keys(causes)) {
		for _, f := range fold(cause, causes[cause]) {
			f.Outcome = check.Fail
			p.Report(f)
		}
	}
	return failed
}

// fold makes one finding of many routes with one cause.
func fold(cause string, of [][]Leak) []check.Finding {
	var out []check.Finding
	if len(of) <= apart {
		for _, leaks := range of {
			out = append(out, findingOf(leaks[0].Route, leaks))
		}
		return out
	}
	var first []Leak
	var routes []string
	for _, leaks := range of {
		first = append(first, leaks[0])
		routes = append(routes, leaks[0].Route)
	}
	f := findingOf(of[0][0].Route, first)
	f.Subject, f.Route = cause, ""
	f.Message = fmt.Sprintf("%d routes, such as %s: %s", len(of), strings.Join(routes[:apart], ", "), f.Message)
	return append(out, f)
}

// prefixOf is the router prefix of a route.
func prefixOf(route string) string {
	if i := strings.IndexByte(route, '/'); i >= 0 {
		return Prefix(route[i:] + "/")
	}
	return "/"
}

func rank(l Leak) int {
	if l.Suspected {
		return 1
	}
	return 0
}

// findingOf describes the leaks of one route.
func findingOf(route string, leaks []Leak) check.Finding {
	f := check.Finding{Subject: route, Who: leaks[0].Who}
	if strings.Contains(route, " /") && !strings.HasPrefix(route, "other ") {
		f.Route = route
	}
	var names []string
	for _, l := range leaks {
		if l.Suspected == leaks[0].Suspected && !slices.Contains(names, l.Name) {
			names = append(names, l.Name)
		}
	}
	first := leaks[0]
	f.Message = fmt.Sprintf("%s %s, in answer to %s by %s: %s", strings.Join(names[:min(3, len(names))], ", "), at(first.Where), asked(first.How), first.Who, first.Masked)
	shown := map[evidence.Ref]bool{}
	for _, l := range leaks {
		if shown[l.Ref] || len(f.Exhibits) == check.MaxExamples {
			continue
		}
		shown[l.Ref] = true
		f.Exhibits = append(f.Exhibits, check.Exhibit{Part: "attempt", Ref: l.Ref, Places: []check.Place{{Where: l.Where, Kind: l.Name, Masked: l.Masked}}})
	}
	return f
}

func at(where string) string {
	switch {
	case where == "body":
		return "in the body"
	case strings.HasPrefix(where, "header "):
		return "in the " + where
	}
	return "at " + where
}

func asked(how string) string {
	switch how {
	case "bad id":
		return "an id that cannot be one"
	case "bad value":
		return "a parameter that cannot be one"
	case "malformed body":
		return "a body that cannot be read"
	case "wrong method":
		return "a method that nobody takes"
	case "bad accept":
		return "a media type that nobody has"
	case "long header":
		return "a header of 8 KB"
	case "unknown path":
		return "an address that does not exist"
	case "debug page":
		return "a well-known address of debug output"
	}
	return how
}

// reportGroup says whether errors were provoked below a prefix. A shell that
// answers every address makes no errors: its answers were read all the same,
// and that errors are recognised was seen elsewhere in the run.
func reportGroup(p *check.Pass, w Wanted, g artifact.Provoking, failed map[string]bool, elsewhere int) {
	var refs []evidence.Ref
	answered, faults := 0, 0
	var open *artifact.Attempt
	left := 0
	for i, t := range g.Triggers {
		if failed[t.Route] || failed[string(t.Try.Ref)] {
			return // its own finding says it
		}
		if t.Try.Unproven != "" {
			left++
			if open == nil {
				open = &g.Triggers[i].Try
			}
			continue
		}
		answered++
		if ex, err := p.Exchange(t.Try.Ref); err == nil && ex != nil && Fault(ex) {
			if faults++; len(refs) < check.MaxExamples {
				refs = append(refs, t.Try.Ref)
			}
		}
	}
	subject := "errors below " + g.Prefix
	if failed["other addresses below "+g.Prefix] || g.Prefix == "/" && failed["other addresses"] {
		return
	}
	switch {
	case open != nil:
		p.Unproven(subject, open.Unproven, fmt.Sprintf("%d of %d triggers decide nothing: %s", left, len(g.Triggers), open.Why), refs...)
	case faults == 0 && elsewhere > 0:
		p.OK(subject, fmt.Sprintf("%d requests that must fail were answered without an error, and none of the answers holds %s", answered, w.What))
	case faults == 0:
		p.Unproven(subject, check.NoPositiveControl, fmt.Sprintf("none of %d requests that must fail was answered with an error", answered))
	default:
		p.OK(subject, fmt.Sprintf("%d errors provoked by %d requests, none holds %s", faults, answered, w.What), refs...)
	}
}
