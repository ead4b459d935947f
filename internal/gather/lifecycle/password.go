package lifecycle

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

var (
	passwordPath  = regexp.MustCompile(`(?i)pass(word|wd|phrase)|/credentials?$`)
	forgottenPath = regexp.MustCompile(`(?i)forgot|reset|recover|lost|strength|policy|check|verify|hint`)
	confirmField  = regexp.MustCompile(`(?i)confirm|repeat|again|retype|verif|password_?2$|^new_?pass(word|wd)?_?2$`)
	currentField  = regexp.MustCompile(`(?i)current|old|existing|previous`)
	nextField     = regexp.MustCompile(`(?i)new|next|pass`)
)

// changing is the request that changes one's own password.
type changing struct {
	route                  artifact.Route
	current, next, confirm string
}

// changer finds the route of the inventory by which people change their own password.
func changer(t *gather.Tools) (changing, bool) {
	inv := gather.Made[artifact.Inventory](t, artifact.Inventories)
	if inv == nil {
		return changing{}, false
	}
	for _, r := range inv.Routes {
		if c, ok := changes(r); ok {
			return c, true
		}
	}
	return changing{}, false
}

// changes reads a route as the change of one's own password.
func changes(r artifact.Route) (c changing, ok bool) {
	if r.Safe() || r.Method == "DELETE" || r.Never || r.Public != "" || len(r.PathParams()) > 0 ||
		!passwordPath.MatchString(r.Template) || forgottenPath.MatchString(r.Template) {
		return c, false
	}
	c.route = r
	for _, f := range bodyFields(r) {
		switch {
		case confirmField.MatchString(f):
			c.confirm = f
		case currentField.MatchString(f):
			c.current = f
		case nextField.MatchString(f) && (c.next == "" || strings.Contains(strings.ToLower(f), "new")):
			c.next = f
		}
	}
	return c, c.next != ""
}

// bodyFields are the names of a route's body.
func bodyFields(r artifact.Route) []string {
	var schema struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	_ = json.Unmarshal(r.BodySchema, &schema) // no schema: sample and parameters may tell
	var sample map[string]json.RawMessage
	_ = json.Unmarshal(r.BodySample, &sample)
	var names []string
	for n := range schema.Properties {
		names = append(names, n)
	}
	for n := range sample {
		names = append(names, n)
	}
	for _, p := range r.Params {
		if p.In == "body" {
			names = append(names, p.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// request changes the password from old to fresh.
func (c changing) request(old, fresh string) wire.Request {
	values := map[string]string{c.next: fresh}
	if c.current != "" {
		values[c.current] = old
	}
	if c.confirm != "" {
		values[c.confirm] = fresh
	}
	r := bodied(c.route, values)
	r.For = "change the password"
	return r
}

// bodied is a write to a route without parameters, with its body as the route takes it.
func bodied(route artifact.Route, values map[string]string) wire.Request {
	target, _ := route.Fill(nil)
	r := wire.Request{Method: route.Method, URL: target, Effect: portal.Write, By: name}
	media := "application/json"
	if strings.Contains(route.BodyType, "form") {
		media = "application/x-www-form-urlencoded"
		form := url.Values{}
		for n, v := range values {
			form.Set(n, v)
		}
		r.Body = []byte(form.Encode())
	} else {
		r.Body, _ = json.Marshal(values) // texts always encode
	}
	r.Header = []evidence.Field{{Name: "Content-Type", Value: media}, {Name: "Accept", Value: "application/json, text/html;q=0.9"}}
	return r
}

// password changes a disposable identity's password in one session, watches
// another, and puts the password back.
func (s *studies) password(ctx context.Context, t *gather.Tools, who artifact.Identity) artifact.Revocation {
	main := t.As(who.Name)
	r := artifact.Revocation{Event: "password", Who: who.Label()}
	c, known := changer(t)
	if !known {
		r.Skipped = artifact.Skip{Reason: check.Undeclared, Why: "no route is known by which people change their own password"}
		return r
	}
	r.Route = c.route.ID
	at, within := later(t)
	r.Within = within
	old, err := main.FreshFor(ctx, name)
	if err != nil {
		r.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: err.Error()}
		return r
	}
	alone := ask(ctx, t, main, name, "old session by itself", old.Credential())
	ours, err := main.FreshFor(ctx, name)
	if err != nil {
		r.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: err.Error()}
		return r
	}
	if r.Before = ask(ctx, t, main, name, "old session beside another", old.Credential()); !r.Before.Alive {
		r.Single = alone.Alive && r.Before.Dead()
		return r
	}
	was, fresh := main.Identity.Password.Reveal(), gather.Canary("Lr9!-")+"-Q7z"
	t.Wire.Redactor().Add("password", fresh)
	id, err := t.Journal.Before(journal.Entry{
		Target: t.Target.Name, Kind: journal.Change, What: "password of " + who.Name, Who: who.Name, Method: c.route.Method, Path: c.route.Template,
	})
	if err != nil {
		r.Skipped = artifact.Skip{Reason: check.RunError, Why: err.Error()}
		return r
	}
	r.Change = sent(ctx, ours, who.Name, c.request(was, fresh))
	after, err := withPassword(ctx, t, main, fresh)
	if err == nil {
		r.Effect = ask(ctx, t, main, name, "with the new password", after.Credential())
		r.After = s.watched(ctx, at, func(when string) artifact.Proof {
			return ask(ctx, t, main, name, "old session "+when, old.Credential())
		})
	} else {
		r.Effect = artifact.Proof{Attempt: artifact.Attempt{Name: "with the new password", Who: who.Name, Unproven: check.NoPositiveControl, Why: "the new password does not sign in"}}
	}
	s.restore(ctx, t, main, c, id, &r, was, fresh)
	return r
}

// sent sends a write and says whether it was accepted.
func sent(ctx context.Context, by *login.Session, who string, r wire.Request) artifact.Attempt {
	a := artifact.Attempt{Name: r.For, Who: who}
	ans, err := by.Do(ctx, r)
	if ans != nil {
		a.Ref = ans.Ref
	}
	switch {
	case err != nil:
		a.Unproven, a.Why = gather.Refusal(err), err.Error()
	case ans.Status >= 400:
		a.Unproven, a.Why = check.NoPositiveControl, fmt.Sprintf("%s %s answered %d", r.Method, r.URL, ans.Status)
	}
	return a
}

// restore puts the old password back and proves it by signing in, whatever
// became of the run.
func (s *studies) restore(ctx context.Context, t *gather.Tools, main *login.Session, c changing, id int, r *artifact.Revocation, was, fresh string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoing)
	defer cancel()
	var last error
	for range 3 {
		back, err := main.FreshFor(ctx, name)
		if err == nil && ask(ctx, t, main, name, "with the old password", back.Credential()).Alive {
			_ = back.SignOut(ctx)
			last = t.Journal.Undone(id)
			break
		}
		last = cmp.Or(err, last)
		changed, err := withPassword(ctx, t, main, fresh)
		if err != nil {
			last = cmp.Or(err, last)
			continue
		}
		if put := sent(ctx, changed, main.Who(), c.request(fresh, was)); put.Unproven != "" {
			last = fmt.Errorf("put the password back: %s", put.Why)
		} else {
			last = fmt.Errorf("put the password back: the old one does not sign in")
		}
	}
	if last == nil {
		return
	}
	r.Left = last.Error()
	if err := t.Journal.Left(id, r.Left); err != nil {
		r.Left += "; " + err.Error()
	}
}
