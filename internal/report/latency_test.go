package report_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/quantile"
	"github.com/launchready/launchready/internal/report"
	"github.com/launchready/launchready/internal/verdict"
)

// timesOf is the section of the page about response times.
func timesOf(t *testing.T, r *verdict.Report) string {
	t.Helper()
	var page strings.Builder
	if err := report.HTML(&page, r, nil); err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(page.String(), `<section id="times"`)
	if !found {
		return ""
	}
	section, _, _ := strings.Cut(rest, "</section>")
	return section
}

func TestLatencyPlots(t *testing.T) {
	t.Parallel()
	_, r := newSample(t)
	got := timesOf(t, r)
	if n := strings.Count(got, "<svg"); n != 3 {
		t.Errorf("%d plots, want one for each action that was answered:\n%s", n, got)
	}
	for _, want := range []string{
		"225 requests in 45s, 5 a second.", "is 500 ms.",
		`<figure class="plot over">`, "77 answers, 2 wrong", "median connect 2.0 ms, first byte 8.0 ms",
		"Unproven: 2 of 73 answers said to slow down", "GET /api/&lt;b&gt;search&lt;/b&gt;",
		"<code>POST /api/notes</code> write is not allowed on staging",
		"half of the answers came within 12 ms, 95 of 100 within 55 ms",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in:\n%s", want, got)
		}
	}
	if n := strings.Count(got, `class="plot over"`); n != 1 {
		t.Errorf("%d actions are shown beyond the budget, want 1", n)
	}
}

// TestLatencyPlotsAreWellFormed reads each picture as XML and holds every
// coordinate to its frame, whatever was measured.
func TestLatencyPlotsAreWellFormed(t *testing.T) {
	t.Parallel()
	svg := regexp.MustCompile(`(?s)<svg viewBox="0 0 300 132".*?</svg>`)
	for _, took := range []quantile.Counts{
		quantile.Of(0), quantile.Of(1), quantile.Of(1, 10_000_000), quantile.Of(599_999_999),
		quantile.Of(500_000, 500_001),
		{{1_000, 1 << 40}, {2_000, 1}},
		quantile.Of(-5, 3),
	} {
		r := verdict.Fold(verdict.Input{Latency: &artifact.Latency{
			Budget: 500 * time.Millisecond, Rate: 5, Actions: []artifact.Action{{Name: "GET /a", Asked: took.N(), Took: took, Alone: took}},
		}})
		pictures := svg.FindAllString(timesOf(t, r), -1)
		if len(pictures) != 1 {
			t.Fatalf("%v: %d pictures", took, len(pictures))
		}
		if err := withinFrame(pictures[0]); err != nil {
			t.Errorf("%v: %v\n%s", took, err, pictures[0])
		}
	}
}

// withinFrame says which coordinate of a picture lies outside of it.
func withinFrame(svg string) error {
	most := map[string]float64{"x": 300, "x1": 300, "x2": 300, "cx": 300, "y": 132, "y1": 132, "y2": 132, "cy": 132, "width": 300, "height": 132}
	dec := xml.NewDecoder(strings.NewReader(svg))
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		el, is := tok.(xml.StartElement)
		if !is {
			continue
		}
		for _, a := range el.Attr {
			values := map[string][]string{a.Name.Local: {a.Value}}
			if a.Name.Local == "points" {
				for pair := range strings.SplitSeq(a.Value, " ") {
					x, y, _ := strings.Cut(pair, ",")
					values["x"], values["y"] = append(values["x"], x), append(values["y"], y)
				}
			}
			for name, all := range values {
				for _, v := range all {
					if at, err := strconv.ParseFloat(v, 64); most[name] > 0 && (err != nil || at < 0 || at > most[name]) {
						return fmt.Errorf("%s: %s=%q", el.Name.Local, name, v)
					}
				}
			}
		}
	}
}

func TestNoLatencyIsNotShown(t *testing.T) {
	t.Parallel()
	r := verdict.Fold(verdict.Input{})
	if got := timesOf(t, r); got != "" {
		t.Errorf("a section about nothing:\n%s", got)
	}
	if got := terminal(t, r, report.Options{}); strings.Contains(got, "p95") {
		t.Errorf("times of nothing:\n%s", got)
	}
}

func TestTerminalTimes(t *testing.T) {
	t.Parallel()
	_, r := newSample(t)
	r.Latency.Actions[0].Name = "GET /" + strings.Repeat("very/", 30) + "\x1blong"
	got := terminal(t, r, report.Options{Width: 70})
	for _, want := range []string{
		"At 5/s, budget 500 ms", "GET /very/very/", "…     12 ms    55 ms    55 ms\n",
		"14 ms   812 ms    2.1 s  2 wrong\n", "unproven\n", "POST /api/notes: write is not allowed on staging",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in:\n%s", want, got)
		}
	}
}
