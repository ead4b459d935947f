package login

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"

	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

const (
	// mostCandidates bounds the requests tried as alive probe of one identity.
	mostCandidates = 20
	// bestScore ends the search: 200, GET, JSON or XML, and the caller's own name.
	bestScore = 1 + 2 + 4 + 8
	ownScore  = 8
	// tenantScore is for a body that names the caller's tenant alone.
	tenantScore = 3
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
	holds  bool // confirmed already
}

// ChooseProbe picks the request that tells s alive from dead, and sets it. The
// recipe's alive: wins. Else candidates are fetched and scored: status 200 +1,
// GET +2, JSON or XML +4, the caller's own facts in the body +8. Tried are the
// first one given (what did for somebody else), where signing in ended up, the
// usual places, then the others given. The best one must answer alike twice, and
// anonymous must not get what it is known by.
// The error wraps ErrNoProbe when there is none: then nothing proves that s is
// signed in, and it must not count as signed in.
func ChooseProbe(ctx context.Context, s *Session, candidates []portal.Call, more []string, anonymous *Session) (*Probe, error) {
	known := s.known(more)
	if a := s.Recipe.Alive; a != nil && a.Request.Path != "" {
		return s.declaredProbe(ctx, known.all(), anonymous)
	}
	if a := s.Recipe.Alive; a != nil && a.Contains != "" {
		text, err := s.Expand(a.Contains)
		if err != nil {
			return nil, fmt.Errorf("alive: contains: %w", err)
		}
		known = facts{own: []string{text}}
	}
	tried, err := s.tryCandidates(ctx, s.candidates(candidates), known, anonymous)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(tried, func(a, b candidate) int { return b.Score - a.Score })
	for _, c := range tried {
		if c.holds {
			return s.settle(&c.Probe, c.answer), nil
		}
		p, err := s.confirm(ctx, c, anonymous)
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

// known are the session's facts with those the caller of ChooseProbe has.
func (s *Session) known(more []string) facts {
	s.gate.RLock()
	defer s.gate.RUnlock()
	f := facts{own: slices.Clone(s.facts.own), shared: slices.Clone(s.facts.shared)}
	f.own = merge(f.own, more)
	return f
}

// candidates puts what is likeliest first, each once.
func (s *Session) candidates(given []portal.Call) []portal.Call {
	first := min(1, len(given))
	all := slices.Clone(given[:first])
	if l := s.Landing(); l != "" {
		all = append(all, portal.Call{Method: http.MethodGet, Path: l})
	}
	for _, path := range usual {
		all = append(all, portal.Call{Method: http.MethodGet, Path: path})
	}
	var out []portal.Call
	for _, c := range append(all, given[first:]...) {
		if !slices.Contains(out, c) && len(out) < mostCandidates {
			out = append(out, c)
		}
	}
	return out
}

// tryCandidates fetches and scores; it stops at the first that cannot be better and holds.
func (s *Session) tryCandidates(ctx context.Context, calls []portal.Call, known facts, anonymous *Session) ([]candidate, error) {
	var tried []candidate
	var last error
	for _, call := range calls {
		a, err := s.ask(ctx, call, "alive candidate")
		if err != nil {
			if err := stopping(ctx, call, err); err != nil {
				return nil, err
			}
			last = err
			continue
		}
		c, ok := score(call, a, known)
		if !ok {
			continue
		}
		if c.Score >= bestScore {
			p, err := s.confirm(ctx, c, anonymous)
			if err != nil {
				return nil, err
			}
			if p != nil {
				return []candidate{{Probe: *p, answer: a, holds: true}}, nil
			}
			continue
		}
		tried = append(tried, c)
	}
	if len(tried) == 0 && last != nil && !heldBack(last) {
		return nil, fmt.Errorf("look for an alive probe: %w", last)
	}
	return tried, nil
}

// heldBack reports whether a request was refused by our own guards.
func heldBack(err error) bool {
	return errors.Is(err, wire.ErrScope) || errors.Is(err, wire.ErrRefused) || errors.Is(err, wire.ErrNever)
}

// score judges one candidate; ok is false when it cannot be a probe.
func score(call portal.Call, a *wire.Answer, known facts) (candidate, bool) {
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
	if c.Needles = found(known.own, a.Body, call.Path); len(c.Needles) > 0 {
		c.Score += ownScore
	} else if c.Needles = found(known.shared, a.Body, call.Path); len(c.Needles) > 0 {
		c.Score += tenantScore
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
func (s *Session) confirm(ctx context.Context, c candidate, anonymous *Session) (*Probe, error) {
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
	p.Dead = stranger.Status
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
	if ctx.Err() != nil || errors.Is(err, wire.ErrBudget) {
		return fmt.Errorf("try %s: %w", call, err)
	}
	return nil
}

// settle makes p the session's probe and keeps what its answer tells about the caller.
func (s *Session) settle(p *Probe, a *wire.Answer) *Probe {
	s.gate.Lock()
	defer s.gate.Unlock()
	s.Probe = p
	if slices.ContainsFunc(p.Needles, func(n string) bool { return slices.Contains(s.facts.own, n) }) {
		s.facts.add(answerFacts(a.Body))
	}
	return p
}
