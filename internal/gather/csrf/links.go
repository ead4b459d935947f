package csrf

import (
	"context"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/canary"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
)

// links are GETs that say they change something. They are followed on objects
// that this run made, and nowhere else.
func (r *run) links() []*operation {
	var makers []canary.Maker
	if gather.Made[artifact.Corpus](r.t, artifact.Corpora) != nil {
		makers = canary.Makers(r.t)
	}
	var out []*operation
	for _, route := range gather.Made[artifact.Inventory](r.t, artifact.Inventories).Routes {
		if route.Method != "GET" || route.HeldBack == "" || route.Never || route.Origin != "" || route.Public != "" ||
			route.Kind == "login" || route.Kind == "logout" || route.Kind == "page" || route.Kind == "static" {
			continue
		}
		who, ok := r.actor(route)
		if !ok {
			continue
		}
		out = append(out, r.link(route, makers, who))
	}
	return out
}

// link follows one such GET on a fresh object.
func (r *run) link(route artifact.Route, makers []canary.Maker, who string) *operation {
	op := r.operation("get", route, who)
	op.Effect = artifact.Differs
	op.Skipped = artifact.Skip{
		Reason: check.EffectRefused,
		Why:    "a GET that says it changes something is only followed on objects that this run made, and this one names none of them",
	}
	for _, m := range makers {
		if m.Skipped.Reason == "" && about(route, m) {
			op.Skipped = artifact.Skip{}
			r.aim(op, m)
			break
		}
	}
	return op
}

// about reports a route of one object of a maker's: below its address, or
// named by its id in the query.
func about(route artifact.Route, m canary.Maker) bool {
	path, query, _ := strings.Cut(route.Template, "?")
	params := route.PathParams()
	if len(params) == 0 {
		return false
	}
	detail := m.Detail.Template
	if rest, ok := strings.CutPrefix(unnamed(path), unnamed(detail)); ok && (rest == "" || rest[0] == '/') && !strings.Contains(rest, "{") {
		return true
	}
	return m.Noun != "" && route.Noun == m.Noun && len(params) == 1 && (strings.Contains(query, "{") || strings.HasSuffix(path, "}"))
}

// unnamed is a template whose parameters have no names.
func unnamed(template string) string {
	var b strings.Builder
	for i, part := range strings.Split(template, "{") {
		if _, rest, ok := strings.Cut(part, "}"); i > 0 && ok {
			b.WriteString("{}" + rest)
			continue
		}
		b.WriteString(part)
	}
	return b.String()
}

// aim points a link at an object to be made.
func (r *run) aim(op *operation, m canary.Maker) {
	var c *canary.Object
	op.begin = func(ctx context.Context) (skip artifact.Skip) {
		c, skip = canary.Plant(ctx, r.t, m, op.Who)
		return skip
	}
	op.order = func(string) (order, bool) {
		target, filled := op.route.Fill(canary.Rename(op.route, c.Detail, c.Values))
		return order{method: "GET", target: target}, filled
	}
	op.entry = func(string) journal.Entry { return c.Changing("by a link") }
	op.read = func(name string) gather.Ask { return canary.Look(name, op.Who, c.Target()) }
}
