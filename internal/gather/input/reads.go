package input

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// split parts the routes that take input into reads and writes, what matters
// most first: sign-in, invitations, payments, uploads.
func split(routes []artifact.Route) (reads, writes []artifact.Route) {
	for _, r := range routes {
		switch {
		case r.Kind == "logout" || r.Kind == "static" || r.Kind == "sse" || r.Kind == "websocket" || r.Kind == "graphql" || r.Looks:
		case r.Method == "GET" && len(inputs(r)) > 0:
			reads = append(reads, r)
		case !r.Safe() && r.Method != "DELETE":
			writes = append(writes, r)
		}
	}
	first := func(a, b artifact.Route) int {
		return cmp.Or(cmp.Compare(weight(b), weight(a)), strings.Compare(b.Method, a.Method)) // POST before PATCH: what is made is listed as it was made
	}
	slices.SortStableFunc(reads, first)
	slices.SortStableFunc(writes, first)
	return reads, writes
}

func weight(r artifact.Route) int {
	path := strings.ToLower(r.Template)
	for _, word := range []string{"login", "auth", "invit", "pay", "upload", "password", "token", "invoice", "document", "file"} {
		if strings.Contains(path, word) || r.Kind == "login" {
			return 1
		}
	}
	return 0
}

// inputs are the parameters of a route that a value can be put into.
func inputs(r artifact.Route) []artifact.Param {
	var out []artifact.Param
	for _, p := range r.Params {
		if p.In == "path" && strings.Contains(r.Template, "{"+p.Name+"}") || p.In == "query" {
			out = append(out, p)
		}
	}
	for _, name := range r.PathParams() {
		if !slices.ContainsFunc(out, func(p artifact.Param) bool { return p.Name == name }) {
			out = append(out, artifact.Param{Name: name, In: "path"})
		}
	}
	return out
}

// good is the good request of a read.
type good struct {
	route  artifact.Route
	who    string
	values artifact.Values
	got    gather.Answered
}

func (g good) request(v artifact.Values, extra ...string) (wire.Request, bool) {
	target, ok := g.route.Fill(v)
	for _, pair := range extra {
		sep := "?"
		if strings.Contains(target, "?") {
			sep = "&"
		}
		target += sep + pair
	}
	return wire.Request{
		Method: g.route.Method, URL: target, Effect: portal.Look,
		Header: []evidence.Field{{Name: "Accept", Value: gather.Accept(g.route)}},
	}, ok
}

// read feeds the parameters of one read.
func (f *feeder) read(ctx context.Context, r artifact.Route) {
	op := f.open(r)
	switch {
	case r.Never:
		op.Skipped = artifact.Skip{Reason: check.EffectRefused, Why: "on routes.never"}
		return
	case r.HeldBack != "":
		op.Skipped = artifact.Skip{Reason: check.EffectRefused, Why: "held back: " + r.HeldBack}
		return
	case f.left <= f.reserve() || ctx.Err() != nil:
		op.Skipped = artifact.Skip{Reason: check.BudgetSpent, Why: "nothing was sent: the budget is spent"}
		return
	}
	g, ok := f.control(ctx, r)
	op.Who, op.Controls = g.who, []artifact.Attempt{g.got.Attempt}
	if !ok {
		op.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: f.whyNot(g)}
		return
	}
	const perParam = 20
	most := max(perRead, perParam*len(inputs(r)))
	if f.Quick {
		most = perReadQuick
	}
	shots := f.within(op, f.shots(op, g), most)
	f.fire(ctx, shots)
	f.settle(ctx, op, r, shots, f.plainly, func(s *shot) gather.Ask { return f.again(g, s) })
	for _, s := range shots {
		op.Cases = append(op.Cases, s.c)
	}
	f.rounds(ctx, op, g, shots)
}

func (f *feeder) again(g good, s *shot) gather.Ask {
	r, _ := g.request(g.values)
	return f.ask("P", s, r)
}

