// Package session signs every identity in, finds out what proves that it is
// signed in, and hands the live sessions to the gatherers after it.
package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// perIdentity is the most requests that signing one identity in may take: a
// few steps with their redirects, the search for an alive probe and a token.
const perIdentity = 50

// Gatherer returns the gatherer of the sign-in transcript.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:    "session",
		Doc:     "signs in each identity and finds the request that proves it",
		Makes:   artifact.SignIns.Name(),
		Effects: []portal.Effect{portal.SignIn},
		Budget:  func(t *gather.Tools) int { return perIdentity * max(1, len(t.Portal.Identities)) },
		Gather: func(ctx context.Context, t *gather.Tools) (any, error) {
			return SignIn(ctx, t, t.Wire)
		},
	}
}

// SignIn signs every identity in and puts its session into t.Sessions, with the
// anonymous one. An identity that cannot be signed in, or that nothing proves to
// be, is told with the reason and gets no session: that is for the checks to
// judge. The error is of our own run: cut off, or out of budget.
func SignIn(ctx context.Context, t *gather.Tools, c *wire.Client) (*artifact.Sessions, error) {
	way := login.Way{Client: c, Target: t.Target}
	anonymous := login.New(nil, visitorRecipe(t.Portal), way)
	t.Sessions[evidence.Anonymous] = anonymous
	out := &artifact.Sessions{}
	known := append([]portal.Call{{Method: http.MethodGet, Path: "/api/me"}}, candidates(t.Portal)...)
	for _, id := range t.Portal.Identities {
		if ctx.Err() != nil {
			out.Identities = append(out.Identities, described(id, context.Cause(ctx).Error()))
			continue
		}
		t.Say("signing in " + id.Name)
		s, who := enter(ctx, t, id, way, anonymous, known)
		out.Identities = append(out.Identities, who)
		if s == nil {
			t.Say(who.Name + " is not signed in: " + who.Why)
			continue
		}
		t.Sessions[id.Name] = s
		if s.Probe.Learned { // what tells one identity alive likely does for the next
			known[0] = s.Probe.Request
		}
	}
	if err := ctx.Err(); err != nil {
		return out, fmt.Errorf("sign in: %w", context.Cause(ctx))
	}
	return out, nil
}

// enter signs one identity in; the session is nil when that is not proved.
func enter(ctx context.Context, t *gather.Tools, id *portal.Identity, way login.Way, anonymous *login.Session, known []portal.Call) (*login.Session, artifact.Identity) {
	recipe, why := recipeOf(t.Portal, id)
	if why != "" {
		return nil, described(id, why)
	}
	s := login.New(id, recipe, way)
	err := s.SignIn(ctx)
	if err == nil {
		_, err = login.ChooseProbe(ctx, s, expanded(s, known), nil, anonymous)
	}
	if err == nil {
		err = s.LearnCSRF(ctx)
	}
	if err == nil {
		err = s.LearnFacts(ctx)
	}
	who := described(id, reason(t, id, err))
	who.Steps, who.Sends = s.Steps(), s.Sends()
	if err != nil {
		return nil, who
	}
	who.SignedIn, who.Facts, who.CSRF, who.Notes = true, s.Facts(), s.CSRF(), s.Learned()
	who.Alive, who.Learned = s.Probe.Request.String(), s.Probe.Learned
	return s, who
}

// described is an identity as portal.yaml tells it.
func described(id *portal.Identity, why string) artifact.Identity {
	return artifact.Identity{Name: id.Name, Tenant: id.Tenant, Role: id.Role, User: id.User, Disposable: id.Disposable, Why: why}
}

// reason is why an identity is not signed in, with what to look at.
func reason(t *gather.Tools, id *portal.Identity, err error) string {
	if err == nil {
		return ""
	}
	if errors.Is(err, wire.ErrRefused) && !t.Allowed(portal.SignIn) {
		return "sign-in is not granted for target " + t.Target.Name
	}
	text := err.Error()
	var e *login.Error
	if errors.As(err, &e) && e.Hint() != "" {
		text += " (" + e.Hint() + ")"
	}
	return strings.TrimPrefix(text, "sign in "+id.Name+": ")
}

// recipeOf returns the recipe an identity signs in by (nil: a bearer token), or why there is none.
func recipeOf(p *portal.Portal, id *portal.Identity) (*portal.Recipe, string) {
	r := p.RecipeOf(id)
	switch {
	case r != nil:
		return r, ""
	case id.Login != "":
		return nil, "there is no login named " + id.Login
	case !id.Token.IsZero():
		return nil, ""
	}
	return nil, "portal.yaml does not say how to sign in; add login:, or a token:"
}

// visitorRecipe is the recipe whose pages a visitor without a login sees.
func visitorRecipe(p *portal.Portal) *portal.Recipe {
	for _, id := range p.Identities {
		if r, why := recipeOf(p, id); why == "" && r != nil {
			return r
		}
	}
	return nil
}

// candidates are the reads portal.yaml names: where no page says who the caller
// is, one of them does.
func candidates(p *portal.Portal) []portal.Call {
	var out []portal.Call
	for _, r := range p.Resources {
		if r.List != nil {
			out = append(out, *r.List)
		}
	}
	for _, a := range p.Policy.Latency.Actions {
		if a.Method == http.MethodGet {
			out = append(out, a)
		}
	}
	return out
}

// expanded fills in what the session knows; a read with an unknown variable is left out.
func expanded(s *login.Session, calls []portal.Call) []portal.Call {
	var out []portal.Call
	for _, c := range calls {
		path, err := s.ExpandURL(c.Path)
		if err != nil {
			continue
		}
		c.Path = path
		out = append(out, c)
	}
	return out
}
