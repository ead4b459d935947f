package login

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

const (
	// mostCandidates bounds the requests tried as alive probe of one identity.
	mostCandidates = 20
	// bestScore ends the search: 200, GET, JSON or XML, and the caller's own name.
	bestScore = 1 + 2 + 4 + 8
	ownScore  = 8
	// mostNeedles are kept of a probe; any one of them is enough.
	mostNeedles = 6
	// likeness is how alike two answers to the same probe must be.
	likeness = 0.8
)

// usual are the places portals tell the caller who they are.
var usual = []string{
	"/api/me", "/me", "/api/profile", "/api/user", "/api/v1/me", "/api/users/me", "/users/me",
	"/account", "/profile", "/whoami", "/settings", "/",
}

// candidate is a probe that was tried.
type candidate struct {
	Probe
	answer *wire.Answer
}

// ChooseProbe picks the request that tells s alive from dead, and sets it. The
// recipe's alive: wins. Else the candidates, where signing in ended up and the
// usual places are fetched and scored: status 200 +1, GET +2, JSON or XML +4,
// the caller's own facts in the body +8. The best one must answer alike twice,
// and anonymous must not get what it is known by.
// The error wraps ErrNoProbe when there is none: then nothing proves that s is
// signed in, and it must not count as signed in.
func ChooseProbe(ctx context.Context, s *Session, candidates []portal.Call, facts []string, anonymous *Session) (*Probe, error) {
	facts = merge(s.Facts(), facts)
	if a := s.Recipe.Alive; a != nil && a.Request.Path != "" {
		return s.declaredProbe(ctx, facts, anonymous)
	}
	if a := s.Recipe.Alive; a != nil && a.Contains != "" {
		text, err := s.Expand(a.Contains)
		if err != nil {
			return nil, fmt.Errorf("alive: contains: %w", err)
		}
		facts = []string{text}
	}
	tried, err := s.tryCandidates(ctx, s.candidates(candidates), facts, anonymous)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(tried, func(a, b candidate) int { return b.Score - a.Score })
	for _, c := range tried {
		p, err := s.confirm(ctx, c, facts, anonymous)
		if err != nil {
			return nil, err
		}
		if p != nil {
			return s.settle(p, c.answer), nil
		}
	}
	return nil, &Error{
		Who: s.Who(), Said: fmt.Sprintf("signed in as it seems, but none of %d pages names the caller", len(tried)),
		Tip: "say how to tell: alive: with a request and what it contains, such as ${user}", Err: ErrNoProbe,
	}
}

// candidates puts what is likeliest first, each once.
func (s *Session) candidates(given []portal.Call) []portal.Call {
	all := slices.Clone(given)
	if l := s.Landing(); l != "" {
		all = append(all, portal.Call{Method: http.MethodGet, Path: l})
	}
	for _, path := range usual {
		all = append(all, portal.Call{Method: http.MethodGet, Path: path})
	}
	var out []portal.Call
	for _, c := range all {
		if !slices.Contains(out, c) && len(out) < mostCandidates {
			out = append(out, c)
		}
	}
	return out
}

// tryCandidates fetches and scores; it stops at the first that cannot be better and holds.
func (s *Session) tryCandidates(ctx context.Context, calls []portal.Call, facts []string, anonymous *Session) ([]candidate, error) {
	var tried []candidate
	for _, call := range calls {
		a, err := s.ask(ctx, call, "alive candidate")
		if heldBack(err) {
			continue
		}
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, wire.ErrBudget) || errors.Is(err, wire.ErrCircuit) {
				return nil, fmt.Errorf("try %s as alive probe: %w", call, err)
			}
			continue
		}
		c, ok := score(call, a, facts)
		if !ok {
			continue
		}
		if c.Score >= bestScore {
			p, err := s.confirm(ctx, c, facts, anonymous)
			if err != nil {
				return nil, err
			}
			if p != nil {
				return []candidate{{Probe: *p, answer: a}}, nil
			}
			continue
		}
		tried = append(tried, c)
	}
	return tried, nil
}

func heldBack(err error) bool {
	return errors.Is(err, wire.ErrScope) || errors.Is(err, wire.ErrRefused) || errors.Is(err, wire.ErrNever)
}

