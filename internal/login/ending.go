package login

import (
	"context"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact/jose"
)

const (
	// ahead is how long before its end a session is renewed: longer than a batch
	// of requests takes. One that lives shorter is renewed in its last quarter.
	ahead = 20 * time.Second
	// quarter of a life is left to a session that lives shorter than four times ahead.
	quarter = 4
)

// ending is when a credential ends by its own word, on this machine's clock.
type ending struct {
	at   time.Time // zero: it does not say
	life time.Duration
}

// near reports whether the end is so near that a batch of requests might meet it.
func (e ending) near(now time.Time) bool {
	return !e.at.IsZero() && e.at.Sub(now) < min(ahead, e.life/quarter)
}

// ends works out when what a sign-in brought ends first: by the times that its
// tokens state, or by how long the answer said that they live. Clocks may
// differ, so that a token which says when it was issued counts from the sign-in.
func (s *Session) ends(began time.Time) ending {
	var first ending
	note := func(life time.Duration) {
		if at := began.Add(life); life > 0 && (first.at.IsZero() || at.Before(first.at)) {
			first = ending{at, life}
		}
	}
	values := make([]string, 0, len(s.sends))
	for _, x := range s.sends {
		values = append(values, x.value)
	}
	for _, k := range s.agent.AllCookies() {
		values = append(values, k.Value)
	}
	for _, value := range values {
		if f, ok := jose.Find(value); ok && !f.Encrypted {
			from, to := f.Token.Time("iat"), f.Token.Time("exp")
			if from.IsZero() {
				from = began
			}
			if !to.IsZero() {
				note(to.Sub(from))
			}
			continue
		}
		for _, h := range s.handed.tokens {
			if h.Life > 0 && strings.Contains(value, h.Value) {
				note(h.Life)
			}
		}
	}
	return first
}

// Ending reports whether the session ends so soon, by its own word, that a
// batch of requests might outlive it.
func (s *Session) Ending() bool {
	s.gate.RLock()
	defer s.gate.RUnlock()
	return s.end.near(time.Now())
}

// RenewAhead signs in again before the session ends by itself. It does not
// count as a renewal, for nothing had died. A session whose end does not move
// is not renewed ahead again.
func (s *Session) RenewAhead(ctx context.Context) error {
	s.gate.RLock()
	old := s.end
	s.gate.RUnlock()
	met := s.renewals.Load()
	err := s.Renew(ctx)
	if err == nil && s.renewals.Load() != met {
		s.forgiven.Add(1)
	}
	s.gate.Lock()
	defer s.gate.Unlock()
	if err != nil || !s.end.at.After(old.at) {
		s.end = ending{}
	}
	return err
}
