package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

var secretName = regexp.MustCompile(`(?i)token|csrf|xsrf|secret|session|\bsid\b|key|jwt|auth|ticket|nonce|password`)

// SignIn runs the recipe's steps, from a clean start, and makes the credential
// ready. That it succeeded is only claimed: the alive probe proves it.
// A failure is an *Error.
func (s *Session) SignIn(ctx context.Context) error {
	s.gate.Lock()
	defer s.gate.Unlock()
	if s.Identity == nil {
		return nil
	}
	err := s.attempt(ctx)
	if s.usedCode(err) { // the clocks may differ by a period: once more with the neighbouring code
		err = s.attempt(ctx)
	}
	return err
}

// usedCode reports whether err is the refusal of a step that sends a one-time code.
func (s *Session) usedCode(err error) bool {
	var e *Error
	if !errors.As(err, &e) || e.Err != nil || s.Identity.TOTP.IsZero() {
		return false
	}
	for i, step := range s.Recipe.Steps {
		if e.Step == fmt.Sprintf("step %d, %s", i+1, step.Request) {
			return mentions(step, "totp")
		}
	}
	return false
}

func (s *Session) attempt(ctx context.Context) error {
	s.agent.ClearCookies()
	s.agent.SetCookies(s.base.String(), s.brought)
	s.handed = handed{}
	s.vars, s.sends, s.pages, s.landing, s.steps = s.ownVars(), nil, nil, "", nil
	s.guard.forget()
	s.facts = ownFacts(s.Identity)
	s.wentIn, s.end = false, ending{}
	began := time.Now()
	if s.runsSteps() {
		for i, step := range s.Recipe.Steps {
			if err := s.run(ctx, i, step); err != nil {
				return err
			}
		}
		s.wentIn = true
	}
	err := s.equip()
	if err == nil && s.wentIn {
		s.end = s.ends(began)
	}
	return err
}

// equip makes the credential ready that the steps have brought.
func (s *Session) equip() error {
	sends, err := s.resolveSends()
	if err != nil {
		return &Error{Who: s.Who(), Tip: "name in send: a value that the identity has or that a step captures", Err: err}
	}
	s.sends = sends
	for _, x := range sends {
		s.facts.add(claims(x.value))
	}
	if s.credentialKind().Kind == "cookie" && len(s.agent.AllCookies()) == 0 {
		return &Error{Who: s.Who(), Said: "no cookie was set on the way", Tip: s.missingCookie()}
	}
	return nil
}

// runsSteps reports whether this identity signs in by the recipe's steps: one
// that brings a static token and no password does not, unless a step sends the token.
func (s *Session) runsSteps() bool {
	steps := s.Recipe.Steps
	if s.Identity == nil || len(steps) == 0 {
		return false
	}
	if s.Identity.Token.IsZero() || !s.Identity.Password.IsZero() {
		return true
	}
	for _, step := range steps {
		if mentions(step, "token") {
			return true
		}
		if slices.ContainsFunc(step.Capture, func(c portal.Pair) bool { return c.Name == "token" }) {
			return false // from here on ${token} is what was captured
		}
	}
	return false
}

// mentions reports whether a step sends ${name}.
func mentions(step portal.Step, name string) bool {
	ref := "${" + name + "}"
	text := fmt.Sprint(step.Request.Path, " ", step.JSON, " ", step.Body)
	for _, p := range append(slices.Clone(step.Form), step.Headers...) {
		text += " " + p.Value
	}
	return strings.Contains(text, ref)
}

func (s *Session) missingCookie() string {
	if _, ok := s.vars["token"]; ok {
		return "the recipe captures a token: say send: bearer ${token}"
	}
	for _, p := range s.pages {
		if p.token != "" {
			return "the answer holds a token at " + p.token + ": capture it (token: " + p.token + ") and say send: bearer ${token}"
		}
	}
	return "see whether the portal sets a cookie for another host than the target's, or log in by hand and look at what the browser keeps"
}

