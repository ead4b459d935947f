package gather

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// Tools is what a gatherer works with.
type Tools struct {
	Run     string // run id
	Portal  *portal.Portal
	Target  *portal.Target
	Quick   bool
	Journal *journal.Journal

	// Sessions holds one signed-in session per identity that could be signed in,
	// and the anonymous one under evidence.Anonymous. The engine fills it after
	// the session gatherer has run.
	Sessions map[string]*login.Session
	Wire     *wire.Client
	// Exchange returns a recorded exchange of this run.
	Exchange func(evidence.Ref) (*evidence.Exchange, error)
	// Recorded names every exchange of this run so far, in the order recorded.
	Recorded func() []evidence.Ref

	by       string
	listings map[string]*wire.Answer // lists read while undoing
	made     func(name string) any
	say      func(string)
	lives    *lives
}

// NewTools returns the tools of a run; made looks artifacts up, say shows progress.
func NewTools(p *portal.Portal, t *portal.Target, made func(string) any, say func(string)) *Tools {
	return &Tools{
		Portal: p, Target: t, Sessions: map[string]*login.Session{},
		made: made, say: say, lives: &lives{of: map[string]*life{}},
	}
}

// For returns the tools as seen by the gatherer of that name.
func (t *Tools) For(name string) *Tools {
	t.countThrottled(false) // a pause lies between: it may try again
	c := *t
	c.by = name
	return &c
}

// Artifact returns an artifact made earlier, or nil.
func (t *Tools) Artifact(name string) any {
	if t.made == nil {
		return nil
	}
	return t.made(name)
}

// Say shows one line of progress.
func (t *Tools) Say(line string) {
	if t.say != nil {
		t.say(line)
	}
}

// As returns the session of an identity; nil when it is not signed in.
func (t *Tools) As(who string) *login.Session { return t.Sessions[who] }

// Anonymous returns the session without a credential.
func (t *Tools) Anonymous() *login.Session { return t.Sessions[evidence.Anonymous] }

// Allowed says whether an effect is granted for the target.
func (t *Tools) Allowed(e portal.Effect) bool { return t.Target.Allows(e) }

// Canary returns a fresh recognisable value: prefix + 12 base32 characters.
func Canary(prefix string) string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return prefix + strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))[:12]
}

// Refusal turns an error of a send into the reason why nothing was decided.
func Refusal(err error) check.Reason {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, wire.ErrRefused), errors.Is(err, wire.ErrNever), errors.Is(err, wire.ErrScope):
		return check.EffectRefused
	case errors.Is(err, wire.ErrBudget):
		return check.BudgetSpent
	case errors.Is(err, wire.ErrCircuit):
		return check.CircuitOpen
	}
	return check.Unstable
}

// Ask is one request of a batch.
type Ask struct {
	Name    string // attempt name
	Who     string // identity or evidence.Anonymous
	Request wire.Request
	Fields  []evidence.Field // put into the object that a declared read sends
	Known   bool             // an answer to the very same, earlier in the run and before any write, will do
}

// Answered is an attempt and, when it was sent, what came back.
type Answered struct {
	artifact.Attempt
	Answer *wire.Answer // nil when nothing came back
}

// Attempts drops the answers.
func Attempts(as []Answered) []artifact.Attempt {
	out := make([]artifact.Attempt, len(as))
	for i := range as {
		out[i] = as[i].Attempt
	}
	return out
}
