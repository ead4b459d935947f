package marker

import (
	"fmt"

	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/check"
)

func sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// BypassTrial is one trick on a route that refuses the plain request.
type BypassTrial struct {
	Route    string
	Sent     []string
	Declared string
	Volatile []string

	Base    Answer // the plain request, refused
	P, P2   Answer // the authorised answer
	Try     Answer // the trick
	Again   Answer // the trick once more
	Control Answer // the trick on a random path

	Stranger *Set // what the caller is shown anyway
	Judge    *refusal.Judge
}

// DecideBypass fails only when all four conditions hold: the plain request is
// refused; the trick gives the owner's data or the authorised answer; it does
// so twice; and on a random path it does not. Any other answer is no finding.
func DecideBypass(t BypassTrial) Ruling {
	t.Judge = nobody(t.Judge)
	p, try := plain(t.P), plain(t.Try)
	if r, good := control(t.Route, t.P, p, t.Judge); !good {
		return r
	}
	base := plain(t.Base)
	if r, bad := nuisance(t.Base, base, t.Judge, "the plain request"); bad {
		return r
	}
	if _, refused := t.Judge.Refuses(t.Route, base); !refused {
		return unproven(1, check.NoPositiveControl, "the plain request is not refused (status %d), so a trick proves nothing", base.Status)
	}
	ms := Learn(Lesson{P: learnable(t.P, p), P2: t.P2.Ex, N: t.Control.Ex, X: t.Try.Ex, Stranger: t.Stranger.with(t.Base), Sent: t.Sent, Declared: t.Declared, viewed: []Answer{t.P, t.P2, t.Control}})
	found, opens := t.opens(p, try, ms)
	if !opens {
		if r, bad := nuisance(t.Try, try, t.Judge, "the trick"); bad {
			return r
		}
		if try.Truncated {
			return unproven(2, check.Unstable, "the answer to the trick was not seen whole")
		}
		return ok(2, "the trick does not open the route (status %d)", try.Status)
	}
	again := plain(t.Again)
	if _, twice := t.opens(p, again, ms); !twice {
		return unproven(3, check.Unstable, "the trick opened the route once, but not twice")
	}
	control := plain(t.Control)
	switch {
	case t.Control.Ex == nil || control.Status == 0 || t.Control.Unproven != "":
		return unproven(4, check.Unstable, "the trick opened the route, but its control on a random path was not answered")
	case found.sum < Proof && normal.Same(t.masked(p, try), t.masked(p, control)):
		return ok(4, "the trick gives the same answer on any path")
	case found.sum >= Proof:
		return leak(4, try, found, ms, "a caller without the right to it")
	}
	return Ruling{Outcome: check.Fail, Step: 4, Message: sprintf("the trick gives the authorised answer (status %d), twice, and a random path does not", try.Status)}
}

// opens reports whether an answer shows the owner's data or is the authorised one.
func (t *BypassTrial) opens(p, v *normal.View, ms []Marker) (*result, bool) {
	found := search(v, ms)
	same := v.Status != 0 && normal.Same(t.masked(p, p), t.masked(p, v)) && normal.Jaccard(p, v) >= equal && !t.Judge.Is(v)
	return found, found.sum >= Proof || same
}

func (t *BypassTrial) masked(p, v *normal.View) *normal.View {
	return v.With(normal.Mask{Volatile: append(append([]string(nil), t.Volatile...), normal.VolatileIn(plain(t.P), plain(t.P2))...), Echo: t.Sent, Known: ids(p)})
}

// RoleTrial is one cell of the role matrix that must be refused.
type RoleTrial struct {
	Route    string
	Inferred bool // nobody declared that the role must not
	Sent     []string
	Declared string
	Volatile []string

	P, P2 Answer // somebody who may
	X     Answer // the role that must not
	N     Answer // the role, an id that does not exist; may be zero

	Stranger *Set // what the role is shown anyway; without X
	Judge    *refusal.Judge
}

// DecideRole judges a read by a role that must not: markers of the one who
// may, or the same document, is a leak; when the expectation was only
// inferred it is a suspicion.
func DecideRole(t RoleTrial) Ruling {
	t.Judge = nobody(t.Judge)
	p, x := plain(t.P), plain(t.X)
	a := AnonTrial{Route: t.Route, Sent: t.Sent, Declared: t.Declared, Volatile: t.Volatile, P: t.P, P2: t.P2, X: t.X, Judge: t.Judge}
	ms := Learn(Lesson{P: learnable(t.P, p), P2: t.P2.Ex, N: t.N.Ex, X: t.X.Ex, Stranger: t.Stranger, Sent: t.Sent, Declared: t.Declared, viewed: []Answer{t.P, t.P2, t.N}})
	if found := search(x, ms); found.sum >= Proof {
		return t.weigh(leak(1, x, found, ms, "a role that must not see it"))
	}
	if r, good := control(t.Route, t.P, p, t.Judge); !good {
		return r
	}
	if r, bad := nuisance(t.X, x, t.Judge, "the role"); bad {
		return r
	}
	switch kind, refused := t.Judge.Refuses(t.Route, x); {
	case x.Truncated:
		return unproven(1, check.Unstable, "the answer to the role was not seen whole")
	case refused:
		return ok(3, "the role is refused (status %d, %s)", x.Status, kind)
	case a.sameDocument(p, x):
		return t.weigh(Ruling{Outcome: check.Fail, Step: 2, Message: sprintf("the role gets the same answer (status %d) as one who may", x.Status)})
	case x.Class() == 2:
		return unproven(4, check.Suspected, "the role gets an answer (status %d) without the values of one who may", x.Status)
	case x.Class() == 5:
		return unproven(4, check.Unstable, "the portal fails for the role (status %d)", x.Status)
	}
	return unproven(4, check.Undeclared, "the role gets status %d, which is not known to be a refusal: declare it under denied", x.Status)
}

func (t *RoleTrial) weigh(r Ruling) Ruling {
	if t.Inferred {
		r.Outcome, r.Reason = check.Unproven, check.Suspected
		r.Message += "; that it must not is only inferred: declare it under routes.allow"
	}
	return r
}
