package wire

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// When to let a target rest, and when to give up.
const (
	routeFailures  = 5  // consecutive 5xx or timeouts that stop a route
	window         = 50 // answers over which the share of 5xx is taken
	windowFailures = 10 // more 5xx than this in a window pause the run: 20 %
	unreachable    = 10 // consecutive requests without any answer: the target is down
	// A target that has never answered is given up sooner when each try costs
	// the whole time allowed: ten of them would be minutes for nothing.
	unreachableAtFirst = 3
	mostTrips          = 100
)

// circuit stops what does the target harm or is in vain.
type circuit struct {
	pause time.Duration // how long the run rests when the share of 5xx is high

	mu      sync.Mutex
	routes  map[string]int    // consecutive failures
	stopped map[string]string // route → why
	silent  map[origin]int    // consecutive requests without an answer
	late    map[origin]int    // consecutive timeouts of an origin that never answered; -1: it has answered
	down    map[origin]string // origin → why
	recent  []bool            // was it a 5xx
	until   time.Time         // end of the pause
	trips   []string
}

func newCircuit() *circuit {
	return &circuit{
		pause:  2 * time.Second,
		routes: map[string]int{}, stopped: map[string]string{},
		silent: map[origin]int{}, late: map[origin]int{}, down: map[origin]string{},
	}
}

// again forgets what was given up: what must still be undone is worth a try.
func (c *circuit) again() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.routes)
	clear(c.stopped)
	clear(c.silent)
	clear(c.down)
}

// allow returns why a request would be in vain, or nil.
func (c *circuit) allow(t *trip) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if why := c.down[t.origin]; why != "" {
		return fmt.Errorf("%w: %s", ErrCircuit, why)
	}
	for _, key := range t.routes() {
		if why := c.stopped[key]; why != "" {
			return fmt.Errorf("%w: %s", ErrCircuit, why)
		}
	}
	return nil
}

// wait lets a pause pass.
func (c *circuit) wait(ctx context.Context) error {
	for {
		c.mu.Lock()
		left := time.Until(c.until)
		c.mu.Unlock()
		if left <= 0 {
			return nil
		}
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
}

// note counts what came of a request. Requests given up by their caller, and
// failures provoked on purpose, say nothing about the target.
func (c *circuit) note(t *trip) {
	timeout := errors.Is(t.err, errTimeout)
	if t.request.Expect5xx || (t.err != nil && !timeout && (errors.Is(t.err, context.Canceled) ||
		errors.Is(t.err, context.DeadlineExceeded) || errors.Is(t.err, ErrCircuit))) {
		return
	}
	failed := t.response != nil && t.response.status >= http.StatusInternalServerError
	c.mu.Lock()
	defer c.mu.Unlock()
	c.noteOrigin(t, timeout)
	all, own := t.routes()[0], t.routes()[1]
	c.noteRoute(all, timeout, t.err)
	c.noteRoute(own, timeout || failed, t.err)
	if t.response == nil {
		return
	}
	c.recent = append(c.recent, failed)
	if len(c.recent) > window {
		c.recent = c.recent[1:]
	}
	c.rest()
}

func (c *circuit) noteOrigin(t *trip, timeout bool) {
	o := t.origin
	if t.response != nil {
		c.silent[o], c.late[o] = 0, -1
		return
	}
	c.silent[o]++
	switch {
	case c.late[o] < 0:
	case timeout:
		c.late[o]++
	default:
		c.late[o] = 0
	}
	if n := c.silent[o]; c.down[o] == "" && (n >= unreachable || c.late[o] >= unreachableAtFirst) {
		why := fmt.Sprintf("%s cannot be reached: %d requests in a row got no answer, the last: %v", o, n, t.err)
		c.down[o] = why
		c.trip(why)
	}
}

func (c *circuit) noteRoute(key string, failed bool, err error) {
	if !failed {
		delete(c.routes, key)
		return
	}
	c.routes[key]++
	if c.routes[key] < routeFailures || c.stopped[key] != "" {
		return
	}
	what := "server errors"
	if err != nil {
		what = "timeouts or server errors"
	}
	why := fmt.Sprintf("%s answered with %d %s in a row", key, routeFailures, what)
	c.stopped[key] = why
	c.trip(why)
}

// rest pauses the run when too many of the last answers were 5xx.
func (c *circuit) rest() {
	failures := 0
	for _, failed := range c.recent {
		if failed {
			failures++
		}
	}
	if len(c.recent) < window || failures <= windowFailures {
		return
	}
	c.recent = c.recent[:0]
	c.until = time.Now().Add(c.pause)
	c.trip(fmt.Sprintf("%d of the last %d answers were server errors: paused for %v", failures, window, c.pause))
}

func (c *circuit) trip(why string) {
	if len(c.trips) < mostTrips {
		c.trips = append(c.trips, why)
	}
}

func (c *circuit) said() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.trips)
}

// routes names the request's route for everybody and for its sender. Some
// portals refuse with a 5xx: a stranger's refusals must not stop the owner.
func (t *trip) routes() [2]string {
	route := t.origin.String() + " " + t.request.Method + " " + template(t.url.EscapedPath())
	return [2]string{route, route + " as " + t.who}
}

// template replaces the segments of a path that look like ids.
func template(p string) string {
	segs := strings.Split(p, "/")
	for i, s := range segs {
		if idLike(s) {
			segs[i] = "{}"
		}
	}
	return strings.Join(segs, "/")
}

// idLike reports numbers, and long words with digits in them such as UUIDs.
func idLike(s string) bool {
	digits := strings.Count(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '0'
		}
		return r
	}, s), "0")
	return digits > 0 && (digits == len(s) || len(s) >= 8)
}
