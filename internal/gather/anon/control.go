package anon

import (
	"context"
	"maps"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// control finds a reading of the route that an identity was really given,
// best one that was read twice: the second tells what is volatile.
func control(c *artifact.Corpus, r artifact.Route) (best artifact.Reading, found bool) {
	for _, reading := range c.Readings {
		if reading.Route != r.ID || reading.Who == evidence.Anonymous || !reading.OK || reading.First.Unproven != "" {
			continue
		}
		if reading.Again.Sent() && reading.Again.Unproven == "" {
			return reading, true
		}
		if !found {
			best, found = reading, true
		}
	}
	return best, found
}

// exemplary asks a route that gave nobody anything with the example values of
// its contract: a search without a word finds nothing to protect.
func exemplary(ctx context.Context, t *gather.Tools, r artifact.Route) (artifact.Reading, bool) {
	values, tells := examples(r)
	target, ok := r.Fill(values)
	if !ok || !tells {
		return artifact.Reading{}, false
	}
	for _, tenant := range t.Tenants() {
		owner, ok := t.Owner(tenant)
		if !ok {
			continue
		}
		q := wire.Request{Method: r.Method, URL: target, Header: accepting(r, nil), Effect: portal.Look}
		got := t.InOrder(ctx, gather.Ask{Name: "P", Who: owner.Name, Request: q}, gather.Ask{Name: "P2", Who: owner.Name, Request: q})
		if tellsSomething(t, r, got[0]) {
			return artifact.Reading{Route: r.ID, Who: owner.Name, Values: values, First: got[0].Attempt, Again: got[1].Attempt, OK: true}, true
		}
	}
	return artifact.Reading{}, false
}

// examples binds a route's parameters to the values its contract or its
// visitors show; tells is false when there is none beside what was asked before.
func examples(r artifact.Route) (v artifact.Values, tells bool) {
	v = artifact.Values{}
	for _, b := range r.Bindings {
		maps.Copy(v, b)
	}
	for _, p := range r.Params {
		if v[p.Name] == "" && p.Example != "" && (p.In == "query" || p.In == "path") {
			v[p.Name] = p.Example
		}
	}
	return v, len(v) > 0
}

func tellsSomething(t *gather.Tools, r artifact.Route, got gather.Answered) bool {
	if got.Unproven != "" || got.Answer == nil || got.Answer.Status/100 != 2 {
		return false
	}
	v := normal.Of(got.Answer.Exchange, normal.Mask{})
	_, refused := t.Refusals().Refuses(r.ID, v)
	return !refused && normal.Content(v)
}
