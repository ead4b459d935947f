// Package bypass judges tricks that walk around the guard of a closed route.
package bypass

import (
	_ "embed"
	"fmt"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

//go:embed doc.md
var doc string

// Check demands that no trick of path, method or header opens a closed route.
var Check = check.Check{
	ID: "authn/bypass", Doc: doc, Severity: check.Blocker,
	Needs: ruling.Needs(artifact.Bypasses, artifact.Coverages), Wants: ruling.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	n, err := ruling.NobodyOf(p)
	if err != nil {
		return err
	}
	for _, c := range artifact.Bypasses.Of(p).Clusters {
		if c.Who != evidence.Anonymous && c.Skipped.Reason == "" {
			continue // see authz/roletricks
		}
		if err := cluster(p, n, c); err != nil {
			return err
		}
	}
	if len(p.Findings()) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no route that answers with a login is known to refuse without one, so there was no guard to walk around")
	}
	return nil
}

// cluster reports on one representative: what is tried on it stands for all
// routes that refuse alike.
func cluster(p *check.Pass, n *ruling.Nobody, c artifact.Cluster) error {
	f := check.Finding{Subject: c.Route, Route: c.Route}
	if c.Skipped.Reason != "" {
		p.Unproven(c.Route, c.Skipped.Reason, c.Skipped.Why)
		return nil
	}
	var bad, open, closed []ruling.Case
	for _, k := range c.Tricks {
		ruled, err := n.Bypass(c, k)
		if err != nil {
			return err
		}
		switch {
		case ruled.Outcome == check.Fail:
			bad = append(bad, ruled)
		case k.Route != c.Route:
			// Tried there only because it did something here; the cluster's word
			// is its representative's.
		case ruled.Outcome == check.OK:
			closed = append(closed, ruled)
		default:
			open = append(open, ruled)
		}
	}
	if len(bad) > 0 {
		n.Tell(p, f, bad, nil)
		return nil
	}
	if len(open) > len(closed) {
		n.Tell(p, f, open, nil)
		return nil
	}
	n.Tell(p, f, closed, func() string { return message(c, closed, open) })
	return nil
}

// message says how many tricks were decided, and for how many routes they stand.
func message(c artifact.Cluster, closed, open []ruling.Case) string {
	m := fmt.Sprintf("%d tricks do not open it; it stands for %d routes (%s)", len(closed), len(c.Routes), c.Name)
	if len(open) == 0 {
		return m
	}
	var reasons []string
	for _, o := range open {
		if r := string(o.Reason); !slices.Contains(reasons, r) {
			reasons = append(reasons, r)
		}
	}
	slices.Sort(reasons)
	return m + fmt.Sprintf("; %d tricks were not decided %v", len(open), reasons)
}
