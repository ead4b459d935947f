package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

const (
	// gathererName is who login's own requests are booked to, unless Way says otherwise.
	gathererName = "session"
	// maxHops bounds the redirects followed within a sign-in; a browser gives up after 20.
	maxHops = 5

	acceptPage = "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"
	acceptJSON = "application/json, text/html;q=0.5, */*;q=0.1"
)

// visit is a request of a step and where its redirects led.
type visit struct {
	first, final *wire.Answer
	at           *url.URL // of final
	page         page     // of final
}

// run makes one step: sends it, follows it, judges it, captures from it.
func (s *Session) run(ctx context.Context, n int, step portal.Step) error {
	fail := func(said, tip string, err error) error {
		return &Error{Who: s.Who(), Step: fmt.Sprintf("step %d, %s", n+1, step.Request), Said: said, Tip: tip, Err: err}
	}
	r, err := s.build(ctx, step)
	if err != nil {
		var unknown *unknownVar
		if errors.As(err, &unknown) {
			return fail("", "give the identity "+unknown.name+": or capture it in a step before", err)
		}
		return fail("", "", err)
	}
	s.met, s.lost = nil, ""
	v, err := s.visitFor(ctx, r, mentions(step, "password"))
	if err != nil {
		return fail("no answer", "see that the portal runs and that the step's address is in scope", err)
	}
	s.pages, s.met = append(s.pages, v.page), &v
	if said, tip, err := s.judge(step, v); said != "" || err != nil {
		return fail(said, tip, err)
	}
	for _, c := range step.Capture {
		if err := s.take(c, step, v); err != nil {
			return fail("capture "+c.Name, "look at the answer and correct the expression; a login that failed unnoticed misses its captures too", err)
		}
	}
	s.learn(v)
	return nil
}

// build makes the request of a step.
func (s *Session) build(ctx context.Context, step portal.Step) (wire.Request, error) {
	r := wire.Request{Method: step.Request.Method, Effect: portal.SignIn, By: s.by(), For: "sign-in"}
	var err error
	if r.URL, err = s.expandURL(step.Request.Path); err != nil {
		return r, err
	}
	for _, h := range step.Headers {
		value, err := s.expand(h.Value)
		if err != nil {
			return r, err
		}
		r.Header = append(r.Header, evidence.Field{Name: h.Name, Value: value})
	}
	add := func(name, value string) {
		if evidence.Get(r.Header, name) == "" {
			r.Header = append(r.Header, evidence.Field{Name: name, Value: value})
		}
	}
	switch {
	case step.JSON != nil:
		if err := s.fillJSON(&r, step.JSON); err != nil {
			return r, err
		}
		add("Content-Type", "application/json")
		add("Accept", acceptJSON)
	case step.Form != nil:
		if err := s.fillForm(ctx, &r, step); err != nil {
			return r, err
		}
		if unsafe(r) {
			add("Content-Type", "application/x-www-form-urlencoded")
		}
	case step.Body != "":
		body, err := s.expand(step.Body)
		if err != nil {
			return r, err
		}
		r.Body = []byte(body)
	}
	add("Accept", acceptPage)
	if unsafe(r) {
		r.Header = s.sameOrigin(r.Header, s.resolve(r.URL))
		if last := s.lastPage(); last != nil {
			add("Referer", last.String())
		}
	}
	return r, nil
}

func (s *Session) fillJSON(r *wire.Request, template any) error {
	doc, err := s.expandJSON(template)
	if err != nil {
		return err
	}
	if r.Body, err = json.Marshal(doc); err != nil {
		return fmt.Errorf("write JSON body: %w", err)
	}
	return nil
}

// fillForm writes the fields in their order, after the form's own hidden ones that the recipe leaves out.
func (s *Session) fillForm(ctx context.Context, r *wire.Request, step portal.Step) error {
	fields := make([]portal.Pair, 0, len(step.Form))
	for _, f := range step.Form {
		value, err := s.expand(f.Value)
		if err != nil {
			return err
		}
		fields = append(fields, portal.Pair{Name: f.Name, Value: value})
	}
	if !unsafe(*r) {
		for _, f := range fields {
			r.URL = addQuery(r.URL, f.Name, f.Value)
		}
		return nil
	}
	for _, h := range s.hiddenFor(ctx, r.URL, step.Form) {
		if slices.ContainsFunc(fields, func(f portal.Pair) bool { return f.Name == h.Name }) {
			continue
		}
		if secretName.MatchString(h.Name) {
			s.hide("csrf", h.Value)
		}
		fields = append(fields, h)
		s.note(fmt.Sprintf("hidden field %s of the login form", h.Name))
	}
	r.Body = encodeForm(fields)
	return nil
}

