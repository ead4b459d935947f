package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/wire"
)

// visitor is one identity signing in and out by one recipe.
type visitor struct {
	*studies
	t    *gather.Tools
	who  artifact.Identity
	main *login.Session
	life artifact.RecipeLife

	vital  []string            // names of the cookies without which nobody is signed in
	held   []held              // what one sign-in hands out, and how it is sent
	pool   map[string][]string // token name → its values over the sign-ins so far
	entry  int                 // sign-ins so far
	closed artifact.Skip       // why nobody signs in any more: throttled, locked
}

// held is a token of a sign-in and the credential that holds nothing else.
type held struct {
	artifact.SessionToken
	value string
	cred  login.Credential
}

// paceOf spaces sign-ins beyond what an ordinary person needs.
const paceOf = time.Second

// enter signs in anew. A login that throttles is not tried again.
func (v *visitor) enter(ctx context.Context, brought ...*http.Cookie) (*login.Session, artifact.Skip) {
	if v.closed.Reason != "" {
		return nil, v.closed
	}
	if v.entry++; v.entry > 2 && !wire.Loopback(v.t.Target.URL) {
		v.pause(ctx, paceOf)
	}
	s, err := v.main.FreshFor(ctx, name, brought...)
	if err == nil {
		v.collect(s, brought)
		return s, artifact.Skip{}
	}
	skip := v.refused(s, err)
	if skip.Reason == check.Throttled || skip.Reason == check.BudgetSpent {
		v.closed = skip
	}
	return s, skip
}

// refused says why a sign-in failed.
func (v *visitor) refused(s *login.Session, err error) artifact.Skip {
	reason := gather.Refusal(err)
	var refusal *login.Error
	if errors.As(err, &refusal) && refusal.Err == nil {
		reason = check.NoPositiveControl // the portal answered, and did not let in
	}
	if steps := s.Steps(); len(steps) > 0 {
		if ex, err := v.t.Exchange(steps[len(steps)-1]); err == nil && ex != nil && v.t.Refusals().Throttled(ex) {
			reason = check.Throttled
		}
	}
	return artifact.Skip{Reason: reason, Why: err.Error()}
}

// collect keeps the values that the portal made for one sign-in, by the token's name.
func (v *visitor) collect(s *login.Session, brought []*http.Cookie) {
	for _, h := range v.handouts(s) {
		if slices.ContainsFunc(brought, func(k *http.Cookie) bool { return k.Value == h.value }) {
			continue // not of the portal's making
		}
		v.pool[h.Name] = append(v.pool[h.Name], h.value)
	}
}

// handouts lists everything that a sign-in left somebody with.
func (v *visitor) handouts(s *login.Session) []held {
	var out []held
	add := func(h held) {
		same := func(o held) bool { return o.value == h.value && len(o.cred.Cookies) == len(h.cred.Cookies) }
		if h.value != "" && !slices.ContainsFunc(out, same) {
			h.JWT = isJWT(h.value)
			out = append(out, h)
		}
	}
	cred, set := s.Credential(), s.SetCookies()
	for _, k := range cred.Cookies {
		h := held{value: k.Value, cred: login.Credential{Cookies: []*http.Cookie{k}}}
		h.Name, h.Kind = "cookie "+k.Name, "cookie"
		if login.IsRefresh(k.Name) {
			h.Kind = "refresh" // it opens nothing but the exchange
		}
		if i := slices.IndexFunc(set, func(x login.Handed) bool { return x.Name == k.Name }); i >= 0 {
			h.Life, h.Ref, h.States = set[i].Life, set[i].Ref, "Max-Age"
			if set[i].Life == 0 {
				h.States = artifact.StatesBrowser
			}
		}
		add(h)
	}
	handed := s.Tokens()
	for _, f := range cred.Headers {
		if secretless(f) {
			continue
		}
		h := held{value: strings.TrimPrefix(f.Value, "Bearer "), cred: login.Credential{Headers: []evidence.Field{f}}}
		h.Name, h.Kind = strings.ToLower(f.Name), "access"
		if h.value != f.Value {
			h.Name = "bearer"
		}
		add(h.stated(handed))
	}
	for _, f := range cred.Query {
		h := held{value: f.Value, cred: login.Credential{Query: []evidence.Field{f}}}
		h.Name, h.Kind = "query "+f.Name, "access"
		add(h.stated(handed))
	}
	for _, f := range cred.JSON {
		h := held{value: f.Value, cred: login.Credential{JSON: []evidence.Field{f}}}
		h.Name, h.Kind = "field "+f.Name, "access"
		add(h.stated(handed))
	}
	for _, x := range handed {
		h := held{value: x.Value, cred: login.Credential{Headers: []evidence.Field{{Name: "Authorization", Value: "Bearer " + x.Value}}}}
		h.Name, h.Kind = x.Name, "access"
		if login.IsRefresh(x.Name) {
			h.Kind = "refresh"
		}
		add(h.stated(handed))
	}
	return out
}

