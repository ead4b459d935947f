package gather

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/wire"
)

const (
	// batchSize bounds what one identity sends between two alive probes: a
	// session that dies unnoticed costs at most this many answers.
	batchSize = 25
	// backOff is the pause before a throttled request is tried again, and
	// maxBackOff the longest Retry-After that is waited for.
	backOff    = time.Second
	maxBackOff = 5 * time.Second
	// throttledOut is how many throttled answers in a row end a batch: whoever
	// goes on asking learns nothing and bothers the portal.
	throttledOut = 12
)

// Ask sends a batch and says for each request whether its answer counts: the
// session was alive before and after, and nobody throttled or intercepted it.
// A dead session is renewed and what was read with it is read once more; what
// is still undecided carries its reason. The requests of a batch travel
// together; answers come in the order asked.
func (t *Tools) Ask(ctx context.Context, asks ...Ask) []Answered {
	return t.batches(ctx, asks, t.Target.InFlight)
}

// InOrder is Ask with one request at a time, for writes and what depends on order.
func (t *Tools) InOrder(ctx context.Context, asks ...Ask) []Answered {
	return t.batches(ctx, asks, 1)
}

func (t *Tools) batches(ctx context.Context, asks []Ask, width int) []Answered {
	out := make([]Answered, len(asks))
	for start := 0; start < len(asks); {
		end, per := start, map[string]int{}
		for end < len(asks) && per[asks[end].Who] < batchSize {
			per[asks[end].Who]++
			end++
		}
		t.batch(ctx, asks[start:end], out[start:end], max(1, width))
		start = end
	}
	return out
}

// batch sends asks between two proofs of life of every identity in it.
func (t *Tools) batch(ctx context.Context, asks []Ask, out []Answered, width int) {
	dead := map[string]string{}
	who := names(asks)
	t.each(len(who), width, func(i int) {
		if why := t.ensureAlive(ctx, who[i]); why != "" {
			t.lives.Lock()
			dead[who[i]] = why
			t.lives.Unlock()
		}
	})
	t.each(len(asks), width, func(i int) {
		a := asks[i]
		out[i].Attempt = artifact.Attempt{Name: a.Name, Who: a.Who}
		if why := dead[a.Who]; why != "" {
			out[i].Unproven, out[i].Why = check.SessionDead, why
			return
		}
		out[i] = t.send(ctx, a)
	})
	for _, name := range who {
		if dead[name] == "" {
			t.settle(ctx, name, asks, out)
		}
	}
}

// settle proves that name's session outlived the batch. When it did not, the
// session is renewed and its reads are sent once more; its writes are not,
// for a write must never be sent twice.
func (t *Tools) settle(ctx context.Context, name string, asks []Ask, out []Answered) {
	if name == evidence.Anonymous || t.stillAlive(ctx, name) {
		return
	}
	why := t.ensureAlive(ctx, name)
	for i, a := range asks {
		if a.Who != name || out[i].Unproven != "" {
			continue
		}
		switch {
		case why != "":
			out[i].Unproven, out[i].Why = check.SessionDead, why
		case !wire.Safe(a.Request):
			out[i].Unproven, out[i].Why = check.SessionDead, name+"'s session died during the batch; a write is not repeated"
		default:
			out[i] = t.send(ctx, a)
		}
	}
	if why == "" && !t.stillAlive(ctx, name) {
		for i, a := range asks {
			if a.Who == name && out[i].Unproven == "" {
				out[i].Unproven, out[i].Why = check.SessionDead, name+"'s session died twice during the batch"
			}
		}
	}
}

// send sends one ask, once more when it was throttled or cut off.
func (t *Tools) send(ctx context.Context, a Ask) Answered {
	for try := 0; ; try++ {
		got := t.once(ctx, a)
		again := try == 0 && ctx.Err() == nil && wire.Safe(a.Request) &&
			(got.Unproven == check.Throttled || got.Unproven == check.Unstable)
		if !again {
			return got
		}
		pause := time.Duration(0)
		if got.Unproven == check.Throttled {
			pause = retryAfter(got.Answer)
		}
		select {
		case <-ctx.Done():
			return got
		case <-time.After(pause):
		}
	}
}

func (t *Tools) once(ctx context.Context, a Ask) Answered {
	got := Answered{Attempt: artifact.Attempt{Name: a.Name, Who: a.Who}}
	s := t.Sessions[a.Who]
	if s == nil {
		got.Unproven, got.Why = check.SessionDead, a.Who+" is not signed in"
		return got
	}
	if t.throttledOut() {
		got.Unproven, got.Why = check.Throttled, "not sent: the portal throttles everything"
		return got
	}
	r := a.Request
	r.By, r.For = t.by, a.Name
	ans, err := s.Do(ctx, r)
	if ans != nil {
		got.Answer, got.Ref = ans, ans.Ref
	}
	if err != nil {
		got.Unproven, got.Why = Refusal(err), err.Error()
		return got
	}
	judge, seen := t.Refusals(), normal.Of(ans.Exchange, normal.Mask{})
	if judge.Throttles(seen) {
		got.Unproven, got.Why = check.Throttled, fmt.Sprintf("answered %d: throttled", ans.Status)
		t.countThrottled(true)
		return got
	}
	t.countThrottled(false)
	if what, ok := judge.Intercepts(seen); ok {
		got.Unproven, got.Why = check.Intercepted, what
	}
	return got
}

