package ruling

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// List rules on every try of a list trial: only ids and markers of the owner
// count, never how many rows there are.
func (g *Ground) List(t artifact.ListTrial) ([]Case, error) {
	l := list{g: g, trial: t}
	var err error
	if l.anon, err = g.Load(t.Anon); err != nil {
		return nil, err
	}
	for i, into := range []*marker.Answer{&l.p, &l.p2} {
		if i < len(t.P) {
			if *into, err = g.Load(t.P[i]); err != nil {
				return nil, err
			}
		}
	}
	if len(t.N) > 0 {
		if l.n, err = g.Load(t.N[0]); err != nil {
			return nil, err
		}
	}
	var out []Case
	for _, try := range t.Tries {
		x, err := g.Load(try)
		if err != nil {
			return nil, err
		}
		c := Case{Route: t.Route, Owner: t.Owner, Stranger: t.Stranger, Kind: try.Name, Try: try}
		if len(t.P) > 0 {
			c.P = t.P[0]
		}
		if len(t.N) > 0 {
			c.N = t.N[0]
		}
		c.Ruling = l.rule(x)
		out = append(out, c)
	}
	return out, nil
}

// list is one trial at work.
type list struct {
	g               *Ground
	trial           artifact.ListTrial
	p, p2, n, anon  marker.Answer
	strong, markers []marker.Marker
}

// rule is the oracle of lists. As with objects, a leak needs no living session.
func (l *list) rule(x marker.Answer) marker.Ruling {
	decided := marker.Decide(marker.Trial{
		Route: l.trial.Route, Guess: true, Shared: l.g.Route(l.trial.Route).Shared, Declared: l.trial.Marker, Volatile: l.g.volatile[l.trial.Route],
		Sent: sentBy(x.Ex), P: l.p, P2: l.p2, N: l.n, A: l.anon, X: x,
		Stranger: l.g.Shown(l.trial.Stranger), Others: marker.NewSet(l.trial.OwnerIDs...), Judge: l.g.Judge,
	})
	l.learn(x)
	v := view(x.Ex)
	if r, leaks := l.leaks(v); leaks {
		return r
	}
	if decided.Outcome == check.Fail && decided.Step == 3 {
		return decided
	}
	if decided.Outcome == check.Fail {
		// One text that the owner's list holds as well: two tenants may have the same.
		decided.Outcome, decided.Reason = check.Unproven, check.Suspected
		decided.Message = "the stranger's list shares a text with the owner's, but no id and nothing else of the owner's"
		return decided
	}
	if decided.Step < 4 {
		return decided
	}
	return l.harmless(v, decided)
}

// learn takes the owner's markers apart: strong ones prove by themselves.
func (l *list) learn(x marker.Answer) {
	l.strong, l.markers = nil, nil
	ms := marker.Learn(marker.Lesson{
		P: owned(l.p), P2: l.p2.Ex, N: l.n.Ex, Stranger: l.g.Shown(l.trial.Stranger), Declared: l.trial.Marker,
		Others: marker.NewSet(l.trial.OwnerIDs...), Sent: sentBy(x.Ex),
	})
	for _, m := range ms {
		if m.Kind == marker.ETag {
			continue
		}
		l.markers = append(l.markers, m)
		switch {
		case m.Kind == marker.OtherID && !normal.Unique(normal.Format(m.Value)), m.Kind == marker.FreeText, m.Kind == marker.Other:
		default:
			l.strong = append(l.strong, m)
		}
	}
	for _, f := range l.g.foreignFacts(l.trial.Owner, l.trial.Stranger) {
		if strings.Contains(f, "@") && !slices.Contains(sentBy(x.Ex), f) {
			l.strong = append(l.strong, marker.Marker{Kind: marker.Email, Score: 6, Value: normal.Fold(f)})
		}
	}
}

