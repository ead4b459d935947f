// Package accounts asks the login and the password reset about accounts that
// exist and accounts that do not, in turn, to see whether the answers differ.
package accounts

import (
	"cmp"
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

// rounds of one endpoint: few enough that no sensible lock-out closes before
// the limits themselves are tried.
const rounds = 3

// Gatherer makes the enumeration transcript.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:    "accounts",
		Doc:     "asks login and reset about accounts that exist and that do not",
		Makes:   artifact.Enumeration.Name(),
		Needs:   []string{artifact.SignIns.Name(), artifact.Inventories.Name()},
		Effects: []portal.Effect{portal.SignIn},
		Budget:  func(*gather.Tools) int { return 8 * 2 * rounds },
		Gather: func(ctx context.Context, t *gather.Tools) (any, error) {
			if err := t.Nobody(); err != nil {
				return nil, err // a portal that lets nobody in tells accounts apart by nothing
			}
			out := &artifact.Accounts{}
			for _, recipe := range slices.SortedFunc(recipes(t), func(a, b *portal.Recipe) int { return cmp.Compare(a.Name, b.Name) }) {
				out.Pairs = append(out.Pairs, signIns(ctx, t, recipe)...)
			}
			out.Pairs = append(out.Pairs, resets(ctx, t)...)
			return out, nil
		},
	}
}

// recipes yields the recipes by which somebody signs in with a password.
func recipes(t *gather.Tools) func(func(*portal.Recipe) bool) {
	return func(yield func(*portal.Recipe) bool) {
		for name, r := range t.Portal.Logins {
			uses := slices.ContainsFunc(t.Portal.Identities, func(i *portal.Identity) bool {
				return i.Login == name && !i.Password.IsZero()
			})
			if uses && len(r.Steps) > 0 && !yield(r) {
				return
			}
		}
	}
}

// signIns tries a wrong password for a disposable identity and for nobody. It
// returns the answers of the login itself and, where those redirect, of the
// page shown next.
func signIns(ctx context.Context, t *gather.Tools, recipe *portal.Recipe) []artifact.AccountPair {
	last := recipe.Steps[len(recipe.Steps)-1].Request
	p := artifact.AccountPair{Endpoint: "login", Route: last.String()}
	i := slices.IndexFunc(t.Portal.Identities, func(i *portal.Identity) bool {
		return i.Login == recipe.Name && i.Disposable && !i.Password.IsZero()
	})
	if i < 0 {
		p.Skipped = artifact.Skip{
			Reason: check.Undeclared,
			Why:    "wrong passwords are tried against a disposable identity only; mark one with disposable: true",
		}
		return []artifact.AccountPair{p}
	}
	next := artifact.AccountPair{Endpoint: "page after a failed login", Route: p.Route}
	if !slices.ContainsFunc(t.People(), func(p artifact.Identity) bool { return t.As(p.Name).Recipe == recipe }) {
		p.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "nobody could be signed in this way with the right password"}
		return []artifact.AccountPair{p}
	}
	known, shown := *t.Portal.Identities[i], 0
	for range rounds {
		nobody := known
		nobody.User = gather.StrangerLike(known.User)
		for _, try := range []struct {
			id        portal.Identity
			here      *[]artifact.Attempt
			afterward *[]artifact.Attempt
		}{{known, &p.Known, &next.Known}, {nobody, &p.Unknown, &next.Unknown}} {
			answer, after := wrong(ctx, t, recipe, try.id)
			*try.here = append(*try.here, answer)
			*try.afterward = append(*try.afterward, after)
			if after.Sent() {
				shown++
			}
		}
		p.KnownNames, p.UnknownNames = append(p.KnownNames, known.User), append(p.UnknownNames, nobody.User)
	}
	next.KnownNames, next.UnknownNames = p.KnownNames, p.UnknownNames
	if shown < 2*rounds {
		return []artifact.AccountPair{p} // a page after some is a difference of the answers themselves
	}
	return []artifact.AccountPair{p, next}
}

