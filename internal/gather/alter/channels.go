package alter

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/canary"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

const (
	// hearing is how long everybody listens after the owner's change.
	hearing = 3 * time.Second
	// opening is how long is waited for the listeners to be let in.
	opening = 3 * time.Second
	// maxSources bounds the kinds of objects of which one is made to be heard of:
	// a portal need not tell of every kind.
	maxSources = 3
	// perRoute bounds the requests of one channel route.
	perRoute = 80
)

// Channels makes the transcript of what strangers hear on owners' channels.
func Channels() gather.Gatherer {
	return gather.Gatherer{
		Name:     "channels",
		Doc:      "follows owners' channels as strangers while an owner changes something",
		Makes:    artifact.Channeled.Name(),
		Needs:    []string{artifact.SignIns.Name(), artifact.Inventories.Name(), artifact.Corpora.Name()},
		Wants:    []string{artifact.Baselines.Name()},
		Thorough: true,
		Effects:  []portal.Effect{portal.Look}, // what makes the noise is asked for where it is needed
		Budget:   func(t *gather.Tools) int { return perRoute * len(channelRoutes(t)) },
		Gather:   func(ctx context.Context, t *gather.Tools) (any, error) { return overhear(ctx, t), nil },
	}
}

// channelRoutes are the routes that stay open and tell.
func channelRoutes(t *gather.Tools) []artifact.Route {
	inv := gather.Made[artifact.Inventory](t, artifact.Inventories)
	if inv == nil {
		return nil
	}
	var out []artifact.Route
	for _, r := range inv.Routes {
		if (r.Kind == "sse" || r.Kind == "websocket") && r.Method == "GET" && r.Public == "" {
			out = append(out, r)
		}
	}
	return out
}

func overhear(ctx context.Context, t *gather.Tools) *artifact.Channels {
	routes := channelRoutes(t)
	out := &artifact.Channels{None: len(routes) == 0 && len(gather.Made[artifact.Inventory](t, artifact.Inventories).Routes) > 0}
	skip := func(r artifact.Route, reason check.Reason, why string) {
		out.Trials = append(out.Trials, artifact.ChannelTrial{Route: r.ID, Kind: r.Kind, Skipped: artifact.Skip{Reason: reason, Why: why}})
	}
	var open []artifact.Route
	for _, r := range routes {
		switch {
		case r.Never || r.Origin != "":
			skip(r, check.EffectRefused, "on routes.never, or at another origin")
		case !t.Allowed(portal.Write):
			skip(r, check.EffectRefused, "nothing may be written, so there is nothing to hear of: allow write")
		default:
			open = append(open, r)
		}
	}
	if len(open) == 0 {
		return out
	}
	sources, tenants := noisy(t), t.Tenants()
	byTenant := make([][]artifact.ChannelTrial, len(tenants))
	var wg sync.WaitGroup
	for i, tenant := range tenants { // at once, for they mostly listen
		owner, ok := t.Owner(tenant)
		strangers := t.Strangers(tenant)
		if !ok || len(strangers) == 0 || ctx.Err() != nil {
			continue
		}
		wg.Go(func() { byTenant[i] = tenantTrials(ctx, t, open, sources, owner, strangers) })
	}
	wg.Wait()
	out.Trials = append(out.Trials, slices.Concat(byTenant...)...)
	if len(out.Trials) == 0 {
		skip(open[0], check.Undeclared, "no second tenant has an identity that is signed in")
	}
	return out
}

// noisy are the kinds of objects that can be made to be heard of, those that
// can be changed as well first.
func noisy(t *gather.Tools) []canary.Maker {
	var changed, made []canary.Maker
	for _, m := range canary.Makers(t) {
		switch {
		case m.Skipped.Reason != "":
		case len(m.Updates) > 0:
			changed = append(changed, m)
		default:
			made = append(made, m)
		}
	}
	all := append(changed, made...)
	return all[:min(maxSources, len(all))]
}

// tenantTrials follows the channels of one tenant, once for each kind of object
// until the owner hears of one.
func tenantTrials(ctx context.Context, t *gather.Tools, routes []artifact.Route, sources []canary.Maker, owner artifact.Identity, strangers []artifact.Identity) []artifact.ChannelTrial {
	var trials []artifact.ChannelTrial
	why := artifact.Skip{Reason: check.NoPositiveControl, Why: "no object is known that a run could make, so there is nothing to hear of"}
	for _, m := range sources {
		h := hall{routes: routes, owner: owner, strangers: strangers}
		h.open(ctx, t)
		c, skip := h.make(ctx, t, m)
		h.close()
		if c == nil {
			why = skip
			continue
		}
		if trials = h.trials(ctx, t, c); h.heard(c.Tag) {
			return trials
		}
	}
	if len(trials) > 0 {
		return trials
	}
	for _, r := range routes {
		trials = append(trials, artifact.ChannelTrial{Route: r.ID, Kind: r.Kind, Owner: owner.Name, Stranger: strangers[0].Name, Skipped: why})
	}
	return trials
}

