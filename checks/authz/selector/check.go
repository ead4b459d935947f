// Package selector judges headers, cookies, hosts and parameters by which a
// client says which tenant it acts for.
package selector

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that choosing a foreign tenant opens nothing of it.
var Check = check.Check{
	ID: "authz/selector", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(artifact.Swapped), Wants: ruling.Wants(), Judge: judge,
}

// class names the trials that this check judges.
const class = "selector"

func judge(p *check.Pass) error {
	g, err := ruling.Of(p)
	if err != nil {
		return err
	}
	trials := artifact.Swapped.Of(p).Trials
	leaks, routes := map[string][]ruling.Case{}, map[string]bool{}
	for _, s := range trials {
		if s.Class != class || s.Skipped.Reason != "" {
			continue
		}
		cases, err := g.Selector(s)
		if err != nil {
			return err
		}
		for _, c := range cases {
			if c.Outcome == check.Fail {
				leaks[c.Kind] = append(leaks[c.Kind], c)
				routes[s.Route] = true
			}
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(leaks)) {
		report(p, g, kind, leaks[kind])
	}
	rest := slices.DeleteFunc(slices.Clone(trials), func(s artifact.Swap) bool { return routes[s.Route] })
	if err := g.Classes(p, rest, class, "reads, by naming the tenant,", g.Selector); err != nil {
		return err
	}
	if len(p.Findings()) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no route was asked with a foreign tenant named")
	}
	return nil
}

// report makes one finding of all that a way of choosing opens: the cause is
// one, however many routes follow it.
func report(p *check.Pass, g *ruling.Ground, kind string, cases []ruling.Case) {
	var routes []string
	for _, c := range cases {
		if !slices.Contains(routes, c.Route) {
			routes = append(routes, c.Route)
		}
	}
	f := g.Leak(strings.TrimPrefix(kind, "X "), "reads, by naming the tenant,", cases)
	f.Message += fmt.Sprintf("; %d routes follow it: %s", len(routes), strings.Join(routes[:min(5, len(routes))], ", "))
	if len(routes) > 5 {
		f.Message += " …"
	}
	p.Report(f)
}