// secretless are header fields that go along with a credential and are none.
func secretless(f evidence.Field) bool {
	n := strings.ToLower(f.Name)
	return strings.Contains(n, "csrf") || strings.Contains(n, "xsrf") || strings.HasPrefix(f.Value, "Basic ")
}

// stated fills in what the token itself, or the answer that held it, says of its life.
func (h held) stated(handed []login.Handed) held {
	for _, x := range handed {
		if x.Value == h.value {
			h.Life, h.Ref = x.Life, x.Ref
			if x.Life > 0 {
				h.States = "expires_in"
			}
		}
	}
	if life, ends, ok := claimedLife(h.value); ok {
		h.Life, h.States = life, "exp"
		if !ends {
			h.States = artifact.StatesNoExp
		}
	}
	return h
}

// probe asks the alive probe with a credential and nothing else.
func (v *visitor) probe(ctx context.Context, what string, c login.Credential) artifact.Proof {
	return ask(ctx, v.t, v.main, name, what, c)
}

// ask asks s's alive probe with a credential and nothing else. What throttles,
// intercepts or breaks decides nothing.
func ask(ctx context.Context, t *gather.Tools, s *login.Session, by, what string, c login.Credential) artifact.Proof {
	p := artifact.Proof{Attempt: artifact.Attempt{Name: what, Who: s.Who()}}
	alive, ans, err := s.AliveWith(ctx, c, by, what)
	if ans != nil {
		p.Ref = ans.Ref
	}
	p.Alive = alive
	if err != nil {
		p.Unproven, p.Why = gather.Refusal(err), err.Error()
		return p
	}
	judge, seen := t.Refusals(), normal.Of(ans.Exchange, normal.Mask{})
	switch what, intercepted := judge.Intercepts(seen); {
	case alive:
	case judge.Throttles(seen):
		p.Unproven, p.Why = check.Throttled, fmt.Sprintf("answered %d: throttled", ans.Status)
	case intercepted:
		p.Unproven, p.Why = check.Intercepted, what
	case ans.Status >= 500 && !t.FailsToRefuse() && s.Probe.Dead != ans.Status:
		p.Unproven, p.Why = check.Unstable, fmt.Sprintf("answered %d", ans.Status)
	}
	return p
}

// tokens finds out what each token of a sign-in opens by itself.
func (v *visitor) tokens(ctx context.Context, s *login.Session) {
	v.held = v.handouts(s)
	cred := s.Credential()
	for i, h := range v.held {
		h.Alone = v.probe(ctx, h.Name+" alone", h.cred)
		if h.Kind == "cookie" && !h.Alone.Alive {
			rest := cred
			rest.Cookies = slices.DeleteFunc(slices.Clone(cred.Cookies), func(k *http.Cookie) bool { return "cookie "+k.Name == h.Name })
			h.Vital = v.probe(ctx, "without "+h.Name, rest).Dead()
		}
		if h.Kind == "cookie" && (h.Vital || h.Alone.Alive) {
			v.vital = append(v.vital, strings.TrimPrefix(h.Name, "cookie "))
		}
		v.held[i] = h
		v.life.Tokens = append(v.life.Tokens, h.SessionToken)
	}
	v.places(s)
}
