// Package bypass tries to walk around the guards that refuse: by path, by
// method, by header, on one representative of every group of routes that
// refuse alike.
package bypass

import (
	"context"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/portal"
)

// budget bounds the requests of the whole matrix: up to eighty tricks on each
// representative, and a second look at those that did something.
const budget = 1200

// Gatherer makes the bypass transcript.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:     "bypass",
		Doc:      "tries to walk around refusals by path, method and header",
		Makes:    artifact.Bypasses.Name(),
		Needs:    []string{artifact.Coverages.Name(), artifact.Inventories.Name(), artifact.Baselines.Name(), artifact.SignIns.Name()},
		Thorough: true,
		Effects:  []portal.Effect{portal.Look},
		Budget:   func(*gather.Tools) int { return budget },
		Gather:   func(ctx context.Context, t *gather.Tools) (any, error) { return tricks(ctx, t) },
	}
}

// tricks plays the matrix on every cluster's representative; what hits there
// is tried on the other routes of that cluster too.
func tricks(ctx context.Context, t *gather.Tools) (*artifact.Bypass, error) {
	clusters, err := cluster(t)
	if err != nil {
		return nil, err
	}
	routes := map[string]artifact.Route{}
	for _, r := range gather.Made[artifact.Inventory](t, artifact.Inventories).Routes {
		routes[r.ID] = r
	}
	for i := range clusters {
		c := &clusters[i]
		if c.Skipped.Reason != "" {
			continue
		}
		play := gather.Tricks(facts(t, c.P.Who))
		done, hits := t.Play(ctx, c.Who, routes[c.Route], c.Values, play)
		c.Tricks = done
		for _, other := range c.others {
			if len(hits) > 0 {
				more, _ := t.Play(ctx, c.Who, routes[other.Route], other.Values, hits)
				c.Tricks = append(c.Tricks, more...)
			}
		}
	}
	out := &artifact.Bypass{Clusters: make([]artifact.Cluster, len(clusters))}
	for i, c := range clusters {
		out.Clusters[i] = c.Cluster
	}
	return out, nil
}

// facts are values by which an outer layer might name the owner.
func facts(t *gather.Tools, owner string) []string {
	s := gather.Made[artifact.Sessions](t, artifact.SignIns)
	id := s.By(owner)
	out := slices.Clone(id.Facts)
	if id.User != "" && !slices.Contains(out, id.User) {
		out = append(out, id.User)
	}
	return out
}
