// Package limits sends bounded bursts to the endpoints worth limiting: the
// login, password resets, invites, exports, codes, search and a read. It stops
// at the first sign of a limit, tries what might get around it, waits for the
// window to end, and sees that everybody's session has outlived it.
package limits

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// name is what the requests are booked to.
const name = "limits"

// mostRequests bounds the whole gatherer, perLogin is added for each login by a
// recipe beside the first.
const (
	mostRequests = 600
	perLogin     = 180
)

// Gatherer makes the rate-limit transcript. It runs last: what it does poisons
// everything after it.
func Gatherer() gather.Gatherer { return gatherer(mostWaiting) }

// gatherer waits no longer than given for a limit to end.
func gatherer(waiting time.Duration) gather.Gatherer {
	return gather.Gatherer{
		Name:     name,
		Doc:      "sends bounded bursts to the login, resets, invites, exports, codes, search and a read",
		Makes:    artifact.Bursts.Name(),
		Needs:    []string{artifact.SignIns.Name(), artifact.Inventories.Name()},
		Wants:    []string{artifact.Baselines.Name(), artifact.Corpora.Name()},
		Effects:  []portal.Effect{portal.SignIn, portal.Burst},
		Thorough: true,
		Budget:   func(t *gather.Tools) int { return mostRequests + perLogin*(max(1, len(t.Portal.Logins))-1) },
		Gather:   func(ctx context.Context, t *gather.Tools) (any, error) { return run(ctx, t, waiting) },
	}
}

// burst is one run of the gatherer.
type burst struct {
	*gather.Tools
	inventory *artifact.Inventory
	corpus    *artifact.Corpus
	waiting   time.Duration // how long a limit's end is waited for, at most
	last      time.Time     // of the attempt before, for pace
	claimed   int           // addresses claimed so far
	guessed   int           // codes guessed so far
	sessions  map[string]*login.Session
	forwarded func() func(*wire.Request) // a header that was seen to be believed; nil: none
}

func run(ctx context.Context, t *gather.Tools, waiting time.Duration) (any, error) {
	b := &burst{
		Tools: t, waiting: waiting, sessions: map[string]*login.Session{},
		inventory: gather.Made[artifact.Inventory](t, artifact.Inventories),
		corpus:    gather.Made[artifact.Corpus](t, artifact.Corpora),
	}
	if b.corpus == nil {
		b.corpus = &artifact.Corpus{}
	}
	out := &artifact.Limits{Whole: len(b.inventory.Gaps) == 0 && len(b.inventory.Routes) > 0}
	for _, d := range b.doors() {
		if ctx.Err() != nil {
			d.Skipped = artifact.Skip{Reason: check.NotExamined, Why: "the run was interrupted"}
		}
		if d.Skipped.Reason == "" {
			b.Say("trying the limit of " + d.Route)
			d.Door = d.knock(ctx)
		}
		out.Doors = append(out.Doors, d.Door)
	}
	for _, kind := range kinds {
		if !slices.ContainsFunc(out.Doors, func(d artifact.Door) bool { return d.Kind == kind }) {
			out.Absent = append(out.Absent, kind)
		}
	}
	out.Lives = b.lives(ctx)
	return out, nil
}

// kinds are the endpoints that are worth a limit.
var kinds = []string{
	artifact.DoorLogin, artifact.DoorReset, artifact.DoorInvite, artifact.DoorExport,
	artifact.DoorCode, artifact.DoorSignUp, artifact.DoorSearch, artifact.DoorRead,
}

// Most attempts of the first burst, by kind: enough to see any sensible limit,
// few enough to trouble nobody.
var caps = map[string]int{
	artifact.DoorLogin: 30, artifact.DoorReset: 15, artifact.DoorInvite: 15, artifact.DoorExport: 15,
	artifact.DoorCode: 15, artifact.DoorSignUp: 15, artifact.DoorSearch: 60, artifact.DoorRead: 60,
}

// beyond is how many attempts follow those by which a limit must show.
const beyond = 5

