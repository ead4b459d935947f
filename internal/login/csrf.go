package login

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// guard is what a session knows of the portal's CSRF defence.
type guard struct {
	known    bool // how was worked out; an empty how then means that none was found
	how      proof
	token    string
	fetches  int
	changing bool // the token differs from fetch to fetch, so each write gets a fresh one
}

// proof is where a token comes from and how it travels.
type proof struct {
	header string // sent with every unsafe request
	field  string // added to form bodies
	source string // capture expression, or a text with ${…}
	page   string // fetched for it; "" for cookies and variables
}

// trials is how many fetches of an unchanged token prove that it may be used again.
const trials = 3

// forget drops what belongs to a session that is gone; how the portal guards itself stays.
func (g *guard) forget() { g.token, g.fetches = "", 0 }

// unsafe reports whether a browser would have to prove where a request comes
// from: whether any server on the way may take it for more than a read.
func unsafe(r wire.Request) bool {
	r.Effect = "" // signing in is no read, whatever it is booked as
	return !wire.Safe(r)
}

// guarded reports whether unsafe requests need a token: where the recipe says
// so, or where the credential is a cookie, which browsers send by themselves.
func (s *Session) guarded() bool {
	switch s.Recipe.CSRF.Kind {
	case "header", "form-field":
		return true
	case "none", "fetch-metadata":
		return false
	}
	send := s.Recipe.Send
	if send.Kind == "header" && strings.EqualFold(send.Name, "Cookie") {
		return true
	}
	if s.Identity != nil && !s.runsSteps() {
		return false
	}
	return send.Kind == "cookie" || send.Kind == "" && !s.capturesToken()
}

// capturesToken reports whether a step captures ${token}, which then travels as a bearer token.
func (s *Session) capturesToken() bool {
	return slices.ContainsFunc(s.Recipe.Steps, func(step portal.Step) bool {
		return slices.ContainsFunc(step.Capture, func(c portal.Pair) bool { return c.Name == "token" })
	})
}

// sameOrigin adds what a browser says of a request made by the portal's own page.
func (s *Session) sameOrigin(header []evidence.Field, at *url.URL) []evidence.Field {
	site := "same-origin"
	if originOf(at) != originOf(s.base) {
		site = "same-site"
	}
	out := slices.Clone(header)
	for _, f := range []evidence.Field{{Name: "Origin", Value: originOf(s.base)}, {Name: "Sec-Fetch-Site", Value: site}} {
		if len(evidence.Values(header, f.Name)) == 0 {
			out = append(out, f)
		}
	}
	return out
}

// originOf returns scheme, host and port without the scheme's own port, RFC 6454 §6.2.
func originOf(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	}
	return strings.ToLower(u.Scheme) + "://" + host
}

// doUnsafe sends r with the proof that it comes from the portal's own page. A
// refusal that names the token is answered by a fresh token, once.
func (s *Session) doUnsafe(ctx context.Context, r wire.Request) (*wire.Answer, error) {
	r.Header = s.sameOrigin(r.Header, s.resolve(r.URL))
	if !s.guarded() {
		return s.send(ctx, r)
	}
	if err := s.workOut(ctx); err != nil {
		return nil, err
	}
	a, err := s.prove(ctx, r)
	if err != nil || !refusedForCSRF(a) || s.guard.how == (proof{}) {
		return a, err
	}
	used := s.guard.token
	s.guard.fetches = 0
	if token, err := s.freshToken(ctx); err != nil || token == used {
		return a, err // what was refused is not the token's age
	}
	s.guard.changing = true
	return s.prove(ctx, r)
}

func (s *Session) prove(ctx context.Context, r wire.Request) (*wire.Answer, error) {
	token, err := s.freshToken(ctx)
	if err != nil {
		return nil, fmt.Errorf("fetch CSRF token: %w", err)
	}
	if token == "" {
		return s.send(ctx, r)
	}
	r = s.guard.how.put(r, token)
	if s.Identity == nil {
		return s.asVisitor(ctx, r)
	}
	return s.send(ctx, r)
}

