package latency

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/checks/latency/errors"
	"github.com/launchready/launchready/checks/latency/p95"
	"github.com/launchready/launchready/checks/latency/spread"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/gather/gathertest"
)

// every answers in a way once in so many.
func every(k int, how http.HandlerFunc) func(http.ResponseWriter, int) bool {
	return func(w http.ResponseWriter, n int) bool {
		if n%k != 0 {
			return false
		}
		how(w, nil)
		return true
	}
}

// after answers in a way from the nth on.
func after(k int, how http.HandlerFunc) func(http.ResponseWriter, int) bool {
	return func(w http.ResponseWriter, n int) bool {
		if n <= k {
			return false
		}
		how(w, nil)
		return true
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = w.Write([]byte(`{"error":{"code":"trouble"}}`))
	}
}

// slowly waits once in so many.
func slowly(k int, d time.Duration) func(int) time.Duration {
	return func(n int) time.Duration {
		if n%k == 0 {
			return d
		}
		return 0
	}
}

func cutOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "400")
	_, _ = w.Write([]byte("<title>orders</title><h1>Your"))
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// TestPortals measures small portals, flawed and mended, and has the checks judge.
func TestPortals(t *testing.T) {
	t.Parallel()
	const orders = "{rate: 100/s, for: 1s, actions: [GET /orders]}"
	signIn := func(w http.ResponseWriter, _ *http.Request) { (&site{}).form(w) }
	portals := []struct {
		name   string
		site   *site
		policy string
		want   string // p95, errors, spread
	}{
		{"fast, a cookie", &site{}, orders, "ok ok ok"},
		{"fast, a token", &site{bearer: true}, orders, "ok ok ok"},
		{"learned actions", &site{bearer: true}, "{rate: 150/s, for: 1s}", "ok ok ok"},
		{"always slow", &site{waits: slowly(1, 250*time.Millisecond)}, "{p95: 100ms, rate: 100/s, for: 1s, actions: [GET /orders]}", "fail ok ok"},
		{"always slow, within a larger budget", &site{waits: slowly(1, 250*time.Millisecond)}, orders, "ok ok ok"},
		{"one in five is slow", &site{bearer: true, waits: slowly(5, 700*time.Millisecond)}, orders, "fail ok ok"},
		{"a fat tail", &site{waits: slowly(33, 700*time.Millisecond)}, orders, "ok ok fail"},
		{"one in 20 fails", &site{bearer: true, list: every(20, status(500))}, orders, "ok fail ok"},
		{"one in 20 is the form, with 200", &site{list: every(20, signIn)}, orders, "ok fail ok"},
		{"one in 20 has an error in it, with 200", &site{bearer: true, list: every(20, status(200))}, orders, "ok fail ok"},
		{"one in 20 is empty", &site{list: every(20, func(http.ResponseWriter, *http.Request) {})}, orders, "ok fail ok"},
		{"one in 20 is cut off", &site{list: every(20, cutOff)}, orders, "ok fail ok"},
		{"once wrong is an accident", &site{list: func(w http.ResponseWriter, n int) bool { return n == 60 && every(60, status(500))(w, n) }}, "{rate: 100/s, for: 660ms, actions: [GET /orders]}", "ok ok ok"},
		{"throttles", &site{bearer: true, list: after(60, status(429))}, orders, "throttled throttled throttled"},
		{"breaks down", &site{bearer: true, list: after(80, status(503))}, orders, "circuit-open fail circuit-open"},
		{"breaks down at once", &site{list: after(6, status(500))}, orders, "circuit-open fail circuit-open"},
		{"one in three fails", &site{bearer: true, list: every(3, status(500))}, orders, "circuit-open fail circuit-open"},
		{"throttles once, in the warm-up", &site{bearer: true, list: func(w http.ResponseWriter, n int) bool { return n == 10 && every(10, status(429))(w, n) }}, orders, "throttled throttled throttled"},
		{"the list wants nobody", &site{list: after(0, status(403))}, orders, "no-positive-control no-positive-control no-positive-control"},
		{"signs out in mid-run", &site{ends: 60}, orders, "session-dead session-dead session-dead"},
		{"an action that writes", &site{}, "{rate: 100/s, for: 1s, actions: [GET /orders, POST /orders]}", "ok ok ok effect-refused effect-refused effect-refused"},
	}
	runs, done := make([]*gathertest.Run, len(portals)), make([]chan error, len(portals))
	atOnce := make(chan struct{}, 4)
	for i, tc := range portals {
		r, finished := open(t, tc.site, tc.policy), make(chan error, 1)
		runs[i], done[i] = r, finished
		go func() { // most of the time is spent in waiting for the next request to be due
			atOnce <- struct{}{}
			defer func() { <-atOnce }()
			made, err := Gatherer().Gather(t.Context(), r.For("latency"))
			r.Put("latency", made)
			finished <- err
		}()
	}
	for i, tc := range portals {
		t.Run(tc.name, func(t *testing.T) {
			if err := <-done[i]; err != nil {
				t.Fatal(err)
			}
			r := runs[i]
			if l := gather.Made[artifact.Latency](r.Tools, artifact.Latencies); busy(l) {
				_, r, _ = measure(t, tc.site, tc.policy)
			}
			got, said := judged(t, r)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("p95, errors, spread (-want +got):\n%s\n%s", diff, said)
			}
		})
	}
}