// score judges one candidate; ok is false when it cannot be a probe.
func score(call portal.Call, a *wire.Answer, facts []string) (candidate, bool) {
	if a.Status < 200 || a.Status > 299 || len(a.Body) == 0 {
		return candidate{}, false
	}
	c := candidate{Probe: Probe{Request: call, Learned: true}, answer: a}
	if a.Status == http.StatusOK {
		c.Score++
	}
	if call.Method == http.MethodGet {
		c.Score += 2
	}
	if media := a.Header.Get("Content-Type"); strings.Contains(media, "json") || strings.Contains(media, "xml") && !strings.Contains(media, "html") {
		c.Score += 4
	}
	c.Needles = found(facts, a.Body, call.Path)
	if len(c.Needles) > 0 {
		c.Score += ownScore
	}
	return c, true
}

// found returns the facts a body holds and the request did not bring along.
func found(facts []string, body []byte, path string) []string {
	text := readable(body)
	var out []string
	for _, f := range facts {
		if strings.Contains(text, strings.ToLower(f)) && !strings.Contains(strings.ToLower(path), strings.ToLower(f)) && len(out) < mostNeedles {
			out = append(out, f)
		}
	}
	return out
}

// readable is a body as a person reads it: entities and JSON escapes decoded, lower case.
func readable(body []byte) string {
	text := string(body)
	if strings.Contains(text, `\u`) || strings.Contains(text, `\/`) {
		text += " " + unescapeJSON(text)
	}
	if strings.Contains(text, "&") {
		text += " " + html.UnescapeString(text)
	}
	return strings.ToLower(text)
}

// confirm asks again, and as anonymous, and returns the probe if it holds.
func (s *Session) confirm(ctx context.Context, c candidate, facts []string, anonymous *Session) (*Probe, error) {
	again, err := s.ask(ctx, c.Request, "alive candidate again")
	if err != nil {
		return nil, stopping(ctx, c.Request, err)
	}
	if again.Status != c.answer.Status || alike(c.answer, again) <= likeness {
		return nil, nil
	}
	stranger, err := anonymous.ask(ctx, c.Request, "alive candidate as anonymous")
	if err != nil {
		return nil, stopping(ctx, c.Request, err)
	}
	other := readable(stranger.Body)
	p := c.Probe
	if len(p.Needles) == 0 {
		p.Needles = onlyHere(c.answer, again)
	}
	p.Needles = slices.DeleteFunc(slices.Clone(p.Needles), func(n string) bool {
		return strings.Contains(other, strings.ToLower(n)) || !strings.Contains(readable(again.Body), strings.ToLower(n))
	})
	if len(p.Needles) > mostNeedles {
		p.Needles = p.Needles[:mostNeedles]
	}
	if len(p.Needles) == 0 {
		return nil, nil
	}
	return &p, nil
}

// stopping returns err when the run cannot go on, else nil: the next candidate may do.
func stopping(ctx context.Context, call portal.Call, err error) error {
	if ctx.Err() != nil || errors.Is(err, wire.ErrBudget) || errors.Is(err, wire.ErrCircuit) {
		return fmt.Errorf("try %s as alive probe: %w", call, err)
	}
	return nil
}

// settle makes p the session's probe and keeps what its answer tells about the caller.
func (s *Session) settle(p *Probe, a *wire.Answer) *Probe {
	s.gate.Lock()
	defer s.gate.Unlock()
	s.Probe = p
	if slices.ContainsFunc(p.Needles, func(n string) bool { return slices.Contains(s.facts, n) }) {
		s.facts = merge(s.facts, answerFacts(a.Body))
	}
	return p
}

// declaredProbe proves the recipe's alive: once: s gets what it names, anonymous does not.
func (s *Session) declaredProbe(ctx context.Context, facts []string, anonymous *Session) (*Probe, error) {
	alive := s.Recipe.Alive
	path, err := s.ExpandURL(alive.Request.Path)
	if err != nil {
		return nil, fmt.Errorf("alive: request: %w", err)
	}
	p := &Probe{Request: portal.Call{Method: alive.Request.Method, Path: path}}
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
		Method: call.Method, URL: call.Path, By: gathererName, For: purpose,
		Header: []evidence.Field{{Name: "Accept", Value: acceptJSON}},
	}
	if unsafe(r) || r.Method != http.MethodGet {
		r.Effect = portal.SignIn
	}
	return s.Do(ctx, r)
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
