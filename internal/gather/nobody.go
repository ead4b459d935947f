package gather

import (
	"context"

	"github.com/launchready/launchready/evidence"
)

// settleNobody proves that somebody was let in after the batch: where a portal
// has come to refuse everybody, that it refuses a caller without a login
// proves nothing.
func (t *Tools) settleNobody(ctx context.Context, asks []Ask, out []Answered) {
	turned, reads := 0, false
	for i, a := range asks {
		if a.Who == evidence.Anonymous && out[i].Unproven == "" && refusing(out[i]) {
			turned++
			reads = reads || safe(a.Request)
		}
	}
	if turned == 0 || !reads && t.spare(turned) {
		return
	}
	d := t.letIn(ctx)
	if d.why == "" {
		return
	}
	for i, a := range asks {
		if a.Who == evidence.Anonymous && out[i].Unproven == "" {
			out[i].Unproven, out[i].Why = d.reason, "nobody is let in any more: "+d.why
		}
	}
}

// spare reports whether n more refusals may go without a probe of their own.
// A refused write is judged by what its owner reads afterwards, which shows as
// well whether anybody is let in; still no more than a batch goes by on that.
func (t *Tools) spare(n int) bool {
	t.lives.Lock()
	defer t.lives.Unlock()
	t.lives.spared += n
	return t.lives.spared < batchSize
}

// refusing reports an answer that may be a refusal.
func refusing(a Answered) bool { return a.Answer != nil && a.Answer.Status/100 != 2 }

// letIn proves that some identity's session lives, or can be renewed; where
// nobody ever was signed in there is no such proof, and none is missed.
func (t *Tools) letIn(ctx context.Context) death {
	var last death
	for _, p := range t.People() {
		if t.Sessions[p.Name] == nil {
			continue
		}
		l := t.life(p.Name)
		l.Lock()
		gone := l.gone
		l.Unlock()
		if gone.why != "" {
			last = gone
			continue
		}
		if t.stillAlive(ctx, p.Name) {
			t.lives.Lock()
			t.lives.spared = 0
			t.lives.Unlock()
			return death{}
		}
		if last = t.ensure(ctx, p.Name); last.why == "" {
			return death{}
		}
	}
	return last
}
