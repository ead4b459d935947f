package verdict

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// enrich makes findings of the document out of what the checks said, sorted
// and named.
func enrich(in Input, said []check.Finding, rank map[string]int) []Finding {
	byID := map[string]check.Check{}
	for _, c := range in.Checks {
		byID[c.ID] = c
	}
	findings := make([]Finding, 0, len(said))
	for _, s := range said {
		findings = append(findings, newFinding(s, byID[s.Check]))
	}
	sortFindings(findings, rank, in.Checks)
	name(findings)
	return findings
}

// newFinding is s with what its check adds. An outcome that is none of the
// four, or a severity that is none of the two, counts as the harsher one.
func newFinding(s check.Finding, c check.Check) Finding {
	f := Finding{
		Check: s.Check, Row: check.Check{ID: s.Check}.Row(), Title: c.Title(),
		Severity: s.Severity, Outcome: s.Outcome, Reason: s.Reason,
		Subject: s.Subject, Route: s.Route, Message: s.Message, Who: s.Who, Exhibits: s.Exhibits,
		Fingerprint: fingerprint(s),
	}
	if f.Title == "" {
		f.Title = s.Check
	}
	if f.Severity != check.Advice {
		f.Severity = check.Blocker
	}
	switch f.Outcome {
	case check.OK, check.NotApplicable:
		f.Reason = ""
	case check.Fail:
		f.Reason = ""
		f.Fix = section(c.Doc, "Fix")
	case check.Unproven:
		f.Reason = cmp.Or(f.Reason, check.RunError)
	default:
		f.Outcome, f.Reason = check.Unproven, check.RunError
	}
	for _, e := range s.Exhibits {
		if e.Ref != "" && !slices.Contains(f.Evidence, e.Ref) {
			f.Evidence = append(f.Evidence, e.Ref)
		}
	}
	return f
}

// fingerprint names a finding across runs: what, where, and what kind of
// caller; which of several members of a tenant it was does not matter.
func fingerprint(f check.Finding) string {
	sum := sha256.Sum256([]byte(f.Check + "|" + f.Subject + "|" + whoClass(f.Who)))
	return hex.EncodeToString(sum[:])[:12]
}

// whoClass is what kind of caller who is: "globex member" for "bob (globex member)".
func whoClass(who string) string {
	if who == "" || who == evidence.Anonymous {
		return who
	}
	if _, rest, ok := strings.Cut(who, "("); ok {
		class, _, _ := strings.Cut(rest, ")")
		return class
	}
	return "identity"
}

// name gives each finding an id that is short and unique: digits of the
// fingerprint are added until it is; twins get a number.
func name(findings []Finding) {
	used := map[string]bool{}
	for i := range findings {
		f := &findings[i]
		last := f.Check[strings.LastIndex(f.Check, "/")+1:]
		id := last + "-" + f.Fingerprint[:6]
		for n := 8; used[id] && n <= len(f.Fingerprint); n += 2 {
			id = last + "-" + f.Fingerprint[:n]
		}
		for n := 2; used[id]; n++ {
			id = fmt.Sprintf("%s-%s-%d", last, f.Fingerprint, n)
		}
		used[id] = true
		f.ID = id
	}
}

// weight orders findings by what a reader must act on first.
func (f Finding) weight() int {
	switch {
	case f.Waiver != nil:
		return 3
	case f.Outcome == check.Fail && f.Severity == check.Blocker:
		return 0
	case f.Outcome == check.Fail:
		return 1
	case f.Outcome == check.Unproven:
		return 2
	case f.Outcome == check.NotApplicable:
		return 4
	}
	return 5
}

// sortFindings puts findings into report order: by weight, row, check and
// subject. Whatever else differs decides last, so that the order in which
// checks ran never shows.
func sortFindings(findings []Finding, rank map[string]int, checks []check.Check) {
	order := map[string]int{}
	for i, c := range checks {
		order[c.ID] = i - len(checks) // checks that are not known come last
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		first := cmp.Or(
			cmp.Compare(a.weight(), b.weight()),
			cmp.Compare(rank[a.Row], rank[b.Row]),
			cmp.Compare(order[a.Check], order[b.Check]),
			strings.Compare(a.Check, b.Check),
			strings.Compare(a.Subject, b.Subject),
			strings.Compare(a.Who, b.Who),
			strings.Compare(a.Message, b.Message),
		)
		if first != 0 {
			return first
		}
		return strings.Compare(text(a), text(b))
	})
}

// text is everything in f. It cannot fail: a Finding holds strings only.
func text(f Finding) string {
	b, _ := json.Marshal(f)
	return string(b)
}

// section returns the text under the heading "## title" of a Markdown document.
func section(doc, title string) string {
	var out []string
	inside, fenced := false, false
	for line := range strings.SplitSeq(doc, "\n") {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		if heading, ok := strings.CutPrefix(line, "## "); ok && !fenced {
			inside = strings.TrimSpace(heading) == title
			continue
		}
		if inside {
			out = append(out, line)
		}
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}
