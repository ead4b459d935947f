package latency

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// action is one core action: its request as everybody who asks for it in turn,
// and what a right answer to each looks like.
type action struct {
	name, route string
	asks        []gather.Ask
	controls    []control
	*writing    // nil: it looks
	tally
}

// control is a right answer.
type control struct {
	ref  evidence.Ref
	view *normal.View
	// kind is how the portal's refusals would read it: an empty list is a right
	// answer for who has nothing.
	kind string
}

// mostAskers bounds the identities that take turns.
const mostAskers = 4

// choose returns the core actions that somebody gets a right answer to, and
// those that cannot be measured.
func choose(ctx context.Context, t *gather.Tools) ([]*action, []artifact.Action) {
	var out []*action
	var left []artifact.Action
	who := owners(t)
	wanted := declared(t, who)
	learning := len(wanted) == 0
	if learning {
		wanted = learned(t, who)
	}
	for _, a := range wanted {
		if learning && len(out) == mostLearned {
			break
		}
		reason, why := a.prepare(ctx, t)
		switch {
		case reason == "":
			out = append(out, a)
		case !learning || a.route == "":
			left = append(left, a.skipped(reason, why))
		}
	}
	return out, left
}

// owners are who asks: of each tenant the identity with the most rights, else
// whoever is signed in; of a portal without identities, anybody.
func owners(t *gather.Tools) []string {
	var out []string
	for _, tenant := range t.Tenants() {
		if who, ok := t.Owner(tenant); ok && len(out) < mostAskers {
			out = append(out, who.Name)
		}
	}
	for _, p := range t.People() {
		if len(out) == 0 {
			out = append(out, p.Name)
		}
	}
	if len(out) == 0 {
		return []string{evidence.Anonymous}
	}
	return out
}

// askers are the identities that some actions are asked as.
func askers(actions []*action) []string {
	var out []string
	for _, a := range actions {
		for _, ask := range a.asks {
			if ask.Who != evidence.Anonymous && !slices.Contains(out, ask.Who) {
				out = append(out, ask.Who)
			}
		}
	}
	return out
}

// declared are the actions that portal.yaml names.
func declared(t *gather.Tools, who []string) []*action {
	inv := gather.Made[artifact.Inventory](t, artifact.Inventories)
	var out []*action
	for _, call := range t.Portal.Policy.Latency.Actions {
		a := &action{name: call.String()}
		r := wire.Request{Method: call.Method, URL: call.Path}
		if route := routeOf(inv, call); route != nil {
			a.route = route.ID
			r.Header = accepting(gather.Accept(*route))
		} else {
			r.Header = accepting(gather.Accept(artifact.Route{}))
		}
		for _, name := range who {
			a.asks = append(a.asks, gather.Ask{Name: "load", Who: name, Request: r})
		}
		out = append(out, a)
	}
	return out
}

func accepting(what string) []evidence.Field { return []evidence.Field{{Name: "Accept", Value: what}} }

// routeOf is the route of the inventory that a call goes to: the one whose
// template has the most in common with its path.
func routeOf(inv *artifact.Inventory, call portal.Call) *artifact.Route {
	path, _, _ := strings.Cut(call.Path, "?")
	have := strings.Split(path, "/")
	var best *artifact.Route
	most := -1
	for i := range inv.Routes {
		r := &inv.Routes[i]
		template, _, _ := strings.Cut(r.Template, "?")
		want := strings.Split(template, "/")
		if r.Method != call.Method || r.Origin != "" || len(want) != len(have) {
			continue
		}
		same := 0
		for k, segment := range want {
			switch {
			case segment == have[k]:
				same++
			case !strings.Contains(segment, "{"):
				same = -len(want)
			}
		}
		if same >= 0 && same > most {
			best, most = r, same
		}
	}
	return best
}

