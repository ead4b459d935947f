// Package gathertest gives tests of gatherers what the engine gives them in a
// run: identities signed in on a portal, tools with a wire, and a place for
// artifacts and evidence.
package gathertest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/redact"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// Run is a run of some gatherers on one portal.
type Run struct {
	*gather.Tools

	mu        sync.Mutex
	exchanges map[evidence.Ref]*evidence.Exchange
	order     []evidence.Ref
	made      map[string]any
}

// Start parses a portal.yaml and signs every identity in on its first target.
func Start(t testing.TB, description string) *Run {
	t.Helper()
	p, err := portal.Parse("portal.yaml", []byte(description), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatalf("read the description: %v\n%s", err, description)
	}
	p.Dir = t.TempDir()
	r := &Run{exchanges: map[evidence.Ref]*evidence.Exchange{}, made: map[string]any{}}
	target := p.Targets[0]
	target.Rate = 5000 // a test waits for nobody
	client, err := wire.New(wire.Config{
		Run: "test", Target: target, Never: p.Routes.Never, Redactor: redact.New([]byte("a key of thirty-two bytes or more")), Record: r.record,
	})
	if err != nil {
		t.Fatalf("set up the wire: %v", err)
	}
	t.Cleanup(client.Close)
	r.Tools = gather.NewTools(p, target, func(name string) any { return r.made[name] }, func(string) {})
	r.Wire, r.Exchange, r.Recorded = client, r.exchange, r.recorded
	r.Sessions[evidence.Anonymous] = login.New(nil, nil, login.Way{Client: client, Target: target})
	if err := r.signIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *Run) signIn(ctx context.Context) error {
	var sessions artifact.Sessions
	for _, id := range r.Portal.Identities {
		s := login.New(id, r.Portal.Logins[id.Login], login.Way{Client: r.Wire, Target: r.Target})
		if err := s.SignIn(ctx); err != nil {
			return fmt.Errorf("sign in %s: %w", id.Name, err)
		}
		if _, err := login.ChooseProbe(ctx, s, nil, nil, r.Anonymous()); err != nil {
			return fmt.Errorf("choose the probe of %s: %w", id.Name, err)
		}
		r.Sessions[id.Name] = s
		sessions.Identities = append(sessions.Identities, artifact.Identity{
			Name: id.Name, Tenant: id.Tenant, Role: id.Role, User: id.User, Disposable: id.Disposable, SignedIn: true, Sends: s.Sends(), Facts: s.Facts(),
		})
	}
	r.Put(artifact.SignIns.Name(), &sessions)
	return nil
}

// Put keeps an artifact for the gatherers that need it.
func (r *Run) Put(name string, v any) { r.made[name] = v }

// Gather runs a gatherer and keeps what it makes.
func (r *Run) Gather(t testing.TB, g gather.Gatherer) any {
	t.Helper()
	for _, need := range g.Needs {
		if r.made[need] == nil {
			t.Fatalf("gatherer %s needs %s, which nobody made", g.Name, need)
		}
	}
	made, err := g.Gather(t.Context(), r.For(g.Name))
	if err != nil {
		t.Fatalf("gather %s: %v", g.Name, err)
	}
	r.Put(g.Makes, made)
	return made
}

// Sent returns how many requests of a gatherer were sent.
func (r *Run) Sent(by string) int { return r.Wire.SentBy()[by] }

func (r *Run) record(e *evidence.Exchange) (evidence.Ref, error) {
	raw, err := json.Marshal(e)
	if err != nil {
		return "", fmt.Errorf("encode exchange: %w", err)
	}
	ref := evidence.RefOf(raw)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exchanges[ref] = e
	r.order = append(r.order, ref)
	return ref, nil
}

func (r *Run) recorded() []evidence.Ref {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.order)
}

func (r *Run) exchange(ref evidence.Ref) (*evidence.Exchange, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.exchanges[ref]; e != nil {
		return e, nil
	}
	return nil, fmt.Errorf("no exchange %s", ref.Short())
}