// judge says what is wrong with a step's answer; said is "" when nothing is.
func (s *Session) judge(step portal.Step, v visit) (said, tip string, err error) {
	answers := []*wire.Answer{v.first}
	if v.final != v.first {
		answers = append(answers, v.final)
	}
	if step.Failed != nil {
		for _, a := range answers {
			why, err := mismatch(step.Failed, a)
			if err != nil {
				return "", "correct failed: of this step", err
			}
			if why == "" {
				return fmt.Sprintf("answered %d as failed: describes: wrong user or password", a.Status), s.tip(a, v.page), nil
			}
		}
	}
	if step.OK != nil {
		for _, a := range answers {
			why, err := mismatch(step.OK, a)
			if err != nil {
				return "", "correct ok: of this step", err
			}
			if why == "" {
				said = ""
				break
			}
			if said == "" {
				said = why
			}
		}
		if said != "" {
			return said, s.tip(v.final, v.page), nil
		}
		if specific(step.OK) {
			return "", "", nil
		}
	}
	return s.judgeByItself(step, v)
}

// judgeByItself recognises a refusal that nobody described.
func (s *Session) judgeByItself(step portal.Step, v visit) (said, tip string, err error) {
	if step.OK == nil && v.first.Status >= 400 {
		return fmt.Sprintf("answered %d%s", v.first.Status, meaning(step, v.first.Status)), s.tip(v.first, v.page), nil
	}
	if next := redirected(v.final, v.at, "GET"); next != nil && !s.inScope(next) {
		s.note("sign-in redirects to " + originOf(next) + ", which is out of scope")
	}
	if !mentions(step, "password") {
		return "", "", nil
	}
	if v.page.asksLogin(passwordFields(step)) {
		return fmt.Sprintf("answered %d with the login form again: wrong user or password", v.final.Status), s.tip(v.final, v.page), nil
	}
	if refusesInJSON(v.final.Body) {
		return fmt.Sprintf("answered %d with an error inside: wrong user or password", v.final.Status), s.tip(v.final, v.page), nil
	}
	return "", "", nil
}

// meaning says what a refusal of a step comes from, by what the step sends.
func meaning(step portal.Step, status int) string {
	switch {
	case status == http.StatusTooManyRequests:
		return ": too many attempts"
	case status != http.StatusUnauthorized && status != http.StatusForbidden:
		return ""
	case mentions(step, "totp"):
		return ": wrong one-time code"
	case mentions(step, "password"):
		return ": wrong user or password"
	}
	return ""
}

// passwordFields are the form fields that the step puts the password in.
func passwordFields(step portal.Step) []string {
	var names []string
	for _, f := range step.Form {
		if strings.Contains(f.Value, "${password}") {
			names = append(names, f.Name)
		}
	}
	return names
}

// take evaluates one capture: on the step's own answer or where it led.
func (s *Session) take(c portal.Pair, step portal.Step, v visit) error {
	answers := []*wire.Answer{v.first, v.final}
	if step.Request.Method == "GET" {
		slices.Reverse(answers)
	}
	var value string
	var err error
	for _, a := range answers {
		if value, err = s.capture(c.Value, a); err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	if secretName.MatchString(c.Name) || secretName.MatchString(c.Value) {
		s.hide(c.Name, value)
	}
	s.vars[c.Name] = value
	return nil
}

// learn keeps what a step's answers tell about the caller and the way on.
func (s *Session) learn(v visit) {
	s.facts.add(answerFacts(v.first.Body))
	if v.final != v.first {
		s.facts.add(answerFacts(v.final.Body))
		if v.final.Status < 300 {
			s.landing = s.onTarget(v.at)
		}
	}
}

// onTarget is u as a path where it is on the target's own origin.
func (s *Session) onTarget(u *url.URL) string {
	if originOf(u) == originOf(s.base) {
		return u.RequestURI()
	}
	return u.String()
}

func (s *Session) note(text string) {
	if !slices.Contains(s.learned, text) {
		s.learned = append(s.learned, text)
	}
}

// Steps names the exchanges of the last sign-in.
func (s *Session) Steps() []evidence.Ref {
	s.gate.RLock()
	defer s.gate.RUnlock()
	return slices.Clone(s.steps)
}

// Learned tells, for doctor, what the recipe left out and signing in found by itself.
func (s *Session) Learned() []string {
	s.gate.RLock()
	defer s.gate.RUnlock()
	return slices.Clone(s.learned)
}

// Landing is where signing in led a browser, or "".
func (s *Session) Landing() string {
	s.gate.RLock()
	defer s.gate.RUnlock()
	return s.landing
}

// Sends tells how the credential travels: "cookie", "bearer", "header X-Auth" …
func (s *Session) Sends() string {
	s.gate.RLock()
	defer s.gate.RUnlock()
	send := s.credentialKind()
	switch send.Kind {
	case "header", "query", "json-field":
		return send.Kind + " " + send.Name
	}
	return send.Kind
}
