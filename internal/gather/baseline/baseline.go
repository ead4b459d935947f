// Package baseline learns what a portal answers when there is nothing to see:
// unknown paths, its shell, its login page, a firewall, and how it refuses.
// Without that, a portal that answers 200 to everything would look wide open.
package baseline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

const (
	// manners bounds the requests that ask for nothing in particular.
	manners = 12
	// perPrefix routes are asked for as owner and as anonymous under each of at
	// most mostPrefixes router prefixes: two are what a refusal is learned from.
	perPrefix    = 2
	mostPrefixes = 3
)

// Gatherer returns the gatherer of baselines.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:    "baseline",
		Doc:     "asks for what is not there, and learns how the portal refuses",
		Makes:   artifact.Baselines.Name(),
		Needs:   []string{artifact.SignIns.Name()},
		Wants:   []string{artifact.Inventories.Name()},
		Effects: []portal.Effect{portal.Look, portal.SignIn},
		Budget:  func(*gather.Tools) int { return manners + 2*perPrefix*mostPrefixes },
		Gather: func(ctx context.Context, t *gather.Tools) (any, error) {
			l := &lesson{Tools: t, out: &artifact.Baseline{}}
			if s := gather.Made[artifact.Inventory](t, artifact.Inventories); s != nil {
				l.routes = s.Routes
			}
			l.declared()
			l.ask(ctx)
			if err := context.Cause(ctx); err != nil {
				return l.out, fmt.Errorf("learn baselines: %w", err)
			}
			return l.out, nil
		},
	}
}

// lesson is what is being learned.
type lesson struct {
	*gather.Tools
	routes []artifact.Route
	out    *artifact.Baseline
	public []*evidence.Exchange // what anybody is shown

	unknown   []unknown
	home      *normal.View // nil: not seen
	loginPath string       // page of the declared login form
	redirects []string     // where refused requests were sent
}

// ask sends everything, in two batches: the second follows where the first was sent.
func (l *lesson) ask(ctx context.Context) {
	var b gather.Batch
	l.askUnknown(&b)
	l.askPages(&b)
	samples := l.askClosed(&b)
	b.Send(ctx, l.Tools)
	l.learnUnknown()
	l.learnClosed(samples)
	if target := l.loginToFetch(); target != "" {
		l.add(&b, get("login page", evidence.Anonymous, target, page), l.learnLogin)
		b.Send(ctx, l.Tools)
	}
	slices.SortFunc(l.out.Known, func(a, b artifact.Known) int {
		return strings.Compare(a.Kind+" "+a.Prefix+" "+a.Normal, b.Kind+" "+b.Prefix+" "+b.Normal)
	})
}

const (
	page = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
	data = "application/json"
)

func get(name, who, ref, accept string) gather.Ask {
	return gather.Ask{Name: name, Who: who, Request: wire.Request{
		Method: "GET", URL: ref, Header: []evidence.Field{{Name: "Accept", Value: accept}}, Expect5xx: who == evidence.Anonymous,
	}}
}

// add puts an ask into the batch. Answers that were throttled or intercepted
// teach that much and nothing else; dead sessions teach nothing.
func (l *lesson) add(b *gather.Batch, a gather.Ask, then func(gather.Answered)) {
	b.Add(a, func(got gather.Answered) {
		if l.nuisance(got) || got.Unproven != "" || got.Answer == nil || got.Answer.Exchange == nil {
			return
		}
		then(got)
	})
}

// declared copies what portal.yaml says of refusals.
func (l *lesson) declared() {
	l.out.Denied = artifact.Denied(l.Portal.Denied)
	for _, r := range l.Portal.Resources {
		if r.Denied == nil {
			continue
		}
		for _, route := range l.routes {
			if route.Resource != r.Name {
				continue
			}
			if l.out.DeniedFor == nil {
				l.out.DeniedFor = map[string]artifact.Denied{}
			}
			l.out.DeniedFor[route.ID] = artifact.Denied(*r.Denied)
		}
	}
}
