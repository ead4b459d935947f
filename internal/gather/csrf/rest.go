package csrf

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/canary"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
)

// maxRest bounds the routes whose effect cannot be seen that are asked.
const maxRest = 20

// rest tells of the writes whose effect this run cannot see: that SameSite keeps
// the session back from them, or whether they refuse as their neighbours do.
func (r *run) rest(ctx context.Context, handled map[string]bool) {
	asked := 0
	kept := map[string]*artifact.Forgery{}
	var order []string
	for _, route := range gather.Made[artifact.Inventory](r.t, artifact.Inventories).Routes {
		who, ok := r.actor(route)
		if !ok || handled[route.ID] || !writes(route) {
			continue
		}
		f := artifact.Forgery{Class: "refusal", Cluster: partOf(route), Route: route.ID, Who: who}
		if !r.mayWrite() {
			f.Skipped = artifact.Skip{Reason: check.EffectRefused, Why: "allow write, for whether a change gets through shows on a change only"}
			r.out.Operations = append(r.out.Operations, f)
			continue
		}
		v, skip := r.victim(ctx, who)
		if skip.Reason != "" {
			f.Skipped = skip
			r.out.Operations = append(r.out.Operations, f)
			continue
		}
		target, _ := route.Fill(strangers(route))
		w := v.reaches(r.absolute(target), "POST", true)
		if w.barred != "" || w.site == sameSite {
			if kept[f.Cluster] == nil {
				kept[f.Cluster] = &artifact.Forgery{Class: "kept", Cluster: f.Cluster, Route: f.Cluster, Who: who}
				order = append(order, f.Cluster)
			}
			kept[f.Cluster].LeftOut = append(kept[f.Cluster].LeftOut, route.ID)
			continue
		}
		if asked++; asked > maxRest {
			f.Skipped = artifact.Skip{Reason: check.BudgetSpent, Why: "other routes were asked first"}
		} else {
			r.refuse(ctx, &f, route, target, v, w)
		}
		r.out.Operations = append(r.out.Operations, f)
	}
	for _, name := range order {
		r.out.Operations = append(r.out.Operations, *kept[name])
	}
}

// writes reports a route that changes something for a signed-in caller.
func writes(route artifact.Route) bool {
	return !route.Safe() && route.Public == "" && !route.Never && route.Origin == "" &&
		!slices.Contains([]string{"login", "logout", "static", "graphql", "websocket", "sse"}, route.Kind)
}

// strangers binds a route's parameters to objects that do not exist.
func strangers(route artifact.Route) artifact.Values {
	out := artifact.Values{}
	for _, name := range route.PathParams() {
		out[name] = "999999999"
	}
	return out
}

// refuse sends a route what no handler can accept, from elsewhere, and looks
// for how a neighbour refused whose objects were seen not to change.
func (r *run) refuse(ctx context.Context, f *artifact.Forgery, route artifact.Route, target string, v *victim, w reach) {
	form := formURL
	if route.Method != "POST" {
		form = formMethod
	}
	for i := range r.out.Operations {
		o := &r.out.Operations[i]
		for _, k := range o.Tries {
			if o.Cluster == f.Cluster && k.Form == form && k.Token == "removed" && k.Site == w.site && k.Write.Sent() && k.Write.Unproven == "" && f.Like == "" {
				f.Like, f.LikeTry = o.Route, k.Write
			}
		}
	}
	switch {
	case f.Like == "":
		f.Skipped = artifact.Skip{Reason: check.Undeclared, Why: "what it changes cannot be seen, and nothing like it could be tried: describe it under resources"}
		return
	case len(route.PathParams()) == 0 && !demands(route):
		f.Skipped = artifact.Skip{Reason: check.Undeclared, Why: "what it changes cannot be seen, and it is not known to refuse an empty request: describe it under resources, or waive it"}
		return
	}
	k := artifact.Forged{Form: form, Token: "removed"}
	q := order{method: route.Method, target: target, fields: map[string]any{"lr-invalid": "1"}}.request(form)
	k.Write = r.forge(ctx, v, &k, q, w, journal.Entry{}, nil).Attempt
	f.Tries = append(f.Tries, k)
	f.Alive = true
}

// demands reports a route whose body must hold certain fields.
func demands(route artifact.Route) bool {
	return len(canary.Parse(route.BodySchema).Required) > 0 || strings.Contains(route.BodyType, "json") && len(route.BodySchema) > 0 && json.Valid(route.BodySchema)
}
