package errors

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/leakage"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// provoke sends the triggers: handlers first, then each prefix.
func (p *provoker) provoke(ctx context.Context) {
	most := handlers
	if p.Quick {
		most = quickBudget / 3
	}
	perKind := map[string]int{}
	for _, r := range p.routes {
		if !p.eligible(r) {
			continue
		}
		prefix := leakage.Prefix(r.Template)
		for _, k := range p.kinds(r) {
			if p.sent >= most || p.Quick && perKind[prefix+" "+k] >= 3 {
				p.withheld(k, r.ID, prefix, check.BudgetSpent, "not sent: enough others of its kind were")
				continue
			}
			perKind[prefix+" "+k]++
			p.send(k, r, prefix)
		}
	}
	p.perPrefix()
	p.batch.Send(ctx, p.Tools)
}

// eligible leaves out what ends sessions, never ends itself, or must not be called.
func (p *provoker) eligible(r artifact.Route) bool {
	if r.Never || r.Origin != "" {
		return false
	}
	switch r.Kind {
	case "logout", "static", "sse", "websocket", "graphql":
		return false
	}
	return true
}

// kinds are the triggers for the handler of a route.
func (p *provoker) kinds(r artifact.Route) []string {
	switch {
	case r.Method == http.MethodGet && r.HeldBack != "":
	case r.Method == http.MethodGet && len(r.PathParams()) > 0:
		return []string{BadID}
	case r.Method == http.MethodGet && queryParam(r) != "":
		return []string{BadValue}
	case (r.Method == http.MethodPost || r.Method == http.MethodPut || r.Method == http.MethodPatch) && jsonBody(r):
		return []string{Malformed}
	}
	return nil
}

func jsonBody(r artifact.Route) bool {
	return strings.Contains(r.BodyType, "json") || r.BodyType == "" && len(r.BodySchema) > 0
}

// queryParam is the query parameter most likely to be taken for a number, a
// date or part of a statement.
func queryParam(r artifact.Route) string {
	best := ""
	for _, q := range r.Params {
		if q.In != "query" {
			continue
		}
		switch q.Type {
		case "integer", "number", "boolean":
			return q.Name
		}
		if best == "" {
			best = q.Name
		}
	}
	return best
}

// odd is a value no handler expects: the wrong form for an id or a number, and a
// quote that a statement put together from texts stumbles over.
func odd() string { return gather.Canary("lr-") + `'"` }

// send puts one trigger for a handler into the batch.
func (p *provoker) send(kind string, r artifact.Route, prefix string) {
	who := p.who
	if r.Public != "" {
		who = evidence.Anonymous
	}
	v := p.values(r)
	switch kind {
	case BadID:
		names := r.PathParams()
		v[names[len(names)-1]] = odd()
		target, ok := r.Fill(v)
		if !ok {
			p.withheld(kind, r.ID, prefix, check.NoPositiveControl, "no value is known for a parameter of its path")
			return
		}
		p.trigger(kind, r.ID, prefix, gather.Ask{Who: who, Request: get(target, gather.Accept(r))})
	case BadValue:
		v[queryParam(r)] = odd()
		target, ok := r.Fill(v)
		if !ok {
			return
		}
		p.trigger(kind, r.ID, prefix, gather.Ask{Who: who, Request: get(target, gather.Accept(r))})
	case Malformed:
		p.malformed(r, prefix, who, v)
	}
}

// malformed sends JSON that is cut off, to an id that does not exist: what
// cannot be read cannot be carried out.
func (p *provoker) malformed(r artifact.Route, prefix, who string, v artifact.Values) {
	if !p.Allowed(portal.Write) && !signsIn(r) {
		p.withheld(Malformed, r.ID, prefix, check.EffectRefused, "a body is only sent under write, which targets."+p.Target.Name+".allow does not grant")
		return
	}
	for _, name := range r.PathParams() {
		v[name] = gather.Canary("lr-")
	}
	target, ok := r.Fill(v)
	if !ok {
		return
	}
	effect := portal.Write
	if signsIn(r) && !p.Allowed(portal.Write) {
		effect = portal.SignIn
	}
	p.trigger(Malformed, r.ID, prefix, gather.Ask{Who: who, Request: wire.Request{
		Method: r.Method, URL: target, Effect: effect, Body: []byte(`{"` + gather.Canary("lr-") + `": "unfinished`),
		Header: []evidence.Field{{Name: "Content-Type", Value: "application/json"}, {Name: "Accept", Value: "application/json"}, {Name: "If-Match", Value: `"lr-never"`}},
	}})
}