func (t *Tools) throttledOut() bool {
	t.lives.Lock()
	defer t.lives.Unlock()
	return t.lives.throttled >= throttledOut
}

func (t *Tools) countThrottled(yes bool) {
	t.lives.Lock()
	defer t.lives.Unlock()
	if yes {
		t.lives.throttled++
	} else {
		t.lives.throttled = 0
	}
}

// Refusals judges by what the baseline has taught so far.
func (t *Tools) Refusals() *refusal.Judge {
	b := Made[artifact.Baseline](t, artifact.Baselines)
	t.lives.Lock()
	defer t.lives.Unlock()
	if t.lives.judge == nil || t.lives.learned != b {
		t.lives.judge, t.lives.learned = refusal.New(b), b
	}
	return t.lives.judge
}

func retryAfter(ans *wire.Answer) time.Duration {
	if ans == nil {
		return backOff
	}
	secs, err := strconv.Atoi(http.Header(ans.Header).Get("Retry-After"))
	if err != nil || secs <= 0 {
		return backOff
	}
	return min(time.Duration(secs)*time.Second, maxBackOff)
}

// lives remembers which sessions were proved alive and not used since.
type lives struct {
	sync.Mutex
	of map[string]*life
	// throttled counts the answers in a row, from anywhere, that said to slow down.
	throttled int

	judge   *refusal.Judge
	learned *artifact.Baseline // what judge knows
}

type life struct {
	sync.Mutex
	fresh bool   // proved alive, nothing sent since
	gone  string // why it is given up
}

func (t *Tools) life(name string) *life {
	t.lives.Lock()
	defer t.lives.Unlock()
	l := t.lives.of[name]
	if l == nil {
		l = &life{}
		t.lives.of[name] = l
	}
	return l
}

// ensureAlive proves name's session alive, renewing it when it is not; it
// returns why that failed, or "". Anonymous is always alive.
func (t *Tools) ensureAlive(ctx context.Context, name string) string {
	if name == evidence.Anonymous {
		return ""
	}
	s := t.Sessions[name]
	if s == nil {
		return name + " is not signed in"
	}
	l := t.life(name)
	l.Lock()
	defer l.Unlock()
	if l.gone != "" {
		return l.gone
	}
	if l.fresh || t.probe(ctx, s) {
		l.fresh = false
		return ""
	}
	if err := s.Renew(ctx); err != nil {
		if ctx.Err() == nil {
			l.gone = fmt.Sprintf("%s's session died and could not be renewed: %v", name, err)
		}
		return fmt.Sprintf("%s's session died and could not be renewed: %v", name, err)
	}
	if !t.probe(ctx, s) {
		return name + "'s session is dead right after signing in again"
	}
	return ""
}

// Alive proves somebody's session alive, renewing it when it is not, for what
// a gatherer sends past Ask; it returns why that failed, or "".
func (t *Tools) Alive(ctx context.Context, who string) string { return t.ensureAlive(ctx, who) }

// StillAlive reports whether somebody's session lives, and renews nothing: when
// it does, what was sent since Alive was sent by a living session.
func (t *Tools) StillAlive(ctx context.Context, who string) bool {
	return who == evidence.Anonymous || t.stillAlive(ctx, who)
}

// forget forgets which sessions were given up, for what must still be undone.
func (t *Tools) forget() {
	t.lives.Lock()
	defer t.lives.Unlock()
	t.lives.of = map[string]*life{}
	t.lives.throttled = 0
}

// stillAlive proves that name's session is alive now.
func (t *Tools) stillAlive(ctx context.Context, name string) bool {
	s := t.Sessions[name]
	l := t.life(name)
	l.Lock()
	defer l.Unlock()
	l.fresh = s != nil && t.probe(ctx, s)
	return l.fresh
}

func (t *Tools) probe(ctx context.Context, s *login.Session) bool {
	alive, _, err := s.Alive(ctx)
	return err == nil && alive
}

// each calls f for 0 … n-1 on up to width goroutines and waits for all.
func (t *Tools) each(n, width int, f func(int)) {
	if n == 1 || width == 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, width)
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			f(i)
		})
	}
	wg.Wait()
}

func names(asks []Ask) []string {
	var out []string
	seen := map[string]bool{}
	for _, a := range asks {
		if !seen[a.Who] {
			seen[a.Who] = true
			out = append(out, a.Who)
		}
	}
	return out
}
