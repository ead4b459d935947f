package cors

import (
	"cmp"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/crossorigin"
	"github.com/launchready/launchready/evidence"
)

// order of kinds: where somebody's data is comes first.
var order = []string{"api", "page", "export", "link", "401", "404", "login", "public", "static"}

// pick chooses what stands for the rest: one route of each kind, and of each
// way of answering a foreign origin; what speaks of CORS before what does not.
func (r *run) pick(spots []*spot) {
	most := mostClusters
	if r.t.Quick {
		most = mostClustersQuick
	}
	seenKind, seenWay, seenRouter := map[string]bool{}, map[string]bool{}, map[string]bool{}
	var chosen []*spot
	take := func(want func(*spot) bool) {
		for _, s := range r.ranked(spots) {
			if len(chosen) >= most {
				return
			}
			way := s.kind + " " + s.signature(r.origins.tries[0].Origin)
			if slices.Contains(chosen, s) || !want(s) {
				continue
			}
			if seenKind[s.kind] && seenWay[way] && seenRouter[s.kind+s.router] {
				continue
			}
			seenKind[s.kind], seenWay[way], seenRouter[s.kind+s.router] = true, true, true
			chosen = append(chosen, s)
		}
	}
	take(func(s *spot) bool { return !seenKind[s.kind] && s.private() })
	take(func(s *spot) bool {
		return s.invites && !seenWay[s.kind+" "+s.signature(r.origins.tries[0].Origin)]
	})
	take(func(s *spot) bool { return !seenKind[s.kind] })
	take(func(s *spot) bool { return s.kind == "api" && !seenRouter[s.kind+s.router] })
	slices.SortStableFunc(chosen, func(a, b *spot) int { return cmp.Compare(rank(a.kind), rank(b.kind)) })
	for _, s := range chosen {
		r.spots = append(r.spots, s)
		r.out.Clusters = append(r.out.Clusters, artifact.Crossing{Kind: s.kind, Route: s.route, Subject: s.subject, Who: s.who})
	}
}

func (s *spot) private() bool { return s.who != evidence.Anonymous && s.kind != "404" }

func rank(kind string) int { return slices.Index(order, kind) }

// ranked puts first, of each kind, what was answered, what speaks, whom a
// browser would vouch for, and what names the caller.
func (r *run) ranked(spots []*spot) []*spot {
	out := slices.Clone(spots)
	weigh := func(s *spot) int {
		n := 0
		for i, yes := range []bool{s.personal, r.ambient(s.who), s.speaks, s.real, s.answer.Unproven == ""} {
			if yes {
				n += 1 << i
			}
		}
		return n
	}
	slices.SortStableFunc(out, func(a, b *spot) int {
		return cmp.Or(cmp.Compare(rank(a.kind), rank(b.kind)), weigh(b)-weigh(a))
	})
	return out
}

// signature is how a foreign origin was answered.
func (s *spot) signature(origin string) string {
	if s.answer.Answer == nil {
		return "nothing"
	}
	a := crossorigin.Of(s.answer.Answer.Exchange)
	allowed := strings.ReplaceAll(a.AllowsOrigin(), origin, "‹origin›")
	parts := []string{allowed}
	if a.AllowsCredentials() {
		parts = append(parts, "credentials")
	}
	if crossorigin.Varies(a) {
		parts = append(parts, "varies")
	}
	return strings.Join(parts, " ")
}