// wrong runs the recipe with a password that cannot be right and returns the
// answer that refused it, and the page that the refusal leads to, if any. Each
// try is a browser that was never here before.
func wrong(ctx context.Context, t *gather.Tools, recipe *portal.Recipe, id portal.Identity) (answer, after artifact.Attempt) {
	answer = artifact.Attempt{Name: "wrong password", Who: evidence.Anonymous}
	after = artifact.Attempt{Name: "page after it", Who: evidence.Anonymous}
	id.Name, id.Password, id.Token = evidence.Anonymous, portal.NewSecret(gather.Canary("Wrong-1-")), portal.Secret{}
	s := login.New(&id, recipe, login.Way{Client: t.Wire, Target: t.Target})
	err := s.SignIn(ctx)
	steps := s.Steps()
	at, ex := told(t, recipe, steps)
	switch {
	case ex == nil:
		answer.Unproven, answer.Why = check.Unstable, "the login could not be tried"
		if err != nil {
			answer.Why += ": " + err.Error()
		}
		return answer, after
	case err == nil:
		answer.Unproven, answer.Why = check.Suspected, "a wrong password was not refused"
	case t.Refusals().Throttled(ex):
		answer.Unproven, answer.Why = check.Throttled, "the login was throttled"
	}
	answer.Ref = steps[at]
	if at < len(steps)-1 {
		after.Ref, after.Unproven, after.Why = steps[len(steps)-1], answer.Unproven, answer.Why
	}
	return answer, after
}

// told finds the exchange that told what became of a sign-in: the last that
// sent something. A login that stopped at fetching its own form told nothing.
func told(t *gather.Tools, r *portal.Recipe, steps []evidence.Ref) (at int, ex *evidence.Exchange) {
	for at, ref := range slices.Backward(steps) {
		ex, err := t.Exchange(ref)
		if err != nil || ex == nil {
			return 0, nil
		}
		if ex.Request.Method != http.MethodGet || !sends(r) {
			return at, ex
		}
	}
	return 0, nil
}

// sends reports whether a recipe sends anything by another method than GET.
func sends(r *portal.Recipe) bool {
	return slices.ContainsFunc(r.Steps, func(s portal.Step) bool { return s.Request.Method != http.MethodGet })
}

// resets asks for a new password for a disposable identity and for nobody.
func resets(ctx context.Context, t *gather.Tools) []artifact.AccountPair {
	var out []artifact.AccountPair
	for _, r := range gather.Made[artifact.Inventory](t, artifact.Inventories).Routes {
		field, is := gather.AsksReset(r)
		if !is {
			continue
		}
		p := artifact.AccountPair{Endpoint: "reset", Route: r.ID}
		i := slices.IndexFunc(t.Portal.Identities, func(i *portal.Identity) bool { return i.Disposable && i.User != "" })
		switch {
		case r.Never:
			p.Skipped = artifact.Skip{Reason: check.EffectRefused, Why: "on routes.never"}
		case !t.Allowed(portal.Mail):
			p.Skipped = artifact.Skip{Reason: check.EffectRefused, Why: "a reset sends mail, which targets." + t.Target.Name + ".allow does not grant"}
		case i < 0:
			p.Skipped = artifact.Skip{Reason: check.Undeclared, Why: "resets are asked for a disposable identity only; mark one with disposable: true"}
		default:
			askResets(ctx, t, r, field, t.Portal.Identities[i].User, &p)
		}
		out = append(out, p)
	}
	return out
}

func askResets(ctx context.Context, t *gather.Tools, r artifact.Route, field, known string, p *artifact.AccountPair) {
	var asks []gather.Ask
	for range rounds {
		nobody := gather.StrangerLike(known)
		asks = append(asks, reset(r, field, known), reset(r, field, nobody))
		p.KnownNames = append(p.KnownNames, known)
		p.UnknownNames = append(p.UnknownNames, nobody)
	}
	for i, got := range t.InOrder(ctx, asks...) {
		if i%2 == 0 {
			p.Known = append(p.Known, got.Attempt)
		} else {
			p.Unknown = append(p.Unknown, got.Attempt)
		}
	}
}

func reset(r artifact.Route, field, user string) gather.Ask {
	kind, body := "application/json", []byte(nil)
	if strings.Contains(r.BodyType, "form") {
		kind, body = "application/x-www-form-urlencoded", []byte(url.Values{field: {user}}.Encode())
	} else {
		body, _ = json.Marshal(map[string]string{field: user})
	}
	target, _ := r.Fill(nil) // it has no parameters
	return gather.Ask{Name: "reset", Who: evidence.Anonymous, Request: wire.Request{
		Method: r.Method, URL: target, Body: body, Effect: portal.Mail,
		Header: []evidence.Field{{Name: "Content-Type", Value: kind}},
	}}
}
