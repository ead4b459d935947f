package lifecycle

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

const (
	// settles is how long after its logout a session is asked for once more: a
	// portal may end it in the background, or revive it.
	settles = 2 * time.Second
	// mostHops bounds where a logout leads.
	mostHops = 3
)

// logout signs in twice, logs the first session out and tries each of its
// tokens by itself, at once and two seconds later.
func (v *visitor) logout(ctx context.Context) {
	l := &v.life.Logout
	calls, learned := v.logouts()
	if len(calls) == 0 {
		l.Skipped = artifact.Skip{Reason: check.Undeclared, Why: "how to log out is not known; say logout: POST /… in the login recipe"}
		return
	}
	l.Learned = learned
	ours, other, skip := v.pair(ctx)
	if skip.Reason != "" {
		l.Skipped = skip
		return
	}
	ex := v.exchanger()
	l.Refresh = ex.String()
	holds := v.before(ctx, ours, ex)
	if ours, holds, skip = v.replaced(ctx, ours, ex, holds); skip.Reason != "" {
		l.Skipped = skip
		return
	}
	for _, call := range calls {
		l.Request, l.Answers, l.Refused = call.String(), nil, ""
		v.send(ctx, ours, call, holds)
		if l.Refused == "" {
			break
		}
	}
	for round, pause := range []time.Duration{0, settles} {
		if round > 0 {
			v.pause(ctx, pause)
		}
		for i := range holds {
			if !holds[i].Before.Alive {
				continue
			}
			holds[i].After = append(holds[i].After, v.replay(ctx, ex, &holds[i], round))
		}
	}
	for _, h := range holds {
		l.Replays = append(l.Replays, h.TokenReplay)
	}
	if other == nil {
		l.Other.Unproven, l.Other.Why = check.NoPositiveControl, "this portal lets an account have one session at a time"
		return
	}
	l.Other = v.probe(ctx, "another session after the logout", other.Credential())
	v.leave(ctx, other)
}

// replaying is one token on its way through a logout.
type replaying struct {
	artifact.TokenReplay
	cred    login.Credential
	refresh *held // nil: it is tried on the alive probe
}

// pair signs in twice. Where the second sign-in ends the first, there is one
// session only.
func (v *visitor) pair(ctx context.Context) (ours, other *login.Session, skip artifact.Skip) {
	if ours, skip = v.enter(ctx); skip.Reason != "" {
		return nil, nil, skip
	}
	if other, skip = v.enter(ctx); skip.Reason != "" {
		return ours, nil, artifact.Skip{}
	}
	if v.probe(ctx, "the first of two sessions", ours.Credential()).Dead() {
		return other, nil, artifact.Skip{}
	}
	return ours, other, artifact.Skip{}
}

// before proves what each token opens before the logout.
func (v *visitor) before(ctx context.Context, s *login.Session, ex *exchanger) []replaying {
	var out []replaying
	if ex != nil { // first, for an exchange replaces the tokens
		for _, h := range v.handouts(s) {
			if h.Kind != "refresh" || ex.byCookie() != (len(h.cred.Cookies) > 0) {
				continue
			}
			r := replaying{refresh: &h}
			r.Name, r.Kind = h.Name, h.Kind
			r.Before = v.exchange(ctx, ex, s, r.refresh, "before the logout")
			out = append(out, r)
		}
		if r := (replaying{refresh: &held{cred: login.Credential{Cookies: s.Credential().Cookies}}}); ex.byCookie() && len(out) == 0 {
			r.Name, r.Kind = "cookies on "+ex.String(), "refresh"
			r.Before = v.exchange(ctx, ex, s, r.refresh, "before the logout")
			out = append(out, r)
		}
	}
	cred := s.Credential()
	add := func(h held) {
		r := replaying{cred: h.cred}
		r.Name, r.Kind = h.Name, h.Kind
		if end := endOf(h.value); !end.IsZero() {
			r.Left = max(time.Second, end.Sub(v.now()).Round(time.Second))
		} else if h.Kind == "access" {
			r.Left = h.Life
		}
		r.Before = v.probe(ctx, h.Name+" before the logout", h.cred)
		if r.Before.Alive || !r.Before.Sent() {
			out = append(out, r)
		}
	}
	if len(cred.Cookies) > 0 {
		h := held{cred: login.Credential{Cookies: cred.Cookies}}
		h.Name, h.Kind = "the set of cookies", "cookie"
		h.value = v.vitalToken(cred.Cookies)
		add(h)
	}
	for _, h := range v.handouts(s) {
		if h.Kind == "refresh" || len(cred.Cookies) == 1 && h.Kind == "cookie" {
			continue
		}
		if i := slices.IndexFunc(v.held, func(o held) bool { return o.Name == h.Name }); i >= 0 && !v.held[i].Alone.Alive {
			continue // it never opened anything by itself
		}
		add(h)
	}
	return out
}

// vitalToken is the signed token that ends a set of cookies; "" when one of
// those that are the session ends with nothing but the server's will.
func (v *visitor) vitalToken(cookies []*http.Cookie) string {
	token := ""
	for _, k := range cookies {
		if !slices.Contains(v.vital, k.Name) {
			continue
		}
		if endOf(k.Value).IsZero() {
			return ""
		}
		token = k.Value
	}
	return token
}

