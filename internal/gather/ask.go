package gather

import (
	"context"
	"fmt"
	"sync"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

const (
	// batchSize bounds what one identity sends between two alive probes: a
	// session that dies unnoticed costs at most this many answers.
	batchSize = 25
)

// Ask sends a batch and says for each request whether its answer counts: the
// session was alive before and after, by a probe or by being let in, and nobody
// throttled or intercepted it.
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
	var open []int // those that must be sent
	var rest []Ask
	for i, a := range asks {
		got, known := t.recallKnown(a)
		if known {
			out[i] = got
			continue
		}
		open, rest = append(open, i), append(rest, a)
	}
	for i, got := range t.sendAll(ctx, rest, width) {
		out[open[i]] = got
	}
	return out
}

// sendAll sends asks in batches.
func (t *Tools) sendAll(ctx context.Context, asks []Ask, width int) []Answered {
	out := make([]Answered, len(asks))
	for start := 0; start < len(asks); {
		end, per := start, map[string]int{}
		for end < len(asks) && per[asks[end].Who] < batchSize {
			per[asks[end].Who]++
			end++
		}
		t.batch(ctx, asks[start:end], out[start:end], max(1, width))
		t.remember(asks[start:end], out[start:end])
		start = end
	}
	return out
}

// batch sends asks between two proofs of life of every identity in it.
func (t *Tools) batch(ctx context.Context, asks []Ask, out []Answered, width int) {
	dead := map[string]death{}
	who := names(asks)
	t.each(len(who), width, func(i int) {
		if d := t.ensure(ctx, who[i]); d.why != "" {
			t.lives.Lock()
			dead[who[i]] = d
			t.lives.Unlock()
		}
	})
	begun := map[string]int{}
	for _, name := range who {
		begun[name] = t.renewals(name)
	}
	t.each(len(asks), width, func(i int) {
		a := asks[i]
		out[i].Attempt = artifact.Attempt{Name: a.Name, Who: a.Who}
		if d, is := dead[a.Who]; is {
			out[i].Unproven, out[i].Why = d.reason, d.why
			return
		}
		out[i] = t.send(ctx, a)
	})
	for _, name := range who {
		if _, is := dead[name]; !is {
			t.settle(ctx, name, begun[name], asks, out)
		}
	}
}

// settle proves that name's session outlived the batch. When it did not, the
// session is renewed and its reads are sent once more; its writes are not,
// for a write must never be sent twice.
//
// since is how often the session had been renewed when the batch began: one
// that somebody else renewed in between is alive, and was dead in the batch.
func (t *Tools) settle(ctx context.Context, name string, since int, asks []Ask, out []Answered) {
	if name == evidence.Anonymous {
		t.settleNobody(ctx, asks, out)
		return
	}
	if t.renewals(name) == since && t.lived(name, asks, out) {
		return
	}
	if t.stillAlive(ctx, name) && t.renewals(name) == since {
		return
	}
	d := t.ensure(ctx, name)
	renewed := t.renewals(name)
	for i, a := range asks {
		if a.Who != name || out[i].Unproven != "" {
			continue
		}
		switch {
		case d.why != "":
			out[i].Unproven, out[i].Why = d.reason, d.why
		case !safe(a.Request):
			out[i].Unproven, out[i].Why = check.SessionDead, name+"'s session died during the batch; a write is not repeated"
		default:
			out[i] = t.send(ctx, a)
		}
	}
	if d.why == "" && (!t.stillAlive(ctx, name) || t.renewals(name) != renewed) {
		for i, a := range asks {
			if a.Who == name && out[i].Unproven == "" {
				out[i].Unproven, out[i].Why = check.SessionDead, name+"'s session died twice during the batch"
			}
		}
	}
}

// renewals is how often name's session was renewed so far.
func (t *Tools) renewals(name string) int {
	if s := t.Sessions[name]; s != nil {
		return s.Renewals()
	}
	return 0
}

// send sends one ask, once more when it was throttled or cut off.
func (t *Tools) send(ctx context.Context, a Ask) Answered {
	for try := 0; ; try++ {
		got := t.once(ctx, a)
		again := try == 0 && ctx.Err() == nil && safe(a.Request) &&
			(got.Unproven == check.Throttled || got.Unproven == check.Unstable)
		if !again {
			return got
		}
		if got.Unproven == check.Throttled && !t.pause(ctx, got.Answer) {
			return got
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
	r, err := t.resolve(a.Who, a.Request)
	if err != nil {
		got.Unproven, got.Why = check.Undeclared, err.Error()
		return got
	}
	r = withFields(r, a.Fields)
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
