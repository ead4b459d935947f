package login

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// mostPages bounds the pages looked at for a token.
const mostPages = 4

var (
	csrfMetas  = []string{"csrf-token", "csrf_token", "_csrf", "csrf", "xsrf-token", "x-csrf-token"}
	csrfInputs = []string{
		"csrf_token", "_csrf", "authenticity_token", "csrfmiddlewaretoken", "_token", "csrf", "_csrf_token",
		"csrftoken", "csrfToken", "xsrf_token", "__RequestVerificationToken",
	}
	csrfKey = regexp.MustCompile(`(?i)^_?(x-?)?[cx]srf[-_]?(token)?$`)
)

// LearnCSRF works out how unsafe requests prove their origin, if it is not
// known yet: as the recipe says, else by cookies, pages and answers.
func (s *Session) LearnCSRF(ctx context.Context) error {
	if !s.guarded() {
		return nil
	}
	s.gate.Lock()
	defer s.gate.Unlock()
	return s.workOut(ctx)
}

// CSRF tells how unsafe requests prove their origin.
func (s *Session) CSRF() string {
	s.gate.RLock()
	defer s.gate.RUnlock()
	how := s.guard.how
	switch {
	case s.Recipe.CSRF.Kind == "none":
		return "none, as declared"
	case s.Recipe.CSRF.Kind == "fetch-metadata":
		return "Origin and Sec-Fetch-Site, as declared"
	case !s.guarded():
		return "not needed: the credential is no cookie"
	case how == (proof{}):
		return "no token found; Origin and Sec-Fetch-Site are sent"
	}
	text := "header " + how.header
	if how.header == "" {
		text = "form field " + how.field
	} else if how.field != "" {
		text += " (forms: " + how.field + ")"
	}
	text += " from " + how.source
	if how.page != "" && !strings.HasPrefix(how.source, "cookie ") {
		text += " on " + how.page
	}
	return text
}

func (s *Session) workOut(ctx context.Context) error {
	if s.guard.known {
		return nil
	}
	how, err := s.findProof(ctx)
	if err != nil {
		return err
	}
	s.guard.how, s.guard.known = how, true
	return nil
}

// findProof combines what the recipe declares with what can be found.
func (s *Session) findProof(ctx context.Context) (proof, error) {
	declared := s.Recipe.CSRF
	var how proof
	source, page := declared.From, ""
	if head, rest, ok := strings.Cut(source, " "); ok && strings.HasPrefix(head, "/") {
		page, source = head, strings.TrimSpace(rest)
	}
	switch {
	case strings.Contains(source, "${"):
		how.source = source
	case source != "" && page != "":
		how.source, how.page = source, page
	default:
		found, err := s.search(ctx, source)
		if err != nil {
			return proof{}, err
		}
		how = found
		if how.source == "" && declared.Kind != "" {
			how.source, how.page = source, "/"
		}
	}
	switch declared.Kind {
	case "header":
		how.header = declared.Name
	case "form-field":
		how.field = declared.Name
		if how.source == "" {
			how.source, how.page = "input[name="+declared.Name+"]", "/"
		}
	}
	return how, nil
}

// search looks for a token: in the cookies scripts are meant to read, then on
// a few pages. A wanted expression is the only thing looked for.
func (s *Session) search(ctx context.Context, wanted string) (proof, error) {
	pages := s.tokenPages()
	if wanted == "" && s.Identity != nil {
		if how, ok := s.cookieProof("XSRF-TOKEN", "csrftoken"); ok {
			how.page = pages[0]
			return how, nil
		}
	}
	for _, ref := range pages {
		a, err := s.look(ctx, ref)
		if errors.Is(err, wire.ErrScope) || errors.Is(err, wire.ErrRefused) || errors.Is(err, wire.ErrNever) {
			continue
		}
		if err != nil {
			return proof{}, err
		}
		how, ok := s.tokenIn(a, wanted)
		if !ok && wanted == "" {
			how, ok = s.cookieProof("XSRF-TOKEN", "csrftoken")
		}
		if ok {
			how.page = ref
			return how, nil
		}
	}
	if wanted != "" {
		return proof{}, nil
	}
	how, ok := s.cookieProof("csrf_token", "csrf-token", "csrfToken", "csrf", "xsrf", "_csrf")
	if ok {
		how.page = pages[0]
	}
	return how, nil
}

// tokenPages are the pages most likely to hold a token, best first.
func (s *Session) tokenPages() []string {
	var out []string
	add := func(ref string) {
		if ref != "" && !slices.Contains(out, ref) && len(out) < mostPages {
			out = append(out, ref)
		}
	}
	if s.Identity == nil {
		for _, step := range s.Recipe.Steps {
			if step.Request.Method == http.MethodGet && !strings.Contains(step.Request.Path, "${") {
				add(step.Request.Path)
			}
		}
		add("/login")
		add("/")
		return out
	}
	add(s.landing)
	if s.Probe != nil && s.Probe.Request.Method == http.MethodGet {
		add(s.Probe.Request.Path)
	}
	add("/")
	add("/account")
	return out
}

func (s *Session) cookieProof(names ...string) (proof, bool) {
	headers := map[string]string{"XSRF-TOKEN": "X-XSRF-TOKEN", "csrftoken": "X-CSRFToken"}
	for _, name := range names {
		if s.cookie(name) == "" {
			continue
		}
		header := headers[name]
		if header == "" {
			header = "X-CSRF-Token"
		}
		how := proof{header: header, source: "cookie " + name}
		if name == "csrftoken" {
			how.field = "csrfmiddlewaretoken"
		}
		return how, true
	}
	return proof{}, false
}

// tokenIn finds a token in one answer: a meta, a hidden input, a response
// header or a JSON member, under one of the names frameworks use.
func (s *Session) tokenIn(a *wire.Answer, wanted string) (proof, bool) {
	if a.Status >= 400 {
		return proof{}, false
	}
	if wanted != "" {
		_, err := s.capture(wanted, a)
		return proof{header: "X-CSRF-Token", source: wanted}, err == nil
	}
	p := readPage(a, s.base)
	for _, name := range csrfMetas {
		if p.metas[name] == "" {
			continue
		}
		how := proof{header: "X-CSRF-Token", source: "meta[name=" + name + " i]", field: p.metas["csrf-param"]}
		if h := p.metas[name+"_header"]; h != "" { // Spring names the header it wants
			how.header, how.field = h, p.metas[name+"_parameter"]
		}
		return how, true
	}
	for _, name := range csrfInputs {
		for _, f := range p.forms {
			if slices.ContainsFunc(f.hidden, func(h portal.Pair) bool { return h.Name == name && h.Value != "" }) {
				return proof{header: headerOf(name), source: "input[name=" + name + "]", field: name}, true
			}
		}
	}
	for _, name := range []string{"X-CSRF-Token", "X-XSRF-TOKEN"} {
		if a.Header.Get(name) != "" {
			return proof{header: name, source: "header " + name}, true
		}
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(a.Body, &object) == nil {
		for key := range object {
			if csrfKey.MatchString(key) {
				return proof{header: "X-CSRF-Token", source: "/" + key}, true
			}
		}
	}
	return proof{}, false
}

// headerOf is the header a framework reads when the form field of that name is not there.
func headerOf(field string) string {
	switch field {
	case "csrfmiddlewaretoken":
		return "X-CSRFToken"
	case "__RequestVerificationToken":
		return "RequestVerificationToken"
	}
	return "X-CSRF-Token"
}
