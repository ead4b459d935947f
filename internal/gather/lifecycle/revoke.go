package lifecycle

import (
	"context"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// undoing is how long what was changed may take to be put back, whatever else ends the run.
const undoing = 30 * time.Second

// later is when an old session is asked again after a change.
func later(t *gather.Tools) (at []time.Duration, within time.Duration) {
	if wire.Loopback(t.Target.URL) {
		return []time.Duration{0, 2 * time.Second, artifact.WatchedLocal}, artifact.WatchedLocal
	}
	return []time.Duration{0, 2 * time.Second, 10 * time.Second, 30 * time.Second, artifact.Watched}, artifact.Watched
}

// revocations changes the password and the role of disposable identities and
// watches their older sessions.
func (s *studies) revocations(ctx context.Context, t *gather.Tools) []artifact.Revocation {
	if len(stayers(t)) == 0 {
		return nil // nobody signs in
	}
	var out []artifact.Revocation
	skip := artifact.Skip{}
	victims := victims(t)
	switch {
	case !t.Allowed(portal.Write):
		skip = artifact.Skip{Reason: check.EffectRefused, Why: "a password or a role is changed under write only, which targets." + t.Target.Name + ".allow does not grant"}
	case t.Journal == nil:
		skip = artifact.Skip{Reason: check.EffectRefused, Why: "nothing may be written without a journal"}
	case t.Quick:
		skip = artifact.Skip{Reason: check.BudgetSpent, Why: "a quick run changes no password and no role"}
	case len(victims) == 0:
		skip = artifact.Skip{Reason: check.Undeclared, Why: "a password or a role is changed of a disposable identity only; mark one that signs in with disposable: true"}
	}
	if skip.Reason != "" {
		return []artifact.Revocation{{Event: "password", Skipped: skip}, {Event: "role", Skipped: skip}}
	}
	for _, who := range victims {
		if ctx.Err() == nil {
			out = append(out, s.password(ctx, t, who), s.role(ctx, t, who))
		}
	}
	return out
}

// victims are the disposable identities that sign in with a password, one for each recipe.
func victims(t *gather.Tools) []artifact.Identity {
	var out []artifact.Identity
	seen := map[string]bool{}
	for _, i := range t.People() {
		s := t.As(i.Name)
		if !i.Disposable || s.Identity.Password.IsZero() || len(s.Steps()) == 0 || s.Probe == nil || seen[s.Recipe.Name] {
			continue
		}
		seen[s.Recipe.Name] = true
		out = append(out, i)
	}
	return out
}

// watched asks an old session again until it is dead or long enough alive.
func (s *studies) watched(ctx context.Context, at []time.Duration, again func(when string) artifact.Proof) []artifact.LaterProof {
	var out []artifact.LaterProof
	since := time.Duration(0)
	for _, moment := range at {
		if moment > since {
			s.pause(ctx, moment-since)
			since = moment
		}
		if ctx.Err() != nil {
			return out
		}
		p := artifact.LaterProof{Proof: again(moment.String() + " later"), Since: moment}
		out = append(out, p)
		if p.Dead() {
			return out
		}
	}
	return out
}

// withPassword signs an identity in with another password than it is described with.
func withPassword(ctx context.Context, t *gather.Tools, main *login.Session, password string) (*login.Session, error) {
	id := *main.Identity
	id.Password = portal.NewSecret(password)
	n := login.New(&id, main.Recipe, login.Way{Client: t.Wire, Target: t.Target, By: name})
	n.Probe = main.Probe
	return n, n.SignIn(ctx)
}
