package artifact

import (
	"fmt"
	"strconv"
	"time"

	"github.com/launchready/launchready/artifact/quantile"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Latencies is the handle of the latency run.
var Latencies = check.NewArtifact[Latency]("latency")

// Latency is what the core actions took under the declared normal load.
type Latency struct {
	Budget time.Duration `json:"budget"` // policy.latency.p95
	Rate   float64       `json:"rate"`   // requests per second, over all actions together
	For    time.Duration `json:"for"`    // as declared
	WarmUp time.Duration `json:"warmUp"` // sent before, and discarded
	Rounds []Round       `json:"rounds"`
	// Stopped says why the run ended before its end, for the given reason; ""
	// when it did not.
	Stopped string       `json:"stopped,omitempty"`
	Reason  check.Reason `json:"reason,omitempty"`
	Actions []Action     `json:"actions"`
}

// Round is one stretch of load. A second one follows when the first leaves a
// verdict open.
type Round struct {
	For  time.Duration `json:"for"`
	Due  int64         `json:"due"`  // requests on its schedule
	Sent int64         `json:"sent"` // of these, those that went out
	// Late is by how much requests were sent after they were due, in microseconds:
	// the auditor's own delay.
	Late quantile.Counts `json:"late"`
}

// Action is one core action and what its answers took.
type Action struct {
	Name  string   `json:"name"` // "GET /api/invoices"
	Route string   `json:"route,omitempty"`
	Who   []string `json:"who,omitempty"` // who asked, in turn
	// Control is the answer that showed what a right one looks like.
	Control evidence.Ref `json:"control,omitempty"`
	// Unproven says why its times prove nothing.
	Unproven check.Reason `json:"unproven,omitempty"`
	Why      string       `json:"why,omitempty"`

	Asked int64 `json:"asked,omitempty"` // requests that were sent
	// Took holds, in microseconds, how long each right answer took from the moment
	// its request was due: what a user waits who comes then. Alone is the same
	// from the moment the request was sent: without the auditor's own delay. An
	// answer that never came counts with all the time it was waited for; other
	// errors are not among them, however fast they were.
	Took  quantile.Counts `json:"took,omitempty"`
	Alone quantile.Counts `json:"alone,omitempty"`

	Failures  []Failure `json:"failures,omitempty"`
	Throttled int64     `json:"throttled,omitempty"` // answers that said to slow down
	Blocked   int64     `json:"blocked,omitempty"`   // answers of a firewall, a captcha or a maintenance page
	// First are the first right answers under load, kept whole; the rest are counted.
	First   []evidence.Ref `json:"first,omitempty"`
	Slowest evidence.Ref   `json:"slowest,omitempty"` // an answer beyond the budget
	Phases  Phases         `json:"phases,omitzero"`
}

// Failure is a kind of answer that is none, or the wrong one.
type Failure struct {
	Kind  string         `json:"kind"` // "answered 503", "no answer in time", "a login page" …
	Count int64          `json:"count"`
	Refs  []evidence.Ref `json:"refs,omitempty"`
}

// Phases says where the time went, in microseconds.
type Phases struct {
	Dialed  int64 `json:"dialed,omitempty"` // requests that opened a connection of their own
	DNS     Phase `json:"dns,omitzero"`
	Connect Phase `json:"connect,omitzero"`
	TLS     Phase `json:"tls,omitzero"`
	Wait    Phase `json:"wait,omitzero"` // request sent → first byte of the answer
	Body    Phase `json:"body,omitzero"` // first byte → last
}

// Phase is the median and the 95th percentile of a part.
type Phase struct {
	P50 int64 `json:"p50"`
	P95 int64 `json:"p95"`
}

// What the latency run is held to.
const (
	// LatencyConfidence is that of every interval.
	LatencyConfidence = 0.95
	// LatencySamples is how many answers it takes to bound a p95 from above with
	// that confidence: 0.95⁵⁹ < 5 %.
	LatencySamples = 59
	// ErrorShare is the share of wrong answers that is too much.
	ErrorShare = 0.01
	// LateMost is the lateness of the auditor's own schedule, at p99, beyond
	// which its times prove nothing.
	LateMost = 250 * time.Millisecond
	// SentLeast is the share of the schedule that must have been sent.
	SentLeast = 0.99
)

// Failed is how many answers were wrong.
func (a Action) Failed() int64 {
	var n int64
	for _, f := range a.Failures {
		n += f.Count
	}
	return n
}

// P95Open reports whether the 95 % interval of p95 lies on both sides of the budget.
func (a Action) P95Open(budget time.Duration) bool {
	low, high, ok := a.P95Between()
	return ok && low <= budget && high > budget
}

// ErrorsOpen reports whether so few errors were seen that more samples would
// tell whether their share is too much.
func (a Action) ErrorsOpen() bool {
	failed, n := a.Failed(), a.Asked
	return failed > 0 && float64(failed) > ErrorShare*float64(n) &&
		quantile.AtLeast(failed, n, ErrorShare) > 1-LatencyConfidence
}

// Late is the auditor's own lateness at p99, over all rounds.
func (l *Latency) Late() time.Duration { return micros(l.lateness().At(0.99)) }

func (l *Latency) lateness() quantile.Counts {
	var all quantile.Counts
	for _, r := range l.Rounds {
		all = all.With(r.Late)
	}
	return all
}

// OwnP95 is the portal's part of an action's p95, in microseconds: without the
// auditor's delay in sending, which is measured, and without that in noticing
// the answer, which is about the same: both wait for the same processors.
func (l *Latency) OwnP95(a Action) int64 {
	return max(0, a.Alone.At(0.95)-l.lateness().At(0.95))
}

// LateAlone reports a p95 beyond the budget of which the portal's part is within it.
func (l *Latency) LateAlone(a Action) bool {
	budget := l.Budget.Microseconds()
	return a.Took.At(0.95) > budget && l.OwnP95(a) <= budget
}

// SentShare is the share of the schedule that went out; 0 of an empty one.
func (l *Latency) SentShare() float64 {
	var due, sent int64
	for _, r := range l.Rounds {
		due, sent = due+r.Due, sent+r.Sent
	}
	if due == 0 {
		return 0
	}
	return float64(sent) / float64(due)
}

// Extended reports that a second round followed, after which the estimate decides.
func (l *Latency) Extended() bool { return len(l.Rounds) > 1 }

// Undecided says why an action's answers prove nothing of the portal, or "".
func (l *Latency) Undecided(a Action) (check.Reason, string) {
	late, share := l.Late(), l.SentShare()
	switch {
	case a.Unproven != "":
		return a.Unproven, a.Why
	case a.Throttled > 0:
		return check.Throttled, fmt.Sprintf("%d of %d answers said to slow down under %g requests a second", a.Throttled, a.Asked, l.Rate)
	case a.Blocked > 0:
		return check.Intercepted, fmt.Sprintf("%d of %d answers came from something before the application", a.Blocked, a.Asked)
	case l.Reason != "":
		return l.Reason, l.Stopped
	case late > LateMost:
		return check.Unstable, fmt.Sprintf("the auditor was overloaded: one in 100 of its requests left %s after it was due, or later", Millis(late.Microseconds()))
	case share < SentLeast:
		return check.Unstable, fmt.Sprintf("only %.1f %% of the declared load was sent", 100*share)
	}
	return "", ""
}

// P95Between is where the 95th percentile lies with LatencyConfidence; ok is
// false when there are too few answers to say so.
func (a Action) P95Between() (low, high time.Duration, ok bool) {
	l, h, ok := a.Took.Interval(0.95, LatencyConfidence)
	return micros(l), micros(h), ok
}

// Millis shows microseconds as people read them: "0.8 ms", "43 ms", "1300 ms".
func Millis(micros int64) string {
	digits := 0
	if micros < 10_000 {
		digits = 1
	}
	return strconv.FormatFloat(float64(micros)/1000, 'f', digits, 64) + " ms"
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }
