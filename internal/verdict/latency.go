package verdict

import (
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
)

// Latency is what the core actions took under the declared load.
type Latency struct {
	Rate    float64       `json:"rate"`   // requests per second, over all actions together
	For     time.Duration `json:"for"`    // of the schedule that was measured
	Budget  time.Duration `json:"budget"` // that p95 must keep
	Late    time.Duration `json:"late"`   // p99 of the auditor's own delay
	Actions []Action      `json:"actions"`
}

// Action is one core action. Times count from when a request was due.
type Action struct {
	Name   string       `json:"name"`
	Sent   int64        `json:"sent"`
	Wrong  int64        `json:"wrong"`            // answers that were errors, or not what was asked for
	Reason check.Reason `json:"reason,omitempty"` // why the times prove nothing
	Why    string       `json:"why,omitempty"`

	P50 time.Duration `json:"p50,omitempty"`
	P95 time.Duration `json:"p95,omitempty"`
	P99 time.Duration `json:"p99,omitempty"`
	// Low and High enclose p95 with 95 % confidence.
	Low  time.Duration `json:"low,omitempty"`
	High time.Duration `json:"high,omitempty"`

	Phases []Phase `json:"phases,omitempty"`
	Curve  []Point `json:"curve,omitempty"`
}

// Over reports whether p95 exceeds the budget.
func (a Action) Over(budget time.Duration) bool { return a.P95 > budget }

// Phase is a part of the time: dns, connect, tls, wait (for the first byte) or body.
type Phase struct {
	Name string        `json:"name"`
	P50  time.Duration `json:"p50"`
	P95  time.Duration `json:"p95"`
}

// Point is a point of the distribution: Share percent of the answers came
// within Took.
type Point struct {
	Share float64       `json:"share"`
	Took  time.Duration `json:"took"`
}

// latency is the document's view of a latency run; nil of none.
func latency(l *artifact.Latency) *Latency {
	if l == nil {
		return nil
	}
	out := &Latency{Rate: l.Rate, Budget: l.Budget, Late: l.Late(), Actions: []Action{}}
	for _, r := range l.Rounds {
		out.For += time.Duration(float64(r.Due) / max(l.Rate, 0.001) * float64(time.Second))
	}
	for _, a := range l.Actions {
		out.Actions = append(out.Actions, timed(l, a))
	}
	return out
}

func timed(l *artifact.Latency, a artifact.Action) Action {
	out := Action{Name: a.Name, Sent: a.Asked, Wrong: a.Failed()}
	out.Reason, out.Why = l.Undecided(a)
	if a.Took.N() == 0 {
		return out
	}
	at := func(q float64) time.Duration { return time.Duration(a.Took.At(q)) * time.Microsecond }
	out.P50, out.P95, out.P99 = at(0.5), at(0.95), at(0.99)
	out.Low, out.High, _ = a.P95Between()
	for _, share := range []float64{0, 25, 50, 75, 80, 85, 90, 95, 96, 97, 98, 99, 100} {
		out.Curve = append(out.Curve, Point{share, at(share / 100)})
	}
	p := a.Phases
	for _, part := range []struct {
		name string
		artifact.Phase
	}{{"dns", p.DNS}, {"connect", p.Connect}, {"tls", p.TLS}, {"wait", p.Wait}, {"body", p.Body}} {
		if part.P95 > 0 {
			out.Phases = append(out.Phases, Phase{
				part.name, time.Duration(part.P50) * time.Microsecond, time.Duration(part.P95) * time.Microsecond,
			})
		}
	}
	return out
}
