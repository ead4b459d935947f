// Package roles asks what a role must not see as an identity of that role,
// beside the answer an allowed role gets: the role matrix.
package roles

import (
	"cmp"
	"context"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// maxCells bounds the matrix, see live.md §5.1.
const maxCells = 2000

// Expectations of a cell.
const (
	may       = "may"
	mustNot   = "must-not"   // declared
	shouldNot = "should-not" // inferred
)

// Gatherer makes the role matrix.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:    "roles",
		Doc:     "asks as each role what other roles may see",
		Makes:   artifact.Matrices.Name(),
		Needs:   []string{artifact.SignIns.Name(), artifact.Inventories.Name(), artifact.Corpora.Name()},
		Wants:   []string{artifact.Baselines.Name()},
		Effects: []portal.Effect{portal.Look},
		Budget: func(t *gather.Tools) int {
			if inv := gather.Made[artifact.Inventory](t, artifact.Inventories); inv != nil {
				return min(maxCells, 2*len(inv.Routes)+maxPlayed*60)
			}
			return maxPlayed * 60
		},
		Gather: func(ctx context.Context, t *gather.Tools) (any, error) { return matrix(ctx, t) },
	}
}

func matrix(ctx context.Context, t *gather.Tools) (*artifact.Matrix, error) {
	inv := gather.Made[artifact.Inventory](t, artifact.Inventories)
	out := &artifact.Matrix{}
	people := representatives(t)
	for _, p := range people {
		if !slices.Contains(out.Roles, p.Role) {
			out.Roles = append(out.Roles, p.Role)
		}
	}
	var cells []*artifact.Cell
	var batch gather.Batch
	for _, r := range inv.Routes {
		if !r.Safe() || r.Public != "" || r.Kind == "logout" || r.Kind == "login" || r.Kind == "static" {
			continue
		}
		for _, p := range people {
			if c := cell(t, &batch, r, p, people); c != nil && len(cells) < maxCells {
				cells = append(cells, c)
			}
		}
	}
	batch.Send(ctx, t)
	if err := play(ctx, t, inv, cells); err != nil {
		return nil, err
	}
	for _, c := range cells {
		out.Cells = append(out.Cells, *c)
	}
	return out, nil
}

// representatives picks one identity of each role and tenant.
func representatives(t *gather.Tools) []artifact.Identity {
	var out []artifact.Identity
	seen := map[string]bool{}
	for _, p := range t.People() {
		key := p.Tenant + "\x00" + p.Role
		if p.Role == "" || p.Disposable || seen[key] {
			continue
		}
		seen[key] = true
		out = append(out, p)
	}
	return out
}

// cell prepares what one identity asks of one route; nil when nothing is
// expected of it, so that there is nothing to prove.
func cell(t *gather.Tools, batch *gather.Batch, r artifact.Route, p artifact.Identity, people []artifact.Identity) *artifact.Cell {
	expect, from := expectation(r, p, people)
	if expect == "" {
		return nil
	}
	c := &artifact.Cell{Route: r.ID, Who: p.Name, Role: p.Role, Expect: expect, From: from}
	if expect == may {
		c.X, _ = readingBy(t, r, func(i artifact.Identity) bool { return i.Name == p.Name })
		return c
	}
	if r.Never || r.HeldBack != "" {
		c.Skipped = artifact.Skip{Reason: check.EffectRefused, Why: "held back: " + cmp.Or(r.HeldBack, "on routes.never")}
		return c
	}
	control, found := controlFor(t, r, p, people)
	if !found {
		c.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "no allowed identity was given an answer to compare with"}
		return c
	}
	c.Owner, c.Values = control.Who, control.Values
	c.P = []artifact.Attempt{named("P", control.First), named("P2", control.Again)}
	target, filled := r.Fill(c.Values)
	if !filled {
		c.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "there is no object to ask for"}
		return c
	}
	ask := gather.Ask{Name: "X", Who: p.Name, Request: wire.Request{Method: r.Method, URL: target, Header: gather.Accepting(r), Effect: portal.Look, Expect5xx: t.FailsToRefuse()}, Known: true}
	batch.Add(ask, func(got gather.Answered) { c.X = got.Attempt })
	return c
}

func named(name string, a artifact.Attempt) artifact.Attempt {
	a.Name = name
	return a
}

// controlFor finds what an allowed identity was given by the route, best one
// of the same tenant: then a leak is about the role alone.
func controlFor(t *gather.Tools, r artifact.Route, p artifact.Identity, people []artifact.Identity) (artifact.Reading, bool) {
	allowed := func(i artifact.Identity) bool {
		e, _ := expectation(r, i, people)
		return i.Name != p.Name && e != mustNot && e != shouldNot
	}
	for _, sameTenant := range []bool{true, false} {
		for _, reading := range gather.Made[artifact.Corpus](t, artifact.Corpora).Readings {
			i := gather.Made[artifact.Sessions](t, artifact.SignIns).By(reading.Who)
			if reading.Route == r.ID && reading.OK && i.Role != "" && allowed(i) && (i.Tenant == p.Tenant) == sameTenant {
				if !sameTenant && len(r.PathParams()) > 0 {
					continue // another tenant's object: that is the tenant swap's question
				}
				return reading, true
			}
		}
	}
	return artifact.Reading{}, false
}

func readingBy(t *gather.Tools, r artifact.Route, by func(artifact.Identity) bool) (artifact.Attempt, bool) {
	s := gather.Made[artifact.Sessions](t, artifact.SignIns)
	for _, reading := range gather.Made[artifact.Corpus](t, artifact.Corpora).Readings {
		if reading.Route == r.ID && reading.Who != evidence.Anonymous && by(s.By(reading.Who)) {
			return reading.First, true
		}
	}
	return artifact.Attempt{}, false
}