func signsIn(r artifact.Route) bool { return r.Kind == "login" }

// values binds what is known of a route's parameters; the rest get a word.
func (p *provoker) values(r artifact.Route) artifact.Values {
	v := artifact.Values{}
	if len(r.Bindings) > 0 {
		for k, val := range r.Bindings[0] {
			v[k] = val
		}
	}
	if c := gather.Made[artifact.Corpus](p.Tools, artifact.Corpora); c != nil {
		for _, o := range c.Objects {
			if o.Route == r.ID && o.Owner == p.who {
				for k, val := range o.Values {
					v[k] = val
				}
				break
			}
		}
	}
	for _, q := range r.Params {
		if q.In == "path" && v[q.Name] == "" {
			v[q.Name] = gather.Canary("lr-")
			if q.Example != "" {
				v[q.Name] = q.Example
			}
		}
	}
	for _, name := range r.PathParams() {
		if v[name] == "" {
			v[name] = gather.Canary("lr-")
		}
	}
	return v
}

func get(target, accept string) wire.Request {
	return wire.Request{Method: http.MethodGet, URL: target, Header: []evidence.Field{{Name: "Accept", Value: accept}}}
}

// perPrefix sends what routers and proxies answer themselves.
func (p *provoker) perPrefix() {
	chosen := map[string][]artifact.Route{}
	var order []string
	for _, r := range p.routes {
		prefix := leakage.Prefix(r.Template)
		if !p.eligible(r) || r.Method != http.MethodGet || r.HeldBack != "" {
			continue
		}
		if chosen[prefix] == nil {
			order = append(order, prefix)
		}
		if len(chosen[prefix]) < perPrefix {
			chosen[prefix] = append(chosen[prefix], r)
		}
	}
	if !slices.Contains(order, "/") {
		order = append(order, "/")
	}
	for _, prefix := range order[:min(len(order), prefixes)] {
		for _, r := range chosen[prefix] {
			p.manners(r, prefix)
		}
		below := strings.TrimSuffix(prefix, "/") + "/" + gather.Canary("lr-none-")
		p.trigger(Unknown, prefix, prefix, gather.Ask{Who: p.who, Request: get(below, "application/json")})
		p.trigger(Unknown, prefix, prefix, gather.Ask{Who: evidence.Anonymous, Request: get(below+"%27", "text/html,*/*;q=0.8")})
	}
}

// manners sends one route what its router must refuse.
func (p *provoker) manners(r artifact.Route, prefix string) {
	target, ok := r.Fill(p.values(r))
	if !ok {
		return
	}
	who := p.who
	if r.Public != "" {
		who = evidence.Anonymous
	}
	long := get(target, gather.Accept(r))
	long.Header = append(long.Header, evidence.Field{Name: "X-Filler", Value: strings.Repeat("launchready ", 8<<10/12)})
	p.trigger(Header, r.ID, prefix, gather.Ask{Who: who, Request: long})
	p.trigger(Accept, r.ID, prefix, gather.Ask{Who: who, Request: get(target, "application/x-"+url.PathEscape(gather.Canary("lr-")))})
	if !p.takes("TRACE", r) {
		q := get(target, gather.Accept(r))
		q.Method = "LRNONE" // nobody takes it, so nobody can carry it out
		q.Effect = portal.Look
		p.trigger(Method, r.ID, prefix, gather.Ask{Who: who, Request: q})
	}
}

func (p *provoker) takes(method string, r artifact.Route) bool {
	return slices.ContainsFunc(p.routes, func(o artifact.Route) bool { return o.Method == method && o.Template == r.Template })
}