// replaced signs in once more where exchanging the refresh token has ended the
// session itself: what was proved of its tokens holds for the new ones.
func (v *visitor) replaced(ctx context.Context, s *login.Session, ex *exchanger, holds []replaying) (*login.Session, []replaying, artifact.Skip) {
	if ex == nil || !v.probe(ctx, "after the refresh", s.Credential()).Dead() {
		return s, holds, artifact.Skip{}
	}
	fresh, skip := v.enter(ctx)
	if skip.Reason != "" {
		return nil, nil, skip
	}
	again := v.before(ctx, fresh, nil)
	for _, h := range v.handouts(fresh) {
		for _, old := range holds {
			if old.refresh != nil && h.Kind == "refresh" && old.Name == h.Name {
				old.refresh = &h
				again = append(again, old)
			}
		}
	}
	return fresh, again, artifact.Skip{}
}

// replay tries one token after the logout.
func (v *visitor) replay(ctx context.Context, ex *exchanger, r *replaying, round int) artifact.Proof {
	when := []string{"after the logout", "2 s after the logout"}[round]
	if r.refresh != nil {
		return v.exchange(ctx, ex, v.main, r.refresh, when)
	}
	return v.probe(ctx, r.Name+" "+when, r.cred)
}

// logouts are the requests that may log out: the recipe's, else those of the
// inventory; those for pages first where the credential is a cookie.
func (v *visitor) logouts() (calls []portal.Call, learned bool) {
	if c := v.main.Recipe.Logout; c != nil {
		return []portal.Call{*c}, false
	}
	cookie := v.life.Sends == "cookie"
	rank := func(c portal.Call) int {
		n := 0
		if c.Method == http.MethodGet {
			n += 2
		}
		if strings.Contains(strings.ToLower(c.Path), "/api") == cookie {
			n++
		}
		return n
	}
	for _, r := range v.routes() {
		if r.Kind == "logout" && len(r.PathParams()) == 0 && !r.Never {
			target, _ := r.Fill(nil)
			calls = append(calls, portal.Call{Method: r.Method, Path: target})
		}
	}
	slices.SortStableFunc(calls, func(a, b portal.Call) int { return cmp.Compare(rank(a), rank(b)) })
	return calls[:min(len(calls), 3)], true
}

func (v *visitor) routes() []artifact.Route {
	if inv := gather.Made[artifact.Inventory](v.t, artifact.Inventories); inv != nil {
		return inv.Routes
	}
	return nil
}

// send logs s out, as a browser or an app would: with the refresh token where
// the contract asks for it, following where it leads, confirming where a page asks.
func (v *visitor) send(ctx context.Context, s *login.Session, call portal.Call, holds []replaying) {
	l := &v.life.Logout
	path, err := s.ExpandURL(call.Path)
	if err != nil {
		l.Refused = err.Error()
		return
	}
	r := wire.Request{Method: call.Method, URL: path, Effect: portal.SignIn, EndsSession: true, By: name, For: "logout"}
	r.Header = []evidence.Field{{Name: "Accept", Value: "text/html, application/json;q=0.9, */*;q=0.8"}}
	r.Body, r.Header = v.withRefresh(call, r.Header, holds)
	for hop := 0; ; hop++ {
		a, err := s.Do(ctx, r)
		at := artifact.Attempt{Name: "logout", Who: v.who.Name}
		if a != nil {
			at.Ref = a.Ref
		}
		if err != nil {
			at.Unproven, at.Why = gather.Refusal(err), err.Error()
			l.Answers, l.Refused = append(l.Answers, at), err.Error()
			return
		}
		l.Answers = append(l.Answers, at)
		next := a.Header.Get("Location")
		confirm, asks := confirmation(a)
		switch {
		case a.Status >= 400 || v.t.Refusals().Throttled(a.Exchange):
			l.Refused = fmt.Sprintf("%s answered %d", r.Method+" "+l.Request[strings.IndexByte(l.Request, ' ')+1:], a.Status)
			return
		case v.t.Refusals().NotFoundLike(a.Exchange):
			l.Refused = "it is answered like an address that does not exist"
			return
		case hop == mostHops:
			return
		case a.Status/100 == 3 && next != "":
			r.Method, r.URL, r.Body = http.MethodGet, resolved(a.Exchange.Request.URL, next), nil
			if v.loginPage(r.URL) {
				return
			}
		case asks && r.Method == http.MethodGet:
			r.Method, r.Body = http.MethodPost, []byte(confirm.body)
			r.URL = resolved(a.Exchange.Request.URL, confirm.action)
			r.Header = append(r.Header, evidence.Field{Name: "Content-Type", Value: "application/x-www-form-urlencoded"})
		default:
			return
		}
	}
}

// loginPage reports whether an address is where signing in begins: a logout
// that leads there is over.
func (v *visitor) loginPage(address string) bool {
	for _, step := range v.main.Recipe.Steps {
		if strings.HasSuffix(address, step.Request.Path) {
			return true
		}
	}
	return false
}
