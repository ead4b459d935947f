package wire

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/url"
	"sync"

	"golang.org/x/time/rate"

	"github.com/launchready/launchready/portal"
)

// What is sent to a target that says nothing else: gentle with other people's
// machines, quick with one's own.
const (
	defaultRate      = 10
	defaultInFlight  = 4
	loopbackRate     = 200
	loopbackInFlight = 16
)

// pace is a token bucket and a number of places.
type pace struct {
	bucket *rate.Limiter
	places chan struct{}
}

func newPace(t *portal.Target) *pace {
	perSecond, inFlight := Pace(t)
	return &pace{
		bucket: rate.NewLimiter(rate.Limit(perSecond), inFlight),
		places: make(chan struct{}, inFlight),
	}
}

// Pace returns the requests per second and the requests in flight granted for a
// target: what it says, else 200 and 16 on loopback and 10 and 4 elsewhere.
func Pace(t *portal.Target) (perSecond float64, inFlight int) {
	perSecond, inFlight = defaultRate, defaultInFlight
	if onLoopback(t) {
		perSecond, inFlight = loopbackRate, loopbackInFlight
	}
	if t.Rate > 0 {
		perSecond = t.Rate
	}
	if t.InFlight > 0 {
		inFlight = t.InFlight
	}
	return perSecond, inFlight
}

func onLoopback(t *portal.Target) bool {
	u, err := url.Parse(t.URL)
	if err != nil {
		return false
	}
	if o, err := originOf(u); err == nil {
		if to, ok := resolved(t.Resolve, o.host, o.port); ok {
			host, _, err := net.SplitHostPort(to)
			return err == nil && loopbackHost(host)
		}
	}
	return loopbackHost(u.Hostname())
}

// enter waits for a place and a token. The caller must leave.
func (p *pace) enter(ctx context.Context) error {
	select {
	case p.places <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := p.bucket.Wait(ctx); err != nil {
		p.leave()
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		return err
	}
	return nil
}

func (p *pace) leave() { <-p.places }

// budget counts requests and says when there are no more.
type budget struct {
	mu      sync.Mutex
	limit   int            // 0: none
	taken   int            // sent, or about to be
	left    map[string]int // by gatherer; missing: no bound
	sent    map[string]int
	refused int
}

func newBudget(limit int) *budget {
	return &budget{limit: limit, left: map[string]int{}, sent: map[string]int{}}
}

func (b *budget) set(by string, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n < 0 {
		delete(b.left, by)
		return
	}
	b.left[by] = n
}

func (b *budget) unlimit() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.limit = 0
}

// take books one request.
func (b *budget) take(by string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.limit > 0 && b.taken >= b.limit {
		return fmt.Errorf("%w: the run's %d requests are used up", ErrBudget, b.limit)
	}
	if n, ok := b.left[by]; ok {
		if n == 0 {
			return fmt.Errorf("%w: %s has used up its share", ErrBudget, by)
		}
		b.left[by] = n - 1
	}
	b.taken++
	b.sent[by]++
	return nil
}

// giveBack undoes take for a request that was held back after all.
func (b *budget) giveBack(by string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n, ok := b.left[by]; ok {
		b.left[by] = n + 1
	}
	b.taken--
	b.sent[by]--
}

func (b *budget) refuse() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refused++
}

func (b *budget) total() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.taken
}

func (b *budget) refusals() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.refused
}

func (b *budget) sentBy() map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := maps.Clone(b.sent)
	maps.DeleteFunc(out, func(_ string, n int) bool { return n == 0 })
	return out
}
