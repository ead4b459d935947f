// Package engine runs an audit: plan, gather, restore, judge. It prints
// nothing and knows no flags; checks and gatherers are handed to it.
package engine

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/bundle"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/redact"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// Config is what an audit is made of.
type Config struct {
	Portal    *portal.Portal
	Target    *portal.Target
	Gatherers []gather.Gatherer
	Checks    []check.Check // the selected ones
	Only      []string      // rows they were selected by; nil: all
	Artifacts []string      // artifacts wanted beside what the checks read
	Quick     bool          // about a quarter of the requests
	Dir       string        // where the bundle is written
	Limit     int           // requests of the whole run; 0: the sum of the budgets
	Version   string
	Handles   []check.Need // every artifact handle, to read the bundle back
	Progress  func(Progress)
}

// Progress is where a run stands.
type Progress struct {
	Gatherer string // at work now
	Doc      string
	Step     int // of Steps
	Steps    int
	Sent     int           // requests so far
	Budget   int           // at most this many in the whole run, as far as it is known
	Left     time.Duration // at most, at the granted rate
	Line     string        // something worth a line; most events have none
}

// Result is a finished run: findings and the bundle they were judged from.
type Result struct {
	Manifest bundle.Manifest
	Findings []check.Finding
	Broken   []string        // checks that could not finish; Manifest.Errors has the rest
	Left     []journal.Entry // changes that could not be undone
	Made     map[string]any  // artifacts by name
	Writer   *bundle.Writer
}

// run is one audit at work.
type run struct {
	Config
	ctx    context.Context
	id     string
	writer *bundle.Writer
	wire   *wire.Client
	tools  *gather.Tools
	plan   *Plan

	mu      sync.Mutex
	at      Progress
	made    map[string]any
	missing map[string]check.Missing
	errors  []string
}

// Run acts on the target within what it grants and judges what was gathered.
// An interrupted run (ctx done) still restores, signs out and judges; what it
// did not reach is unproven. The error is for runs that could not begin.
func Run(ctx context.Context, c Config) (*Result, error) {
	started := time.Now()
	r, err := begin(ctx, c)
	if err != nil {
		return nil, err
	}
	defer r.wire.Close()
	for _, g := range r.plan.Gatherers {
		r.gather(g)
	}
	r.countRenewals()
	left := r.restore()
	notes := r.notes()
	findings, broken := Judge(c.Checks, r.writer.Source(c.Handles))
	res := &Result{Findings: findings, Broken: broken, Left: left, Made: r.made, Writer: r.writer}
	res.Manifest = bundle.Manifest{
		Tool: c.Version, Run: r.id, Portal: c.Portal.Name, Target: c.Target.Name, URL: c.Target.URL,
		StartedAt: started.UTC().Truncate(time.Millisecond), Took: time.Since(started).Truncate(time.Millisecond),
		Only: c.Only, Effects: r.plan.Effects,
		Requests: bundle.Requests{Sent: r.wire.Sent(), Refused: r.wire.Refused(), By: r.wire.SentBy()},
		Missing:  r.missing, Errors: r.errors, Notes: notes, Interrupted: ctx.Err() != nil,
	}
	return res, nil
}

func begin(ctx context.Context, c Config) (*run, error) {
	plan, err := NewPlan(c)
	if err != nil {
		return nil, err
	}
	w, err := bundle.Create(c.Dir)
	if err != nil {
		return nil, err
	}
	r := &run{
		Config: c, ctx: ctx, id: newID(), writer: w, plan: plan,
		made: map[string]any{}, missing: map[string]check.Missing{},
	}
	r.at.Steps = len(plan.Gatherers)
	for name, m := range plan.Missing {
		r.miss(name, m)
	}
	red := redact.New(randomKey())
	for _, s := range c.Portal.Secret {
		red.Add("password", s.Reveal())
	}
	r.wire, err = wire.New(wire.Config{
		Run: r.id, Version: c.Version, Target: c.Target, Never: c.Portal.Routes.Never, Redactor: red,
		Record: w.Record, Limit: c.Limit, Sent: r.sent,
	})
	if err != nil {
		return nil, err
	}
	jr, err := journal.Open(filepath.Join(c.Dir, journal.File))
	if err != nil {
		return nil, err
	}
	jr.Redact = red.Body
	snapshot, err := c.Portal.SnapshotJSON()
	if err != nil {
		return nil, err
	}
	if err := w.Portal(snapshot); err != nil {
		return nil, err
	}
	err = w.Begin(bundle.Manifest{
		Tool: c.Version, Run: r.id, Portal: c.Portal.Name, Target: c.Target.Name, URL: c.Target.URL,
		StartedAt: time.Now().UTC().Truncate(time.Millisecond), Only: c.Only, Effects: plan.Effects,
	})
	if err != nil {
		return nil, err
	}
	r.tools = gather.NewTools(c.Portal, c.Target, r.artifact, r.say)
	r.tools.Wire, r.tools.Journal, r.tools.Run, r.tools.Quick = r.wire, jr, r.id, c.Quick
	r.tools.Exchange, r.tools.Recorded = w.Exchange, w.Refs
	return r, nil
}

