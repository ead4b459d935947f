package marker

import (
	"fmt"
	"slices"

	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/check"
)

// Trial is one object of an owner, asked for by a stranger.
type Trial struct {
	Route    string // inventory id
	ID       string // of the object
	NoID     string // asked for in N
	Guess    bool   // the id can be guessed, or means another object in another tenant
	Sent     []string
	Shared   bool // declared: the same objects for every tenant, on purpose
	Declared string
	Volatile []string // pointers known to change by themselves

	P, P2 Answer // the owner, twice
	X     Answer // the stranger
	N     Answer // the stranger, an id that does not exist
	Q     Answer // the stranger, an object of their own
	A     Answer // nobody

	Stranger *Set // what the stranger was shown besides; without X
	Others   *Set // ids of other objects of the owner
	Judge    *refusal.Judge
}

// alike is the likeness from which two answers have the same shape, and
// equal the likeness from which they are the same document.
const (
	alike = 0.8
	equal = 0.9
)

// Decide is the read oracle. A marker hit is a leak whatever the status and
// whether or not the session was alive; what no step decides stays unproven.
func Decide(t Trial) Ruling {
	s := prepare(&t)
	found := search(s.x, s.markers)
	if r, leaks := s.leaks(found); leaks { // step 2 goes first: a leak does not need a living session
		return r
	}
	if r, good := control(t.Route, t.P, s.p, t.Judge); !good {
		return r
	}
	if r, bad := nuisance(t.X, s.x, t.Judge, "the stranger"); bad {
		return r
	}
	if r, decided := s.compare(); decided {
		return r
	}
	return s.undecided()
}

// sides is a trial with its answers taken apart.
type sides struct {
	*Trial
	p, x, n, a *normal.View
	stranger   *Set
	markers    []Marker
	xm, nm     *normal.View // under the mask of the trial
}

func prepare(t *Trial) *sides {
	t.Judge = nobody(t.Judge)
	s := &sides{Trial: t, p: plain(t.P), x: plain(t.X), n: plain(t.N), a: plain(t.A)}
	s.stranger = t.Stranger.with(t.Q, t.N)
	if s.a.Class() == 2 && !s.refuses(s.a) {
		s.stranger.AddView(s.a) // what anybody is shown is nobody's secret
	}
	s.markers = Learn(Lesson{
		P: learnable(t.P, s.p), P2: t.P2.Ex, N: t.N.Ex, X: t.X.Ex, Stranger: s.stranger, Others: t.Others, Sent: append([]string{t.ID}, t.Sent...), Declared: t.Declared,
		viewed: []Answer{t.P, t.P2, t.N},
	})
	m := normal.Mask{
		Volatile: append(slices.Clone(t.Volatile), normal.VolatileIn(s.p, plain(t.P2))...),
		Echo:     []string{t.ID, t.NoID},
		Known:    ids(s.p),
	}
	s.xm, s.nm = s.x.With(m), s.n.With(m)
	return s
}

func (s *sides) refuses(v *normal.View) bool {
	_, refused := s.Judge.Refuses(s.Route, v)
	return refused
}

// leaks is step 2: enough markers in any part of X.
func (s *sides) leaks(found *result) (Ruling, bool) {
	if s.Shared || found.sum < Proof {
		return Ruling{}, false
	}
	sure, strong := 0, false
	for i, m := range s.markers {
		if found.found[i] && !m.label {
			sure += m.Score
			strong = strong || !weak(m.Kind)
		}
	}
	r := leak(2, s.x, found, s.markers, "the stranger")
	switch {
	case sure < Proof:
		r.Outcome, r.Reason = check.Unproven, check.Suspected
		r.Message = "the stranger sees texts of the owner's page, but no page of the stranger's own shows which of them are labels"
	case !strong && s.guessable() && s.contradicted(found):
		r.Outcome, r.Reason = check.Unproven, check.Suspected
		r.Message = "the stranger's answer shares a text with the owner's record, but most of its values differ: it may be another record with the same number"
	}
	return r, true
}

func (s *sides) guessable() bool { return s.Guess || !normal.Unique(normal.Format(s.ID)) }

// contradicted reports whether X is of P's shape with other values at the
// places of most markers: another record under the same number.
func (s *sides) contradicted(found *result) bool {
	if s.x.Family != normal.JSON || s.x.Class() != 2 {
		return false
	}
	at := make(map[string]string, len(s.x.Fields))
	for i := range s.x.Fields {
		at[s.x.Fields[i].Pointer] = s.x.Fields[i].Value
	}
	same, other := 0, 0
	for i, m := range s.markers {
		if found.found[i] {
			same++
		} else if value, there := at[m.Pointer]; there && value != "" {
			other++
		}
	}
	return other >= 2 && other > same
}

