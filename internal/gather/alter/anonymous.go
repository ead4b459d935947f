package alter

import (
	"context"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/canary"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/portal"
)

// Anonymous makes the transcript of writes without a login.
func Anonymous() gather.Gatherer {
	return gather.Gatherer{
		Name:     "anonwrite",
		Doc:      "writes without a login, on objects made for it",
		Makes:    artifact.AnonWrites.Name(),
		Needs:    []string{artifact.SignIns.Name(), artifact.Inventories.Name(), artifact.Corpora.Name()},
		Wants:    []string{artifact.Baselines.Name()},
		Thorough: true,
		Effects:  []portal.Effect{portal.Look, portal.SignIn, portal.Write},
		Budget:   func(*gather.Tools) int { return maxTrials * perTrial },
		Gather: func(ctx context.Context, t *gather.Tools) (any, error) {
			r := newRound(t)
			for _, m := range canary.Makers(t) {
				r.unsigned(ctx, t, m)
			}
			out := &artifact.WriteTrials{Orders: orders(ctx, t)} // meanwhile the writes may show
			r.settle(ctx, t)
			out.Trials = r.made()
			for _, trial := range out.Trials {
				if trial.Write.Sent() {
					out.Orders = append(out.Orders, malformed(ctx, t, trial))
				}
			}
			return out, nil
		},
	}
}

// unsigned writes to the objects of one noun without a login; one tenant's
// objects prove as much as all.
func (r *round) unsigned(ctx context.Context, t *gather.Tools, m canary.Maker) {
	for _, tenant := range t.Tenants() {
		owner, ok := t.Owner(tenant)
		if !ok || ctx.Err() != nil {
			continue
		}
		r.changes(ctx, t, m, "anonwrite", owner.Name, evidence.Anonymous, verbs(m))
		r.creation(ctx, t, m, artifact.WriteTrial{Class: "anonwrite", Owner: owner.Name, Who: evidence.Anonymous})
		return
	}
}

// malformed asks the same route with a body that cannot be parsed: which of
// the two refusals comes first tells whether the login is checked first.
func malformed(ctx context.Context, t *gather.Tools, trial artifact.WriteTrial) artifact.Asked {
	asked := artifact.Asked{Route: trial.Route, Order: []artifact.Attempt{named("A6 valid", trial.Write)}}
	ex, err := t.Exchange(trial.Write.Ref)
	if err != nil || ex == nil || trial.Verb == "DELETE" || strings.Contains(evidence.Get(ex.Request.Header, "Content-Type"), "form") {
		return asked // nothing is a malformed form
	}
	r := canary.Write(trial.Verb, ex.Request.URL, canary.JSONType, []byte(`{"lr": `))
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
	base := canary.Write(r.Method, target, canary.JSONType, []byte(`{"lr-invalid": true}`))
	if strings.Contains(r.BodyType, "form") { // a portal's own form holds its token, which is asked for before the login
		base = canary.Write(r.Method, target, canary.FormType, []byte("lr-invalid=1"))
	}
	if r.Method == "DELETE" {
		base = canary.Write(r.Method, target, "", nil)
	}
	base.Header = append(base.Header, canary.Field("If-Match", `"lr-never"`))
	ask := func(name string, extra ...evidence.Field) gather.Ask {
		q := base
		q.Header = append(append([]evidence.Field(nil), base.Header...), extra...)
		return gather.Ask{Name: name, Who: evidence.Anonymous, Request: q}
	}
	return []gather.Ask{
		ask("A0 invalid"),
		ask("A1 garbage bearer", canary.Field("Authorization", "Bearer lrinvalid.0000000000000000.aaaaaaaaaaaa")),
		ask("A2 empty bearer", canary.Field("Authorization", "Bearer ")),
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
