package cli

import (
	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/gather/accounts"
	"github.com/launchready/launchready/internal/gather/alter"
	"github.com/launchready/launchready/internal/gather/anon"
	"github.com/launchready/launchready/internal/gather/baseline"
	"github.com/launchready/launchready/internal/gather/bypass"
	"github.com/launchready/launchready/internal/gather/cookies"
	"github.com/launchready/launchready/internal/gather/cors"
	"github.com/launchready/launchready/internal/gather/csrf"
	"github.com/launchready/launchready/internal/gather/errors"
	"github.com/launchready/launchready/internal/gather/exports"
	"github.com/launchready/launchready/internal/gather/graph"
	"github.com/launchready/launchready/internal/gather/harvest"
	"github.com/launchready/launchready/internal/gather/input"
	"github.com/launchready/launchready/internal/gather/jwt"
	"github.com/launchready/launchready/internal/gather/latency"
	"github.com/launchready/launchready/internal/gather/lifecycle"
	"github.com/launchready/launchready/internal/gather/limits"
	"github.com/launchready/launchready/internal/gather/lists"
	"github.com/launchready/launchready/internal/gather/logs"
	"github.com/launchready/launchready/internal/gather/replies"
	"github.com/launchready/launchready/internal/gather/roles"
	"github.com/launchready/launchready/internal/gather/routes"
	"github.com/launchready/launchready/internal/gather/session"
	"github.com/launchready/launchready/internal/gather/swap"
)

// gatherers is everything that acts on a target, in the order it acts: what
// later ones read first, reads before writes.
func gatherers() []gather.Gatherer {
	lives, ends := lifecycle.Gatherers()
	return []gather.Gatherer{
		logs.Marks(),
		session.Gatherer(), routes.Gatherer(), baseline.Gatherer(), harvest.Gatherer(),
		anon.Gatherer(), bypass.Gatherer(),
		swap.Gatherer(), lists.Gatherer(), exports.Gatherer(), graph.Gatherer(),
		roles.Gatherer(),
		cookies.Gatherer(), cors.Gatherer(), lives, jwt.Gatherer(),
		alter.Anonymous(), alter.Gatherer(), alter.Assign(), alter.Channels(), csrf.Gatherer(),
		input.Gatherer(), input.Graph(),
		errors.Gatherer(),
		latency.Gatherer(),
		ends,
		accounts.Gatherer(), limits.Gatherer(), accounts.Timing(),
		logs.Gatherer(),
		replies.Gatherer(),
	}
}

// handles is every artifact a bundle may hold.
func handles() []check.Need {
	return []check.Need{
		artifact.SignIns, artifact.Inventories, artifact.Baselines, artifact.Corpora,
		artifact.Coverages, artifact.AnonWrites, artifact.Bypasses, artifact.Enumeration, artifact.Timed,
		artifact.Swapped, artifact.Listed, artifact.Exported, artifact.Graphed, artifact.Channeled,
		artifact.Altered, artifact.Assigned, artifact.Matrices, artifact.Fed, artifact.Limited,
		artifact.Cookies, artifact.Crossed, artifact.Lifecycles, artifact.Expiries, artifact.CrossSites, artifact.Tokens, waived,
		artifact.Bursts,
		artifact.Provoked, artifact.Replied, artifact.Logged,
		artifact.LogMarked,
		artifact.Latencies,
	}
}
