// Package graph asks a GraphQL endpoint for owners' objects as strangers: one
// query for each field that takes an id, and one for each list.
package graph

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

const (
	// maxFields bounds the fields asked, maxTrials the pairs of all fields.
	maxFields, maxTrials = 40, 120
	perTrial             = 8
)

// Gatherer makes the GraphQL transcript.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:    "graph",
		Doc:     "asks GraphQL for owners' objects as strangers",
		Makes:   artifact.Graphed.Name(),
		Needs:   []string{artifact.SignIns.Name(), artifact.Inventories.Name(), artifact.Corpora.Name()},
		Wants:   []string{artifact.Baselines.Name()},
		Effects: []portal.Effect{portal.Look},
		Budget:  func(*gather.Tools) int { return maxTrials * perTrial },
		Gather:  func(ctx context.Context, t *gather.Tools) (any, error) { return ask(ctx, t), nil },
	}
}

func ask(ctx context.Context, t *gather.Tools) *artifact.Graph {
	out := &artifact.Graph{}
	people := t.People()
	if len(people) == 0 {
		return out
	}
	endpoint, probes := find(ctx, t, people[0].Name)
	out.Probes = probes
	if endpoint == "" {
		out.None = allCount(probes)
		return out
	}
	out.Endpoint = endpoint
	schema, how := introspect(ctx, t, endpoint, people[0].Name)
	out.Probes = append(out.Probes, how)
	q := asking{Tools: t, endpoint: endpoint}
	tenants := t.Tenants()
	if t.Quick && len(tenants) > 0 {
		tenants = tenants[:1]
	}
	for _, f := range schema.questions(maxFields) {
		for _, tenant := range tenants {
			if owner, ok := t.Owner(tenant); ok && len(q.trials) < maxTrials {
				q.pairs(ctx, f, owner)
			}
		}
	}
	q.batch.Send(ctx, t)
	for _, trial := range q.trials {
		out.Trials = append(out.Trials, *trial)
	}
	return out
}

// asking collects what strangers ask of all fields, so that it travels together.
type asking struct {
	*gather.Tools
	endpoint string
	trials   []*artifact.Swap
	batch    gather.Batch
}

func (q *asking) post(name, who, query string) gather.Ask { return post(name, who, q.endpoint, query) }

// core adds an ask whose answer belongs to the core of some trials.
func (q *asking) core(a gather.Ask, of ...*artifact.Swap) {
	q.batch.Add(a, func(got gather.Answered) {
		for _, trial := range of {
			trial.Core = append(trial.Core[:len(trial.Core):len(trial.Core)], got.Attempt)
		}
	})
}

// variant adds an ask whose answer is a variant of a trial.
func (q *asking) variant(a gather.Ask, trial *artifact.Swap) {
	q.batch.Add(a, func(got gather.Answered) { trial.Variants = append(trial.Variants, got.Attempt) })
}

// allCount reports whether every probe decided something, so that "there is
// no GraphQL here" is proved and not merely unseen.
func allCount(probes []artifact.Attempt) bool {
	for _, p := range probes {
		if p.Unproven != "" {
			return false
		}
	}
	return len(probes) > 0
}

// usual are the places where GraphQL is usually served.
var usual = []string{"/graphql", "/api/graphql", "/v1/graphql", "/query"}

// find returns the endpoint that answers a query, and how the places answered.
func find(ctx context.Context, t *gather.Tools, who string) (string, []artifact.Attempt) {
	var places []string
	for _, r := range gather.Made[artifact.Inventory](t, artifact.Inventories).Routes {
		if r.Kind == "graphql" && !r.Never {
			places = append(places, r.Origin+r.Template)
		}
	}
	if len(places) == 0 {
		places = usual
	}
	var asks []gather.Ask
	for _, p := range places {
		asks = append(asks, post("graphql "+p, who, p, "{ __typename }"))
	}
	answers := t.Ask(ctx, asks...)
	for i, got := range answers {
		if got.Answer == nil {
			continue
		}
		var said struct {
			Data struct {
				Typename string `json:"__typename"`
			} `json:"data"`
		}
		if json.Unmarshal(got.Answer.Body, &said) == nil && said.Data.Typename != "" {
			return places[i], gather.Attempts(answers)
		}
	}
	return "", gather.Attempts(answers)
}

// post asks a query; it holds no mutation, so it counts as a look.
func post(name, who, endpoint, query string) gather.Ask {
	body, _ := json.Marshal(map[string]string{"query": query})
	return gather.Ask{Name: name, Who: who, Request: wire.Request{
		Method: "POST", URL: endpoint, Body: body, Effect: portal.Look,
		Header: []evidence.Field{{Name: "Content-Type", Value: "application/json"}, {Name: "Accept", Value: "application/json"}},
	}}
}

