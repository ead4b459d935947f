package gather

import (
	"context"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/wire"
)

// Timed sends one request of a load run as an identity, at once and beside all
// others, and fills in l. It has none of Ask's care: that the session lives is
// proved before and after the run, and what the answer is worth is the
// caller's to say.
func (t *Tools) Timed(ctx context.Context, a Ask, l *wire.Load) (*wire.Answer, error) {
	s := t.Sessions[a.Who]
	if s == nil {
		return nil, Undecided{Reason: check.SessionDead, Why: a.Who + " is not signed in"}
	}
	r, err := t.resolve(a.Who, a.Request)
	if err != nil {
		return nil, err
	}
	r = withFields(r, a.Fields)
	r.By, r.For, r.Load = t.by, a.Name, l
	return s.Do(ctx, r)
}