// hall is everybody who listens while an owner changes something.
type hall struct {
	routes    []artifact.Route
	owner     artifact.Identity
	strangers []artifact.Identity
	pairs     []pair
	edit      artifact.Attempt
	unknown   []artifact.Route // no channel of the owner is known on them
	stop      context.CancelCauseFunc
	dead      map[string]string
	renewed   map[string]int // how often each session was renewed before
}

// pair is one way of following one channel: the owner as control, and the strangers.
type pair struct {
	route        artifact.Route
	channel, how string
	control      *listener
	tries        []*listener
}

// open has everybody follow, and waits until they are let in.
func (h *hall) open(ctx context.Context, t *gather.Tools) {
	ctx, h.stop = context.WithCancelCause(ctx)
	h.dead, h.renewed = map[string]string{}, map[string]int{}
	for _, who := range append([]artifact.Identity{h.owner}, h.strangers...) {
		if why := t.Alive(ctx, who.Name); why != "" {
			h.dead[who.Name] = why
		} else {
			h.renewed[who.Name] = t.As(who.Name).Renewals()
		}
	}
	deadline := time.After(opening)
	for _, r := range h.routes {
		ways := follow(t, r, h.owner)
		if len(ways) == 0 {
			h.unknown = append(h.unknown, r)
		}
		for _, w := range ways {
			p := pair{route: r, channel: w.channel, how: w.how, control: w.listen(ctx, t, r, h.owner.Name, "control")}
			for _, s := range h.strangers {
				p.tries = append(p.tries, w.listen(ctx, t, r, s.Name, "X"))
			}
			h.pairs = append(h.pairs, p)
		}
	}
	for _, l := range h.listeners() {
		select {
		case <-l.begun:
		case <-deadline:
			return
		}
	}
}

func (h *hall) listeners() []*listener {
	var out []*listener
	for _, p := range h.pairs {
		out = append(append(out, p.control), p.tries...)
	}
	return out
}

// make has the owner make something and change it, and lets everybody listen
// for a while. The text of both is the same, so that either is heard.
func (h *hall) make(ctx context.Context, t *gather.Tools, m canary.Maker) (*canary.Object, artifact.Skip) {
	c, skip := canary.Plant(ctx, t, m, h.owner.Name)
	if c == nil {
		return nil, skip
	}
	h.edit = c.Made
	if len(m.Updates) > 0 {
		if r, ok := c.Update(t, m.Updates[0], h.owner.Name, c.Tag+" changed"); ok {
			h.edit = t.Write(ctx, gather.Ask{Name: "edit", Who: h.owner.Name, Request: r}, c.Changing(c.Tag+" changed"), nil).Attempt
		}
	}
	select {
	case <-ctx.Done():
	case <-time.After(hearing):
	}
	return c, artifact.Skip{}
}

// close ends all listening and waits for everybody.
func (h *hall) close() {
	h.stop(wire.ErrEnough)
	for _, l := range h.listeners() {
		<-l.done
	}
}

// heard reports whether some control heard a text.
func (h *hall) heard(tag string) bool {
	for _, p := range h.pairs {
		if p.control.hears(tag) {
			return true
		}
	}
	return false
}

// trials are what everybody heard of the canary.
func (h *hall) trials(ctx context.Context, t *gather.Tools, c *canary.Object) []artifact.ChannelTrial {
	var out []artifact.ChannelTrial
	for _, r := range h.unknown {
		out = append(out, artifact.ChannelTrial{Route: r.ID, Kind: r.Kind, Owner: h.owner.Name, Stranger: h.strangers[0].Name, Skipped: artifact.Skip{
			Reason: check.Undeclared, Why: "no channel of " + h.owner.Name + " is known: the portal names none, and the contract gives no example",
		}})
	}
	outlived := map[string]bool{}
	for _, s := range h.strangers {
		// One that died and was renewed beside us was deaf for a while.
		outlived[s.Name] = h.dead[s.Name] == "" && t.StillAlive(ctx, s.Name) && t.As(s.Name).Renewals() == h.renewed[s.Name]
	}
	for _, p := range h.pairs {
		for i, l := range p.tries {
			try := l.attempt(c.Tag)
			if !outlived[h.strangers[i].Name] && try.Unproven == "" {
				try.Unproven = check.SessionDead
				try.Why = strings.TrimSpace(h.dead[h.strangers[i].Name] + " the session did not live throughout")
			}
			out = append(out, artifact.ChannelTrial{
				Route: p.route.ID, Kind: p.route.Kind, Channel: p.channel, How: p.how, Owner: h.owner.Name, Stranger: h.strangers[i].Name,
				Marker: c.Tag, ID: c.ID, Edit: h.edit, Control: p.control.attempt(c.Tag), Try: try,
			})
		}
	}
	return out
}
