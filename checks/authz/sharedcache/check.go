// Package sharedcache judges whether a cache gives one caller's answer to the next.
package sharedcache

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that no cache between portal and client shares a signed-in answer.
var Check = check.Check{
	ID: "authz/sharedcache", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(artifact.Swapped), Wants: ruling.Wants(), Judge: judge,
}

// class names the trials made for this check; leaks of the others that a fresh
// answer does not show belong to it as well.
const class = "sharedcache"

func judge(p *check.Pass) error {
	g, err := ruling.Of(p)
	if err != nil {
		return err
	}
	trials := artifact.Swapped.Of(p).Trials
	err = ruling.Routes(trials, func(s artifact.Swap) string { return s.Route }, func(route string, of []artifact.Swap) error {
		var cases []ruling.Case
		for _, s := range of {
			c, err := rule(g, s)
			if err != nil {
				return err
			}
			cases = append(cases, c...)
		}
		if len(cases) > 0 {
			g.Fold(p, route, "is served, from a cache,", cases)
		}
		return nil
	})
	if err == nil && len(p.Findings()) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no signed-in answer was asked for twice under one address")
	}
	return err
}

// rule returns the cases of a trial that speak of caches.
func rule(g *ruling.Ground, s artifact.Swap) ([]ruling.Case, error) {
	switch {
	case s.Class == class && s.Skipped.Reason != "":
		return []ruling.Case{ruling.Skipped(s.Route, s.Skipped)}, nil
	case s.Class == class:
		return g.Cache(s)
	case s.Class == "selector" || s.Skipped.Reason != "":
		return nil, nil
	}
	if _, asked := artifact.Find(s.Core, "X fresh"); !asked {
		return nil, nil
	}
	c, err := g.Plain(s)
	if err != nil || c.Cached == nil {
		return nil, err
	}
	c.Ruling = *c.Cached
	return []ruling.Case{c}, nil
}
