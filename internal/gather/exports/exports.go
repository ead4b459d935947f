// Package exports tries exports, their jobs and downloads with another
// tenant's session, and signed links without one.
package exports

import (
	"context"
	"net/url"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// class is the check that judges the trials.
const class = "exportswap"

// maxRequests caps the whole gatherer: exports are dear to a portal.
const maxRequests = 400

// Gatherer tries exports, jobs and links.
func Gatherer() gather.Gatherer {
	return gather.Gatherer{
		Name:    "exports",
		Doc:     "asks for one tenant's exports, jobs and links with another tenant's session",
		Makes:   artifact.Exported.Name(),
		Needs:   []string{artifact.Inventories.Name(), artifact.Corpora.Name(), artifact.SignIns.Name()},
		Wants:   []string{artifact.Baselines.Name()},
		Effects: []portal.Effect{portal.Look, portal.SignIn},
		Budget:  budget,
		Gather:  run,
	}
}

// exporter is one run of the gatherer.
type exporter struct {
	*gather.Tools
	inventory *artifact.Inventory
	corpus    *artifact.Corpus
	found     []link // signed links met on the way
	out       artifact.Exports
}

func newExporter(t *gather.Tools) *exporter {
	e := &exporter{
		Tools:     t,
		inventory: gather.Made[artifact.Inventory](t, artifact.Inventories),
		corpus:    gather.Made[artifact.Corpus](t, artifact.Corpora),
	}
	if e.inventory == nil {
		e.inventory = &artifact.Inventory{}
	}
	if e.corpus == nil {
		e.corpus = &artifact.Corpus{}
	}
	return e
}

func budget(t *gather.Tools) int {
	e := newExporter(t)
	n := 0
	for _, r := range e.inventory.Routes {
		switch {
		case !gather.Exporting(r):
		case gather.Reads(r):
			n += 8 * len(t.Tenants())
		case submits(r):
			n += 30 * len(t.Tenants())
		}
	}
	n += 4 * maxLinks
	if !t.Quick {
		n += maxScans
	}
	return min(maxRequests, n+n/10+20)
}

func run(ctx context.Context, t *gather.Tools) (any, error) {
	e := newExporter(t)
	e.direct(ctx)
	e.queued(ctx)
	e.scan(ctx)
	e.links(ctx)
	return &e.out, nil
}

// shot is one export asked for by its owner and a stranger.
type shot struct {
	route           artifact.Route
	owner, stranger artifact.Identity
	id, noID        string
	object          artifact.Object
	target, no      string // the owner's, and one that names nothing
	own, ownID      string // the stranger's own
	job             *job
	p, p2           gather.Answered
	x, n, q, a      gather.Answered
	filter          string // the target with the owner's tenant as a filter
	f               gather.Answered
}

// direct tries exports that a GET answers at once.
func (e *exporter) direct(ctx context.Context) {
	var all []*shot
	for _, r := range e.inventory.Routes {
		if !gather.Exporting(r) || !gather.Reads(r) {
			continue
		}
		if r.HeldBack != "" {
			e.skip(r, check.EffectRefused, r.HeldBack)
			continue
		}
		shots := e.shots(r)
		if len(shots) == 0 && !e.ofJob(r) {
			e.skip(r, check.NoPositiveControl, "nothing that one tenant owns is known to export")
		}
		all = append(all, shots...)
	}
	e.shoot(ctx, all)
}

func (e *exporter) skip(r artifact.Route, reason check.Reason, why string) {
	e.out.Trials = append(e.out.Trials, artifact.ExportTrial{Swap: artifact.Swap{
		Class: class, Route: r.ID, Noun: r.Noun, Skipped: artifact.Skip{Reason: reason, Why: why},
	}})
}

// shots returns a route's trials, one per ordered pair of tenants.
func (e *exporter) shots(r artifact.Route) []*shot {
	var out []*shot
	for _, tenant := range e.Tenants() {
		owner, ok := e.Owner(tenant)
		mine := e.bind(r, tenant)
		if !ok || mine == nil {
			continue
		}
		for _, who := range first(e.Strangers(tenant)) {
			s := &shot{route: r, owner: owner, stranger: who, object: mine.object, id: mine.id()}
			if i := mine.object.Owner; i != "" && e.As(i) != nil {
				s.owner = artifact.Identity{Name: i}
			}
			s.target, _ = r.Fill(mine.values)
			if mine.param != "" {
				s.noID = normal.Unlike(s.id)
				s.no, _ = r.Fill(mine.with(s.noID))
			}
			if ids := e.TenantIDs(tenant); mine.param == "" && len(ids) > 0 {
				s.filter = withFilter(s.target, ids[0])
			}
			if own := e.bind(r, who.Tenant); own != nil {
				s.own, _ = r.Fill(own.values)
				s.ownID = own.id()
			}
			out = append(out, s)
		}
	}
	return out
}

func first[T any](s []T) []T { return s[:min(1, len(s))] }

// shoot sends trials: owners first, then strangers.
func (e *exporter) shoot(ctx context.Context, all []*shot) {
	var batch gather.Batch
	for _, s := range all {
		add(&batch, &s.p, get("P", s.owner.Name, s.target))
		add(&batch, &s.p2, get("P2", s.owner.Name, s.target))
	}
	batch.Send(ctx, e.Tools)
	for _, s := range all {
		add(&batch, &s.x, e.strange("X", s.stranger.Name, s.target))
		add(&batch, &s.a, e.strange("A", evidence.Anonymous, s.target))
		if s.no != "" {
			add(&batch, &s.n, e.strange("N", s.stranger.Name, s.no))
		}
		if s.filter != "" {
			add(&batch, &s.f, get("X filter tenant", s.stranger.Name, s.filter))
		}
		if s.own != "" && s.own != s.target {
			add(&batch, &s.q, get("Q", s.stranger.Name, s.own))
		} else if p := e.As(s.stranger.Name).Probe; p != nil {
			add(&batch, &s.q, gather.Ask{Name: "Q", Who: s.stranger.Name, Request: gather.ProbeRequest(p.Request)})
		}
	}
	batch.Send(ctx, e.Tools)
	for _, s := range all {
		e.found = append(e.found, linksIn(s.p, s.owner.Name, e.Target.URL)...)
		e.record(s)
	}
}

func (e *exporter) record(s *shot) {
	trial := artifact.ExportTrial{Swap: artifact.Swap{
		Class: class, Route: s.route.ID, Noun: s.object.Noun, ID: s.id, NoID: s.noID, OwnID: s.ownID,
		Guess: s.object.Guess, Owner: s.owner.Name, Stranger: s.stranger.Name, Marker: s.object.Marker,
	}}
	for _, a := range []gather.Answered{s.p, s.p2, s.x, s.n, s.q, s.a} {
		if a.Name != "" {
			trial.Core = append(trial.Core, a.Attempt)
		}
	}
	if s.f.Name != "" {
		trial.Variants = []artifact.Attempt{s.f.Attempt}
	}
	if s.job != nil {
		trial.Submit, trial.Polls = s.job.submit.Attempt, gather.Attempts(s.job.polls)
	}
	e.out.Trials = append(e.out.Trials, trial)
}

// withFilter names a tenant under the common names of such a filter.
func withFilter(target, tenant string) string {
	sep := "?"
	if strings.Contains(target, "?") {
		sep = "&"
	}
	for _, key := range []string{"tenantId", "tenant_id", "tenant", "orgId", "org_id", "accountId"} {
		target += sep + key + "=" + url.QueryEscape(tenant)
		sep = "&"
	}
	return target
}

func get(name, who, target string) gather.Ask {
	return gather.Ask{Name: name, Who: who, Request: wire.Request{Method: "GET", URL: target}}
}

// strange is a GET that a portal should refuse, by a server error if that is its way.
func (e *exporter) strange(name, who, target string) gather.Ask {
	a := get(name, who, target)
	a.Request.Expect5xx = e.FailsToRefuse()
	return a
}

func add(b *gather.Batch, into *gather.Answered, a gather.Ask) {
	b.Add(a, func(got gather.Answered) { *into = got })
}

func ok2xx(a gather.Answered) bool {
	return a.Unproven == "" && a.Answer != nil && a.Answer.Status/100 == 2
}

// ofJob reports whether a route's objects come from jobs that this run submits.
func (e *exporter) ofJob(r artifact.Route) bool {
	for _, p := range e.inventory.Routes {
		if submits(p) && strings.HasPrefix(r.Template, p.Template+"/{") && p.Origin == r.Origin {
			return true
		}
	}
	return false
}
