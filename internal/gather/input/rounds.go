package input

import (
	"context"
	"maps"
	"net/url"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/probe"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// rounds compare pairs of requests that only an interpreter tells apart: a
// condition that holds and one that does not, an operator and an unknown word.
// They are asked of parameters whose good value shows something.
func (f *feeder) rounds(ctx context.Context, op *artifact.Operation, g good, _ []*shot) {
	for _, p := range inputs(g.route) {
		if ctx.Err() != nil || f.left <= f.reserve() {
			return
		}
		base, value, ok := f.valued(ctx, op, g, p)
		if !ok {
			continue
		}
		for _, pair := range pairs(value) {
			if f.Quick && pair.kind != "sql" {
				continue
			}
			if c := f.compare(ctx, op, g, base, p, pair); c != nil {
				op.Cases = append(op.Cases, *c)
			}
		}
		if p.In == "query" && !f.Quick {
			f.operator(ctx, op, g, p)
		}
		if f.Allowed(portal.Burst) && !f.Quick && p.In == "query" {
			f.delay(ctx, op, g, p, value)
		}
	}
}

// pair is a condition that holds, and one that does not, behind a value.
type pair struct{ kind, yes, no string }

func pairs(value string) []pair {
	out := []pair{
		{"sql", value + "' AND '1'='1", value + "' AND '1'='2"},
		{"like", value + "%' AND '1%'='1", value + "%' AND '1%'='2"},
	}
	if normal.Format(value) == normal.FormatInteger {
		out = append(out[:1], pair{"number", value + " AND 1=1", value + " AND 1=2"})
	}
	return out
}

// valued finds a value of the parameter with which something is shown: the one
// of the good request, or one that the contract names.
func (f *feeder) valued(ctx context.Context, op *artifact.Operation, g good, p artifact.Param) (probe.Answer, string, bool) {
	if v := g.values[p.Name]; v != "" {
		return f.view(g.got), v, f.shows(op, f.view(g.got))
	}
	if p.In != "query" {
		return probe.Answer{}, "", false
	}
	for _, v := range append([]string{p.Example}, p.Enum...)[:min(3, 1+len(p.Enum))] {
		if v == "" {
			continue
		}
		got := f.one(ctx, "P "+p.Name, g, with(g.values, p.Name, v))
		op.Controls = append(op.Controls, got.Attempt)
		if a := f.view(got); f.shows(op, a) {
			return a, v, true
		}
	}
	return probe.Answer{}, "", false
}

// shows reports an answer with something in it.
func (f *feeder) shows(op *artifact.Operation, a probe.Answer) bool {
	return f.ground.Good(op.Route, a) && !f.ground.Refused(op.Route, a) && normal.Content(a.View)
}

func with(v artifact.Values, name, value string) artifact.Values {
	out := maps.Clone(v)
	if out == nil {
		out = artifact.Values{}
	}
	out[name] = value
	return out
}

// one asks one request of a read.
func (f *feeder) one(ctx context.Context, name string, g good, v artifact.Values, extra ...string) gather.Answered {
	q, ok := g.request(v, extra...)
	if !ok {
		return gather.Answered{Attempt: artifact.Attempt{Name: name, Who: g.who}}
	}
	return f.sendOne(ctx, name, g.who, q)
}

func (f *feeder) sendOne(ctx context.Context, name, who string, q wire.Request) gather.Answered {
	f.left--
	return f.Ask(ctx, f.ask(name, &shot{who: who}, q))[0]
}

// compare asks a pair, and again only while it behaves as if it were run: the
// condition that holds changes nothing, the other one does.
func (f *feeder) compare(ctx context.Context, op *artifact.Operation, g good, base probe.Answer, p artifact.Param, pr pair) *artifact.Case {
	c := &artifact.Case{Class: "injection", Name: "a condition behind the value", Place: p.In + " " + p.Name, Kind: pr.kind, Sent: shorten(onWire(p.In, pr.yes))}
	for range 3 {
		yes := f.one(ctx, "true", g, with(g.values, p.Name, pr.yes))
		c.Rounds = append(c.Rounds, yes.Attempt)
		if !probe.AsGood(base, f.view(yes)) {
			break
		}
		no := f.one(ctx, "false", g, with(g.values, p.Name, pr.no))
		c.Rounds = append(c.Rounds, no.Attempt)
		if probe.AsGood(base, f.view(no)) {
			break
		}
	}
	c.Try, c.Before = c.Rounds[0], base.Attempt
	return c
}

// operator asks for everything that is not a value that nothing has, in the
// words of a document store, and with a word that no store knows.
func (f *feeder) operator(ctx context.Context, op *artifact.Operation, g good, p artifact.Param) {
	without := maps.Clone(g.values)
	delete(without, p.Name)
	name := url.QueryEscape(p.Name)
	c := artifact.Case{Class: "injection", Name: "an operator for a value", Place: "query " + p.Name, Kind: "operator", Sent: name + "[$ne]=" + stranger}
	for range 3 {
		ne := f.one(ctx, "operator", g, without, name+"[$ne]="+stranger)
		c.Rounds = append(c.Rounds, ne.Attempt)
		if !f.shows(op, f.view(ne)) {
			break
		}
		other := f.one(ctx, "other", g, without, name+"[lrx]="+stranger)
		c.Rounds = append(c.Rounds, other.Attempt)
		if f.shows(op, f.view(other)) {
			break
		}
	}
	c.Try = c.Rounds[0]
	op.Cases = append(op.Cases, c)
}

// delays make common databases wait two seconds.
func delays(value string) []pair {
	return []pair{
		{"delay", value + "' AND SLEEP(2)='0", value + "' AND SLEEP(0)='0"},
		{"delay", value + "'||(SELECT ''||pg_sleep(2))||'", value + "'||(SELECT ''||pg_sleep(0))||'"},
		{"delay", value + "';WAITFOR DELAY '0:0:2'--", value + "';WAITFOR DELAY '0:0:0'--"},
	}
}

// delay asks for a wait, and only when it came goes on: none and two seconds in
// turn, three times. Parameters of one name are one piece of code.
func (f *feeder) delay(ctx context.Context, op *artifact.Operation, g good, p artifact.Param, value string) {
	if strings.Trim(value, "0123456789") == "" || f.seen["delay "+p.Name] {
		return
	}
	f.seen["delay "+p.Name] = true
	for _, d := range delays(value) {
		first := f.one(ctx, "slow", g, with(g.values, p.Name, d.yes))
		c := artifact.Case{Class: "injection", Name: "a wait of two seconds", Place: p.In + " " + p.Name, Kind: d.kind, Sent: shorten(onWire(p.In, d.yes)), Rounds: []artifact.Attempt{first.Attempt}}
		c.Try = first.Attempt
		for range 3 {
			if probe.Took(f.view(first)) < probe.Wait {
				break
			}
			fast := f.one(ctx, "fast", g, with(g.values, p.Name, d.no))
			slow := f.one(ctx, "slow", g, with(g.values, p.Name, d.yes))
			c.Rounds = append(c.Rounds, fast.Attempt, slow.Attempt)
			first = slow
		}
		op.Cases = append(op.Cases, c)
	}
}
