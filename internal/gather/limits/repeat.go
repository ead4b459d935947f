package limits

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// knocker repeats one request.
type knocker struct {
	*burst
	study *limiting.Study
	who   []string // who may send it, the best first
	make  maker
	right maker // of a login: with the right password; nil otherwise
	// fine says that an answer comes from the handler and not from before it.
	fine func(limiting.Face) bool

	as      string // of who: whose request was taken
	session *login.Session
	planted []planted // what the burst has made
}

// maker makes the next request; entry is journalled before it where it writes.
type maker func(who string) (made, error)

type made struct {
	request wire.Request
	user    string // account name in it
	entry   *journal.Entry
	tag     string // of what it makes; "" when it makes nothing
	learn   func(gather.Answered) *journal.Entry
	list    string // where what it makes is listed
}

// planted is something that was asked for.
type planted struct {
	tag, list string
	run       *limiting.Run
	shot      int
}

// refused reports whether the portal claimed to refuse it.
func (p planted) refused() bool { return p.run.Scale().Under(p.run.Faces[p.shot]) }

// all tries the door: until a limit shows, then what might get around it.
func (k *knocker) all(ctx context.Context) artifact.Door {
	if k.control(ctx) && k.repeat(ctx) {
		k.headers(ctx)
		k.elsewhere1(ctx)
	}
	k.count(ctx)
	return k.study.Transcript()
}

// control finds somebody whose request is taken: only then does a refusal
// after it say anything.
func (k *knocker) control(ctx context.Context) bool {
	r := k.study.Begin(artifact.PhaseControl, "")
	defer r.End()
	for _, who := range k.who {
		s, skip := k.fresh(ctx, who)
		if s == nil {
			r.Skipped = skip
			continue
		}
		k.as, k.session = who, s
		f := k.knock(ctx, r, artifact.ShotAgain, nil)
		if f.Loud { // what came before has used the limit up
			pause(ctx, min(max(f.Wait, firstPoll), k.waiting)+margin)
			f = k.knock(ctx, r, artifact.ShotAgain, nil)
		}
		if !k.fine(f) || f.Loud {
			continue
		}
		r.Skipped = artifact.Skip{}
		k.study.Door.Who = who
		return k.right == nil || k.opens(ctx, r, f)
	}
	k.as = ""
	return false
}

// opens proves that the right password is answered in another way.
func (k *knocker) opens(ctx context.Context, r *limiting.Run, wrong limiting.Face) bool {
	f := k.send(ctx, r, artifact.ShotRight, k.right, nil)
	return r.Shots[len(r.Shots)-1].In && f.Status != wrong.Status
}

func (k *knocker) knock(ctx context.Context, r *limiting.Run, shot string, trick func(*wire.Request)) limiting.Face {
	return k.send(ctx, r, shot, k.make, trick)
}

// send sends one request and adds it to the series.
func (k *knocker) send(ctx context.Context, r *limiting.Run, as string, next maker, trick func(*wire.Request)) limiting.Face {
	k.pace(ctx)
	m, err := next(k.as)
	shot := artifact.Shot{Attempt: artifact.Attempt{Name: as, Who: k.as}, User: m.user}
	if err != nil {
		shot.Unproven, shot.Why = check.Undeclared, err.Error()
		return k.add(r, shot)
	}
	q := m.request
	q.By, q.For, q.Expect5xx, q.Timeout = name, r.Phase, true, patience
	if trick != nil {
		trick(&q)
	}
	id := 0
	if m.entry != nil {
		m.entry.Target, m.entry.Method, m.entry.Path = k.Target.Name, q.Method, q.URL
		if id, err = k.Journal.Before(*m.entry); err != nil {
			shot.Unproven, shot.Why = check.RunError, err.Error()
			return k.add(r, shot)
		}
	}
	ans, err := k.session.Do(ctx, q)
	if ans != nil {
		shot.Ref = ans.Ref
		shot.In = as == artifact.ShotRight && ans.Status/100 == 2
	}
	if reason := refusal(err); reason != "" || ans == nil {
		shot.Unproven, shot.Why = cmp.Or(reason, check.Unstable), fmt.Sprint(err)
	}
	if m.entry != nil {
		k.settle(id, m, gather.Answered{Attempt: shot.Attempt, Answer: ans})
		k.planted = append(k.planted, planted{m.tag, m.list, r, len(r.Shots)})
	}
	return k.add(r, shot)
}

// settle notes in the journal what became of a write.
func (k *knocker) settle(id int, m made, got gather.Answered) {
	if got.Answer == nil && got.Unproven != check.Unstable {
		_ = k.Journal.NotSent(id, got.Why) // a journal that is broken sends nothing more
		return
	}
	var patch *journal.Entry
	if m.learn != nil {
		patch = m.learn(got)
	}
	_ = k.Journal.Done(id, fmt.Sprintf("answered %d", got.Status()), patch)
}