// asVisitor sends r as a visitor: with the cookies its token came with. An answer
// that sets others ends the visit, for it must not sign anybody in.
func (s *Session) asVisitor(ctx context.Context, r wire.Request) (*wire.Answer, error) {
	a, err := s.agent.Do(ctx, r)
	if a != nil && len(a.Header.Values("Set-Cookie")) > 0 {
		s.agent.ClearCookies()
		s.guard.forget()
	}
	return a, err
}

// put returns r with the token in it; what r has itself stays.
func (p proof) put(r wire.Request, token string) wire.Request {
	r.Header = slices.Clone(r.Header)
	if p.header != "" && len(evidence.Values(r.Header, p.header)) == 0 {
		r.Header = append(r.Header, evidence.Field{Name: p.header, Value: token})
	}
	if r.Method == http.MethodPost && len(r.Body) == 0 && p.inForms() && evidence.Get(r.Header, "Content-Type") == "" {
		// A button: the form it stands in holds nothing but the token.
		r.Header = append(r.Header, evidence.Field{Name: "Content-Type", Value: "application/x-www-form-urlencoded"})
	}
	form := strings.HasPrefix(evidence.Get(r.Header, "Content-Type"), "application/x-www-form-urlencoded")
	if given, err := url.ParseQuery(string(r.Body)); p.field != "" && form && err == nil && !given.Has(p.field) {
		more := encodeForm([]portal.Pair{{Name: p.field, Value: token}})
		if len(r.Body) > 0 {
			more = append([]byte{'&'}, more...)
		}
		r.Body = slices.Concat(r.Body, more)
	}
	return r
}

// inForms reports a token that is known from a form's field: whether the header
// is looked at as well is a guess then.
func (p proof) inForms() bool {
	return p.field != "" && (p.header == "" || strings.HasPrefix(p.source, "input"))
}

func refusedForCSRF(a *wire.Answer) bool {
	return a.Status == 419 || (a.Status >= 400 && a.Status < 500 && saysCSRF.Match(a.Body[:min(len(a.Body), 1<<16)]))
}

// freshToken returns the token for the next unsafe request; "" when none is known.
func (s *Session) freshToken(ctx context.Context) (string, error) {
	g := &s.guard
	if g.how.source == "" {
		return "", nil
	}
	if !g.changing && g.fetches >= trials {
		return g.token, nil // which is empty where the source has never held one
	}
	token, err := s.fetchToken(ctx, g.how)
	if err != nil {
		return "", err
	}
	if g.token != "" && token != "" && token != g.token {
		g.changing = true
	}
	g.token = token
	g.fetches++
	s.hide("csrf", token)
	return token, nil
}

// fetchToken reads the token at its source. A source that has none now is no error: the portal's answer decides.
func (s *Session) fetchToken(ctx context.Context, how proof) (string, error) {
	if strings.Contains(how.source, "${") {
		return s.expand(how.source)
	}
	if name, ok := strings.CutPrefix(how.source, "cookie "); ok {
		if v := s.cookie(name); v != "" && s.Identity != nil {
			return unescaped(v), nil
		}
	}
	a, err := s.look(ctx, how.page)
	if err != nil {
		return "", err
	}
	token, err := s.capture(how.source, a)
	if err != nil {
		return "", nil
	}
	if strings.HasPrefix(how.source, "cookie ") {
		token = unescaped(token)
	}
	return token, nil
}

// unescaped is a cookie's value as scripts read it: double-submit tokens are percent-encoded in the cookie alone.
func unescaped(v string) string {
	if u, err := url.PathUnescape(v); err == nil {
		return u
	}
	return v
}

// look fetches a page as this session; anonymous gets cookies of its own, as a visitor's browser would.
func (s *Session) look(ctx context.Context, ref string) (*wire.Answer, error) {
	r := wire.Request{
		Method: http.MethodGet, URL: ref, By: s.by(), For: "csrf",
		Header: []evidence.Field{{Name: "Accept", Value: acceptPage}},
	}
	if s.Identity == nil {
		if s.guard.token == "" || s.guard.changing {
			s.agent.ClearCookies()
		}
		return s.agent.Do(ctx, r)
	}
	return s.send(ctx, r)
}
