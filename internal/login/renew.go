package login

import (
	"context"
	"fmt"
	"maps"

	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

const (
	// MaxRenewals bounds how often a run signs one identity in again: a portal
	// that kills sessions all the time proves nothing, and may lock the account.
	MaxRenewals = 20
	// mostRefusals in a row end it sooner: the password may have been changed.
	mostRefusals = 2
)

// Renew signs in again. Callers that find the session dead at the same time
// share one renewal. The error wraps ErrRenewals when there were too many.
// A static credential cannot be renewed; the alive probe says whether it works again.
func (s *Session) Renew(ctx context.Context) error {
	met := s.generation.Load()
	s.renewing.Lock()
	defer s.renewing.Unlock()
	if s.generation.Load() != met || s.Identity == nil {
		return nil
	}
	if s.renewals.Load()-s.forgiven.Load() >= MaxRenewals || s.refused >= mostRefusals {
		return fmt.Errorf("renew %s: %w", s.Who(), ErrRenewals)
	}
	s.renewals.Add(1)
	if err := s.SignIn(ctx); err != nil {
		s.refused++
		return fmt.Errorf("renew: %w", err)
	}
	s.refused = 0
	s.generation.Add(1)
	return nil
}

// Forgive lets a session that was renewed too often be renewed again, for what
// must still be undone.
func (s *Session) Forgive() {
	s.renewing.Lock()
	defer s.renewing.Unlock()
	s.forgiven.Store(s.renewals.Load())
	s.refused = 0
}

// Renewals counts how often the session was renewed.
func (s *Session) Renewals() int { return int(s.renewals.Load()) }

// Fresh signs the same identity in a second time, independent of this session
// but for what is known of the portal: its probe and its CSRF defence.
func (s *Session) Fresh(ctx context.Context) (*Session, error) {
	n := newSession(s.Identity, s.Recipe, s.way, s.codes)
	s.gate.RLock()
	n.Probe = s.Probe
	n.guard = guard{known: s.guard.known, how: s.guard.how, changing: s.guard.changing}
	n.rotating.Store(s.rotating.Load())
	s.gate.RUnlock()
	if err := n.SignIn(ctx); err != nil {
		return nil, err
	}
	return n, nil
}

// SignOut ends the session as the recipe says. It does nothing when there is
// nothing to end: no logout known, or a static credential.
func (s *Session) SignOut(ctx context.Context) error {
	s.gate.RLock()
	in, logout := s.wentIn, s.Recipe.Logout
	s.gate.RUnlock()
	if s.Identity == nil || !in || logout == nil {
		return nil
	}
	path, err := s.ExpandURL(logout.Path)
	if err != nil {
		return fmt.Errorf("sign out %s: %w", s.Who(), err)
	}
	_, err = s.Do(ctx, wire.Request{
		Method: logout.Method, URL: path, Effect: portal.SignIn, EndsSession: true, By: s.by(), For: "sign-out",
	})
	if err != nil {
		return fmt.Errorf("sign out %s: %w", s.Who(), err)
	}
	s.gate.Lock()
	s.wentIn = false
	s.gate.Unlock()
	return nil
}

// Vars returns a copy of what Expand knows: the identity's values and what signing in captured.
func (s *Session) Vars() map[string]string {
	s.gate.RLock()
	defer s.gate.RUnlock()
	return maps.Clone(s.vars)
}