// pairs asks one field as the owner and as each stranger of its tenant.
func (q *asking) pairs(ctx context.Context, f question, owner artifact.Identity) {
	if f.list {
		q.lists(ctx, f, owner)
		return
	}
	id, p, found := positive(ctx, q.Tools, q.endpoint, f, owner)
	if !found {
		q.trials = append(q.trials, &artifact.Swap{
			Class: "graphnode", Route: "QUERY " + f.name, Owner: owner.Name,
			Skipped: artifact.Skip{Reason: check.NoPositiveControl, Why: "no object of " + owner.Name + " is found by it"},
		})
		return
	}
	none := normal.Unlike(id)
	var of []*artifact.Swap
	for _, s := range q.Strangers(owner.Tenant) {
		trial := &artifact.Swap{
			Class: "graphnode", Route: "QUERY " + f.name, Noun: f.noun, ID: id, NoID: none,
			Guess: !normal.Unique(normal.Format(id)), Owner: owner.Name, Stranger: s.Name, Core: p,
		}
		of = append(of, trial)
		q.core(q.post("X", s.Name, f.ask(id)), trial)
		q.core(q.post("N", s.Name, f.ask(none)), trial)
		if trial.OwnID = ownID(q.Tools, f, s.Tenant); trial.OwnID != "" {
			q.core(q.post("Q", s.Name, f.ask(trial.OwnID)), trial)
		}
		if trial.OwnID != "" && len(of) == 1 && !q.Quick {
			q.variant(q.post("X alias", s.Name, f.aliased(trial.OwnID, id)), trial)
			q.core(q.post("N alias", s.Name, f.aliased(trial.OwnID, none)), trial)
		}
	}
	q.core(q.post("A", evidence.Anonymous, f.ask(id)), of...)
	q.trials = append(q.trials, of...)
}

// lists asks a list field as both sides; there is no id to deny.
func (q *asking) lists(ctx context.Context, f question, owner artifact.Identity) {
	p := gather.Attempts(q.Ask(ctx, q.post("P", owner.Name, f.ask("")), q.post("P2", owner.Name, f.ask(""))))
	var of []*artifact.Swap
	for _, s := range q.Strangers(owner.Tenant) {
		trial := &artifact.Swap{Class: "graphlist", Route: "QUERY " + f.name, Noun: f.noun, Owner: owner.Name, Stranger: s.Name, Core: p}
		of = append(of, trial)
		q.core(q.post("X", s.Name, f.ask("")), trial)
	}
	q.core(q.post("A", evidence.Anonymous, f.ask("")), of...)
	q.trials = append(q.trials, of...)
}

// positive finds an id of the owner that the field answers with an object: as
// it stands, or as a global id ("Type:id" or its base64, as Relay servers make it).
func positive(ctx context.Context, t *gather.Tools, endpoint string, f question, owner artifact.Identity) (string, []artifact.Attempt, bool) {
	for _, id := range ids(t, f, owner.Tenant) {
		got := t.Ask(ctx, post("P", owner.Name, endpoint, f.ask(id)), post("P2", owner.Name, endpoint, f.ask(id)))
		if got[0].Unproven == "" && got[0].Answer != nil && f.answered(got[0].Answer.Body) {
			return id, gather.Attempts(got), true
		}
	}
	return "", nil, false
}

// ids are the ids of a tenant's own objects that the field may take.
func ids(t *gather.Tools, f question, tenant string) []string {
	const most = 9
	var out []string
	for _, o := range gather.Made[artifact.Corpus](t, artifact.Corpora).Objects {
		if o.Tenant != tenant || o.Ambiguous || len(out) >= most || (f.noun != "" && o.Noun != f.noun) {
			continue
		}
		out = append(out, o.ID)
		if f.noun == "" {
			kind := strings.ToUpper(o.Noun[:min(1, len(o.Noun))]) + o.Noun[min(1, len(o.Noun)):]
			global := kind + ":" + o.ID
			out = append(out, global, base64.StdEncoding.EncodeToString([]byte(global)))
		}
	}
	if f.integer {
		return integers(out)
	}
	return out
}

func integers(all []string) []string {
	var out []string
	for _, id := range all {
		if _, err := strconv.ParseInt(id, 10, 64); err == nil {
			out = append(out, id)
		}
	}
	return out
}

// ownID is an id of the stranger's own tenant, best of the form that worked.
func ownID(t *gather.Tools, f question, tenant string) string {
	if own := ids(t, f, tenant); len(own) > 0 {
		return own[0]
	}
	return ""
}