// leaks reports ids or markers of the owner in v, or rows that say they are
// the owner's tenant's.
func (l *list) leaks(v *normal.View) (marker.Ruling, bool) {
	if v.Status == 0 || l.g.Route(l.trial.Route).Shared || l.public(v) {
		return marker.Ruling{}, false
	}
	score, places := marker.Hits(v, l.strong)
	if score < marker.Proof {
		score, places = marker.Hits(v, l.markers)
		if score < 2*marker.Proof || len(places) < 2 {
			score = 0
		}
	}
	if score == 0 {
		places = l.attributed(v)
	}
	if len(places) == 0 {
		return marker.Ruling{}, false
	}
	kinds := make([]string, len(places))
	for i, p := range places {
		kinds[i] = p.Kind + " at " + p.Where
	}
	return marker.Ruling{
		Outcome: check.Fail, Step: 2, Places: places,
		Message: fmt.Sprintf("the list (status %d) holds what only the owner's tenant may see: %s", v.Status, strings.Join(kinds, ", ")),
	}, true
}

// public reports whether anybody is shown the same rows without a login.
func (l *list) public(v *normal.View) bool {
	a := view(l.anon.Ex)
	if a.Class() != 2 {
		return false
	}
	if _, refused := l.g.Judge.Refuses(l.trial.Route, a); refused {
		return false
	}
	return normal.Same(a, v)
}

// attributed returns the rows of v that name the owner's tenant where the
// owner's own list names nothing but that tenant.
func (l *list) attributed(v *normal.View) []check.Place {
	facts := l.g.foreignFacts(l.trial.Owner, l.trial.Stranger)
	p := view(l.p.Ex)
	only := map[string]bool{} // star pointer → every value there names the owner's tenant
	for i := range p.Fields {
		f := &p.Fields[i]
		if f.Type != "string" && f.Type != "number" || !strings.Contains(f.Star, "*") {
			continue
		}
		mine := slices.Contains(facts, f.Value) && tenantKey(f.Key)
		if was, seen := only[f.Star]; !seen || was {
			only[f.Star] = mine
		}
	}
	sent := sentBy(l.p.Ex)
	var out []check.Place
	for i := range v.Fields {
		f := &v.Fields[i]
		if only[f.Star] && slices.Contains(facts, f.Value) && !slices.Contains(sent, f.Value) && len(out) < check.MaxExamples {
			out = append(out, check.Place{Where: f.Pointer, Kind: "tenant", Masked: f.Value[:min(3, len(f.Value))] + "…"})
		}
	}
	return out
}

// tenantKey reports keys that say whose a row is.
func tenantKey(key string) bool {
	k := normal.Key(key)
	for _, word := range []string{"tenant", "org", "account", "workspace", "company", "customer"} {
		if strings.HasPrefix(k, word) {
			return true
		}
	}
	return false
}

// harmless rules on a list without anything of the owner's in it: whether that
// means something depends on what the owner's list would have shown.
func (l *list) harmless(v *normal.View, decided marker.Ruling) marker.Ruling {
	if decided.Outcome == check.Unproven && v.Class() == 5 {
		return decided
	}
	if shared := l.ambiguous(v); shared != "" {
		return marker.Ruling{
			Outcome: check.Unproven, Reason: check.Suspected, Step: 7,
			Message: fmt.Sprintf("both tenants are listed %s: declare the route under routes.shared if that is meant", shared),
		}
	}
	p := view(l.p.Ex)
	switch {
	case l.surrounded():
		return marker.Ruling{
			Outcome: check.Unproven, Reason: check.Suspected, Step: 7,
			Message: fmt.Sprintf("the stranger is listed every %s that the owner is, and more: declare whose they are under resources (ids), or the route under routes.shared", orObject(l.g.Route(l.trial.Route).Noun)),
		}
	case decided.Outcome == check.OK:
		decided.Existence = false
		return decided
	case len(l.markers) > 0 || len(l.trial.OwnerIDs) > 0:
		return marker.Ruling{Outcome: check.OK, Step: 6, Message: fmt.Sprintf("none of the owner's ids and texts is in the answer (status %d)", v.Status)}
	case counters(p) && !normal.Same(p, v):
		return marker.Ruling{Outcome: check.OK, Step: 6, Message: "counts, and others than the owner's"}
	case counters(v) && l.counted(v):
		return marker.Ruling{Outcome: check.OK, Step: 6, Message: "counts just what the stranger's own lists hold"}
	}
	return marker.Ruling{Outcome: check.Unproven, Reason: check.NoMarker, Step: 8, Message: "the owner's list holds nothing that could be recognised elsewhere"}
}

