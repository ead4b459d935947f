package check

import (
	"fmt"
	"sync"

	"github.com/launchready/launchready/evidence"
)

// Source is what a pass judges: artifacts and evidence of one run.
type Source interface {
	// Artifact returns the named artifact, or Missing when it was not gathered.
	Artifact(name string) (any, *Missing)
	// Exchange returns a recorded exchange.
	Exchange(evidence.Ref) (*evidence.Exchange, error)
}

// Missing says why an artifact was not gathered.
type Missing struct {
	Reason Reason `json:"reason"`
	Why    string `json:"why"`
}

// Need names an artifact a check reads. Artifact and Derived implement it.
type Need interface{ Name() string }

// Run is what all passes over one source share: the memo of derived values.
type Run struct {
	Source
	mu   sync.Mutex
	memo map[string]*memo
}

type memo struct {
	once sync.Once
	val  any
	err  error
}

// NewRun returns a Run over src.
func NewRun(src Source) *Run { return &Run{Source: src, memo: map[string]*memo{}} }

// Pass is one check at work over one run.
type Pass struct {
	Check    Check
	run      *Run
	findings []Finding
}

// NewPass returns a pass of c over run.
func NewPass(c Check, run *Run) *Pass { return &Pass{Check: c, run: run} }

// Findings returns what the pass reported so far.
func (p *Pass) Findings() []Finding { return p.findings }

// Exchange returns a recorded exchange; nil for the empty ref.
func (p *Pass) Exchange(ref evidence.Ref) (*evidence.Exchange, error) {
	if ref == "" {
		return nil, nil
	}
	return p.run.Exchange(ref)
}

// Report adds a finding; the check and its severity are filled in.
func (p *Pass) Report(f Finding) {
	f.Check = p.Check.ID
	if f.Severity == "" {
		f.Severity = p.Check.Severity
	}
	p.findings = append(p.findings, f)
}

// OK reports that the property was proven for subject.
func (p *Pass) OK(subject, message string, refs ...evidence.Ref) {
	p.Report(Finding{Outcome: OK, Subject: subject, Message: message, Exhibits: Show("attempt", refs...)})
}

// Fail reports that the property was proven wrong for subject.
func (p *Pass) Fail(subject, message string, refs ...evidence.Ref) {
	p.Report(Finding{Outcome: Fail, Subject: subject, Message: message, Exhibits: Show("attempt", refs...)})
}

// Unproven reports that it could not be decided for subject, and why.
func (p *Pass) Unproven(subject string, reason Reason, message string, refs ...evidence.Ref) {
	p.Report(Finding{Outcome: Unproven, Reason: reason, Subject: subject, Message: message, Exhibits: Show("attempt", refs...)})
}

// NotApplicable reports that it was proven that the property cannot apply.
func (p *Pass) NotApplicable(subject, message string, refs ...evidence.Ref) {
	p.Report(Finding{Outcome: NotApplicable, Subject: subject, Message: message, Exhibits: Show("attempt", refs...)})
}

// Artifact is a typed handle on data made by one gatherer.
type Artifact[T any] struct{ name string }

// NewArtifact returns the handle of the artifact of that name.
func NewArtifact[T any](name string) Artifact[T] { return Artifact[T]{name} }

// Name returns the artifact's name, its file in the bundle.
func (a Artifact[T]) Name() string { return a.name }

// New returns an empty value to decode into.
func (a Artifact[T]) New() any { return new(T) }

// Of returns the artifact. It must stand in the check's Needs.
func (a Artifact[T]) Of(p *Pass) *T {
	v, ok := a.Get(p)
	if !ok {
		panic(fmt.Sprintf("check %s reads artifact %s without needing it", p.Check.ID, a.name))
	}
	return v
}

// Get returns the artifact if it was gathered; for what stands in Wants.
func (a Artifact[T]) Get(p *Pass) (*T, bool) {
	v, missing := p.run.Artifact(a.name)
	if missing != nil {
		return nil, false
	}
	t, ok := v.(*T)
	return t, ok
}

// Missing says why the artifact was not gathered; nil when it was.
func (a Artifact[T]) Missing(p *Pass) *Missing {
	_, m := p.run.Artifact(a.name)
	return m
}

// Derived is a value computed purely from artifacts, once per run.
type Derived[T any] struct {
	name string
	from func(*Pass) (T, error)
}

// Derive returns a handle on the memoised result of from.
func Derive[T any](name string, from func(*Pass) (T, error)) Derived[T] {
	return Derived[T]{name, from}
}

// Of returns the derived value, computing it on first use in the run.
func (d Derived[T]) Of(p *Pass) (T, error) {
	p.run.mu.Lock()
	m := p.run.memo[d.name]
	if m == nil {
		m = &memo{}
		p.run.memo[d.name] = m
	}
	p.run.mu.Unlock()
	m.once.Do(func() { m.val, m.err = d.from(p) })
	v, _ := m.val.(T)
	return v, m.err
}
