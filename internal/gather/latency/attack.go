package latency

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
)

const (
	// patience is how long an answer is waited for.
	patience = 10 * time.Second
	// workers wait for work; mostWorkers are how many answers are awaited at
	// the same time at most. Up to it no slow answer delays the next request.
	workers     = 16
	mostWorkers = 1024
	// tooFew answers say nothing about a share of errors.
	tooFew = 25
	// brokenShare of answers that are 5xx end the run: one in so many.
	brokenShare = 5
	// throttledMost answers that say to slow down, or to go away, end the run.
	throttledMost = 3
)

// schedule is vegeta's pacer with due times that are known: request k is due k
// intervals after the first. Whatever delays one request delays no other.
type schedule struct {
	every   time.Duration
	n       uint64
	began   time.Time
	stopped atomic.Bool
}

// Pace implements vegeta.Pacer. It is called once for each request, in order.
func (s *schedule) Pace(elapsed time.Duration, hits uint64) (time.Duration, bool) {
	if hits == 0 {
		s.began = time.Now().Add(-elapsed)
	}
	return time.Duration(hits)*s.every - elapsed, hits >= s.n || s.stopped.Load()
}

// Rate implements vegeta.Pacer.
func (s *schedule) Rate(time.Duration) float64 { return 1 / s.every.Seconds() }

func (s *schedule) due(k uint64) time.Time { return s.began.Add(time.Duration(k) * s.every) }

// hit is one request of a round and what came of it.
type hit struct {
	load   wire.Load
	answer *wire.Answer
	err    error
}

// attack sends a round: an open loop in which requests leave when they are due,
// whether or not earlier ones were answered. vegeta keeps the schedule and the
// workers; the requests themselves are the sessions', through wire.
func (r *rounds) attack(ctx context.Context, n int, counts bool) (artifact.Round, error) {
	round, late := artifact.Round{Due: int64(n)}, newHistogram()
	s := &schedule{every: r.every, n: uint64(n)}
	hits := make([]hit, n)
	send := func(req *http.Request) (*http.Response, error) {
		k, err := strconv.ParseUint(req.Header.Get("X-Vegeta-Seq"), 10, 64)
		if err != nil || k >= uint64(n) {
			return nil, fmt.Errorf("request %q is not on the schedule", req.Header.Get("X-Vegeta-Seq"))
		}
		h := &hits[k]
		h.answer, h.err = r.Timed(ctx, r.ask(k), &h.load)
		if h.err != nil {
			return nil, h.err
		}
		return &http.Response{StatusCode: h.answer.Status, Status: strconv.Itoa(h.answer.Status), Header: h.answer.Header, Body: http.NoBody, Request: req}, nil
	}
	attacker := vegeta.NewAttacker(vegeta.Workers(workers), vegeta.MaxWorkers(mostAwaited(r.every)), vegeta.Client(wire.Through(send)))
	unhook := context.AfterFunc(ctx, func() { s.stopped.Store(true); attacker.Stop() })
	defer unhook()
	target := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodGet, URL: r.Target.URL})
	for res := range attacker.Attack(target, s, 0, "") {
		if ctx.Err() != nil {
			continue // until those under way have ended
		}
		if counts {
			r.see(res)
		}
		h := &hits[res.Seq]
		a := r.actions[res.Seq%uint64(len(r.actions))]
		if r.count(a, h, r.turn(res.Seq), s.due(res.Seq), counts) {
			round.Sent++
			record(late, h.load.Began.Sub(s.due(res.Seq)))
		}
		if err := r.settle(res.Seq, h); err != nil {
			r.stop(check.RunError, err.Error())
		}
		h.answer, h.load.Record = nil, nil // its body is no longer needed
		if r.out.Stopped != "" {
			s.stopped.Store(true)
			attacker.Stop()
		}
	}
	round.Late = counted(late)
	for k := range hits { // of an interrupted round, and what was never due
		if err := r.settle(uint64(k), &hits[k]); err != nil {
			return round, err
		}
	}
	return round, ctx.Err()
}

// mostAwaited is how many answers are awaited at the same time when none comes.
func mostAwaited(every time.Duration) uint64 {
	return uint64(min(mostWorkers, math.Ceil(float64(patience)/float64(every))+workers))
}

// ask is what request k of a round asks: the actions take turns, and so do
// those who ask.
func (r *rounds) ask(k uint64) gather.Ask {
	a := r.actions[k%uint64(len(r.actions))]
	ask := a.asks[r.turn(k)]
	if a.writing != nil {
		ask = a.ahead[k].ask
	}
	ask.Request.Timeout = patience
	return ask
}

// turn is whose turn it is: which of its action's asks request k is.
func (r *rounds) turn(k uint64) int {
	n := uint64(len(r.actions))
	return int(k / n % uint64(len(r.actions[k%n].asks)))
}

// count takes what came of a request; false says that it was not sent.
func (r *rounds) count(a *action, h *hit, turn int, due time.Time, counts bool) bool {
	if h.load.Ended.IsZero() {
		reason, text := gather.Refusal(h.err), fmt.Sprintf("%s was not sent: %v", a.name, h.err)
		var undecided gather.Undecided
		if errors.As(h.err, &undecided) {
			reason = undecided.Reason
		}
		r.stop(reason, text)
		return false
	}
	kind := a.judge(r.Refusals(), h, turn)
	switch kind {
	case throttling:
		a.throttled++
	case blocking:
		a.blocked++
	}
	a.take(h, due, kind)
	if counts && kind == right {
		a.keep(h, h.load.Ended.Sub(due), r.out.Budget)
	}
	r.watch(kind, a)
	return true
}

// watch ends the run where going on would harm the portal or be in vain.
func (r *rounds) watch(kind string, a *action) {
	r.answers++
	if broken(kind) {
		r.broken++
	}
	switch {
	case a.throttled >= throttledMost:
		r.stop(check.Throttled, fmt.Sprintf("%s was throttled %d times under %g requests a second", a.name, a.throttled, r.out.Rate))
	case a.blocked >= throttledMost:
		r.stop(check.Intercepted, fmt.Sprintf("%d answers to %s came from something before the application", a.blocked, a.name))
	case r.answers >= tooFew && r.broken*brokenShare >= r.answers:
		r.stop(check.CircuitOpen, fmt.Sprintf("%d of %d answers were server errors: the load was stopped", r.broken, r.answers))
	}
}
