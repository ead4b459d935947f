// Package anon asks every protected route without a valid credential, beside
// the answer an authorised identity gets.
package anon

import (
	"context"
	"net/http"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// more is what a route costs beside its tries: two requests ask in which order
// it checks things, and up to two readings of two owners are its control.
const more = 6

// Gatherer makes the coverage transcript.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:    "anon",
		Doc:     "asks every route without and with invalid credentials",
		Makes:   artifact.Coverages.Name(),
		Needs:   []string{artifact.SignIns.Name(), artifact.Inventories.Name(), artifact.Corpora.Name()},
		Wants:   []string{artifact.Baselines.Name()},
		Effects: []portal.Effect{portal.Look},
		Budget: func(t *gather.Tools) int {
			inv := gather.Made[artifact.Inventory](t, artifact.Inventories)
			if inv == nil {
				return 0
			}
			n := (len(invalidCredentials(t).tries(artifact.Route{})) + more) * len(inv.Routes)
			return n + n/10 // what was cut off or throttled is asked once more
		},
		Gather: func(ctx context.Context, t *gather.Tools) (any, error) { return ask(ctx, t), nil },
	}
}

func ask(ctx context.Context, t *gather.Tools) *artifact.Coverage {
	inv := gather.Made[artifact.Inventory](t, artifact.Inventories)
	corpus := gather.Made[artifact.Corpus](t, artifact.Corpora)
	bad := invalidCredentials(t)
	asked := make([]*artifact.Asked, 0, len(inv.Routes))
	var batch gather.Batch
	for _, r := range inv.Routes {
		if !examined(inv, r) {
			continue
		}
		a := &artifact.Asked{Route: r.ID, Skipped: skip(r)}
		asked = append(asked, a)
		switch {
		case a.Skipped.Reason != "":
		case door(r):
			knock(ctx, t, r, a, bad)
		default:
			p, found := control(corpus, r)
			if !found && r.Public == "" {
				p, found = exemplary(ctx, t, r)
			}
			plan(&batch, a, r, p, found, bad)
		}
	}
	batch.Send(ctx, t)
	tenants(ctx, t, inv, corpus, asked)
	out := &artifact.Coverage{Routes: make([]artifact.Asked, len(asked))}
	for i, a := range asked {
		out.Routes[i] = *a
	}
	return out
}

// examined leaves out what is no read of somebody's data: how people sign in
// and out, static files, and the methods that come with a GET.
func examined(inv *artifact.Inventory, r artifact.Route) bool {
	switch {
	case r.Kind == "graphql":
		return r.Method == http.MethodGet || r.Method == http.MethodPost
	case !r.Safe(), r.Method == http.MethodOptions, r.Kind == "login", r.Kind == "logout", r.Kind == "static":
		return false
	case r.Method == http.MethodHead:
		return !slices.ContainsFunc(inv.Routes, func(get artifact.Route) bool {
			return get.Method == http.MethodGet && get.Template == r.Template && get.Origin == r.Origin
		})
	}
	return true
}

// plan adds the tries of one route to the batch; p is its positive control.
func plan(batch *gather.Batch, a *artifact.Asked, r artifact.Route, p artifact.Reading, found bool, bad credentials) {
	if found {
		a.Values = p.Values
		a.Control = []artifact.Attempt{named("P", p.First), named("P2", p.Again)}
	}
	target, filled := r.Fill(a.Values)
	if !filled {
		a.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "no identity reads an object of it, so there is nothing to ask for"}
		return
	}
	unknown, ordered := unknownTarget(r, a.Values)
	ordered = ordered && found && r.Public == ""
	for _, try := range bad.tries(r) {
		q := request(try.name, r, try.at(target), try.header)
		q.Fields = try.fields
		batch.Add(q, func(got gather.Answered) {
			a.Tries = append(a.Tries, got.Attempt)
			if ordered && got.Name == "A0" { // which asks for an id that is known
				a.Order = append(a.Order, named("A6 known id", got.Attempt))
			}
		})
	}
	if ordered {
		batch.Add(request("A6 unknown id", r, unknown, nil), func(got gather.Answered) {
			a.Order = append(a.Order, got.Attempt)
		})
	}
}

func named(name string, a artifact.Attempt) artifact.Attempt {
	a.Name = name
	return a
}

func request(name string, r artifact.Route, target string, header []evidence.Field) gather.Ask {
	return gather.Ask{Name: name, Who: evidence.Anonymous, Request: wire.Request{
		Method: r.Method, URL: target, Header: accepting(r, header), Effect: portal.Look,
		Expect5xx: true, // some portals refuse so
	}}
}

// accepting asks for what the harvest asked for, unless the header does: with
// a login and without one the same document is meant.
func accepting(r artifact.Route, header []evidence.Field) []evidence.Field {
	if evidence.Get(header, "Accept") != "" {
		return header
	}
	return append([]evidence.Field{{Name: "Accept", Value: gather.Accept(r)}}, header...)
}

// skip says why a route is not asked at all.
func skip(r artifact.Route) artifact.Skip {
	switch {
	case r.Never:
		return artifact.Skip{Reason: check.EffectRefused, Why: "on routes.never"}
	case r.HeldBack != "":
		return artifact.Skip{Reason: check.EffectRefused, Why: "held back: " + r.HeldBack}
	}
	return artifact.Skip{}
}
