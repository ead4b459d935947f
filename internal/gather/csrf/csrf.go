// Package csrf tries to make a signed-in browser change things from another
// site's page: with requests such a page can send, with the cookies that would
// travel along, on objects made for it. A real browser confirms what gets through.
package csrf

import (
	"context"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

const (
	// maxOperations are tried; each costs about perOperation requests.
	maxOperations, perOperation = 25, 12
	// overhead is signing in the browsers that are attacked, and what no change is.
	overhead = 60
	// settleTime is how long an asynchronous change may take to show.
	settleTime = 1500 * time.Millisecond
)

// Gatherer makes the transcript of what another site's page can do.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:     "csrf",
		Doc:      "sends what a page of another site could, on objects made for it",
		Makes:    artifact.CrossSites.Name(),
		Needs:    []string{artifact.SignIns.Name(), artifact.Inventories.Name()},
		Wants:    []string{artifact.Cookies.Name(), artifact.Corpora.Name(), artifact.Baselines.Name()},
		Effects:  []portal.Effect{portal.Look, portal.SignIn},
		Thorough: true,
		Budget:   func(*gather.Tools) int { return maxOperations*perOperation + overhead },
		Gather: func(ctx context.Context, t *gather.Tools) (any, error) {
			if err := t.Nobody(); err != nil {
				return nil, err
			}
			r := &run{t: t, out: &artifact.CrossSite{Target: t.Target.URL}, victims: map[string]*victim{}, at: t.Wire.Bare("csrf")}
			r.ambients(ctx)
			r.operations(ctx)
			r.doors(ctx)
			r.backs(ctx)
			return r.out, ctx.Err()
		},
	}
}

// run is one gathering on its way.
type run struct {
	t       *gather.Tools
	out     *artifact.CrossSite
	victims map[string]*victim
	at      *wire.Agent // resolves addresses; nothing is sent with it
	late    []*artifact.Forgery
	reads   []gather.Ask
	// confirms counts what a browser was asked to repeat.
	confirms int
}
