// Package jwt looks for JSON Web Tokens among everything that identities sign
// in with, and sends in their place tokens that no portal may accept. It works
// with sign-ins of its own, and sends the good token after each bad one.
package jwt

import (
	"context"
	"fmt"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/jose"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/portal"
)

const (
	name = "jwt"
	// perType bounds the requests of one kind of token: about 40 attempts, each
	// with the good token after it, the search for keys, and a few sign-ins.
	perType = 140
	// mostTypes bounds the kinds of token that are studied.
	mostTypes = 4
)

// Gatherer returns the gatherer of the token transcript.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:    name,
		Doc:     "sends forged, altered and misplaced tokens in place of good ones",
		Makes:   artifact.Tokens.Name(),
		Needs:   []string{artifact.SignIns.Name()},
		Wants:   []string{artifact.Baselines.Name(), artifact.Inventories.Name(), artifact.Corpora.Name()},
		Effects: []portal.Effect{portal.Look, portal.SignIn},
		Budget:  func(t *gather.Tools) int { return perType * min(mostTypes, 1+len(t.Portal.Logins)) },
		Gather: func(ctx context.Context, t *gather.Tools) (any, error) {
			if err := t.Nobody(); err != nil {
				return nil, err
			}
			return study(ctx, t), nil
		},
	}
}

// study looks at what every identity carries, and tries each kind of token once.
func study(ctx context.Context, t *gather.Tools) *artifact.TokenStudy {
	out := &artifact.TokenStudy{}
	signIns := gather.Made[artifact.Sessions](t, artifact.SignIns)
	var kinds []kind
	for _, who := range signIns.Identities {
		s := t.Sessions[who.Name]
		if s == nil {
			out.Missed = append(out.Missed, artifact.Missed{Who: who.Name, Skip: artifact.Skip{Reason: check.SessionDead, Why: who.Why}})
			continue
		}
		all := carried(s)
		for _, c := range all {
			out.Looked = append(out.Looked, c.Carried)
		}
		for _, c := range kindsOf(all) {
			kinds = add(kinds, kind{carry: c, who: who, recipe: s.Recipe.Name, alg: c.found.Token.Text("alg")})
		}
	}
	for i, k := range kinds {
		if i == mostTypes {
			out.Types = append(out.Types, artifact.TokenType{
				Recipe: k.recipe, Who: k.who.Name, Place: k.Place, Alg: k.alg,
				Skipped: artifact.Skip{Reason: check.BudgetSpent, Why: fmt.Sprintf("%d kinds of token were studied, this one was not", mostTypes)},
			})
			continue
		}
		t.Say("forging " + k.alg + " tokens like " + k.who.Name + "'s")
		d := &desk{t: t, kind: k, main: t.Sessions[k.who.Name]}
		out.Types = append(out.Types, d.study(ctx))
	}
	return out
}

// kind is one kind of token and the identity it is studied with.
type kind struct {
	carry
	who         artifact.Identity
	recipe, alg string
}

// add keeps one identity of each kind: a disposable one where there is one.
func add(kinds []kind, k kind) []kind {
	i := slices.IndexFunc(kinds, func(o kind) bool { return o.recipe == k.recipe && o.Place == k.Place && o.alg == k.alg })
	switch {
	case i < 0:
		return append(kinds, k)
	case k.who.Disposable && !kinds[i].who.Disposable:
		kinds[i] = k
	}
	return kinds
}

// kindsOf are the tokens that are worth a study: those that are sent, or where
// none is, those that were handed out and may open something all the same.
func kindsOf(all []carry) []carry {
	sent := slices.DeleteFunc(slices.Clone(all), func(c carry) bool { return !c.Sent || c.Form == artifact.FormOpaque })
	if len(sent) > 0 {
		return sent
	}
	return slices.DeleteFunc(slices.Clone(all), func(c carry) bool { return c.Form != artifact.FormJWT || c.found.Token.Kind() == "refresh" })
}

// facts are the values that name an identity, for answers that show somebody else.
func facts(t *gather.Tools, who string) []string {
	for _, p := range t.People() {
		if p.Name == who {
			return slices.DeleteFunc(slices.Clone(p.Facts), func(f string) bool { return len(f) < 6 })
		}
	}
	return nil
}

// peer is another signed-in identity, best of another tenant, and its token of
// the same kind; the token is empty where it carries none.
func (d *desk) peer() (artifact.Identity, jose.Token) {
	var best artifact.Identity
	var token jose.Token
	score := -1
	for _, p := range d.t.People() {
		if p.Name == d.who.Name {
			continue
		}
		n := 0
		if p.Tenant != d.who.Tenant {
			n++
		}
		held, ok := at(carried(d.t.Sessions[p.Name]), d.Place)
		if ok && !held.found.Encrypted {
			n += 2
		}
		if n > score {
			best, score, token = p, n, jose.Token{}
			if ok {
				token = held.found.Token
			}
		}
	}
	return best, token
}

func at(all []carry, place string) (carry, bool) {
	i := slices.IndexFunc(all, func(c carry) bool { return c.Place == place && c.Form != artifact.FormOpaque })
	if i < 0 {
		return carry{}, false
	}
	return all[i], true
}

// standing reports whether a session's credential stands in portal.yaml.
func standing(s *login.Session) bool { return len(s.Steps()) == 0 }
