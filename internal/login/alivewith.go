package login

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
)

// AliveWith asks the session's probe with the credential given and nothing else
// of the session, as DoWith does. Alive means what it means to Alive: an answer
// that succeeded and names the caller. by and purpose go into the record.
func (s *Session) AliveWith(ctx context.Context, c Credential, by, purpose string) (bool, *wire.Answer, error) {
	if s.Probe == nil {
		return false, nil, ErrNoProbe
	}
	call := s.Probe.Request
	r := wire.Request{
		Method: call.Method, URL: call.Path, By: by, For: purpose,
		Header:    []evidence.Field{{Name: "Accept", Value: acceptJSON}},
		Expect5xx: true, // some portals refuse with 500
	}
	if unsafe(r) {
		r.Effect = "sign-in"
	}
	if call.With != nil {
		if err := s.load(&r, call.With); err != nil {
			return false, nil, err
		}
	}
	a, err := s.DoWith(ctx, r, c)
	if err != nil {
		return false, a, fmt.Errorf("ask whether %s is signed in: %w", s.Who(), err)
	}
	return s.Names(a), a, nil
}

// Names reports whether an answer to the probe names the caller, so that
// whoever asked is signed in.
func (s *Session) Names(a *wire.Answer) bool {
	if a == nil || s.Probe == nil || !succeeded(a) {
		return false
	}
	text := readable(a.Body)
	return slices.ContainsFunc(s.Probe.Needles, func(n string) bool { return strings.Contains(text, strings.ToLower(n)) })
}