// ambiguous names a kind of object that the owner owns by one list and that v
// lists to the stranger as well; "" when there is none.
func (l *list) ambiguous(v *normal.View) string {
	tenant := l.g.Identity(l.trial.Owner).Tenant
	shown := map[string]bool{}
	for _, id := range normal.IDs(v) {
		shown[id.Value] = true
	}
	p := map[string]bool{}
	for _, id := range normal.IDs(view(l.p.Ex)) {
		p[id.Value] = true
	}
	for _, o := range l.g.corpus.Objects {
		if o.Ambiguous && o.Tenant == tenant && shown[o.ID] && p[o.ID] && (o.Route == "" || !l.g.Route(o.Route).Shared) {
			return "the same " + orObject(o.Noun) + "s"
		}
	}
	return ""
}

// surrounded reports whether the stranger's list holds all that the owner's
// does and more besides, so that nothing on it is the owner's alone. Either
// the owner has nothing but what is shared, or the stranger sees all.
func (l *list) surrounded() bool {
	noun := l.g.Route(l.trial.Route).Noun
	theirs, mine := map[string]bool{}, map[string]bool{} // the owner's, the stranger's
	for _, r := range l.g.corpus.Readings {
		if r.Route != l.trial.Route || !r.OK {
			continue
		}
		for _, id := range r.IDs[noun] {
			switch l.g.Identity(r.Who).Tenant {
			case l.g.Identity(l.trial.Owner).Tenant:
				theirs[id] = true
			case l.g.Identity(l.trial.Stranger).Tenant:
				mine[id] = true
			}
		}
	}
	for id := range theirs {
		if !mine[id] {
			return false
		}
	}
	return len(theirs) > 0 && len(mine) > len(theirs)
}

func orObject(noun string) string {
	if noun == "" {
		return "object"
	}
	return noun
}

// counters reports an answer that holds numbers and switches only.
func counters(v *normal.View) bool {
	numbers := 0
	for i := range v.Fields {
		switch f := &v.Fields[i]; f.Type {
		case "number":
			numbers++
		case "string":
			if f.Value != "" && !normal.Envelope(f.Key) && !v.Masks(f) {
				return false
			}
		}
	}
	return v.Family == normal.JSON && numbers > 0
}

// counted reports whether every number of v is how many objects of the kind
// that its key names the stranger's own lists hold: a total over all tenants
// would be more.
func (l *list) counted(v *normal.View) bool {
	tenant := l.g.Identity(l.trial.Stranger).Tenant
	for i := range v.Fields {
		f := &v.Fields[i]
		if f.Type == "number" && !v.Masks(f) && !slices.ContainsFunc(l.g.corpus.Readings, func(r artifact.Reading) bool {
			return l.g.Identity(r.Who).Tenant == tenant && holds(r, f)
		}) {
			return false
		}
	}
	return true
}

// holds reports whether a list names as many objects of a kind as a leaf says.
func holds(r artifact.Reading, f *normal.Leaf) bool {
	key := normal.Key(f.Key)
	for noun, ids := range r.IDs {
		if noun != "" && strings.Contains(key, strings.ToLower(noun)) && f.Value == strconv.Itoa(len(ids)) {
			return true
		}
	}
	return false
}

// owned returns the owner's exchange when markers may be learned from it.
func owned(p marker.Answer) *evidence.Exchange {
	if p.Ex.Status()/100 != 2 {
		return nil
	}
	return p.Ex
}
