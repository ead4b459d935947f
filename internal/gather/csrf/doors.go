package csrf

import (
	"context"
	"net/http"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// doors tries to sign somebody in, and somebody out, from another site's page.
func (r *run) doors(ctx context.Context) {
	for _, a := range r.out.Ambients {
		if a.Kind != byCookie || ctx.Err() != nil {
			continue
		}
		who := r.spare(a)
		in := artifact.Forgery{Class: "login", Route: "login " + a.Recipe, Who: who, Effect: artifact.Appears}
		r.signIn(ctx, &in, a)
		out := artifact.Forgery{Class: "logout", Route: "logout " + a.Recipe, Who: who, Effect: artifact.Gone}
		r.signOut(ctx, &out)
		r.out.Logins = append(r.out.Logins, in, out)
	}
}

// signIn sends the step that takes the password as a foreign page would, with
// the attacker's own password: without any cookie of the portal's, and with and
// without the token that the attacker got for themselves.
func (r *run) signIn(ctx context.Context, f *artifact.Forgery, a artifact.Ambient) {
	s := r.t.As(f.Who)
	step, ok := passwordStep(s.Recipe)
	if !ok || s.Probe == nil {
		f.Skipped = artifact.Skip{Reason: check.Undeclared, Why: "no step of the recipe sends a password"}
		return
	}
	f.Route = step.Request.Method + " " + step.Request.Path
	fresh, err := s.Fresh(ctx) // its captures are what an attacker would get
	if err != nil {
		f.Skipped = artifact.Skip{Reason: gather.Refusal(err), Why: err.Error()}
		return
	}
	fields, tokens, ok := filled(fresh, step)
	target, err := fresh.ExpandURL(step.Request.Path)
	needle, proper := r.names(ctx, fresh, f)
	if !ok || err != nil || !proper {
		return
	}
	form := formURL
	if step.JSON != nil {
		form = formText
	}
	f.Alive = true
	for _, token := range []string{"removed", "own"} {
		if token == "own" && len(tokens) == 0 {
			break
		}
		sent := map[string]any{}
		for name, value := range fields {
			if _, is := tokens[name]; !is || token == "own" {
				sent[name] = value
			}
		}
		o := order{method: step.Request.Method, target: target, fields: sent}
		k := artifact.Forged{Form: form, Token: token, Site: crossSite, Navigates: true, Sign: needle}
		q := o.request(form)
		q.Header = manners(reach{site: crossSite, origin: evil, target: r.absolute(target)}, q, true)
		q.Effect, q.By, q.For, q.Expect5xx = portal.SignIn, "csrf", "login from elsewhere", true
		got, err := r.t.Wire.Bare(f.Who).Do(ctx, q)
		k.Write = artifact.Attempt{Name: form, Who: f.Who}
		if got != nil {
			k.Write.Ref = got.Ref
		}
		if err != nil {
			k.Write.Unproven, k.Write.Why = gather.Refusal(err), err.Error()
		} else {
			seen := gather.Answered{Attempt: k.Write, Answer: got}
			r.hindered(&seen)
			k.Write = seen.Attempt
			if given := (&http.Response{Header: got.Header}).Cookies(); len(given) > 0 {
				k.After = r.probe(ctx, s, login.Credential{Cookies: given}, "probe")
			}
		}
		f.Tries = append(f.Tries, k)
	}
}

// names is the text by which the alive probe names the caller; it must be in
// the answer for a session that was opened properly.
func (r *run) names(ctx context.Context, fresh *login.Session, f *artifact.Forgery) (string, bool) {
	f.Shown = r.probe(ctx, fresh, login.Credential{Cookies: fresh.Credential().Cookies}, "shown")
	ex, err := r.exchange(f.Shown.Ref)
	if err != nil || ex == nil || ex.Response == nil {
		f.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "the alive probe got no answer"}
		return "", false
	}
	for _, needle := range append([]string{fresh.Identity.User}, fresh.Probe.Needles...) {
		if needle != "" && strings.Contains(string(ex.Response.Body), needle) {
			f.Sign = needle
			return needle, true
		}
	}
	f.Skipped = artifact.Skip{Reason: check.NoMarker, Why: "the alive probe does not name the caller by the cookies alone"}
	return "", false
}