// repeat sends the request until a limit shows.
func (k *knocker) repeat(ctx context.Context) bool {
	r := k.study.Begin(artifact.PhaseBurst, "")
	k.until(ctx, r, k.study.Door.Most, func() bool { k.knock(ctx, r, artifact.ShotAgain, nil); return true })
	r.End()
	k.outlived(ctx, r)
	if k.right != nil {
		right := k.study.Begin(artifact.PhaseRight, "")
		k.send(ctx, right, artifact.ShotRight, k.right, nil)
		if right.Shots[0].In && r.Limited {
			k.knock(ctx, right, artifact.ShotControl, nil)
		}
		right.End()
	}
	return r.Limited
}

// outlived notes a session that has ended in the burst: it was not limited.
func (k *knocker) outlived(ctx context.Context, r *limiting.Run) {
	if !r.Limited || r.Signal.Kind != limiting.Changed || k.as == evidence.Anonymous {
		return
	}
	if alive, ans, err := k.session.Alive(ctx); err == nil && !alive && !k.Refusals().Throttled(ans.Exchange) {
		r.Skipped = artifact.Skip{Reason: check.SessionDead, Why: "the session ended during the burst"}
	}
}

// headers claims other addresses while the request is limited.
func (k *knocker) headers(ctx context.Context) {
	for _, t := range k.addressTricks() {
		if !k.try(ctx, t) {
			continue
		}
		for _, h := range claims {
			if k.try(ctx, k.claim(h)) {
				break
			}
		}
		return
	}
}

func (k *knocker) try(ctx context.Context, t trick) bool {
	r := k.study.Begin(artifact.PhaseTricks, t.name)
	defer r.End()
	control := func() limiting.Face { return k.knock(ctx, r, artifact.ShotControl, nil) }
	return k.play(ctx, r,
		func() limiting.Face { return k.knock(ctx, r, artifact.ShotTrick, t.make()) },
		control,
		func() bool {
			for range k.study.Door.Most {
				if ctx.Err() != nil || r.Shots[len(r.Shots)-1].Unproven != "" {
					return false
				}
				if k.study.Scale.Under(control()) {
					return true
				}
			}
			return false
		},
	)
}

// elsewhere1 asks as somebody else, from another address: a limit that hits
// them as well lets one caller keep everybody out.
func (k *knocker) elsewhere1(ctx context.Context) {
	sources := wire.Sources(k.Target)
	if k.as == evidence.Anonymous || k.planted != nil {
		return
	}
	r := k.study.Begin(artifact.PhaseOthers, "")
	defer r.End()
	if len(sources) == 0 {
		r.Skipped = artifact.Skip{Reason: check.Undeclared, Why: noSources}
		return
	}
	other, from := k.somebodyElse(), sources[len(sources)-1]
	if other == nil {
		r.Skipped = artifact.Skip{Reason: check.Undeclared, Why: "needs a second identity"}
		return
	}
	s := other.Beside(other.Identity, func(w *login.Way) { w.By, w.From = name, from })
	if err := s.SignIn(ctx); err != nil {
		r.Skipped = artifact.Skip{Reason: cmp.Or(refusal(err), check.SessionDead), Why: err.Error()}
		return
	}
	mine, as := k.session, k.as
	k.session, k.as = s, other.Identity.Name
	k.knock(ctx, r, artifact.ShotOther, nil)
	r.Shots[len(r.Shots)-1].From = from.String()
	k.session, k.as = mine, as
	k.knock(ctx, r, artifact.ShotControl, nil)
}

// somebodyElse is the session of another identity, of another tenant if possible.
func (k *knocker) somebodyElse() *login.Session {
	self := gather.Made[artifact.Sessions](k.Tools, artifact.SignIns).By(k.as)
	people := k.People()
	slices.SortStableFunc(people, func(a, b artifact.Identity) int {
		return cmp.Compare(rank(a.Tenant == self.Tenant), rank(b.Tenant == self.Tenant))
	})
	for _, p := range people {
		if p.Name != k.as && p.User != self.User && k.As(p.Name) != nil {
			return k.As(p.Name)
		}
	}
	return nil
}

// count looks how much of what was asked for is there: a refusal that makes it
// all the same is none.
func (k *knocker) count(ctx context.Context) {
	if len(k.planted) == 0 || k.planted[0].list == "" || k.session == nil {
		return
	}
	if !k.study.The(artifact.PhaseBurst).Limited {
		return
	}
	r := k.study.Begin(artifact.PhaseRight, "list")
	defer r.End()
	shot := artifact.Shot{Attempt: artifact.Attempt{Name: artifact.ShotRight, Who: k.as}}
	ans, err := k.session.Do(ctx, wire.Request{Method: "GET", URL: k.planted[0].list, By: name, For: "list", Expect5xx: true, Effect: portal.Look})
	if err != nil || ans.Status/100 != 2 {
		r.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "what the burst has made is not listed"}
		return
	}
	shot.Ref = ans.Ref
	k.add(r, shot)
	for _, p := range k.planted {
		if !bytes.Contains(ans.Body, []byte(p.tag)) {
			continue
		}
		k.study.Door.Made++
		if p.refused() {
			k.study.Door.Refused++
		}
	}
}
