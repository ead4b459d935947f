// Package errors provokes the errors that every portal has: what cannot be
// read, what is not there, what is not taken. Whoever judges what a portal
// says when it fails has to see it fail.
package errors

import (
	"context"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/portal"
)

// Bounds: handlers fail each in its own way, so ids and bodies are tried on
// each; what a router or a proxy answers is the same for a whole prefix.
const (
	budget      = 175
	quickBudget = 45
	handlers    = 120 // triggers sent to handlers
	perPrefix   = 2   // routes of a prefix that get the rest
	prefixes    = 5
)

// Kinds of triggers.
const (
	BadID     = "bad id"
	BadValue  = "bad value"
	Malformed = "malformed body"
	Method    = "wrong method"
	Accept    = "bad accept"
	Header    = "long header"
	Unknown   = "unknown path"
)

// Gatherer makes the transcript of provoked errors.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:    "errors",
		Doc:     "provokes errors and asks for forgotten debug pages",
		Makes:   artifact.Provoked.Name(),
		Needs:   []string{artifact.SignIns.Name(), artifact.Inventories.Name()},
		Wants:   []string{artifact.Baselines.Name(), artifact.Corpora.Name()},
		Effects: []portal.Effect{portal.Look},
		Budget: func(t *gather.Tools) int {
			if t.Quick {
				return quickBudget
			}
			return budget
		},
		Gather: func(ctx context.Context, t *gather.Tools) (any, error) {
			p := &provoker{Tools: t, groups: map[string]*artifact.Provoking{}}
			p.routes = gather.Made[artifact.Inventory](t, artifact.Inventories).Routes
			p.chooseWho()
			p.provoke(ctx)
			return p.made(ctx), nil
		},
	}
}

// provoker is the work under way.
type provoker struct {
	*gather.Tools
	routes []artifact.Route
	who    string // the caller with the most rights: past the gate stand the handlers
	groups map[string]*artifact.Provoking
	batch  gather.Batch
	sent   int
}

// chooseWho takes the caller of the first tenant that may do the most.
func (p *provoker) chooseWho() {
	p.who = evidence.Anonymous
	for _, tenant := range p.Tenants() {
		if i, ok := p.Owner(tenant); ok {
			p.who = i.Name
			return
		}
	}
	if people := p.People(); len(people) > 0 {
		p.who = people[0].Name
	}
}

// made returns the transcript, groups in order, and asks for debug pages.
func (p *provoker) made(ctx context.Context) *artifact.Provocations {
	out := &artifact.Provocations{Groups: []artifact.Provoking{}}
	for _, g := range p.groups {
		out.Groups = append(out.Groups, *g)
	}
	slices.SortFunc(out.Groups, func(a, b artifact.Provoking) int { return strings.Compare(a.Prefix, b.Prefix) })
	out.Debug = p.debug(ctx)
	return out
}

func (p *provoker) group(prefix string) *artifact.Provoking {
	if p.groups[prefix] == nil {
		p.groups[prefix] = &artifact.Provoking{Prefix: prefix}
	}
	return p.groups[prefix]
}

// trigger puts a request into the batch.
func (p *provoker) trigger(kind, route, prefix string, a gather.Ask) {
	a.Name = "error: " + kind
	a.Request.Expect5xx = true
	p.sent++
	p.batch.Add(a, func(got gather.Answered) {
		g := p.group(prefix)
		g.Triggers = append(g.Triggers, artifact.Trigger{Kind: kind, Route: route, Try: got.Attempt})
	})
}

// withheld notes a trigger that is not sent.
func (p *provoker) withheld(kind, route, prefix string, reason check.Reason, why string) {
	g := p.group(prefix)
	g.Triggers = append(g.Triggers, artifact.Trigger{Kind: kind, Route: route, Try: artifact.Attempt{
		Name: "error: " + kind, Who: p.who, Unproven: reason, Why: why,
	}})
}
