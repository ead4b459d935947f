package lifecycle

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// fixation signs in with cookies that somebody else knows: those the portal
// gives to any visitor, and made-up ones. Afterwards nothing but those is sent.
func (v *visitor) fixation(ctx context.Context, first *login.Session) {
	f := &v.life.Fixation
	cookies := first.Credential().Cookies
	if len(cookies) == 0 {
		f.Alone = artifact.Proof{Attempt: artifact.Attempt{Name: "no cookie", Who: v.who.Name}}
		return
	}
	f.Alone = v.probe(ctx, "cookies alone", login.Credential{Cookies: cookies})
	if !f.Alone.Alive {
		return
	}
	given, skip := v.visit(ctx)
	if skip.Reason != "" {
		f.Skipped = skip
		return
	}
	for _, k := range given {
		f.Before = append(f.Before, k.Name)
	}
	if len(given) > 0 {
		v.fix(ctx, "given", given)
	}
	v.fix(ctx, "chosen", v.chosen(first))
}

// fix signs in with some cookies in the jar and asks with nothing but them.
func (v *visitor) fix(ctx context.Context, kind string, brought []*http.Cookie) {
	trial := artifact.FixationTrial{Kind: kind}
	only := login.Credential{}
	for _, k := range brought {
		trial.Cookies = append(trial.Cookies, k.Name)
		only.Cookies = append(only.Cookies, &http.Cookie{Name: k.Name, Value: k.Value})
		v.t.Wire.Redactor().Add("cookie", k.Value)
	}
	if len(brought) == 0 {
		return
	}
	s, skip := v.enter(ctx, brought...)
	if skip.Reason != "" {
		trial.Control.Attempt = artifact.Attempt{Name: "sign in", Who: v.who.Name, Unproven: skip.Reason, Why: skip.Why}
		v.life.Fixation.Trials = append(v.life.Fixation.Trials, trial)
		return
	}
	trial.Only = v.probe(ctx, "with the "+kind+" cookies only", only)
	trial.Control = v.probe(ctx, "with all cookies", s.Credential())
	v.life.Fixation.Trials = append(v.life.Fixation.Trials, trial)
	v.leave(ctx, s)
}

// leave signs out of a session that has served; that it is over is nobody's concern.
func (v *visitor) leave(ctx context.Context, s *login.Session) { _ = s.SignOut(ctx) }

// visit asks for the login page as nobody who was never there, and returns the
// cookies that gave.
func (v *visitor) visit(ctx context.Context) ([]*http.Cookie, artifact.Skip) {
	var got []*http.Cookie
	agent := v.t.Wire.Agent(evidence.Anonymous)
	steps := v.main.Recipe.Steps
	at := steps[0].Request
	if i := slices.IndexFunc(steps, func(s portal.Step) bool { return s.Request.Method == http.MethodGet }); i >= 0 {
		at = steps[i].Request
	}
	path, err := v.main.ExpandURL(at.Path)
	if err != nil {
		return nil, artifact.Skip{} // nothing a visitor could ask for
	}
	for range 3 {
		a, err := agent.Do(ctx, wire.Request{
			Method: http.MethodGet, URL: path, Effect: portal.SignIn, By: name, For: "visit the login", Expect5xx: at.Method != http.MethodGet,
			Header: []evidence.Field{{Name: "Accept", Value: "text/html,*/*;q=0.8"}},
		})
		switch {
		case err != nil:
			return got, artifact.Skip{Reason: gather.Refusal(err), Why: "visit the login: " + err.Error()}
		case v.t.Refusals().Throttled(a.Exchange):
			return got, artifact.Skip{Reason: check.Throttled, Why: "the login page is throttled"}
		}
		for _, k := range (&http.Response{Header: a.Header}).Cookies() {
			got = slices.DeleteFunc(got, func(o *http.Cookie) bool { return o.Name == k.Name })
			if k.MaxAge >= 0 && k.Value != "" {
				got = append(got, k)
			}
		}
		next := a.Header.Get("Location")
		if a.Status/100 != 3 || next == "" {
			return got, artifact.Skip{}
		}
		if path = resolved(a.Exchange.Request.URL, next); path == "" {
			return got, artifact.Skip{}
		}
	}
	return got, artifact.Skip{}
}

// resolved is where a Location leads from an address; "" when it cannot be read.
func resolved(from, location string) string {
	base, err := url.Parse(from)
	if err != nil {
		return ""
	}
	to, err := base.Parse(location)
	if err != nil {
		return ""
	}
	return to.String()
}

// chosen are made-up values for the session's cookies, as the portal sets them.
func (v *visitor) chosen(first *login.Session) []*http.Cookie {
	var out []*http.Cookie
	for _, h := range first.SetCookies() {
		if !slices.Contains(v.vital, h.Name) || h.Value == "" {
			continue
		}
		k := *h.Cookie
		k.Value = madeUp(h.Value)
		out = append(out, &k)
	}
	return out
}

// madeUp is a value of the same form: letters for letters, digits for digits.
func madeUp(value string) string {
	const lower, digits = "abcdef", "0123456789"
	noise := make([]byte, len(value))
	_, _ = rand.Read(noise) // it never fails
	var b strings.Builder
	for i := range len(value) {
		pick := func(from string) { b.WriteByte(from[int(noise[i])%len(from)]) }
		switch c := value[i]; {
		case c >= '0' && c <= '9':
			pick(digits)
		case c >= 'a' && c <= 'z':
			pick(lower) // still hexadecimal where the value was
		case c >= 'A' && c <= 'Z':
			pick("ABCDEF")
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
