package gather

import (
	"context"

	"github.com/launchready/launchready/evidence"
)

// settleNobody proves that somebody was let in after the batch: where a portal
// has come to refuse everybody, that it refuses a caller without a login
// proves nothing.
func (t *Tools) settleNobody(ctx context.Context, asks []Ask, out []Answered) {
	turned := false
	for i, a := range asks {
		turned = turned || a.Who == evidence.Anonymous && out[i].Unproven == "" && refusing(out[i])
	}
	if !turned {
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
			return death{}
		}
		if last = t.ensure(ctx, p.Name); last.why == "" {
			return death{}
		}
	}
	return last
}
