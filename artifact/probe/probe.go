// Package probe judges what became of bad input: whether it crashed the
// portal, came back unescaped, was run instead of stored, or was kept although
// the contract forbids it. It is pure; the gatherer of bad input adapts by it
// and the checks of the input row judge by it.
package probe

import (
	"fmt"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Hang is how long an answer may take before it counts as none.
const Hang = 10 * time.Second

// Ground is what answers are judged on.
type Ground struct {
	Judge *refusal.Judge
	Look  func(evidence.Ref) (*evidence.Exchange, error)
	Slow  time.Duration // Hang, shorter in tests
	usual map[string]bool
}

// On returns the ground that a run's baseline gives; it may be nil.
func On(b *artifact.Baseline, look func(evidence.Ref) (*evidence.Exchange, error)) *Ground {
	g := &Ground{Judge: refusal.New(b), Look: look, Slow: Hang, usual: map[string]bool{}}
	if b == nil {
		return g
	}
	for _, k := range b.Known {
		// A path at the root is nobody's id: what it gets is how the portal refuses.
		if k.Kind == "soft404" && k.Prefix == "" && k.Status >= 500 {
			g.usual[k.Normal] = true
		}
	}
	return g
}

// Answer is an attempt and what came back.
type Answer struct {
	artifact.Attempt
	Ex   *evidence.Exchange
	View *normal.View
}

// Load reads what an attempt brought.
func (g *Ground) Load(a artifact.Attempt) (Answer, error) {
	out := Answer{Attempt: a, View: normal.Of(nil, normal.Mask{})}
	if a.Ref == "" {
		return out, nil
	}
	ex, err := g.Look(a.Ref)
	if err != nil {
		return out, fmt.Errorf("read exchange of attempt %s: %w", a.Name, err)
	}
	if ex != nil {
		out.Ex, out.View = ex, normal.Of(ex, normal.Mask{})
	}
	return out, nil
}

// Good reports a positive control: 2xx, or a redirect after a form, that does
// not refuse. An empty list is good: the handler ran.
func (g *Ground) Good(route string, a Answer) bool {
	if a.Ex == nil || a.Unproven != "" {
		return false
	}
	switch {
	case a.View.Class() == 3 && a.Ex.Request.Method != "GET":
		kind, refused := g.Judge.Refuses(route, a.View)
		return !refused || kind == ""
	case a.View.Class() != 2:
		return false
	}
	kind, refused := g.Judge.Refuses(route, a.View)
	return !refused || kind == refusal.Empty
}

// Refused reports an answer that says no, in whatever way; so does one that
// holds nothing where the good one holds something.
func (g *Ground) Refused(route string, a Answer) bool {
	if a.Ex == nil || a.Ex.Status() == 0 {
		return false
	}
	if a.View.Class() == 4 {
		return true
	}
	_, refused := g.Judge.Refuses(route, a.View)
	return refused
}

// Mishap is what went wrong with one answer.
type Mishap string

// The mishaps.
const (
	None        Mishap = ""
	Crash       Mishap = "crash"       // 500, 502, 504, 520
	Dropped     Mishap = "dropped"     // the connection ended without an answer
	Hung        Mishap = "hung"        // no answer in time
	Unavailable Mishap = "unavailable" // other 5xx: something may have been shut on purpose
	Refusing    Mishap = "refusing"    // a 5xx by which the portal is known to refuse
)

// Failed reports a mishap that fails a check when it is confirmed.
func (m Mishap) Failed() bool { return m == Crash || m == Dropped || m == Hung }

// MishapOf says what went wrong with an answer to a case.
func (g *Ground) MishapOf(route string, c *artifact.Case, a Answer) Mishap {
	if a.Ex == nil || a.Unproven != "" && a.Unproven != check.Unstable {
		return None
	}
	status := a.Ex.Status()
	slow := g.Slow
	switch {
	case a.Ex.Took >= slow-slow/20:
		return Hung
	case status == 0 && a.Ex.Response == nil && !c.Odd:
		return Dropped
	case status < 500:
		return None
	}
	// What unknown paths get proves nothing here: a crash over an odd id may have
	// been learned as that.
	if kind, refused := g.Judge.Refuses(route, a.View); refused && (kind == refusal.Learned || kind == refusal.Declared) {
		return Refusing
	}
	if g.usual[a.View.Normal()] {
		return Unavailable
	}
	switch status {
	case 500, 502, 504, 520:
		return Crash
	}
	return Unavailable
}

// Alike is what tells mishaps apart: the status and what the answer says.
func Alike(m Mishap, a Answer) string {
	if a.View.Status == 0 {
		return string(m)
	}
	return fmt.Sprint(m, " ", a.View.Status, " ", a.View.Normal())
}

// Reads reports a case of a read: it was sent without a body.
func Reads(c *artifact.Case) bool { return !strings.HasPrefix(c.Place, "body") }
