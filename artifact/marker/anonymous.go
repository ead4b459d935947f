package marker

import (
	"slices"

	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/check"
)

// AnonTrial is one route asked without a valid credential: one of A0 … A5.
type AnonTrial struct {
	Route    string
	Public   bool // answered without a login on purpose
	Secured  bool // the contract says that it demands a login
	Sent     []string
	Declared string
	Volatile []string

	P, P2 Answer // with a login, twice
	X     Answer // the attempt to judge
	A0    Answer // without any credential; the same as X when A0 itself is judged, or zero
	N     Answer // without any credential, an id that does not exist; zero when it was not asked

	Stranger *Set     // what anybody is shown: public pages, bundles, contracts; without X
	Tenants  []Answer // the route as each other tenant reads it
	Owned    *Set     // ids of what some tenant alone owns
	Judge    *refusal.Judge
}

// DecideAnonymous is the authentication oracle for reads. The attempts with a
// bad credential are judged against A0: a bad token may count as no token.
func DecideAnonymous(t AnonTrial) Ruling {
	t.Judge = nobody(t.Judge)
	p, x := plain(t.P), plain(t.X)
	if t.Public {
		return ok(3, "public on purpose")
	}
	ms := Learn(Lesson{P: learnable(t.P, p), P2: t.P2.Ex, X: t.X.Ex, Stranger: t.Stranger, Sent: t.Sent, Declared: t.Declared, viewed: []Answer{t.P, t.P2}})
	if r, leaks := t.leaks(x, ms); leaks {
		return r
	}
	if p.Class() == 2 && t.P.counts() && t.Judge.Is(p, "shell", "soft404") {
		return Ruling{Outcome: check.NotApplicable, Message: "even with a login the route gives what unknown paths give: there is nothing to protect at this address"}
	}
	if r, good := control(t.Route, t.P, p, t.Judge); !good {
		return r
	}
	if r, bad := nuisance(t.X, x, t.Judge, "a caller without a login"); bad {
		return r
	}
	if x.Truncated {
		return unproven(1, check.Unstable, "the answer without a login was not seen whole")
	}
	if t.sameDocument(p, x) {
		if t.common(x) {
			return unproven(4, check.Suspected, "the answer without a login (status %d) is what every tenant is shown: confirm it in routes.public", x.Status)
		}
		return Ruling{Outcome: check.Fail, Step: 2, Message: sprintf("the answer without a login (status %d) is the same as with one", x.Status)}
	}
	return t.refused(x)
}

// leaks is step 1. A hit on texts that may be labels of a page is weighed later.
func (t *AnonTrial) leaks(x *normal.View, ms []Marker) (Ruling, bool) {
	found := search(x, ms)
	sure := 0
	for i, m := range ms {
		if found.found[i] && !m.label {
			sure += m.Score
		}
	}
	if sure < Proof {
		return Ruling{}, false
	}
	return leak(1, x, found, ms, "a caller without a login"), true
}

// sameDocument is step 2.
func (t *AnonTrial) sameDocument(p, x *normal.View) bool {
	m := t.mask(p)
	return normal.Same(p.With(m), x.With(m)) && normal.Jaccard(p, x) >= equal && !t.Judge.Is(x)
}

// mask hides what changes by itself and what was sent.
func (t *AnonTrial) mask(p *normal.View) normal.Mask {
	return normal.Mask{Volatile: append(slices.Clone(t.Volatile), normal.VolatileIn(plain(t.P), plain(t.P2))...), Echo: t.Sent, Known: ids(p)}
}

// refused is steps 3 and 4.
func (t *AnonTrial) refused(x *normal.View) Ruling {
	kind, refused := t.Judge.Refuses(t.Route, x)
	switch kind {
	case refusal.Unauthorized, refusal.Forbidden, refusal.LoginRedirect, refusal.DeniedRedirect, refusal.Learned, refusal.Declared, refusal.LoginPage, refusal.Envelope, refusal.GraphQL:
		return ok(3, "refused without a login (status %d, %s)", x.Status, kind)
	case refusal.Soft404, refusal.Shell:
		return ok(3, "without a login the route looks like an unknown path (status %d)", x.Status)
	}
	if t.Judge.Is(x, "denial", "soft404") {
		return ok(3, "without a login the route looks like an unknown path (status %d)", x.Status)
	}
	if r, counts := t.likeNone(x); counts {
		return r
	}
	if t.hidden(x) {
		return ok(3, "without a login an id that exists looks like one that does not (status %d)", x.Status)
	}
	switch {
	case x.Class() == 2:
		return unproven(4, check.Suspected, "answers without a login (status %d), with none of the owner's data: confirm it in routes.public", x.Status)
	case x.Class() == 5:
		return unproven(4, check.Unstable, "fails without a login (status %d) instead of refusing", x.Status)
	case refused:
		return unproven(4, check.Suspected, "answers %d without a login, but not as an unknown path is answered: something was looked up before the login was checked", x.Status)
	}
	return unproven(4, check.Undeclared, "answers %d without a login, which is not known to be a refusal: declare it under denied", x.Status)
}

// hidden reports a refusal that is the same for an id that does not exist:
// hiding what is there is a policy, and tells nothing.
func (t *AnonTrial) hidden(x *normal.View) bool {
	n := plain(t.N)
	if x.Class() != 4 || !t.N.counts() || n.Status != x.Status || n.Truncated {
		return false
	}
	echo := slices.Concat(t.Sent, normal.Sent(&t.X.Ex.Request), normal.Sent(&t.N.Ex.Request))
	m := normal.Mask{Volatile: t.Volatile, Echo: echo}
	return normal.Same(x.With(m), n.With(m))
}

// likeNone judges an attempt with a bad credential by what no credential gets.
func (t *AnonTrial) likeNone(x *normal.View) (Ruling, bool) {
	if t.A0.Ex == nil || t.A0.Ex == t.X.Ex || !t.A0.counts() {
		return Ruling{}, false
	}
	none := *t
	none.X, none.A0 = t.A0, Answer{}
	base := DecideAnonymous(none)
	if normal.Same(x, plain(t.A0)) {
		base.Message = "counts as no login: " + base.Message
		return base, true
	}
	if base.Outcome == check.OK && x.Class() == 4 {
		return ok(3, "a bad credential is refused (status %d)", x.Status), true
	}
	return Ruling{}, false
}
