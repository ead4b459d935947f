// Package lifecycle studies how sessions begin and end: with what a sign-in
// may be made to begin, what a logout, a new password and a new role leave
// alive, and what is still accepted when its time is over. It works with
// sign-ins of its own; the sessions of the run are left alone.
package lifecycle

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/portal"
)

// Names that requests are booked to.
const (
	name   = "lifecycle"
	ending = "expiry"
)

// The policy where portal.yaml is silent.
const (
	defaultMaxAge = 24 * time.Hour
	defaultIdle   = 30 * time.Minute
)

// perRecipe bounds the requests of one recipe: about 14 sign-ins and what is tried with them.
const perRecipe = 150

// studies is what the two gatherers of one run share: sessions that were
// minted early and are asked again at the end.
type studies struct {
	pause  func(context.Context, time.Duration)
	now    func() time.Time
	minted []minted
}

// Gatherers returns the study of sessions, which stands after the tenants'
// reads, and the look at what has ended, which stands as late as may be.
func Gatherers() (study, end gather.Gatherer) {
	return (&studies{pause: wait, now: time.Now}).gatherers()
}

func (s *studies) gatherers() (study, end gather.Gatherer) {
	study = gather.Gatherer{
		Name:    name,
		Doc:     "signs in and out again, and tries what should have ended",
		Makes:   artifact.Lifecycles.Name(),
		Needs:   []string{artifact.SignIns.Name(), artifact.Inventories.Name()},
		Wants:   []string{artifact.Baselines.Name(), artifact.Corpora.Name()},
		Effects: []portal.Effect{portal.SignIn},
		Budget:  func(t *gather.Tools) int { return perRecipe * (1 + len(t.Portal.Logins)) },
		Gather:  func(ctx context.Context, t *gather.Tools) (any, error) { return s.study(ctx, t) },
	}
	end = gather.Gatherer{
		Name:    ending,
		Doc:     "asks again with sessions that should be over",
		Makes:   artifact.Expiries.Name(),
		Needs:   []string{artifact.SignIns.Name(), artifact.Lifecycles.Name()},
		Effects: []portal.Effect{portal.SignIn},
		Budget:  func(t *gather.Tools) int { return 6 * (len(t.Portal.Identities) + len(t.Portal.Logins)) },
		Gather:  func(ctx context.Context, t *gather.Tools) (any, error) { return s.end(ctx, t), nil },
	}
	return study, end
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func (s *studies) study(ctx context.Context, t *gather.Tools) (any, error) {
	if err := t.Nobody(); err != nil {
		return nil, err
	}
	out := &artifact.Lifecycle{MaxAge: cmp.Or(t.Portal.Policy.Session.MaxAge, defaultMaxAge)}
	for _, who := range subjects(t) {
		v := &visitor{studies: s, t: t, who: who, main: t.As(who.Name), pool: map[string][]string{}}
		t.Say("studying the sessions of " + cmp.Or(v.main.Recipe.Name, "the login"))
		out.Recipes = append(out.Recipes, v.recipe(ctx))
	}
	out.Revocations = s.revocations(ctx, t)
	s.mint(ctx, t)
	return out, context.Cause(ctx)
}

// subjects are the identities to sign in with, one for each recipe: a
// disposable one before others, one with few rights before one with many.
func subjects(t *gather.Tools) []artifact.Identity {
	best := map[string]artifact.Identity{}
	var order []string
	for _, i := range t.People() {
		recipe := t.As(i.Name).Recipe.Name
		b, known := best[recipe]
		if !known {
			order = append(order, recipe)
		}
		if !known || worth(i) > worth(b) {
			best[recipe] = i
		}
	}
	slices.Sort(order)
	out := make([]artifact.Identity, len(order))
	for i, recipe := range order {
		out[i] = best[recipe]
	}
	return out
}

func worth(i artifact.Identity) int {
	w := -gather.RoleRank(i.Role)
	if i.Disposable {
		w += 1000
	}
	return w
}

// recipe studies one recipe from its first sign-in to its last.
func (v *visitor) recipe(ctx context.Context) artifact.RecipeLife {
	v.life = artifact.RecipeLife{Recipe: v.main.Recipe.Name, Who: v.who.Name, Sends: v.main.Sends()}
	if v.main.Probe == nil {
		v.life.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "nothing tells a living session from a dead one"}
		return v.life
	}
	v.life.Probe = v.main.Probe.Request.String()
	if why := v.t.Alive(ctx, v.who.Name); why != "" {
		v.life.Skipped = artifact.Skip{Reason: check.SessionDead, Why: why}
		return v.life
	}
	if len(v.main.Recipe.Steps) == 0 || len(v.main.Steps()) == 0 {
		v.life.Standing = true
		v.mangle(ctx, v.main.Credential())
		return v.life
	}
	first, skip := v.enter(ctx)
	if skip.Reason != "" {
		v.life.Skipped = skip
		return v.life
	}
	v.life.Steps = first.Steps()
	v.tokens(ctx, first)
	v.mangle(ctx, first.Credential())
	v.fixation(ctx, first)
	v.logout(ctx)
	v.sample(ctx)
	v.leave(ctx, first)
	return v.life
}