// probe asks the alive probe with a credential of its own.
func (r *run) probe(ctx context.Context, s *login.Session, c login.Credential, name string) artifact.Attempt {
	out := artifact.Attempt{Name: name, Who: s.Who()}
	target, err := s.ExpandURL(s.Probe.Request.Path)
	if err == nil {
		var got *wire.Answer
		got, err = s.DoWith(ctx, wire.Request{Method: s.Probe.Request.Method, URL: target, Effect: portal.Look, By: "csrf", For: name}, c)
		if got != nil {
			out.Ref = got.Ref
		}
	}
	if err != nil {
		out.Unproven, out.Why = gather.Refusal(err), err.Error()
	}
	return out
}

// passwordStep is the step that sends the password.
func passwordStep(recipe *portal.Recipe) (portal.Step, bool) {
	for _, step := range recipe.Steps {
		for _, p := range step.Form {
			if strings.Contains(p.Value, "${password}") {
				return step, true
			}
		}
		if object, is := step.JSON.(map[string]any); is {
			for _, v := range object {
				if text, is := v.(string); is && strings.Contains(text, "${password}") {
					return step, true
				}
			}
		}
	}
	return portal.Step{}, false
}

// filled are the fields of a step, and which of them were captured before: tokens.
func filled(s *login.Session, step portal.Step) (fields, tokens map[string]any, ok bool) {
	fields, tokens = map[string]any{}, map[string]any{}
	own := map[string]bool{"${user}": true, "${password}": true, "${totp}": true, "${tenant}": true}
	add := func(name, text string) bool {
		value, err := s.Expand(text)
		fields[name] = value
		if strings.Contains(text, "${") && !own[text] {
			tokens[name] = value
		}
		return err == nil
	}
	for _, p := range step.Form {
		if !add(p.Name, p.Value) {
			return nil, nil, false
		}
	}
	if object, is := step.JSON.(map[string]any); is {
		for name, v := range object {
			text, is := v.(string)
			if !is {
				fields[name] = v
			} else if !add(name, text) {
				return nil, nil, false
			}
		}
	}
	return fields, tokens, true
}

// signOut has a foreign page end a session that was opened for it.
func (r *run) signOut(ctx context.Context, f *artifact.Forgery) {
	method, path := r.logout(f.Who)
	if path == "" {
		f.Skipped = artifact.Skip{Reason: check.Undeclared, Why: "how to sign out is not known; declare logout: in the login recipe"}
		return
	}
	f.Route = method + " " + path
	delete(r.victims, f.Who) // one of its own, for it may end
	v, skip := r.victim(ctx, f.Who)
	if skip.Reason != "" {
		f.Skipped = skip
		return
	}
	defer delete(r.victims, f.Who)
	if _, ok := r.names(ctx, v.session, f); !ok {
		return
	}
	f.Before, f.Alive = []artifact.Attempt{f.Shown}, true
	o := order{method: method, target: path}
	for _, form := range []string{formURL, formQuery} {
		w := v.reaches(r.absolute(path), methodOf(form, o), true)
		if w.barred != "" || w.site == sameSite || form == formURL && method == http.MethodGet {
			continue
		}
		k := artifact.Forged{Form: form, Token: "removed"}
		q := o.request(form)
		q.EndsSession, q.Effect = true, portal.SignIn
		got := r.forge(ctx, v, &k, q, w, journal.Entry{}, nil)
		k.Write, k.After = got.Attempt, r.probe(ctx, v.session, login.Credential{Cookies: v.session.Credential().Cookies}, "after")
		f.Tries = append(f.Tries, k)
		if r.ended(f, k) {
			return
		}
	}
	if err := v.session.SignOut(ctx); err != nil {
		f.Skipped = artifact.Skip{Reason: gather.Refusal(err), Why: err.Error()}
		return
	}
	if v.session.Recipe.Logout == nil {
		_, _ = v.session.Do(ctx, wire.Request{Method: method, URL: path, Effect: portal.SignIn, EndsSession: true, By: "csrf", For: "sign-out"}) // the probe tells
	}
	f.Shown = r.probe(ctx, v.session, login.Credential{Cookies: v.session.Credential().Cookies}, "shown")
}

func (r *run) ended(f *artifact.Forgery, k artifact.Forged) bool {
	ex, err := r.exchange(k.After.Ref)
	return err == nil && ex != nil && ex.Response != nil && !strings.Contains(string(ex.Response.Body), f.Sign)
}
