package report

import (
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/verdict"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// HTML writes one self-contained page: no script, no asset, nothing asked of
// anybody. exchanges gives the evidence behind the findings.
func HTML(w io.Writer, r *verdict.Report, exchanges func(evidence.Ref) (*evidence.Exchange, error)) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"words": words, "title": func(s string) string { return sentence(words(s)) },
		"plural": plural, "took": took, "markdown": markdown, "short": evidence.Ref.Short, "millis": millis,
	}).Parse(pageHTML)
	if err != nil {
		return fmt.Errorf("parse page: %w", err)
	}
	var out strings.Builder
	if err := t.Execute(&out, newPage(r, exchanges)); err != nil {
		return fmt.Errorf("make page: %w", err)
	}
	if _, err := io.WriteString(w, visible(out.String())); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

// page is what the template shows.
type page struct {
	*verdict.Report
	CSS      template.CSS
	Policy   string // Content-Security-Policy: this style and nothing else
	Summary  string
	Figures  []figure
	Score    []scoreRow
	Blockers []group
	Advice   []group
	Unsure   []unsurePage
	Accepted []verdict.Finding
	Proven   []proof
	Times    *latencyPage // nil when nothing was measured
}

// figure is one number of the head.
type figure struct {
	Number int
	Label  string
	Tone   string
}

// scoreRow is a row with its counts as a bar.
type scoreRow struct {
	verdict.Row
	Counts   string
	Bar      []bar
	Coverage *verdict.Coverage
}

// bar is one part of a bar that is 100 wide.
type bar struct {
	X, Width float64
	Tone     string
}

// group is the findings of one check: one cause, many places.
type group struct {
	Check    string
	Title    string
	Row      string
	Severity check.Severity
	Fix      string
	Findings []findingPage
	More     int // not shown
}

// unsurePage is what is unproven for one reason.
type unsurePage struct {
	unsure
	Count  int
	Groups []group
}

// proof is what one check proved, of how many subjects it could apply to.
type proof struct {
	Check, Title          string
	OK, Of, NotApplicable int
	Fails                 bool // on some subject
}

// maxShown bounds the findings of one check that the page shows in full; the
// rest is in report.json.
const maxShown = 50

func newPage(r *verdict.Report, exchanges func(evidence.Ref) (*evidence.Exchange, error)) page {
	sum := sha256.Sum256([]byte(pageCSS))
	p := page{
		Report:  r,
		CSS:     template.CSS(pageCSS), // ours, from page.css
		Policy:  "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'",
		Summary: summary(r),
		Score:   score(r),
		Proven:  proven(r),
		Times:   newLatencyPage(r.Latency),
	}
	show := newShow(r, exchanges)
	var blockers, advice []verdict.Finding
	for _, f := range r.Findings {
		switch {
		case f.Waiver != nil:
			p.Accepted = append(p.Accepted, f)
		case f.Outcome == check.Fail && f.Severity == check.Blocker:
			blockers = append(blockers, f)
		case f.Outcome == check.Fail:
			advice = append(advice, f)
		}
	}
	p.Blockers, p.Advice = show.groups(blockers), show.groups(advice)
	unproven := 0
	for _, u := range byReason(r) {
		unproven += len(u.Findings)
		p.Unsure = append(p.Unsure, unsurePage{unsure: u, Count: len(u.Findings), Groups: show.groups(u.Findings)})
	}
	ok := 0
	for _, row := range r.Rows {
		ok += row.OK
	}
	p.Figures = []figure{
		{len(blockers), either(len(blockers) == 1, "blocker", "blockers"), "fail"},
		{len(advice), "advice", "advice"},
		{unproven, "unproven", "unproven"},
		{ok, "proven", "ok"},
	}
	return p
}

// score is the rows with their bars and coverage.
func score(r *verdict.Report) []scoreRow {
	var out []scoreRow
	for _, row := range r.Rows {
		s := scoreRow{Row: row, Counts: counts(row)}
		if c, ok := r.Coverage[row.ID]; ok {
			s.Coverage = &c
		}
		x := 0.0
		for _, part := range []struct {
			n    int
			tone string
		}{
			{row.Blockers, "fail"},
			{row.Failed - row.Blockers, "advice"},
			{row.Unproven, "unproven"},
			{row.Waived, "waived"},
			{row.OK, "ok"},
			{row.NotApplicable, "not-applicable"},
		} {
			if part.n > 0 {
				width := 100 * float64(part.n) / float64(row.Subjects)
				s.Bar = append(s.Bar, bar{x, width, part.tone})
				x += width
			}
		}
		out = append(out, s)
	}
	return out
}

// proven counts what each check proved, in the order of the rows; a statement
// that holds in places only says so.
func proven(r *verdict.Report) []proof {
	var out []proof
	for _, row := range r.Rows {
		first, at := len(out), map[string]int{}
		for _, f := range r.Findings {
			if f.Row != row.ID {
				continue
			}
			i, ok := at[f.Check]
			if !ok {
				i = len(out)
				at[f.Check] = i
				out = append(out, proof{Check: f.Check, Title: f.Title})
			}
			switch f.Outcome {
			case check.NotApplicable:
				out[i].NotApplicable++
			case check.OK:
				out[i].OK++
				out[i].Of++
			default:
				out[i].Of++
				out[i].Fails = out[i].Fails || f.Outcome == check.Fail
			}
		}
		slices.SortStableFunc(out[first:], func(a, b proof) int { return strings.Compare(a.Check, b.Check) })
	}
	return slices.DeleteFunc(out, func(p proof) bool { return p.OK+p.NotApplicable == 0 })
}

// either is a where cond holds, else b.
func either(cond bool, a, b string) string {
	if cond {
		return a
	}
	return b
}

// rowTitle is the title of a row of the report.
func rowTitle(r *verdict.Report, id string) string {
	for _, row := range r.Rows {
		if row.ID == id {
			return row.Title
		}
	}
	return strings.ToUpper(id[:min(1, len(id))]) + id[min(1, len(id)):]
}
