package login

import (
	"context"
	"net/http"
	"slices"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// Beside returns a session by the same recipe, not signed in: a browser that
// was never here but for the cookies brought, for an identity that need not be
// this one. change says what is different on its way out.
func (s *Session) Beside(id *portal.Identity, change func(*Way), brought ...*http.Cookie) *Session {
	way, shared := s.way, &codes{}
	change(&way)
	if s.Identity != nil && id.User == s.Identity.User {
		shared = s.codes
	}
	n := newSession(id, s.Recipe, way, shared)
	n.brought = brought
	s.gate.RLock()
	defer s.gate.RUnlock()
	n.Probe = s.Probe
	n.guard = guard{known: s.guard.known, how: s.guard.how, changing: s.guard.changing}
	n.rotating.Store(s.rotating.Load())
	return n
}

// Again sends a password once more, perhaps another identity's, as somebody
// would who was refused: on the page that the last try left, without the steps
// before it. What those captured is captured again where that page has it.
func (s *Session) Again(ctx context.Context, id *portal.Identity) error {
	s.gate.Lock()
	defer s.gate.Unlock()
	at := slices.IndexFunc(s.Recipe.Steps, SendsPassword)
	s.Identity = id
	if at < 0 || s.met == nil {
		return s.attempt(ctx)
	}
	for _, step := range s.Recipe.Steps[:at] {
		for _, c := range step.Capture {
			if value, err := s.capture(c.Value, s.met.final); err == nil {
				s.vars[c.Name] = value
				if secretName.MatchString(c.Name) || secretName.MatchString(c.Value) {
					s.hide(c.Name, value)
				}
			}
		}
	}
	for name, value := range s.ownVars() {
		s.vars[name] = value
	}
	s.handed, s.sends, s.steps = handed{}, nil, nil
	for i, step := range s.Recipe.Steps[at:] {
		if err := s.run(ctx, at+i, step); err != nil {
			return err
		}
	}
	s.wentIn = true
	return s.equip()
}

// SendsPassword reports whether a step of a recipe sends the password.
func SendsPassword(step portal.Step) bool { return mentions(step, "password") }

// Told returns the exchange of the step that decided, with or without an
// answer, and the one that its redirects led to; "" where there is none.
func (s *Session) Told() (answer, after evidence.Ref) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.met == nil {
		return s.lost, ""
	}
	if s.met.final != s.met.first {
		after = s.met.final.Ref
	}
	return s.met.first.Ref, after
}

// Brings returns the cookies that a browser keeps from this session, for
// Beside: after SignOut those by which a portal knows it again.
func (s *Session) Brings() []*http.Cookie {
	s.gate.RLock()
	defer s.gate.RUnlock()
	return s.agent.Cookies(s.base.String())
}

// alter lets the way's owner change a request that is part of signing in.
func (s *Session) alter(r *wire.Request, telling bool) {
	if s.way.Alter != nil {
		s.way.Alter(r, telling)
	}
}