// door is one endpoint with the way to knock at it.
type door struct {
	artifact.Door
	knock func(context.Context) artifact.Door
}

// open describes a door.
func (b *burst) open(kind, route string) artifact.Door {
	d := artifact.Door{Kind: kind, Route: route, Most: caps[kind]}
	for _, key := range []string{route, kind, kind + "s"} {
		if n := b.Portal.Policy.Limits[key]; n > 0 {
			d.Declared = n
			break
		}
	}
	if d.Declared > 0 {
		d.Most = min(d.Most, d.Declared+beyond)
	}
	return d
}

// lives proves that the main identities' sessions have outlived the bursts,
// once the limits that hit everybody here have ended.
func (b *burst) lives(ctx context.Context) []artifact.Life {
	var out []artifact.Life
	begun := time.Now()
	for _, p := range b.People() {
		if p.Disposable {
			continue
		}
		l := artifact.Life{Who: p.Name}
		for wait := firstPoll; ; wait *= 2 {
			alive, ans, err := b.As(p.Name).Alive(ctx)
			if l.Alive = alive; alive {
				l.Why = ""
				break
			}
			l.Why = "the portal does not know " + p.Name + " any more"
			if err != nil {
				l.Why = err.Error()
			}
			slowed := ans != nil && b.Refusals().Throttled(ans.Exchange)
			if left := b.waiting - time.Since(begun); !slowed || wait > left || ctx.Err() != nil {
				break
			}
			pause(ctx, wait)
		}
		if !l.Alive {
			// A session that ended by itself is signed in again; a locked account is not.
			if why := b.Alive(ctx, p.Name); why == "" {
				l.Alive, l.Why = true, "signed in again"
			}
		}
		out = append(out, l)
	}
	return out
}

// fresh is a session of somebody's own for the bursts, so that no main session
// is at stake; nil with the reason when there is none.
func (b *burst) fresh(ctx context.Context, who string) (*login.Session, artifact.Skip) {
	if who == evidence.Anonymous {
		return b.Anonymous(), artifact.Skip{}
	}
	if s := b.sessions[who]; s != nil {
		return s, artifact.Skip{}
	}
	s := b.As(who)
	if s == nil {
		return nil, artifact.Skip{Reason: check.SessionDead, Why: who + " is not signed in"}
	}
	s, err := s.FreshFor(ctx, name)
	if err != nil {
		return nil, artifact.Skip{Reason: cmp.Or(refusal(err), check.SessionDead), Why: err.Error()}
	}
	b.sessions[who] = s
	return s, artifact.Skip{}
}

// guessers are the recipes' logins, each with a disposable identity.
func (b *burst) logins() []door {
	var out []door
	tried := map[string]bool{}
	for _, victim := range b.Portal.Identities {
		recipe := b.Portal.RecipeOf(victim)
		if recipe == nil || victim.Password.IsZero() {
			continue
		}
		step := slices.IndexFunc(recipe.Steps, login.SendsPassword)
		if step < 0 {
			continue
		}
		d := b.open(artifact.DoorLogin, recipe.Steps[step].Request.String())
		at := slices.IndexFunc(out, func(o door) bool { return o.Route == d.Route })
		own := b.As(victim.Name)
		switch {
		case tried[d.Route]:
			continue
		case !victim.Disposable:
			d.Skipped = artifact.Skip{Reason: check.Undeclared, Why: "passwords are guessed at a disposable identity only; mark one with disposable: true"}
		case own == nil:
			d.Skipped = artifact.Skip{Reason: check.SessionDead, Why: victim.Name + " is not signed in"}
		default:
			tried[d.Route] = true
			d.Who = victim.Name
		}
		g := &guesser{burst: b, study: limiting.New(d), victim: victim, own: own, lanes: lanes(), sources: wire.Sources(b.Target)}
		entry := door{Door: d, knock: g.login}
		switch {
		case at < 0:
			out = append(out, entry)
		case out[at].Skipped.Reason != "":
			out[at] = entry
		}
	}
	return out
}

// post is the method of what is worth limiting beside reads.
const post = http.MethodPost