// gather runs one gatherer; whatever goes wrong leaves its artifact missing
// with a reason, never half read as whole.
func (r *run) gather(g gather.Gatherer) {
	r.step(g)
	if r.ctx.Err() != nil {
		r.miss(g.Makes, check.Missing{Reason: check.NotExamined, Why: "the run was interrupted"})
		return
	}
	for _, need := range g.Needs {
		if m, gone := r.missing[need]; gone {
			r.miss(g.Makes, check.Missing{Reason: m.Reason, Why: fmt.Sprintf("needs %s: %s", need, m.Why)})
			return
		}
	}
	t := r.tools.For(g.Name)
	if g.Budget != nil {
		r.wire.SetBudget(g.Name, g.Budget(t))
		defer r.wire.SetBudget(g.Name, -1) // alive probes go on in its name
	}
	v, err := guarded(r.ctx, g, t)
	var undecided gather.Undecided
	if err != nil && r.ctx.Err() == nil && !errors.As(err, &undecided) {
		r.errors = append(r.errors, fmt.Sprintf("gather %s: %v", g.Name, err))
	}
	switch {
	case undecided.Reason != "":
		r.miss(g.Makes, check.Missing{Reason: undecided.Reason, Why: undecided.Why})
	case err != nil && r.ctx.Err() != nil:
		r.miss(g.Makes, check.Missing{Reason: check.NotExamined, Why: "the run was interrupted"})
	case err != nil:
		reason := gather.Refusal(err)
		if reason == check.Unstable {
			reason = check.RunError
		}
		r.miss(g.Makes, check.Missing{Reason: reason, Why: err.Error()})
	case v == nil:
		r.miss(g.Makes, check.Missing{Reason: check.NotExamined, Why: g.Name + " gathered nothing"})
	default:
		if err := r.writer.Artifact(g.Makes, v); err != nil {
			r.errors = append(r.errors, err.Error())
			r.miss(g.Makes, check.Missing{Reason: check.RunError, Why: err.Error()})
			return
		}
		r.mu.Lock()
		r.made[g.Makes] = v
		r.mu.Unlock()
	}
}

func guarded(ctx context.Context, g gather.Gatherer, t *gather.Tools) (v any, err error) {
	defer func() {
		if p := recover(); p != nil {
			v, err = nil, fmt.Errorf("panic: %v", p)
		}
	}()
	return g.Gather(ctx, t)
}

func (r *run) artifact(name string) any {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.made[name]
}

func (r *run) miss(name string, m check.Missing) {
	r.missing[name] = m
	r.writer.Missing(name, m)
}

func (r *run) step(g gather.Gatherer) {
	rest := 0
	for _, later := range r.plan.Gatherers[r.at.Step:] {
		if later.Budget != nil {
			rest += later.Budget(r.tools.For(later.Name))
		}
	}
	r.mu.Lock()
	r.at.Step++
	r.at.Gatherer, r.at.Doc = g.Name, g.Doc
	r.at.Budget = r.at.Sent + rest
	r.mu.Unlock()
	r.report("")
}

func (r *run) sent(string) {
	r.mu.Lock()
	r.at.Sent++
	r.mu.Unlock()
	r.report("")
}

func (r *run) say(line string) { r.report(line) }

func (r *run) report(line string) {
	if r.Progress == nil {
		return
	}
	r.mu.Lock()
	at := r.at
	r.mu.Unlock()
	at.Line = line
	if r.Target.Rate > 0 {
		at.Left = time.Duration(float64(max(0, at.Budget-at.Sent)) / r.Target.Rate * float64(time.Second))
	}
	r.Progress(at)
}

func newID() string {
	return time.Now().UTC().Format("20060102-150405-") + hex.EncodeToString(randomKey()[:3])
}

func randomKey() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return b
}

var errNothing = errors.New("no check is selected")
