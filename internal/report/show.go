package report

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/verdict"
)

// findingPage is a finding with its exchanges, ready to be read.
type findingPage struct {
	verdict.Finding
	Pair   []card // owner and stranger, or the one there is
	Rest   []card // controls and further examples
	Facts  []fact // what differs
	Places []check.Place
	Repeat []command
}

// card is one exchange.
type card struct {
	Part     string // "Owner"
	Who      string
	Request  []seg
	Response []seg
	Status   string
	Note     string // time, duration, evidence
	Problem  string // why there is nothing to show
}

// fact is one line of the comparison.
type fact struct {
	What        string
	Left, Right string
	Same        bool
}

// command repeats one exchange.
type command struct{ Part, Who, Line string }

// show makes pages of findings.
type show struct {
	report *verdict.Report
	read   func(evidence.Ref) (*evidence.Exchange, error)
}

func newShow(r *verdict.Report, read func(evidence.Ref) (*evidence.Exchange, error)) show {
	return show{r, read}
}

// exchange returns the exchange, or nil when it cannot be read.
func (s show) exchange(ref evidence.Ref) *evidence.Exchange {
	if s.read == nil || ref == "" {
		return nil
	}
	ex, err := s.read(ref)
	if err != nil {
		return nil
	}
	return ex
}

// groups puts the findings of one check together, in their order.
func (s show) groups(findings []verdict.Finding) []group {
	var out []group
	for _, f := range findings {
		i := slices.IndexFunc(out, func(g group) bool { return g.Check == f.Check })
		if i < 0 {
			i = len(out)
			out = append(out, group{Check: f.Check, Title: f.Title, Row: rowTitle(s.report, f.Row), Severity: f.Severity, Fix: f.Fix})
		}
		if len(out[i].Findings) == maxShown {
			out[i].More++
			continue
		}
		out[i].Findings = append(out[i].Findings, s.finding(f))
	}
	return out
}

// finding compares the owner's side with the stranger's.
func (s show) finding(f verdict.Finding) findingPage {
	p := findingPage{Finding: f}
	hidden := secrets(f.Exhibits, s.exchange)
	left := first(f.Exhibits, "owner", "before", "control")
	right := first(f.Exhibits, offenders(f)...)
	for i, e := range f.Exhibits {
		c := s.card(e, hidden)
		if i == left || i == right {
			p.Pair = append(p.Pair, c)
		} else {
			p.Rest = append(p.Rest, c)
		}
		if i < len(f.Replay) && f.Replay[i] != "" {
			p.Repeat = append(p.Repeat, command{c.Part, c.Who, f.Replay[i]})
		}
		for _, place := range e.Places {
			place.Masked = mask(place, valueAt(s.exchange(e.Ref), place.Where))
			seen := func(o check.Place) bool { return o.Where == place.Where && o.Kind == place.Kind }
			if !slices.ContainsFunc(p.Places, seen) {
				p.Places = append(p.Places, place)
			}
		}
	}
	if left > right && right >= 0 {
		slices.Reverse(p.Pair)
	}
	if left >= 0 && right >= 0 {
		p.Facts = compare(s.exchange(f.Exhibits[left].Ref), s.exchange(f.Exhibits[right].Ref))
	}
	return p
}

// offenders are the parts that may show what went wrong, the likeliest first:
// where something was tried, what a caller without a login gets is a control.
func offenders(f verdict.Finding) []string {
	if f.Who == evidence.Anonymous {
		return []string{"anonymous", "stranger", "attempt", "after"}
	}
	return []string{"stranger", "attempt", "anonymous", "after"}
}

// first is the index of the first exhibit of the first part there is, or -1.
func first(exhibits []check.Exhibit, parts ...string) int {
	for _, part := range parts {
		if i := slices.IndexFunc(exhibits, func(e check.Exhibit) bool { return e.Part == part }); i >= 0 {
			return i
		}
	}
	return -1
}

// alike reports answers to the same kind of request: how a list differs from
// the answer to a write says nothing.
func alike(a, b *evidence.Exchange) bool {
	path := func(ex *evidence.Exchange) string {
		before, _, _ := strings.Cut(ex.Request.URL, "?")
		return ex.Request.Method + before[:strings.LastIndexByte(before, '/')+1]
	}
	return path(a) == path(b)
}

// slower reports times so far apart that the difference may be the point.
func slower(a, b time.Duration) bool {
	return max(a, b) > 250*time.Millisecond && max(a, b) > 2*min(a, b)
}