// judged are the outcomes of the three checks, or the reasons of what is
// unproven; of several actions each outcome once.
func judged(t *testing.T, r *gathertest.Run) (got, said string) {
	t.Helper()
	var first, more, all []string
	for _, c := range []check.Check{p95.Check, errors.Check, spread.Check} {
		var mine []string
		for _, f := range r.Judge(t, c) {
			word := string(f.Outcome)
			if f.Outcome == check.Unproven {
				word = string(f.Reason)
			}
			if !slices.Contains(mine, word) {
				mine = append(mine, word)
			}
			all = append(all, c.ID+" "+word+": "+f.Subject+" "+f.Message)
		}
		first, more = append(first, mine[0]), append(more, mine[1:]...)
	}
	return strings.Join(append(first, more...), " "), strings.Join(all, "\n")
}

// TestQuantiles compares what was measured with what the portal itself
// recorded, with the delays that it was told to have, and with vegeta. It runs
// beside no other test: what is compared are times.
func TestQuantiles(t *testing.T) {
	delay := func(n int) time.Duration { return time.Duration(200+n*37%101*3) * time.Millisecond }
	var wrong []string
	for range tries { // a busy machine may spoil one
		s := &site{bearer: true, waits: delay}
		r := open(t, s, "{rate: 100/s, for: 2s, p95: 2s, actions: [GET /orders]}")
		var metrics vegeta.Metrics
		l := r.Gather(t, gatherer(func(res *vegeta.Result) { metrics.Add(res) })).(*artifact.Latency)
		metrics.Close()
		a := figures(t, l, "GET /orders")
		if a.Asked != 200 || len(l.Rounds) != 1 || a.Failed() != 0 {
			t.Fatalf("%d asked in %d rounds, %d wrong, want 200, 1 and 0", a.Asked, len(l.Rounds), a.Failed())
		}
		if p := a.Phases; p.Wait.P50 < 200_000 || p.Body.P50 > p.Wait.P50/10 {
			t.Errorf("phases %+v, want the wait to be nearly all", p)
		}
		if wrong = apart(a, s, delay, metrics.Latencies); len(wrong) == 0 {
			return
		}
	}
	t.Errorf("more than 2 %% apart:\n%s", strings.Join(wrong, "\n"))
}

// apart are the quantiles that differ by more than 2 % from another account of
// the same requests. They are the last that the portal served.
func apart(a artifact.Action, s *site, delay func(int) time.Duration, by vegeta.LatencyMetrics) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := int(a.Asked)
	served := s.served[len(s.served)-n:]
	var told []time.Duration
	for i := range n {
		told = append(told, delay(s.n-n+i+1))
	}
	var out []string
	for _, q := range []struct {
		at     float64
		vegeta time.Duration
	}{{0.5, by.P50}, {0.95, by.P95}, {0.99, by.P99}} {
		alone := time.Duration(a.Alone.At(q.at)) * time.Microsecond
		for _, other := range []struct {
			name string
			took time.Duration
		}{{"the portal's own record", rank(served, q.at)}, {"its delays", rank(told, q.at)}, {"vegeta", q.vegeta}} {
			if off := math.Abs(float64(alone)/float64(other.took) - 1); off > 0.02 {
				out = append(out, fmt.Sprintf("p%g is %v, by %s %v", 100*q.at, alone, other.name, other.took))
			}
		}
	}
	return out
}

