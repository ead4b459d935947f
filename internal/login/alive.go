package login

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// declaredProbe proves the recipe's alive: once: s gets what it names, anonymous does not.
func (s *Session) declaredProbe(ctx context.Context, facts []string, anonymous *Session) (*Probe, error) {
	alive := s.Recipe.Alive
	path, err := s.ExpandURL(alive.Request.Path)
	if err != nil {
		return nil, fmt.Errorf("alive: request: %w", err)
	}
	p := &Probe{Request: portal.Call{Method: alive.Request.Method, Path: path, With: alive.Request.With}}
	if alive.Contains != "" {
		text, err := s.Expand(alive.Contains)
		if err != nil {
			return nil, fmt.Errorf("alive: contains: %w", err)
		}
		facts = []string{text}
	}
	fail := func(said, tip string, err error) error {
		return &Error{Who: s.Who(), Step: "alive probe " + p.Request.String(), Said: said, Tip: tip, Err: err}
	}
	a, err := s.ask(ctx, p.Request, "alive")
	if err != nil {
		return nil, fail("no answer", "", err)
	}
	stranger, err := anonymous.ask(ctx, p.Request, "alive as anonymous")
	if err != nil {
		return nil, fail("no answer to anonymous", "", err)
	}
	p.Dead = stranger.Status
	body, other := readable(a.Body), readable(stranger.Body)
	for _, f := range facts {
		f = strings.ToLower(f)
		if strings.Contains(body, f) && !(succeeded(stranger) && strings.Contains(other, f)) {
			p.Needles = append(p.Needles, f)
		}
	}
	switch {
	case !succeeded(a):
		return nil, fail(fmt.Sprintf("answered %d: not signed in", a.Status), s.tip(a, readPage(a, s.resolve(path))), nil)
	case len(p.Needles) == 0 && len(found(facts, a.Body, "")) > 0:
		return nil, fail("anonymous gets the same", "name a page that only "+s.Who()+" can see", ErrNoProbe)
	case len(p.Needles) == 0:
		return nil, fail(fmt.Sprintf("answered %d without %s: not signed in, or the wrong text", a.Status, strings.Join(facts[:min(3, len(facts))], ", ")),
			"look at that page as "+s.Who()+" and correct contains:", nil)
	}
	p.Score = bestScore
	return s.settle(p, a), nil
}

func succeeded(a *wire.Answer) bool { return a.Status >= 200 && a.Status <= 299 }

// ask sends a probe. It is not booked as a write whatever its method: it is part of signing in.
func (s *Session) ask(ctx context.Context, call portal.Call, purpose string) (*wire.Answer, error) {
	r := wire.Request{
		Method: call.Method, URL: call.Path, By: s.by(), For: purpose,
		Header: []evidence.Field{{Name: "Accept", Value: acceptJSON}},
	}
	if unsafe(r) {
		r.Effect = portal.SignIn
	}
	r.Expect5xx = s.Identity == nil // some portals refuse with 500
	if call.With != nil {
		if err := s.load(&r, call.With); err != nil {
			return nil, err
		}
	}
	return s.Do(ctx, r)
}

// Load returns r with the body and headers of a declared read; with holds what
// its variables are bound to before the session's own.
func (s *Session) Load(r wire.Request, p *portal.Payload, with map[string]string) (wire.Request, error) {
	vars := s.Vars()
	if vars == nil {
		vars = map[string]string{}
	}
	maps.Copy(vars, with)
	bound := Session{Identity: s.Identity, way: s.way, codes: s.codes, vars: vars}
	err := bound.load(&r, p)
	return r, err
}

// load gives r the body and headers of a declared read.
func (s *Session) load(r *wire.Request, p *portal.Payload) error {
	s.gate.RLock()
	defer s.gate.RUnlock()
	for _, h := range p.Headers {
		value, err := s.expand(h.Value)
		if err != nil {
			return fmt.Errorf("fill in header %s: %w", h.Name, err)
		}
		r.Header = append(r.Header, evidence.Field{Name: h.Name, Value: value})
	}
	var media string
	var err error
	switch {
	case p.JSON != nil:
		media = "application/json"
		err = s.fillJSON(r, p.JSON)
	case p.Form != nil:
		media = "application/x-www-form-urlencoded"
		var fields []portal.Pair
		for _, f := range p.Form {
			value, failed := s.expand(f.Value)
			err = errors.Join(err, failed)
			fields = append(fields, portal.Pair{Name: f.Name, Value: value})
		}
		r.Body = encodeForm(fields)
	default:
		var text string
		text, err = s.expand(p.Raw)
		r.Body = []byte(text)
	}
	if media != "" && evidence.Get(r.Header, "Content-Type") == "" {
		r.Header = append(r.Header, evidence.Field{Name: "Content-Type", Value: media})
	}
	if err != nil {
		return fmt.Errorf("fill in body: %w", err)
	}
	return nil
}

// Alive asks the probe whether the session lives: an answer that succeeded and
// holds one of the needles. Anonymous always lives. Without a probe nothing can
// be told: the error is ErrNoProbe.
func (s *Session) Alive(ctx context.Context) (bool, *wire.Answer, error) {
	if s.Identity == nil {
		return true, nil, nil
	}
	if s.Probe == nil {
		return false, nil, ErrNoProbe
	}
	a, err := s.ask(ctx, s.Probe.Request, "alive")
	if err != nil {
		return false, a, fmt.Errorf("ask whether %s is signed in: %w", s.Who(), err)
	}
	text := readable(a.Body)
	alive := succeeded(a) && slices.ContainsFunc(s.Probe.Needles, func(n string) bool {
		return strings.Contains(text, strings.ToLower(n))
	})
	return alive, a, nil
}
