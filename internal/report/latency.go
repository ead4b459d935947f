package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/verdict"
)

// millis shows a time as it is read off a plot: "3.1 ms", "812 ms", "1.3 s".
func millis(d time.Duration) string {
	if d >= time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return artifact.Millis(d.Microseconds())
}

// The plot's frame, in units that are about a pixel.
const (
	plotLeft, plotRight = 44.0, 288.0
	plotTop, plotBottom = 12.0, 112.0
	// farthest is where the last answer stands on the axis of shares, which
	// gives each further nine (90, 99 %) the same room.
	farthest = 2.6
	// fastest is the smallest time on the axis of times.
	fastest = time.Millisecond
)

// latencyPage is the core actions with their plots.
type latencyPage struct {
	*verdict.Latency
	Load  string
	Plots []plot
	Rest  []verdict.Action // without a single answer
}

// plot is one action's answers as a curve: how many percent came within which
// time. Both axes are those of every other plot, so that curves compare.
type plot struct {
	verdict.Action
	Over    bool
	Label   string // for who does not see the curve
	Facts   []string
	Line    string
	Budget  float64 // height of the budget
	X95     float64
	Y95     float64
	YLow    float64 // of the interval of p95
	YHigh   float64
	Times   []tick
	Shares  []tick
	TooSlow float64 // height of what lies beyond the budget
}

// tick is a line of the grid and what it says.
type tick struct {
	At   float64
	Text string
}

func newLatencyPage(l *verdict.Latency) *latencyPage {
	if l == nil || len(l.Actions) == 0 {
		return nil
	}
	p := &latencyPage{Latency: l, Load: load(l)}
	axis := newTimes(l)
	for _, a := range l.Actions {
		if len(a.Curve) == 0 {
			p.Rest = append(p.Rest, a)
			continue
		}
		p.Plots = append(p.Plots, newPlot(a, l.Budget, axis))
	}
	return p
}

// load says what was sent, in a few words.
func load(l *verdict.Latency) string {
	var sent int64
	for _, a := range l.Actions {
		sent += a.Sent
	}
	if sent == 0 {
		return "Nothing was measured."
	}
	return fmt.Sprintf("%s in %s, %g a second. The clock starts when a request is due.", plural(int(sent), "request", "requests"), took(l.For), l.Rate)
}

func newPlot(a verdict.Action, budget time.Duration, axis times) plot {
	p := plot{
		Action: a, Over: a.Over(budget), Budget: axis.at(budget), Times: axis.ticks,
		X95: shareAt(95), Y95: axis.at(a.P95), YLow: axis.at(a.Low), YHigh: axis.at(a.High),
		TooSlow: axis.at(budget) - plotTop,
	}
	if a.High == 0 { // too few answers for an interval
		p.YLow, p.YHigh = p.Y95, p.Y95
	}
	var line strings.Builder
	for _, at := range a.Curve {
		fmt.Fprintf(&line, "%.1f,%.1f ", shareAt(at.Share), axis.at(at.Took))
	}
	p.Line = strings.TrimSpace(line.String())
	for _, s := range []struct {
		share float64
		text  string
	}{{50, "50"}, {90, "90"}, {95, "95"}, {99, "99"}, {100, "all"}} {
		p.Shares = append(p.Shares, tick{shareAt(s.share), s.text})
	}
	p.Facts = facts(a)
	p.Label = fmt.Sprintf("%s: half of the answers came within %s, 95 of 100 within %s, 99 within %s; the budget is %s",
		a.Name, millis(a.P50), millis(a.P95), millis(a.P99), millis(budget))
	return p
}

// facts is what a plot says in words.
func facts(a verdict.Action) []string {
	out := []string{
		fmt.Sprintf("p50 %s, p99 %s", millis(a.P50), millis(a.P99)),
		answers(a),
	}
	if a.High > 0 {
		out = append(out, fmt.Sprintf("p95 is within %s and %s", millis(a.Low), millis(a.High)))
	}
	names := map[string]string{"dns": "name", "connect": "connect", "tls": "TLS", "wait": "first byte", "body": "body"}
	var parts []string
	for _, p := range a.Phases {
		parts = append(parts, names[p.Name]+" "+millis(p.P50))
	}
	if len(parts) > 0 {
		out = append(out, "median "+strings.Join(parts, ", "))
	}
	return out
}

func answers(a verdict.Action) string {
	if a.Wrong == 0 {
		return plural(int(a.Sent), "answer", "answers")
	}
	return fmt.Sprintf("%s, %d wrong", plural(int(a.Sent), "answer", "answers"), a.Wrong)
}

// shareAt is where a share, in percent, stands: with room for the slow end.
func shareAt(percent float64) float64 {
	nines := farthest
	if percent < 100 {
		nines = min(farthest, -math.Log10(1-percent/100))
	}
	return plotLeft + (plotRight-plotLeft)*nines/farthest
}

// times is the axis of times, in powers of ten.
type times struct {
	low, high float64 // powers
	ticks     []tick
}

// newTimes makes room for every answer and for the budget.
func newTimes(l *verdict.Latency) times {
	least, most := l.Budget, l.Budget
	for _, a := range l.Actions {
		for _, p := range a.Curve {
			least, most = min(least, p.Took), max(most, p.Took)
		}
		most = max(most, a.High)
	}
	t := times{low: math.Floor(power(least)), high: math.Ceil(power(most) + 0.05)}
	for p := t.low; p <= t.high; p++ {
		t.ticks = append(t.ticks, tick{t.height(p), round(p)})
	}
	return t
}

// power is the power of ten of a time in milliseconds.
func power(d time.Duration) float64 {
	return math.Log10(float64(max(d, fastest)) / float64(time.Millisecond))
}

// round names a power of ten: "10 ms", "1 s".
func round(power float64) string {
	if power >= 3 {
		return fmt.Sprintf("%g s", math.Pow(10, power-3))
	}
	return fmt.Sprintf("%g ms", math.Pow(10, power))
}

func (t times) height(power float64) float64 {
	return plotBottom - (plotBottom-plotTop)*(power-t.low)/(t.high-t.low)
}

func (t times) at(d time.Duration) float64 {
	return math.Round(10*t.height(min(max(power(d), t.low), t.high))) / 10
}