// compare is steps 3 to 6.
func (s *sides) compare() (Ruling, bool) {
	if s.x.Truncated {
		return unproven(1, check.Unstable, "the stranger's answer was not seen whole"), true
	}
	if !s.Shared && s.sameFile() {
		return Ruling{Outcome: check.Fail, Step: 3, Message: "the stranger got the owner's file, byte for byte", Places: []check.Place{{Where: "body byte 0", Kind: "file", Masked: mask(s.x.Digest())}}}, true
	}
	if s.N.counts() && !s.Judge.Throttles(s.n) && normal.Same(s.xm, s.nm) {
		return s.likeMissing(), true
	}
	if kind, refused := s.Judge.Refuses(s.Route, s.x); refused {
		return s.note(ok(5, "the stranger is refused (%s)", kind)), true
	}
	if s.x.Family == normal.None && s.x.Method == "HEAD" {
		return s.note(ok(5, "the answer to HEAD has no body and its header holds nothing of the owner's")), true
	}
	if s.Shared {
		return ok(6, "declared as shared between tenants"), true
	}
	if s.x.Class() == 2 && s.A.counts() && s.a.Class() == 2 && !s.refuses(s.a) && (normal.Same(s.xm, s.a.With(normal.Mask{Echo: []string{s.ID, s.NoID}, Known: ids(s.p)})) || s.holdsOnly((&Set{}).with(s.A))) {
		return ok(6, "anybody is shown the same without a login"), true
	}
	if s.holdsOnly(s.stranger) {
		return ok(6, "the answer holds only what the stranger is shown anyway: own or shared data"), true
	}
	return Ruling{}, false
}

// sameFile is step 3: the owner's file under another session.
func (s *sides) sameFile() bool {
	const least = 64 // bytes: small files are often the same
	d := s.p.Digest()
	return s.p.Family == normal.Binary && s.p.Class() == 2 && d != "" && d == s.x.Digest() && s.X.Ex.Response.Size > least &&
		s.a.Digest() != d && !s.stranger.Has("digest:"+d)
}

// likeMissing is step 4: X is what an id gets that does not exist.
func (s *sides) likeMissing() Ruling {
	switch {
	case s.x.Class() == 5 && !s.refuses(s.x) && !s.works(s.Q):
		return unproven(4, check.Unstable, "the portal fails (status %d) for the stranger, whatever is asked", s.x.Status)
	case s.x.Class() == 2 && !s.refuses(s.x) && s.everybody():
		return unproven(4, check.Suspected, "the stranger is shown the owner's values whatever id is asked for")
	}
	return s.note(ok(4, "the same answer as for an id that does not exist (status %d)", s.x.Status))
}

// works reports whether the stranger's own request succeeds: the portal is up.
func (s *sides) works(q Answer) bool {
	v := plain(q)
	return q.counts() && v.Class() == 2 && normal.Content(v) && !s.refuses(v)
}

// everybody reports whether X, though equal to N, shows values of the owner
// that nobody else was shown: an id that is ignored may open everything.
func (s *sides) everybody() bool {
	if s.x.Family != normal.JSON || s.p.Family != normal.JSON || s.Shared {
		return false
	}
	ms := Learn(Lesson{
		P: learnable(s.P, s.p), P2: s.P2.Ex, X: s.X.Ex, Stranger: s.Stranger.with(s.Q), Others: s.Others, Sent: append([]string{s.ID}, s.Sent...), Declared: s.Declared,
		viewed: []Answer{s.P, s.P2},
	})
	found := search(s.x, ms)
	for i, m := range ms {
		if found.found[i] && (!weak(m.Kind) || m.Kind == OtherID && !m.keyed) && m.Kind != ETag {
			return found.sum >= Proof
		}
	}
	return false
}

// note marks an answer that tells existing ids from others.
func (s *sides) note(r Ruling) Ruling {
	if s.N.counts() && s.x.Status != s.n.Status && !s.Judge.Throttles(s.n) {
		r.Existence = true
		r.Message += fmt.Sprintf("; existence visible: %d, but %d for an id that does not exist", s.x.Status, s.n.Status)
	}
	return r
}

// holdsOnly reports whether everything X says is in a set, and that it says something.
func (s *sides) holdsOnly(set *Set) bool {
	if s.x.Class() != 2 || s.x.Family == normal.Binary || s.x.Family == normal.None {
		return false
	}
	telling := 0
	for i := range s.x.Fields {
		l := &s.x.Fields[i]
		switch {
		case l.Type != "string" && l.Type != "number" || l.Value == "" || s.xm.Masks(l) || normal.Timestamp(l.Key, l.Value):
		case l.Type == "number" && significant(l.Value) < 3 && len(l.Value) < 4:
		case !set.Has(l.Value):
			return false
		case len(l.Value) >= 5:
			telling++
		}
	}
	return telling > 0
}

// undecided is steps 7 and 8.
func (s *sides) undecided() Ruling {
	switch {
	case s.x.Class() == 2 && !s.guessable() && normal.Jaccard(s.p, s.x) >= alike && s.sameID():
		return unproven(7, check.Suspected, "the stranger gets an answer of the same shape with the same id, though none of the owner's values was recognised: plant a canary and repeat")
	case len(s.markers) == 0:
		return unproven(8, check.NoMarker, "the owner's record holds nothing that could be recognised elsewhere; the stranger got status %d", s.x.Status)
	case s.x.Class() == 2:
		return unproven(8, check.Suspected, "the stranger gets other content (status %d) that is neither a known refusal nor known to be their own", s.x.Status)
	case s.x.Class() == 5:
		return unproven(8, check.Unstable, "the portal fails for the stranger (status %d), and this is not how it is known to refuse", s.x.Status)
	}
	return unproven(8, check.Undeclared, "the stranger gets status %d, which is not known to be a refusal: declare it under denied", s.x.Status)
}

// sameID reports whether X holds the id asked for where P holds it.
func (s *sides) sameID() bool {
	at := map[string]bool{}
	for i := range s.p.Fields {
		if l := &s.p.Fields[i]; l.Value == s.ID && s.ID != "" {
			at[l.Pointer] = true
		}
	}
	return slices.ContainsFunc(s.x.Fields, func(l normal.Leaf) bool { return l.Value == s.ID && at[l.Pointer] })
}
