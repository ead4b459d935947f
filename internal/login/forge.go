package login

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
)

// Token is the proof of origin that unsafe requests of a session carry.
type Token struct {
	Header string // that carries it; "" when none does
	Field  string // form field that carries it; "" when none is known
	Cookie string // name of the cookie it is read from; "" when it is none
	Value  string // "" when none is known
}

// Token returns the token for the next unsafe request; an empty one when the
// portal is not known to use any.
func (s *Session) Token(ctx context.Context) (Token, error) {
	if !s.guarded() {
		return Token{}, nil
	}
	s.gate.Lock()
	defer s.gate.Unlock()
	if err := s.workOut(ctx); err != nil {
		return Token{}, err
	}
	value, err := s.freshToken(ctx)
	if err != nil {
		return Token{}, err
	}
	cookie, _ := strings.CutPrefix(s.guard.how.source, "cookie ")
	if cookie == s.guard.how.source {
		cookie = ""
	}
	return Token{Header: s.guard.how.header, Field: s.guard.how.field, Cookie: cookie, Value: value}, nil
}

// Basic reports whether the credential is one that browsers attach themselves
// without a cookie: HTTP Basic (RFC 7617).
func (s *Session) Basic() bool { return s.credentialKind().Kind == "basic" }

// Forge sends r as a page of another site would make this session's browser
// send it: with the cookies that keep lets through, with Basic credentials, and
// without anything that the portal's own pages would add. Cookies that r names
// itself replace the jar's of that name. What the answer sets is kept.
func (s *Session) Forge(ctx context.Context, r wire.Request, keep func(name string) bool) (*wire.Answer, error) {
	s.gate.Lock()
	defer s.gate.Unlock()
	if s.Basic() {
		basic, err := attach(r, s.resolve(r.URL), s.sends)
		if err != nil {
			return nil, err
		}
		r = basic
	}
	set := slices.DeleteFunc(s.agent.Cookies(r.URL), func(k *http.Cookie) bool { return !keep(k.Name) })
	r.Header = addCookies(slices.Clone(r.Header), set)
	if evidence.Get(r.Header, "Cookie") == "" { // the jar must not add its own
		return s.bare.Do(ctx, r)
	}
	before := s.agent.Cookies(r.URL)
	a, err := s.agent.Do(ctx, r)
	if a != nil {
		s.watchRotation(before, a)
	}
	return a, err
}
