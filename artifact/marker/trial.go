package marker

import (
	"fmt"
	"strings"
	"sync"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Answer is an attempt with what came back.
type Answer struct {
	Ex       *evidence.Exchange // nil when nothing was sent
	Unproven check.Reason       // why it decides nothing; "" when it counts
	Why      string

	view *viewed // nil: the view is made each time
}

// viewed is the view of an exchange, made when it is first asked for.
type viewed struct {
	once sync.Once
	v    *normal.View
}

// Load returns an attempt with its exchange; lookup is Pass.Exchange.
func Load(a artifact.Attempt, lookup func(evidence.Ref) (*evidence.Exchange, error)) (Answer, error) {
	ex, err := lookup(a.Ref)
	if err != nil {
		return Answer{}, fmt.Errorf("read exchange of attempt %s: %w", a.Name, err)
	}
	return Answer{ex, a.Unproven, a.Why, &viewed{}}, nil
}

// LoadNamed loads the first attempt of a name; a zero Answer when there is none.
func LoadNamed(as []artifact.Attempt, name string, lookup func(evidence.Ref) (*evidence.Exchange, error)) (Answer, error) {
	a, ok := artifact.Find(as, name)
	if !ok {
		return Answer{}, nil
	}
	return Load(a, lookup)
}

// As returns the same answer as another attempt has it.
func (a Answer) As(t artifact.Attempt) Answer {
	a.Unproven, a.Why = t.Unproven, t.Why
	return a
}

// counts reports whether an answer arrived and decides something.
func (a Answer) counts() bool { return a.Unproven == "" && a.Ex.Status() != 0 }

// Ruling is what an oracle says.
type Ruling struct {
	Outcome   check.Outcome
	Reason    check.Reason // only when unproven
	Step      int          // of the oracle, as the design numbers them
	Message   string       // in plain words
	Places    []check.Place
	Existence bool // the answer tells whether the object exists, though it holds nothing of it
}

func ok(step int, format string, args ...any) Ruling {
	return Ruling{Outcome: check.OK, Step: step, Message: fmt.Sprintf(format, args...)}
}

func unproven(step int, reason check.Reason, format string, args ...any) Ruling {
	return Ruling{Outcome: check.Unproven, Reason: reason, Step: step, Message: fmt.Sprintf(format, args...)}
}

// leak is the ruling on a proven leak.
func leak(step int, v *normal.View, r *result, ms []Marker, who string) Ruling {
	places := r.places(ms)
	said := make([]string, len(places))
	for i, p := range places {
		said[i] = word(p.Kind) + " at " + p.Where
	}
	return Ruling{
		Outcome: check.Fail, Step: step, Places: places,
		Message: fmt.Sprintf("the answer to %s (status %d) holds the owner's data: %s", who, v.Status, strings.Join(said, ", ")),
	}
}

// word names a kind of marker to people.
func word(kind string) string {
	switch kind {
	case Canary:
		return "a planted text"
	case Declared:
		return "the declared marker"
	case Credential:
		return "a secret"
	case Email:
		return "an e-mail address"
	case Phone:
		return "a phone number"
	case IBAN:
		return "a bank account"
	case OtherID:
		return "the id of another record"
	case FreeText:
		return "a text"
	case ETag:
		return "the record's digest"
	}
	return "a value"
}

// nuisance is the ruling on an answer that decides nothing because something
// stood in between; ok is false when nothing did.
func nuisance(a Answer, v *normal.View, j *refusal.Judge, who string) (Ruling, bool) {
	switch {
	case a.Unproven != "":
		return unproven(1, a.Unproven, "%s", because("the answer to "+who+" decides nothing", a.Why)), true
	case a.Ex == nil:
		return unproven(1, check.NotExamined, "nothing was sent as %s", who), true
	case v.Status == 0:
		return unproven(1, check.Unstable, "%s", because("no answer to "+who+" arrived", a.Ex.Error)), true
	case j.Throttles(v):
		return unproven(1, check.Throttled, "the portal told %s to slow down (status %d)", who, v.Status), true
	}
	if what, between := j.Intercepts(v); between {
		return unproven(1, check.Intercepted, "%s answered %s in place of the portal (status %d)", what, who, v.Status), true
	}
	return Ruling{}, false
}

func because(what, why string) string {
	if why == "" {
		return what
	}
	return what + ": " + why
}

// control rules on the owner's answer: without real content at the owner's,
// nothing can be concluded from anybody else's. ok is true when it is good.
func control(route string, p Answer, v *normal.View, j *refusal.Judge) (Ruling, bool) {
	switch {
	case p.Unproven != "":
		return unproven(0, p.Unproven, "%s", because("the owner's own request decided nothing", p.Why)), false
	case p.Ex == nil:
		return unproven(0, check.NoPositiveControl, "the owner was not asked"), false
	case v.Status == 0:
		return unproven(0, check.NoPositiveControl, "%s", because("the owner got no answer", p.Ex.Error)), false
	case v.Class() != 2:
		return unproven(0, check.NoPositiveControl, "the owner gets status %d, not the record", v.Status), false
	}
	if kind, refused := j.Refuses(route, v); refused {
		return unproven(0, check.NoPositiveControl, "even the owner is refused (%s)", kind), false
	}
	if !normal.Content(v) {
		return unproven(0, check.NoPositiveControl, "the owner's answer holds nothing to protect"), false
	}
	return Ruling{}, true
}

// learnable returns the owner's exchange if markers may be learned from it.
func learnable(p Answer, v *normal.View) *evidence.Exchange {
	if p.Ex == nil || v.Class() != 2 {
		return nil
	}
	return p.Ex
}

// ids returns the unique ids among the fields of a view: those that a mask keeps.
func ids(v *normal.View) map[string]bool {
	out := map[string]bool{}
	for i := range v.Fields {
		if s := v.Fields[i].Value; len(s) >= 12 && len(s) <= 64 && normal.Unique(normal.Format(s)) {
			out[s] = true
		}
	}
	return out
}

// plain is the view of an answer without a mask.
func plain(a Answer) *normal.View {
	if a.view == nil {
		return normal.Of(a.Ex, normal.Mask{})
	}
	a.view.once.Do(func() { a.view.v = normal.Of(a.Ex, normal.Mask{}) })
	return a.view.v
}

func nobody(j *refusal.Judge) *refusal.Judge {
	if j == nil {
		return refusal.New(nil)
	}
	return j
}
