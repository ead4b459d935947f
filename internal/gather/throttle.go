package gather

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/launchready/launchready/internal/wire"
)

const (
	// backOff is the pause before a throttled request is tried again, and
	// maxBackOff the longest Retry-After that is waited for.
	backOff    = time.Second
	maxBackOff = 5 * time.Second
	// maxWaiting bounds all such pauses of a run: a portal that goes on
	// throttling is not worth hours.
	maxWaiting = time.Minute
	// throttledOut is how many throttled answers in a row end a batch: whoever
	// goes on asking learns nothing and bothers the portal.
	throttledOut = 12
)

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
		t.lives.slowed++
	} else {
		t.lives.throttled = 0
	}
}

// Throttled counts the answers that said to slow down.
func (t *Tools) Throttled() int {
	t.lives.Lock()
	defer t.lives.Unlock()
	return t.lives.slowed
}

// pause waits as long as a throttled answer asks; false says that it did not,
// for enough was waited in this run.
func (t *Tools) pause(ctx context.Context, ans *wire.Answer) bool {
	now := time.Now()
	end := now.Add(retryAfter(ans))
	t.lives.Lock()
	more := time.Duration(0) // beyond what others wait for already
	if end.After(t.lives.until) {
		more = min(end.Sub(t.lives.until), end.Sub(now))
	}
	enough := t.lives.waited+more > maxWaiting
	if !enough {
		t.lives.waited += more
		if end.After(t.lives.until) {
			t.lives.until = end
		}
	}
	t.lives.Unlock()
	if enough {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(time.Until(end)):
		return true
	}
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
