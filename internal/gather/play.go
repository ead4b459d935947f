package gather

import (
	"bytes"
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// Play tries tricks on one closed route as who. A trick that is answered with
// more than a refusal is sent again, and once on a random path as its control.
// It returns the transcript and the tricks that gave something which a random
// path does not give: those are worth trying on other routes.
func (t *Tools) Play(ctx context.Context, who string, r artifact.Route, v artifact.Values, tricks []Trick) ([]artifact.Trick, []Trick) {
	target, ok := r.Fill(v)
	if !ok {
		return nil, nil
	}
	target = withBase(t.Target, target)
	done := make([]artifact.Trick, len(tricks))
	tries, controls := make([]Answered, len(tricks)), make([]Answered, len(tricks))
	var first, second Batch
	ask := func(name string, k Trick, target string) Ask {
		q := k.Make(r.Method, target)
		q.Expect5xx = true // odd requests: their failures say nothing about the route
		return Ask{Name: name + " " + k.Name, Who: who, Request: q}
	}
	for i, k := range tricks {
		done[i] = artifact.Trick{Name: k.Name, Route: r.ID}
		plain := ask("trick", k, target)
		if why := t.mayCreate(r, plain.Request); why != "" {
			done[i].Try = artifact.Attempt{Name: plain.Name, Who: who, Unproven: check.EffectRefused, Why: why}
			continue
		}
		first.Add(plain, func(got Answered) {
			done[i].Try, tries[i] = got.Attempt, got
			if !t.worthAnother(r.ID, got) {
				return
			}
			second.Add(ask("again", k, target), func(got Answered) { done[i].Again = got.Attempt })
			second.Add(ask("control", k, RandomTarget(target)), func(got Answered) { done[i].Control, controls[i] = got.Attempt, got })
		})
	}
	first.Send(ctx, t)
	second.Send(ctx, t)
	var hits []Trick
	for i, k := range tricks {
		if done[i].Again.Sent() && !normal.Same(view(tries[i]), view(controls[i])) {
			hits = append(hits, k)
		}
	}
	return done, hits
}

// mayCreate says why a trick is not played that some handler is known to take
// for a write: what it would make could not be told from what was there.
func (t *Tools) mayCreate(r artifact.Route, q wire.Request) string {
	inv := Made[artifact.Inventory](t, artifact.Inventories)
	if inv == nil || wire.Safe(q) || q.Method == r.Method {
		return ""
	}
	takes := slices.ContainsFunc(inv.Routes, func(o artifact.Route) bool {
		return o.Method == q.Method && o.Template == r.Template && o.Origin == r.Origin
	})
	if !takes {
		return ""
	}
	return "a portal that ignores the override would run " + q.Method + " " + r.Template
}

func view(a Answered) *normal.View {
	if a.Answer == nil {
		return normal.Of(nil, normal.Mask{})
	}
	return normal.Of(a.Answer.Exchange, normal.Mask{})
}

// worthAnother says that an answer is no ordinary refusal and carries a body.
func (t *Tools) worthAnother(route string, got Answered) bool {
	if got.Answer == nil || len(bytes.TrimSpace(got.Answer.Body)) == 0 {
		return false
	}
	if _, denied := t.Refusals().Denied(route, got.Answer.Exchange); denied {
		return false
	}
	return got.Answer.Status < 300 || got.Answer.Status >= 500
}

// withBase puts a target below the base path of the portal's URL, as it will
// stand on the wire.
func withBase(t *portal.Target, target string) string {
	u, err := url.Parse(t.URL)
	origin, path := splitOrigin(target)
	if err != nil || origin != "" || u.Path == "" || u.Path == "/" {
		return target
	}
	return strings.TrimSuffix(u.EscapedPath(), "/") + path
}
