package cookies

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/browser"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/setcookie"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
)

// mostSignIns of one study: a portal that ends the session for each missing
// cookie is signed in to again.
const mostSignIns = 4

// subject is one session on the table.
type subject struct {
	t      *gather.Tools
	main   *login.Session
	jar    *artifact.CookieJar
	at     *url.URL
	signed int
	whole  login.Credential // all that the session sends, as of now
	base   login.Credential // what a cookie is taken from
}

// signIn starts over with a session of its own; false says why not in Skipped.
func (s *subject) signIn(ctx context.Context) bool {
	if s.signed++; s.signed > mostSignIns {
		s.skip(check.Unstable, fmt.Sprintf("the session ended %d times while cookies were taken away", mostSignIns))
		return false
	}
	fresh, err := s.main.Fresh(ctx)
	if err != nil {
		reason := gather.Refusal(err)
		if reason == check.Unstable {
			reason = check.SessionDead
		}
		s.skip(reason, "a second sign-in failed: "+err.Error())
		return false
	}
	first, a, err := fresh.Alive(ctx) // some portals set their cookie with the first answer after
	if err != nil || !first {
		s.skip(cmpReason(gather.Refusal(err), check.SessionDead), "the session is dead right after signing in")
		return false
	}
	if s.signed == 1 {
		for _, ref := range fresh.Steps() {
			s.note(ref, false)
		}
		s.note(a.Ref, true)
	}
	s.whole = fresh.Credential()
	s.whole.Cookies = slices.DeleteFunc(s.whole.Cookies, func(k *http.Cookie) bool { return !s.travels(k.Name) })
	for _, k := range s.whole.Cookies {
		s.cookie(k.Name).Form = form(k.Value)
	}
	s.rebase()
	return true
}

func cmpReason(r, other check.Reason) check.Reason {
	if r == "" || r == check.Unstable {
		return other
	}
	return r
}

func (s *subject) skip(reason check.Reason, why string) {
	s.jar.Skipped = artifact.Skip{Reason: reason, Why: why}
}

// rebase is what cookies are taken from: the cookies alone where they are
// enough, for another credential beside them would hide what is missing.
func (s *subject) rebase() {
	s.base = s.whole
	if s.jar.Lives.Only {
		s.base = login.Credential{Cookies: s.whole.Cookies}
	}
}

// travels reports whether a browser sends the cookie to where the probe goes.
func (s *subject) travels(name string) bool {
	last, ok := s.cookie(name).Last()
	if !ok {
		return true
	}
	sent, _ := browser.Sends(last, browser.Request{To: s.at.String()})
	return sent || last.Refused != ""
}

// cookie returns the jar's cookie of that name, new if need be.
func (s *subject) cookie(name string) *artifact.Cookie {
	i := slices.IndexFunc(s.jar.Cookies, func(c artifact.Cookie) bool { return c.Name == name })
	if i < 0 {
		i = len(s.jar.Cookies)
		s.jar.Cookies = append(s.jar.Cookies, artifact.Cookie{Name: name})
	}
	return &s.jar.Cookies[i]
}

// note keeps how an exchange set cookies.
func (s *subject) note(ref evidence.Ref, after bool) {
	ex, err := s.t.Exchange(ref)
	if err != nil || ex == nil || ex.Response == nil {
		return
	}
	for _, c := range read(ex) {
		if len(s.jar.Cookies) >= mostCookies && !s.has(c.Name) {
			continue
		}
		k := s.cookie(c.Name)
		c.Ref, c.Later = ref, after && len(k.Set) > 0
		if !c.Later || !slices.ContainsFunc(k.Set, func(x artifact.CookieSet) bool { return alike(x, c.CookieSet) }) {
			k.Set = append(k.Set, c.CookieSet)
		}
	}
}

// read returns the cookies that an exchange sets.
func read(ex *evidence.Exchange) []setcookie.Cookie {
	at, err := url.Parse(ex.Request.URL)
	if err != nil || ex.Response == nil {
		return nil
	}
	var out []setcookie.Cookie
	for _, line := range evidence.Values(ex.Response.Header, "Set-Cookie") {
		if c, ok := setcookie.Parse(line, at, ex.At); ok {
			out = append(out, c)
		}
	}
	return out
}

// alike reports whether two headers say the same of a cookie.
func alike(a, b artifact.CookieSet) bool {
	return a.Domain == b.Domain && a.Secure == b.Secure && a.HTTPOnly == b.HTTPOnly && a.SameSite == b.SameSite && a.Odd == b.Odd &&
		a.Drops == b.Drops && a.Refused == b.Refused
}

func (s *subject) has(name string) bool {
	return slices.ContainsFunc(s.jar.Cookies, func(c artifact.Cookie) bool { return c.Name == name })
}

// ask asks the probe with a credential and keeps up with cookies that change on
// each answer: those that came with a living session replace what is sent next.
func (s *subject) ask(ctx context.Context, name string, c login.Credential) (alive bool, at artifact.Attempt) {
	at = artifact.Attempt{Name: name, Who: s.jar.Who}
	alive, a, err := s.main.AliveWith(ctx, c, "cookies", name)
	if a != nil {
		at.Ref = a.Ref
	}
	switch {
	case err != nil:
		at.Unproven, at.Why = gather.Refusal(err), err.Error()
		return false, at
	case !alive:
		judge, v := s.t.Refusals(), normal.Of(a.Exchange, normal.Mask{})
		if judge.Throttles(v) {
			at.Unproven, at.Why = check.Throttled, fmt.Sprintf("answered %d: throttled", a.Status)
		} else if what, is := judge.Intercepts(v); is {
			at.Unproven, at.Why = check.Intercepted, what
		}
		return false, at
	}
	for _, set := range (&http.Response{Header: a.Header}).Cookies() {
		for _, sent := range c.Cookies {
			if sent.Name == set.Name && set.Value != "" && set.MaxAge >= 0 {
				s.replace(set)
			}
		}
	}
	return true, at
}

// replace puts the new value of a cookie into what is sent next.
func (s *subject) replace(set *http.Cookie) {
	for i, k := range s.whole.Cookies {
		if k.Name == set.Name {
			n := *k
			n.Value, n.Quoted = set.Value, set.Quoted
			s.whole.Cookies = slices.Clone(s.whole.Cookies)
			s.whole.Cookies[i] = &n
		}
	}
	s.rebase()
}

// Value forms.
var (
	wholeToken = regexp.MustCompile(`^ey[\w-]+\.[\w-]+\.[\w-]*$`)
	partToken  = regexp.MustCompile(`^ey[\w-]+\.[\w-]+$`)
)

// form tells what a value looks like: who holds a short one holds no secret.
func form(value string) string {
	switch {
	case wholeToken.MatchString(value):
		return "jwt"
	case partToken.MatchString(value):
		return "jwt-part"
	case len(value) < 16:
		return "short"
	}
	return "random"
}
