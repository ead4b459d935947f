package alter

import (
	"context"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/portal"
)

// Anonymous makes the transcript of writes without a login.
func Anonymous() gather.Gatherer {
	return gather.Gatherer{
		Name:    "anonwrite",
		Doc:     "writes without a login, on objects made for it",
		Makes:   artifact.AnonWrites.Name(),
		Needs:   []string{artifact.SignIns.Name(), artifact.Inventories.Name(), artifact.Corpora.Name()},
		Wants:   []string{artifact.Baselines.Name()},
		Effects: []portal.Effect{portal.Look, portal.SignIn, portal.Write},
		Budget:  func(*gather.Tools) int { return maxTrials * perTrial },
		Gather: func(ctx context.Context, t *gather.Tools) (any, error) {
			out := &artifact.WriteTrials{Orders: orders(ctx, t)}
			for _, m := range makers(t) {
				if len(out.Trials) >= maxTrials || ctx.Err() != nil {
					break
				}
				unsigned(ctx, t, m, out)
			}
			return out, nil
		},
	}
}

// unsigned writes to the objects of one noun without a login.
func unsigned(ctx context.Context, t *gather.Tools, m maker, out *artifact.WriteTrials) {
	for _, tenant := range t.Tenants() {
		owner, ok := t.Owner(tenant)
		if !ok {
			continue
		}
		trials := append(changes(ctx, t, m, "anonwrite", owner.Name, evidence.Anonymous, false), creation(ctx, t, m, owner.Name))
		for _, trial := range trials {
			out.Trials = append(out.Trials, trial)
			if trial.Write.Sent() {
				out.Orders = append(out.Orders, malformed(ctx, t, trial))
			}
		}
		return // one tenant's objects prove as much as all
	}
}

// creation makes an object without a login and looks for it in the owner's list.
func creation(ctx context.Context, t *gather.Tools, m maker, owner string) artifact.WriteTrial {
	trial := artifact.WriteTrial{
		Class: "anonwrite", Route: m.create.ID, Verb: m.create.Method, Noun: m.noun, Owner: owner, Who: evidence.Anonymous,
		Tag: gather.Canary("lrw-"), Skipped: m.skipped,
	}
	values, ok := parents(t, m, owner)
	target, filled := m.create.Fill(values)
	contentType, body, made := m.body(t, owner, trial.Tag)
	switch {
	case m.skipped.Reason != "":
		return trial
	case !ok || !filled || !made:
		trial.Skipped = artifact.Skip{Reason: check.Undeclared, Why: "how to make one is not known; declare it under resources: with create"}
		return trial
	case m.list == "":
		trial.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "there is no list in which the owner would see the object"}
		return trial
	}
	trial.Before = t.Ask(ctx, look("before", owner, target))[0].Attempt
	c := &canary{maker: m, owner: owner, tag: trial.Tag, values: values}
	trial.Write = t.Write(ctx, gather.Ask{Name: "write", Who: evidence.Anonymous, Request: write(m.create.Method, target, contentType, body)},
		c.entry(), func(got gather.Answered) *journal.Entry { return c.learn(got) }).Attempt
	trial.After = gather.Attempts(t.Ask(ctx, look("after", owner, target)))
	return trial
}

// malformed asks the same route with a body that cannot be parsed: which of
// the two refusals comes first tells whether the login is checked first.
func malformed(ctx context.Context, t *gather.Tools, trial artifact.WriteTrial) artifact.Asked {
	asked := artifact.Asked{Route: trial.Route, Order: []artifact.Attempt{named("A6 valid", trial.Write)}}
	ex, err := t.Exchange(trial.Write.Ref)
	if err != nil || ex == nil || trial.Verb == "DELETE" {
		return asked
	}
	r := write(trial.Verb, ex.Request.URL, jsonType, []byte(`{"lr": `))
	got := t.InOrder(ctx, gather.Ask{Name: "A6 malformed", Who: evidence.Anonymous, Request: r})[0]
	asked.Order = append(asked.Order, got.Attempt)
	return asked
}

func named(name string, a artifact.Attempt) artifact.Attempt {
	a.Name = name
	return a
}

// orders asks every write route without a login: with a body no handler can
// accept, a condition that never holds (RFC 9110 §13.1.1), and ids that do not
// exist, so that a hole answers without anything being changed.
func orders(ctx context.Context, t *gather.Tools) []artifact.Asked {
	var asked []*artifact.Asked
	var batch gather.Batch
	for _, r := range gather.Made[artifact.Inventory](t, artifact.Inventories).Routes {
		if r.Safe() || r.Public != "" || r.Kind == "login" || r.Kind == "logout" || r.Kind == "graphql" || r.Origin != "" {
			continue
		}
		a := &artifact.Asked{Route: r.ID}
		asked = append(asked, a)
		target, ok := r.Fill(nowhere(t, r))
		switch {
		case r.Never:
			a.Skipped = artifact.Skip{Reason: check.EffectRefused, Why: "on routes.never"}
		case !ok:
			a.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "no id of it is known"}
		default:
			for _, try := range invalid(r, target) {
				batch.Add(try, func(got gather.Answered) { a.Tries = append(a.Tries, got.Attempt) })
			}
		}
	}
	batch.Send(ctx, t)
	out := make([]artifact.Asked, len(asked))
	for i, a := range asked {
		out[i] = *a
	}
	return out
}

func invalid(r artifact.Route, target string) []gather.Ask {
	base := write(r.Method, target, jsonType, []byte(`{"lr-invalid": true}`))
	if r.Method == "DELETE" {
		base = write(r.Method, target, "", nil)
	}
	base.Header = append(base.Header, field("If-Match", `"lr-never"`))
	ask := func(name string, extra ...evidence.Field) gather.Ask {
		q := base
		q.Header = append(append([]evidence.Field(nil), base.Header...), extra...)
		return gather.Ask{Name: name, Who: evidence.Anonymous, Request: q}
	}
	return []gather.Ask{
		ask("A0 invalid"),
		ask("A1 garbage bearer", field("Authorization", "Bearer lrinvalid.0000000000000000.aaaaaaaaaaaa")),
		ask("A2 empty bearer", field("Authorization", "Bearer ")),
	}
}

// nowhere binds a route's parameters to ids of the right form that do not exist.
func nowhere(t *gather.Tools, r artifact.Route) artifact.Values {
	values := artifact.Values{}
	for _, name := range r.PathParams() {
		values[name] = "999999937"
		for _, p := range r.Params {
			if p.Name == name && p.In == "path" && p.Format == "uuid" {
				values[name] = "6f1c2f0a-7d3b-4a56-9c1e-2b8d4e5f6071"
			}
		}
		for _, o := range gather.Made[artifact.Corpus](t, artifact.Corpora).Objects {
			if o.Noun != "" && o.Noun == nounOf(r, name) {
				values[name] = normal.Unlike(o.ID)
				break
			}
		}
	}
	return values
}

func nounOf(r artifact.Route, param string) string {
	for _, p := range r.Params {
		if p.Name == param && p.Noun != "" {
			return p.Noun
		}
	}
	return normal.NounOf(param)
}
