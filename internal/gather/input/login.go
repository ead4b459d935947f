package input

import (
	"context"
	"net/url"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// login feeds a sign-in, in the name of nobody and a few times only: failed
// sign-ins count against whoever shares the address.
func (f *feeder) login(ctx context.Context, op *artifact.Operation, r artifact.Route) {
	op.Who = evidence.Anonymous
	body, contentType := f.signIn(op, r)
	if body == nil {
		f.narrow(ctx, op, r, "only bodies that nothing can be read from were sent: no sign-in by it was seen")
		return
	}
	target := r.Origin + r.Template
	post := func(body string, kind string) wire.Request {
		q := request("POST", target, kind, []byte(body))
		q.Effect = portal.SignIn
		return q
	}
	w := writing{f: f, route: r, who: op.Who, method: "POST", target: target, rules: &rules{}}
	shots := w.broken(false)
	for _, s := range shots {
		s.request.Effect = portal.SignIn
	}
	for _, name := range credentials(body) {
		b := wrongType(map[string]any{"type": "string"})
		if !strings.Contains(contentType, "json") {
			b = bad{class: "injection", name: "quotes", value: quotes}
		}
		changed := map[string]any{}
		for k := range body {
			changed[k] = "lr-nobody@example.invalid"
		}
		changed[name] = raw(b)
		if !strings.Contains(contentType, "json") {
			changed[name] = b.plain()
		}
		kind, out := encode(contentType, changed)
		shots = append(shots, &shot{who: op.Who, request: post(string(out), kind), c: artifact.Case{
			Class: b.class, Name: b.name, Place: "body /" + name, Sent: shorten(string(out)),
		}})
	}
	shots = f.within(op, shots, perWrite)
	for _, s := range shots {
		s.got = f.visit(ctx, "bad "+s.c.Class, s.request)
		s.c.Try = s.got.Attempt
	}
	f.settle(ctx, op, r, shots, f.visiting, func(s *shot) gather.Ask { return w.still(f, s) })
	for _, s := range shots {
		op.Cases = append(op.Cases, s.c)
	}
	if strings.Contains(contentType, "json") {
		f.signInByOperator(ctx, op, body, contentType, post)
	}
}

// signIn finds the exchange by which an identity signed in here; it is the
// control, and its body says which fields there are.
func (f *feeder) signIn(op *artifact.Operation, r artifact.Route) (map[string]any, string) {
	for _, i := range gather.Made[artifact.Sessions](f.Tools, artifact.SignIns).Identities {
		for _, ref := range i.Steps {
			ex, err := f.Exchange(ref)
			if err != nil || ex == nil || ex.Request.Method != r.Method {
				continue
			}
			if _, ok := bindingOf(r, ex.Request.URL); !ok {
				continue
			}
			kind := evidence.Get(ex.Request.Header, "Content-Type")
			body, _ := decode(ex.Request.Body).(map[string]any)
			if form, err := url.ParseQuery(string(ex.Request.Body)); body == nil && err == nil && strings.Contains(kind, "form") {
				body = map[string]any{}
				for name := range form {
					body[name] = form.Get(name)
				}
			}
			control := artifact.Attempt{Name: "P", Who: i.Name, Ref: ref}
			if a, err := f.ground.Load(control); err == nil && body != nil && f.ground.Good(op.Route, a) {
				op.Controls = []artifact.Attempt{control}
				return body, kind
			}
		}
	}
	return nil, ""
}

// credentials are the fields of a sign-in that name who and prove it.
func credentials(body map[string]any) []string {
	var out []string
	for _, word := range []string{"user", "email", "login", "name", "password", "secret", "pin"} {
		for name := range body {
			if strings.Contains(strings.ToLower(name), word) && len(out) < 2 && !contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// signInByOperator asks to be let in as whoever is not nobody. Only where that
// works is it asked again, beside a word that no store knows.
func (f *feeder) signInByOperator(ctx context.Context, op *artifact.Operation, body map[string]any, kind string, post func(string, string) wire.Request) {
	with := func(word string) string {
		changed := map[string]any{}
		for name := range body {
			changed[name] = map[string]any{word: "lr-nobody"}
		}
		_, out := encode(kind, changed)
		return string(out)
	}
	c := artifact.Case{Class: "injection", Name: "an operator for a value", Place: "body", Kind: "operator", Sent: shorten(with("$ne"))}
	for range 3 {
		ne := f.visit(ctx, "operator", post(with("$ne"), kind))
		c.Rounds = append(c.Rounds, ne.Attempt)
		if a := f.view(ne); !f.ground.Good(op.Route, a) || f.ground.Refused(op.Route, a) {
			break
		}
		c.Rounds = append(c.Rounds, f.visit(ctx, "other", post(with("lrx"), kind)).Attempt)
	}
	c.Try = c.Rounds[0]
	op.Cases = append(op.Cases, c)
}

// visiting sends a shot again as a browser that was never here before.
func (f *feeder) visiting(ctx context.Context, s *shot) gather.Answered {
	return f.visit(ctx, "again", s.request)
}

// visit sends one request as a browser that was never here before: should it be
// let in, nobody else is.
func (f *feeder) visit(ctx context.Context, name string, r wire.Request) gather.Answered {
	f.left--
	r.Expect5xx, r.Timeout, r.By, r.For = true, f.patience, "input", name
	got := gather.Answered{Attempt: artifact.Attempt{Name: name, Who: evidence.Anonymous}}
	ans, err := login.New(nil, nil, login.Way{Client: f.Wire, Target: f.Target}).Do(ctx, r)
	if ans != nil {
		got.Answer, got.Ref = ans, ans.Ref
	}
	switch {
	case err != nil:
		got.Unproven, got.Why = gather.Refusal(err), err.Error()
	case f.ground.Judge.Throttled(ans.Exchange):
		got.Unproven, got.Why = check.Throttled, "throttled"
	}
	return got
}
