package lifecycle

import (
	"context"
	"net/http"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
)

// stored asks with the sessions of earlier that portal.yaml holds.
func (s *studies) stored(ctx context.Context, t *gather.Tools) []artifact.Expired {
	var out []artifact.Expired
	for _, id := range t.Portal.Identities {
		for _, old := range []struct{ event, value string }{{"expired", id.Expired.Reveal()}, {"idle", id.Idled.Reveal()}} {
			if old.value == "" {
				continue
			}
			e := artifact.Expired{Who: id.Name, Event: old.event, Stored: true, Token: "stored credential"}
			main := t.As(id.Name)
			if main == nil || main.Probe == nil {
				e.Skipped = artifact.Skip{Reason: check.SessionDead, Why: id.Name + " is not signed in"}
				out = append(out, e)
				continue
			}
			e.Recipe = main.Recipe.Name
			if why := sure(ctx, t, id.Name); why != "" {
				e.Skipped = artifact.Skip{Reason: check.SessionDead, Why: why}
				out = append(out, e)
				continue
			}
			t.Wire.Redactor().Add("token", old.value)
			cred := main.Credential()
			bent, token, unlike := s.instead(cred, t, e.Recipe, old.value)
			e.Token, e.Unlike = token, unlike
			if unlike == "" {
				e.Control = ask(ctx, t, main, ending, "control", cred)
				e.Late = ask(ctx, t, main, ending, "after its end", bent)
			}
			out = append(out, e)
		}
	}
	return out
}

// instead puts an old value in the place of the credential that is sent now;
// unlike says why it cannot be one of this portal.
func (s *studies) instead(cred login.Credential, t *gather.Tools, recipe, old string) (out login.Credential, token, unlike string) {
	if i := headerOf(cred.Headers); i >= 0 {
		now := strings.TrimPrefix(cred.Headers[i].Value, "Bearer ")
		old = strings.TrimPrefix(old, "Bearer ")
		value := old
		if now != cred.Headers[i].Value {
			value = "Bearer " + old
		}
		return login.Credential{Headers: []evidence.Field{{Name: cred.Headers[i].Name, Value: value}}}, strings.ToLower(cred.Headers[i].Name), s.unlike(now, old)
	}
	vital := sessionCookies(t, recipe)
	if isPairs(old, cred.Cookies) {
		pairs, err := http.ParseCookie(old)
		if err != nil {
			return out, "cookie", "it is no list of NAME=VALUE"
		}
		return login.Credential{Cookies: pairs}, "cookie", ""
	}
	for _, k := range cred.Cookies {
		if vital[k.Name] || len(cred.Cookies) == 1 {
			why := s.unlike(k.Value, old)
			return login.Credential{Cookies: []*http.Cookie{{Name: k.Name, Value: old}}}, "cookie " + k.Name, why
		}
	}
	return out, "credential", "which cookie it belongs to is not known; write NAME=VALUE"
}

// isPairs reports whether a stored text names one of the cookies.
func isPairs(old string, cookies []*http.Cookie) bool {
	for _, k := range cookies {
		if strings.Contains(old, k.Name+"=") {
			return true
		}
	}
	return false
}

// headerOf is the place of the field that carries a secret; -1 when none does.
func headerOf(fields []evidence.Field) int {
	for i, f := range fields {
		if !secretless(f) {
			return i
		}
	}
	return -1
}

// unlike says why old cannot be an earlier value of what now stands in the same place.
func (s *studies) unlike(now, old string) string {
	switch ends := endOf(old); {
	case isJWT(now) && !isJWT(old):
		return "it is no JSON Web Token, and what is sent today is one"
	case isJWT(old) && !ends.IsZero() && ends.After(s.now()):
		return "it ends only at " + ends.UTC().Format("2006-01-02 15:04 MST")
	case len(old) < len(now)/2 || len(old) > 2*len(now):
		return "it is not as long as what is sent today"
	case now == old:
		return "it is what is sent today"
	}
	return ""
}

// sessionCookies are the names of the cookies that are a recipe's session.
func sessionCookies(t *gather.Tools, recipe string) map[string]bool {
	out := map[string]bool{}
	life := gather.Made[artifact.Lifecycle](t, artifact.Lifecycles)
	if life == nil {
		return out
	}
	for _, r := range life.Recipes {
		if r.Recipe != recipe {
			continue
		}
		for _, k := range r.Tokens {
			if name, is := strings.CutPrefix(k.Name, "cookie "); is && (k.Vital || k.Alone.Alive) {
				out[name] = true
			}
		}
	}
	return out
}
