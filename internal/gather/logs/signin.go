package logs

import (
	"context"
	"encoding/json"
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

// signIns plants passwords: somebody who does not exist fails to sign in, by
// each recipe, and once more with all that people type into such a form.
func (s *study) signIns() []step {
	var out []step
	for _, name := range sortedKeys(s.Portal.Logins) {
		r := s.Portal.Logins[name]
		i := slices.IndexFunc(s.Portal.Identities, func(i *portal.Identity) bool { return i.Login == name && !i.Password.IsZero() })
		if i < 0 || len(r.Steps) == 0 {
			continue
		}
		last := r.Steps[len(r.Steps)-1]
		for _, st := range r.Steps {
			if st.Request.Method != http.MethodGet {
				last = st
			}
		}
		out = append(out, s.failing(r, last, *s.Portal.Identities[i]))
		if len(out) < 4 {
			out = append(out, s.talkative(last)...)
		}
	}
	return out
}

// failing is a sign-in of nobody.
func (s *study) failing(r *portal.Recipe, last portal.Step, id portal.Identity) step {
	secret, user := password(), address()
	place := last.Request.String()
	plants := []int{s.planted("password", "password of "+place, secret)}
	if strings.Contains(id.User, "@") {
		plants = append(plants, s.planted("email", "user of "+place, user))
	} else {
		user = gather.Canary("lrnobody")
	}
	id.Name, id.User, id.Password, id.Token = evidence.Anonymous, user, portal.NewSecret(secret), portal.Secret{}
	return step{plants: plants, run: func(ctx context.Context) ([]evidence.Ref, artifact.Attempt) {
		a := artifact.Attempt{Name: "plant", Who: evidence.Anonymous}
		if !s.Allowed(portal.SignIn) {
			a.Unproven, a.Why = check.EffectRefused, "sign-in is not granted"
			return nil, a
		}
		session := login.New(&id, r, login.Way{Client: s.Wire, Target: s.Target})
		err := session.SignIn(ctx)
		refs := session.Steps()
		for _, ref := range refs {
			if ex, e := s.Exchange(ref); e == nil && ex.Request.Method != http.MethodGet {
				a.Ref = ref
			}
		}
		if a.Ref == "" {
			a.Unproven, a.Why = check.Unstable, "no failed sign-in could be made"
			if err != nil {
				a.Unproven, a.Why = gather.Refusal(err), a.Why+": "+err.Error()
			}
		}
		return refs, a
	}}
}

// talkative is a sign-in whose body holds more than it should: an address, a
// card and an identity number beside the password.
func (s *study) talkative(last portal.Step) []step {
	if strings.Contains(last.Request.Path, "${") || last.Request.Method == http.MethodGet {
		return nil
	}
	place := last.Request.String()
	values := map[string]string{"email": address(), "password": password(), "cardNumber": card(), "nationalId": identity()}
	plants := []int{
		s.planted("email", "body email of "+place, values["email"]), s.planted("password", "body password of "+place, values["password"]),
		s.planted("card", "body cardNumber of "+place, values["cardNumber"]), s.planted("identity", "body nationalId of "+place, values["nationalId"]),
	}
	kind, body := "application/json", []byte(nil)
	if last.Form != nil {
		form := url.Values{}
		for k, v := range values {
			form.Set(k, v)
		}
		kind, body = "application/x-www-form-urlencoded", []byte(form.Encode())
	} else if raw, err := json.Marshal(values); err == nil {
		body = raw
	}
	return []step{{plants: plants, ask: &gather.Ask{Name: "plant", Who: evidence.Anonymous, Request: wire.Request{
		Method: last.Request.Method, URL: last.Request.Path, Body: body, Effect: portal.SignIn, Expect5xx: true,
		Header: []evidence.Field{{Name: "Content-Type", Value: kind}, {Name: "Accept", Value: "application/json, text/html;q=0.9"}},
	}}}}
}

// hold makes the credentials that the run itself holds findable.
func (s *study) hold() {
	add := func(kind, whose, value string) {
		if len(value) >= shortest {
			s.needles.add(thing{from: "held", kind: kind, whose: whose, value: value})
		}
	}
	sessions := map[string]bool{}
	known := gather.Made[artifact.CookieStudy](s.Tools, artifact.Cookies)
	if known != nil {
		for _, j := range known.Jars {
			for _, c := range j.Cookies {
				if c.Session {
					sessions[c.Name] = true
				}
			}
		}
	}
	for _, i := range s.Portal.Identities {
		add("password", "password of "+i.Name, i.Password.Reveal())
		add("token", "token of "+i.Name, i.Token.Reveal())
		add("password", "one-time secret of "+i.Name, i.TOTP.Reveal())
		live := s.Sessions[i.Name]
		if live == nil {
			continue
		}
		c := live.Credential()
		for _, k := range c.Cookies {
			if len(k.Value) >= 16 && (len(sessions) == 0 || sessions[k.Name]) {
				add("cookie", "cookie "+k.Name+" of "+i.Name, k.Value)
			}
		}
		for _, h := range c.Headers {
			if _, value, ok := strings.Cut(h.Value, " "); ok && secretHeader(h.Name) {
				add("token", h.Name+" of "+i.Name, value)
			} else if secretHeader(h.Name) && len(h.Value) >= 16 {
				add("token", h.Name+" of "+i.Name, h.Value)
			}
		}
		for _, q := range c.Query {
			add("token", "query "+q.Name+" of "+i.Name, q.Value)
		}
	}
}