// rank is a quantile by nearest rank.
func rank(ds []time.Duration, q float64) time.Duration {
	ds = slices.Sorted(slices.Values(ds))
	return ds[int(math.Ceil(q*float64(len(ds))-1e-9))-1]
}

// TestFreeze stops a portal once in mid-run: whoever comes meanwhile waits, and
// the figures say so, for requests leave by the schedule all the same.
func TestFreeze(t *testing.T) {
	t.Parallel()
	const stall = 600 * time.Millisecond
	_, r, l := measure(t, &site{stalls: stall}, "{rate: 100/s, for: 2s, p95: 300ms, actions: [GET /orders]}")
	a := figures(t, l, "GET /orders")
	if got := l.SentShare(); got != 1 {
		t.Errorf("%.3f of the schedule was sent, want all", got)
	}
	// About 60 of 200 requests were due meanwhile, evenly spread over it.
	if slow := a.Took.Above((stall / 2).Microseconds()); slow < 20 {
		t.Errorf("%d answers took more than half of the stall, want about 30", slow)
	}
	if p99 := a.Took.At(0.99); p99 < (stall * 8 / 10).Microseconds() {
		t.Errorf("p99 is %s with a stall of %v", artifact.Millis(p99), stall)
	}
	if got, said := judged(t, r); !strings.HasPrefix(got, "fail ok") {
		t.Errorf("the checks say %s, want fail\n%s", got, said)
	}
}

// TestLoad counts what a portal is sent under the declared rate.
func TestLoad(t *testing.T) {
	t.Parallel()
	s, _, l := measure(t, &site{}, "{rate: 200/s, for: 1s, actions: [GET /orders, GET /me]}")
	orders, me := figures(t, l, "GET /orders"), figures(t, l, "GET /me")
	round := l.Rounds[0]
	if round.Due != 200 || round.Sent != round.Due || orders.Asked != 100 || me.Asked != 100 {
		t.Errorf("of %d due %d were sent, %d and %d of the actions; want 200, 200, 100 and 100", round.Due, round.Sent, orders.Asked, me.Asked)
	}
	if diff := cmp.Diff([]string{"ada", "ben"}, orders.Who); diff != "" {
		t.Errorf("who asks (-want +got):\n%s", diff)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	warm := int(l.WarmUp.Seconds()*l.Rate) / 2
	if got, want := s.n, 2+warm+100; got != want { // two controls
		t.Errorf("the portal served %d, want %d", got, want)
	}
	if len(orders.First) != mostKept || orders.Control == "" {
		t.Errorf("kept %d answers and control %q, want %d and one", len(orders.First), orders.Control, mostKept)
	}
}

// TestExtended measures twice as long where the first round leaves p95 open.
func TestExtended(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		k    int // one in so many is slow
		want string
	}{
		{"one in 18 is slow", 18, "fail ok"},
		{"one in 23 is slow", 23, "ok ok"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, r, l := measure(t, &site{waits: slowly(tc.k, 900*time.Millisecond)}, "{rate: 300/s, for: 500ms, actions: [GET /orders]}")
			if !l.Extended() || figures(t, l, "GET /orders").Asked != 300 {
				t.Errorf("%d rounds, %d asked, want 2 and 300", len(l.Rounds), figures(t, l, "GET /orders").Asked)
			}
			if got, said := judged(t, r); !strings.HasPrefix(got, tc.want) {
				t.Errorf("the checks say %s, want %s\n%s", got, tc.want, said)
			}
		})
	}
}

func TestSchedule(t *testing.T) {
	t.Parallel()
	s := &schedule{every: 10 * time.Millisecond, n: 100}
	for _, tc := range []struct {
		name    string
		elapsed time.Duration
		hits    uint64
		wait    time.Duration
		stop    bool
	}{
		{"the first leaves at once", 0, 0, 0, false},
		{"the next when it is due", 2 * time.Millisecond, 1, 8 * time.Millisecond, false},
		{"a late one leaves at once, and owes nothing", 500 * time.Millisecond, 20, -300 * time.Millisecond, false},
		{"all were sent", time.Second, 100, 0, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wait, stop := s.Pace(tc.elapsed, tc.hits)
			if stop != tc.stop || !stop && wait != tc.wait {
				t.Errorf("wait %v, stop %v; want %v, %v", wait, stop, tc.wait, tc.stop)
			}
		})
	}
	if got := s.due(50).Sub(s.due(0)); got != 500*time.Millisecond {
		t.Errorf("request 50 is due after %v, want 500ms", got)
	}
}