func (f *feeder) whyNot(g good) string {
	if g.got.Why != "" {
		return g.got.Why
	}
	return "nobody gets a good answer, so a bad one proves nothing"
}

// control finds the good request of a read: what the harvest read, a link that
// was handed out, an object made for it, or the examples of the contract.
func (f *feeder) control(ctx context.Context, r artifact.Route) (good, bool) {
	for _, reading := range f.readings(r) {
		g := good{route: r, who: reading.Who, values: reading.Values, got: f.Recall(reading.First, "P")}
		if f.ground.Good(r.ID, f.view(g.got)) {
			return g, true
		}
	}
	last := good{route: r}
	for _, g := range f.guesses(r) {
		q, ok := g.request(g.values)
		if !ok || !f.canAsk(g.who) {
			continue
		}
		q.Timeout = f.patience
		f.left--
		g.got = f.Ask(ctx, gather.Ask{Name: "P", Who: g.who, Request: q})[0]
		if f.ground.Good(r.ID, f.view(g.got)) {
			return g, true
		}
		last = g
	}
	return last, false
}

// readings are the harvest's readings of a route, the fullest first.
func (f *feeder) readings(r artifact.Route) []artifact.Reading {
	var out []artifact.Reading
	for _, reading := range f.corpus.Readings {
		if reading.Route == r.ID && reading.First.Unproven == "" && f.canAsk(reading.Who) && (reading.Who != evidence.Anonymous || r.Public != "") {
			out = append(out, reading)
		}
	}
	slices.SortStableFunc(out, func(a, b artifact.Reading) int {
		if a.OK != b.OK {
			return map[bool]int{true: -1, false: 1}[a.OK]
		}
		return f.rank(b.Who) - f.rank(a.Who)
	})
	return out
}

func (f *feeder) rank(who string) int {
	i := gather.Made[artifact.Sessions](f.Tools, artifact.SignIns).By(who)
	if i.Disposable {
		return 0
	}
	return gather.RoleRank(i.Role)
}

// guesses are further good requests worth one try each.
func (f *feeder) guesses(r artifact.Route) []good {
	var out []good
	for _, p := range f.planted {
		if v, ok := p.binds(r); ok {
			out = append(out, good{route: r, who: p.owner, values: v})
		}
		for _, link := range p.links() {
			if v, ok := bindingOf(r, link); ok {
				out = append(out, good{route: r, who: p.owner, values: v})
			}
		}
	}
	slices.SortFunc(out, func(a, b good) int { return strings.Compare(a.who, b.who) })
	values := artifact.Values{}
	for _, b := range r.Bindings {
		maps.Copy(values, b)
	}
	for _, p := range inputs(r) {
		if values[p.Name] == "" && (p.In == "path" || p.Required || p.Example != "" && len(out) == 0) {
			values[p.Name] = cmp.Or(p.Example, firstOf(p.Enum))
		}
		if values[p.Name] == "" {
			delete(values, p.Name)
		}
	}
	for _, who := range f.People() {
		if len(out) < 3 && !who.Disposable && (r.Roles == nil || slices.Contains(r.Roles, who.Role)) {
			out = append(out, good{route: r, who: who.Name, values: values})
		}
	}
	return out
}

func firstOf(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// bindingOf binds a route's parameters to those of an address that is one of it.
func bindingOf(r artifact.Route, address string) (artifact.Values, bool) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, false
	}
	out := artifact.Values{}
	have, want := strings.Split(strings.Trim(u.Path, "/"), "/"), strings.Split(strings.Trim(r.Template, "/"), "/")
	skip := len(have) - len(want)
	if skip < 0 {
		return nil, false
	}
	for i, w := range want {
		name, is := strings.CutPrefix(w, "{")
		switch {
		case is:
			out[strings.TrimSuffix(name, "}")] = have[skip+i]
		case w != have[skip+i]:
			return nil, false
		}
	}
	for name, values := range u.Query() {
		out[name] = values[0]
	}
	return out, true
}
