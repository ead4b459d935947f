// Package bypass tries to walk around the guards that refuse: by path, by
// method, by header, on one representative of every group of routes that
// refuse alike.
package bypass

import (
	"bytes"
	"context"
	"net/url"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/portal"
)

// budget bounds the requests of the whole matrix.
const budget = 900

// Gatherer makes the bypass transcript.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:    "bypass",
		Doc:     "tries to walk around refusals by path, method and header",
		Makes:   artifact.Bypasses.Name(),
		Needs:   []string{artifact.Coverages.Name(), artifact.Inventories.Name(), artifact.Baselines.Name(), artifact.SignIns.Name()},
		Effects: []portal.Effect{portal.Look},
		Budget:  func(*gather.Tools) int { return budget },
		Gather:  func(ctx context.Context, t *gather.Tools) (any, error) { return tricks(ctx, t) },
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
		hits := attempt(ctx, t, c, routes[c.Route], c.Values, play)
		for _, other := range c.others {
			if len(hits) > 0 {
				attempt(ctx, t, c, routes[other.Route], other.Values, hits)
			}
		}
	}
	out := &artifact.Bypass{Clusters: make([]artifact.Cluster, len(clusters))}
	for i, c := range clusters {
		out.Clusters[i] = c.Cluster
	}
	return out, nil
}

// attempt plays tricks on one route and returns those that gave more than a
// refusal; each of them is sent twice and on a random path.
func attempt(ctx context.Context, t *gather.Tools, c *group, r artifact.Route, v artifact.Values, play []gather.Trick) []gather.Trick {
	target, ok := r.Fill(v)
	if !ok {
		return nil
	}
	target = withBase(t.Target, target)
	judge := refusal.New(gather.Made[artifact.Baseline](t, artifact.Baselines))
	done := make([]artifact.Trick, len(play))
	var hits []gather.Trick
	var first, second gather.Batch
	ask := func(name string, trick gather.Trick, target string) gather.Ask {
		return gather.Ask{Name: name, Who: evidence.Anonymous, Request: trick.Make(r.Method, target)}
	}
	for i, trick := range play {
		done[i] = artifact.Trick{Name: trick.Name, Route: r.ID}
		first.Add(ask("trick "+trick.Name, trick, target), func(got gather.Answered) {
			done[i].Try = got.Attempt
			if !interesting(judge, r.ID, got) {
				return
			}
			hits = append(hits, trick)
			second.Add(ask("again "+trick.Name, trick, target), func(got gather.Answered) { done[i].Again = got.Attempt })
			second.Add(ask("control "+trick.Name, trick, gather.RandomTarget(target)), func(got gather.Answered) { done[i].Control = got.Attempt })
		})
	}
	first.Send(ctx, t)
	second.Send(ctx, t)
	c.Tricks = append(c.Tricks, done...)
	return hits
}

// interesting says that an answer is worth a second look: anything that is not
// an ordinary refusal and carries a body.
func interesting(judge *refusal.Judge, route string, got gather.Answered) bool {
	if got.Answer == nil || len(bytes.TrimSpace(got.Answer.Body)) == 0 {
		return false
	}
	if _, denied := judge.Denied(route, got.Answer.Exchange); denied {
		return false
	}
	return got.Answer.Status < 300 || got.Answer.Status >= 500
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

// withBase puts a target below the base path of the portal's URL, as it will
// stand on the wire.
func withBase(t *portal.Target, target string) string {
	u, err := url.Parse(t.URL)
	if err != nil || u.Path == "" || u.Path == "/" {
		return target
	}
	return u.EscapedPath() + target
}
