package latency

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/quantile"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/evidence"
)

// Kinds of wrong answers that are not told by a status.
const (
	right      = ""
	throttling = "told to slow down"
	blocking   = "stopped before the application"
	timeout    = "no answer in time"
	cut        = "no whole answer"
	foreign    = "not what it shows otherwise"
)

const (
	// mostKept bounds the exchanges kept of one kind of wrong answer, and of
	// answers beyond the budget.
	mostKept = 3
	// alike is the share of its shape that an answer has in common with the
	// right one at least. Lists grow and shrink; pages that say something else
	// have next to nothing in common.
	alike = 0.4
	// mostDigests bounds the answers known to be right by their bytes.
	mostDigests = 64
)

// tally is what an action's answers came to.
type tally struct {
	asked, throttled, blocked int64

	took, alone *hdrhistogram.Histogram
	failures    []artifact.Failure
	first       []evidence.Ref
	slowest     evidence.Ref
	most        time.Duration // of the slowest that was kept
	kept        int
	dialed      int64
	phases      [5][]int64 // DNS, connect, TLS, wait, body

	known map[string]string // a body that was judged → its kind
}

// judge says what an answer is worth: right, or the kind of wrong it is.
func (a *action) judge(j *refusal.Judge, h *hit, i int) string {
	switch {
	case h.err != nil && errors.Is(h.err, os.ErrDeadlineExceeded):
		return timeout
	case h.err != nil || h.answer.Status == 0:
		return cut
	case h.answer.Status == http.StatusTooManyRequests:
		return throttling
	}
	key := fmt.Sprint(i, h.answer.Status, " ", h.answer.Header.Get("Content-Type"), " ", h.answer.Header.Get("Location"), "\n", string(h.answer.Body))
	if kind, known := a.known[key]; known {
		return kind
	}
	kind := a.compare(j, h, i)
	if a.known == nil || len(a.known) >= mostDigests {
		a.known = map[string]string{}
	}
	a.known[key] = kind
	return kind
}

// compare judges an answer by what it says.
func (a *action) compare(j *refusal.Judge, h *hit, i int) string {
	c, view := a.controls[i], normal.Of(plain(a.asks[i].Request.URL, h), normal.Mask{})
	switch kind, refused := j.Refuses(a.route, view); {
	case j.Throttles(view):
		return throttling
	case a.intercepted(j, view, c.view):
		return blocking
	case view.Class() != c.view.Class():
		return fmt.Sprintf("answered %d", view.Status)
	case refused && kind != c.kind && kind != refusal.Empty:
		return "answered " + kind
	case view.Family != c.view.Family, normal.Jaccard(view, c.view) < alike && !same(view, c.view):
		return foreign
	}
	return right
}

// intercepted reports an answer of something before the application, which the
// right answer does not look like.
func (a *action) intercepted(j *refusal.Judge, view, right *normal.View) bool {
	if view.Class() == 2 && view.Family == right.Family && normal.Jaccard(view, right) >= alike {
		return false
	}
	_, is := j.Intercepts(view)
	return is
}

// same reports answers too small to have a shape in common.
func same(a, b *normal.View) bool { return len(a.Fields) == 0 && len(b.Fields) == 0 }

// plain is an answer as an exchange, to be looked at and never stored.
func plain(url string, h *hit) *evidence.Exchange {
	var fields []evidence.Field
	for name, values := range h.answer.Header {
		for _, v := range values {
			fields = append(fields, evidence.Field{Name: name, Value: v})
		}
	}
	return &evidence.Exchange{
		Request:  evidence.Request{Method: http.MethodGet, URL: url},
		Response: &evidence.Response{Status: h.answer.Status, Header: fields, Body: h.answer.Body, Size: int64(len(h.answer.Body))},
	}
}

// broken reports answers that say that the server is in trouble.
func broken(kind string) bool {
	return strings.HasPrefix(kind, "answered 5") || kind == timeout
}

// take counts an answer.
func (a *action) take(h *hit, due time.Time, kind string) {
	if a.took == nil {
		a.took, a.alone = newHistogram(), newHistogram()
	}
	a.asked++
	switch kind {
	case throttling, blocking:
		return
	case right, timeout:
		record(a.took, h.load.Ended.Sub(due))
		record(a.alone, h.load.Ended.Sub(h.load.Began))
		a.part(h)
	}
	if kind != right {
		a.fail(h, kind)
	}
}

// part notes where the time went.
func (a *action) part(h *hit) {
	l := &h.load
	if l.Connect > 0 {
		a.dialed++
	}
	for i, d := range []time.Duration{l.DNS, l.Connect, l.TLS, l.Wait, l.Body} {
		if d > 0 {
			a.phases[i] = append(a.phases[i], d.Microseconds())
		}
	}
}

// fail counts a wrong answer, and records the first of each kind.
func (a *action) fail(h *hit, kind string) {
	i := slices.IndexFunc(a.failures, func(f artifact.Failure) bool { return f.Kind == kind })
	if i < 0 {
		i = len(a.failures)
		a.failures = append(a.failures, artifact.Failure{Kind: kind})
	}
	f := &a.failures[i]
	f.Count++
	if len(f.Refs) < mostKept {
		if ref, err := h.load.Record(); err == nil {
			f.Refs = append(f.Refs, ref)
		}
	}
}

// keep records the first right answers, and then those that took longer than
// the budget and longer than any that was recorded.
func (a *action) keep(h *hit, took, budget time.Duration) {
	slow := took > budget && took > a.most && a.kept < mostKept
	if !slow && len(a.first) >= mostKept {
		return
	}
	ref, err := h.load.Record()
	if err != nil {
		return
	}
	if len(a.first) < mostKept {
		a.first = append(a.first, ref)
	}
	if slow {
		a.slowest, a.most = ref, took
		a.kept++
	}
}

// result is what the artifact keeps.
func (a *action) result() artifact.Action {
	out := artifact.Action{
		Name: a.name, Route: a.route, Asked: a.asked, Took: counted(a.took), Alone: counted(a.alone),
		Failures: a.failures, Throttled: a.throttled, Blocked: a.blocked, First: a.first, Slowest: a.slowest,
		Phases: artifact.Phases{
			Dialed: a.dialed, DNS: phase(a.phases[0]), Connect: phase(a.phases[1]), TLS: phase(a.phases[2]),
			Wait: phase(a.phases[3]), Body: phase(a.phases[4]),
		},
	}
	for _, ask := range a.asks {
		out.Who = append(out.Who, ask.Who)
	}
	if len(a.controls) > 0 {
		out.Control = a.controls[0].ref
	}
	return out
}

func phase(micros []int64) artifact.Phase {
	c := quantile.Of(micros...)
	return artifact.Phase{P50: c.At(0.5), P95: c.At(0.95)}
}

// longest is the most a histogram holds: far beyond what is waited for.
const longest = 10 * time.Minute

// newHistogram counts microseconds, exact to three digits.
func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, longest.Microseconds(), 3)
}

func record(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(max(0, d.Microseconds()), longest.Microseconds())) // within its bounds
}

// counted is what a histogram holds, in the form that is kept.
func counted(h *hdrhistogram.Histogram) quantile.Counts {
	var out quantile.Counts
	if h == nil {
		return out
	}
	for _, bar := range h.Distribution() {
		if bar.Count > 0 {
			out = append(out, [2]int64{bar.To, bar.Count})
		}
	}
	return out
}