// learned are the request that proves a session, and then the lists that are
// used the most; where too few lists are known, other reads.
func learned(t *gather.Tools, who []string) []*action {
	var out []*action
	if s := t.Sessions[who[0]]; s != nil && s.Probe != nil {
		a := &action{name: s.Probe.Request.String()}
		if r := routeOf(gather.Made[artifact.Inventory](t, artifact.Inventories), s.Probe.Request); r != nil {
			a.route = r.ID
		}
		for _, name := range who {
			if p := t.Sessions[name]; p.Probe != nil && p.Probe.Request.String() == a.name {
				a.asks = append(a.asks, gather.Ask{Name: "load", Who: name, Request: gather.ProbeRequest(p.Probe.Request)})
			}
		}
		out = append(out, a)
	}
	for _, u := range used(t, who) {
		if len(out) > 0 && out[0].route == u.route.ID {
			continue
		}
		a := &action{name: u.route.ID, route: u.route.ID}
		for _, reading := range u.readings {
			target, ok := u.route.Fill(reading.Values)
			if !ok {
				continue
			}
			r := wire.Request{Method: u.route.Method, URL: target, Header: accepting(gather.Accept(*u.route))}
			a.asks = append(a.asks, gather.Ask{Name: "load", Who: reading.Who, Request: r})
		}
		if len(a.asks) > 0 {
			out = append(out, a)
		}
	}
	return out
}

// usage is a route that some of those who ask read with success in this run.
type usage struct {
	route    *artifact.Route
	readings []artifact.Reading // one of each
}

// used orders the routes that were read by how much a portal's people need
// them: lists first; then what was recorded in use, what many are shown, and
// what lies near the root.
func used(t *gather.Tools, who []string) []usage {
	inv := gather.Made[artifact.Inventory](t, artifact.Inventories)
	corpus := gather.Made[artifact.Corpus](t, artifact.Corpora)
	if corpus == nil {
		return nil
	}
	var out []usage
	at := map[string]int{}
	for _, reading := range corpus.Readings {
		r := inv.By(reading.Route)
		if r == nil || !reading.OK || !gather.Reads(*r) || r.HeldBack != "" || gather.Exporting(*r) || !slices.Contains(who, reading.Who) {
			continue
		}
		i, known := at[r.ID]
		if !known {
			i = len(out)
			at[r.ID] = i
			out = append(out, usage{route: r})
		}
		if !slices.ContainsFunc(out[i].readings, func(o artifact.Reading) bool { return o.Who == reading.Who }) {
			out[i].readings = append(out[i].readings, reading)
		}
	}
	slices.SortStableFunc(out, func(a, b usage) int {
		return cmp.Or(
			cmp.Compare(kindRank(a.route), kindRank(b.route)),
			-cmp.Compare(recorded(a.route), recorded(b.route)),
			-cmp.Compare(len(a.readings), len(b.readings)),
			-cmp.Compare(len(a.route.SeenAs), len(b.route.SeenAs)),
			cmp.Compare(strings.Count(a.route.Template, "/"), strings.Count(b.route.Template, "/")),
			strings.Compare(a.route.ID, b.route.ID),
		)
	})
	return out
}

func kindRank(r *artifact.Route) int {
	switch r.Kind {
	case "list":
		return 0
	case "page":
		return 1
	}
	return 2
}

// recorded counts the requests to a route that somebody recorded or linked to.
func recorded(r *artifact.Route) int {
	n := 0
	if slices.Contains(r.Sources, "har") {
		n += 2 + len(r.Bindings)
	}
	if slices.Contains(r.Sources, "crawl") {
		n++
	}
	return n
}

// prepare asks once for each who asks, and keeps those who get a right answer.
func (a *action) prepare(ctx context.Context, t *gather.Tools) (check.Reason, string) {
	if a.writes() {
		return a.prepareWrite(ctx, t)
	}
	asks := slices.Clone(a.asks)
	for i := range asks {
		asks[i].Name = "control"
	}
	var kept []gather.Ask
	reason, why := check.NoPositiveControl, ""
	for i, got := range t.Ask(ctx, asks...) {
		if got.Unproven != "" {
			reason, why = got.Unproven, got.Why
			continue
		}
		view := normal.Of(got.Answer.Exchange, normal.Mask{})
		kind, refused := t.Refusals().Refuses(a.route, view)
		if view.Class() != 2 || refused && kind != refusal.Empty {
			why = fmt.Sprintf("%s gets no right answer: status %d %s", asks[i].Who, got.Status(), kind)
			continue
		}
		kept = append(kept, a.asks[i])
		a.controls = append(a.controls, control{ref: got.Ref, view: view, kind: kind})
	}
	if a.asks = kept; len(kept) > 0 {
		return "", ""
	}
	return reason, strings.TrimSpace(why)
}

// skipped is an action that is not measured.
func (a *action) skipped(reason check.Reason, why string) artifact.Action {
	return artifact.Action{Name: a.name, Route: a.route, Unproven: reason, Why: why}
}