func encodeForm(fields []portal.Pair) []byte {
	var b strings.Builder
	for i, f := range fields {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(f.Name) + "=" + url.QueryEscape(f.Value))
	}
	return []byte(b.String())
}

// hiddenFor returns the hidden inputs of the form that is about to be sent:
// from a page of this sign-in, else from the page at the step's own address.
func (s *Session) hiddenFor(ctx context.Context, ref string, fields []portal.Pair) []portal.Pair {
	target := s.resolve(ref)
	for _, p := range slices.Backward(s.pages) {
		if f := p.formFor(target, fields); f != nil {
			return f.hidden
		}
	}
	if len(s.pages) > 0 {
		return nil // a page was fetched on purpose; it has no such form
	}
	v, err := s.visit(ctx, wire.Request{
		Method: http.MethodGet, URL: ref, Effect: portal.SignIn, By: s.by(), For: "sign-in form",
		Header: []evidence.Field{{Name: "Accept", Value: acceptPage}},
	})
	if err != nil || v.final.Status >= 400 {
		return nil
	}
	s.pages = append(s.pages, v.page)
	if f := v.page.formFor(target, fields); f != nil {
		return f.hidden
	}
	return nil
}

// visit sends r with the session's cookies and follows its redirects by GET,
// each hop its own exchange, so that cookies set on the way arrive.
func (s *Session) visit(ctx context.Context, r wire.Request) (visit, error) {
	return s.visitFor(ctx, r, false)
}

// visitFor is visit that says whether r is the request with the password.
func (s *Session) visitFor(ctx context.Context, r wire.Request, telling bool) (visit, error) {
	v := visit{at: s.resolve(r.URL)}
	s.alter(&r, telling)
	a, err := s.carry(ctx, r)
	if err != nil {
		if a != nil {
			s.lost = a.Ref
		}
		return v, err
	}
	s.steps = append(s.steps, a.Ref)
	s.handed.note(a, v.at)
	v.first, v.final = a, a
	for hop := 0; ; hop++ {
		next := redirected(v.final, v.at, r.Method)
		if next == nil || !s.inScope(next) {
			break
		}
		if hop == maxHops {
			return v, fmt.Errorf("redirected more than %d times, last to %s", maxHops, next.Path)
		}
		onward := wire.Request{
			Method: http.MethodGet, URL: next.String(), Effect: portal.SignIn, By: s.by(), For: "sign-in redirect",
			Header: []evidence.Field{{Name: "Accept", Value: acceptPage}},
		}
		s.alter(&onward, false)
		a, err := s.carry(ctx, onward)
		if errors.Is(err, wire.ErrScope) || errors.Is(err, wire.ErrRefused) || errors.Is(err, wire.ErrNever) {
			break // not ours to follow; the redirect itself is the answer
		}
		if err != nil {
			return v, fmt.Errorf("follow redirect to %s: %w", next.Path, err)
		}
		s.steps = append(s.steps, a.Ref)
		s.handed.note(a, next)
		v.final, v.at, r.Method = a, next, http.MethodGet
	}
	v.page = readPage(v.final, v.at)
	return v, nil
}

// redirected returns where an answer sends a browser by GET, or nil.
func redirected(a *wire.Answer, at *url.URL, method string) *url.URL {
	location := a.Header.Get("Location")
	keeps := a.Status == http.StatusTemporaryRedirect || a.Status == http.StatusPermanentRedirect
	if a.Status < 300 || a.Status > 399 || location == "" || (keeps && method != http.MethodGet) {
		return nil
	}
	ref, err := url.Parse(location)
	if err != nil {
		return nil
	}
	next := at.ResolveReference(ref)
	next.Fragment, next.RawFragment = "", ""
	return next
}

func (s *Session) inScope(u *url.URL) bool {
	for _, origin := range append([]string{s.way.Target.URL}, s.way.Target.Also...) {
		if o, err := url.Parse(origin); err == nil && originOf(o) == originOf(u) {
			return true
		}
	}
	return false
}

// lastPage is the address of the page a browser would be on, or nil.
func (s *Session) lastPage() *url.URL {
	if len(s.pages) == 0 {
		return nil
	}
	return s.pages[len(s.pages)-1].at
}