// compare says how two answers differ, or that they do not.
func compare(a, b *evidence.Exchange) []fact {
	if a == nil || b == nil || a.Response == nil || b.Response == nil || !alike(a, b) {
		return nil
	}
	facts := []fact{
		{What: "Status", Left: fmt.Sprint(a.Status()), Right: fmt.Sprint(b.Status())},
		{What: "Size", Left: bytesOf(a.Response.Size), Right: bytesOf(b.Response.Size)},
		{What: "Type", Left: media(a), Right: media(b)},
	}
	if slower(a.Took, b.Took) {
		facts = append(facts, fact{What: "Took", Left: took(a.Took), Right: took(b.Took)})
	}
	for i := range facts {
		facts[i].Same = facts[i].Left == facts[i].Right
	}
	if d := a.Response.Digest; d != "" && d == b.Response.Digest {
		facts = append(facts, fact{What: "Body", Left: "the same, byte for byte", Right: "", Same: true})
	}
	return facts
}

func media(ex *evidence.Exchange) string {
	m, _, _ := strings.Cut(ex.Header("Content-Type"), ";")
	return either(m == "", "none", m)
}

func bytesOf(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 10<<10:
		return fmt.Sprintf("%d kB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}

// card shows one exchange, with what must not be shown masked.
func (s show) card(e check.Exhibit, hidden []secret) card {
	c := card{Part: sentence(e.Part)}
	ex := s.exchange(e.Ref)
	if ex == nil {
		c.Problem = "The evidence " + e.Ref.Short() + " could not be read."
		return c
	}
	if ex.Who != e.Part { // "anonymous" says it all
		c.Who = ex.Who
	}
	c.Note = fmt.Sprintf("%s, took %s, evidence %s", ex.At.UTC().Format("15:04:05 UTC"), took(ex.Took), e.Ref.Short())
	c.Request = requestText(ex, hidden)
	if ex.Response == nil {
		c.Problem = "No answer arrived: " + ex.Error
		return c
	}
	c.Status = fmt.Sprint(ex.Status())
	c.Response = responseText(ex, e.Places, hidden)
	return c
}

// requestText is the request as it stood on the wire, without what every request carries.
func requestText(ex *evidence.Exchange, hidden []secret) []seg {
	r := ex.Request
	target := r.Target
	if u, err := url.Parse(r.URL); target == "" && err == nil {
		target = u.RequestURI()
	} else if target == "" {
		target = r.URL
	}
	out := hide(r.Method+" "+target+"\n", hidden)
	for _, f := range r.Header {
		switch strings.ToLower(f.Name) {
		case "user-agent", "accept", "accept-encoding", "host", "x-launchready-run", "content-length", "connection":
			continue
		}
		out = append(out, hide(f.Name+": "+f.Value+"\n", hidden)...)
	}
	if len(r.Body) > 0 {
		out = append(append(out, seg{Text: "\n"}), excerpt(r.Body, nil, hidden)...)
	}
	return out
}

// responseText is the answer with its proof marked.
func responseText(ex *evidence.Exchange, places []check.Place, hidden []secret) []seg {
	out := []seg{{Text: strings.TrimSpace(ex.Response.Proto+" "+fmt.Sprint(ex.Status())) + "\n"}}
	for _, f := range ex.Response.Header {
		i := slices.IndexFunc(places, func(p check.Place) bool { return strings.EqualFold(p.Where, "header "+f.Name) })
		if i >= 0 {
			out = append(out, seg{Text: f.Name + ": "}, seg{Text: mask(places[i], f.Value), Mark: true, Where: places[i].Where + ", " + places[i].Kind}, seg{Text: "\n"})
			continue
		}
		switch strings.ToLower(f.Name) {
		case "vary":
			if ex.Header("Access-Control-Allow-Origin") == "" {
				continue // it matters where origins differ
			}
			fallthrough
		case "content-type", "location", "set-cookie", "www-authenticate", "cache-control", "retry-after",
			"access-control-allow-origin", "access-control-allow-credentials":
			out = append(out, hide(f.Name+": "+f.Value+"\n", hidden)...)
		}
	}
	if len(ex.Response.Body) > 0 {
		out = append(append(out, seg{Text: "\n"}), excerpt(ex.Response.Body, places, hidden)...)
	}
	if ex.Response.Truncated {
		out = append(out, seg{Text: "\n… (longer than was kept)"})
	}
	return out
}
