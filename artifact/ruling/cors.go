package ruling

import (
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/crossorigin"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/refusal"
	"github.com/launchready/launchready/check"
)

// CrossNeeds and CrossWants are what the checks of CORS read.
func CrossNeeds() []check.Need { return []check.Need{artifact.Crossed, artifact.SignIns} }

// CrossWants may be missing.
func CrossWants() []check.Need { return []check.Need{artifact.Baselines, artifact.Cookies} }

// Crossings is the cross-origin transcript with what browsers make of it.
type Crossings struct {
	*artifact.CrossOrigin
	Clusters []*Crossing

	signIns *artifact.Sessions
	judge   *refusal.Judge
}

// Crossing is one cluster of routes.
type Crossing struct {
	*artifact.Crossing
	Tries []*OriginTry
}

// OriginTry is one origin on one cluster.
type OriginTry struct {
	artifact.OriginTry
	Answer       crossorigin.Answer
	Preflights   []crossorigin.Answer
	Readable     bool // by a script that sends no credentials
	Credentialed bool // by one that does
	// Private says that the replay, as a browser would send it, gave away what
	// only a signed-in caller is shown.
	Private bool
}

// Hostile reports an origin that is not approved and that a browser can send.
func (t *OriginTry) Hostile() bool { return t.Class != "approved" && t.Class != "odd" }

// Anybodys reports an origin that anybody can have.
func (t *OriginTry) Anybodys() bool { return t.Class == "foreign" }

var crossings = check.Derive("ruling.crossings", buildCrossings)

// CrossingsOf returns the transcript of CORS as browsers read it, computed once.
func CrossingsOf(p *check.Pass) (*Crossings, error) { return crossings.Of(p) }

func buildCrossings(p *check.Pass) (*Crossings, error) {
	x := &Crossings{CrossOrigin: artifact.Crossed.Of(p), signIns: artifact.SignIns.Of(p)}
	learned, _ := artifact.Baselines.Get(p)
	x.judge = refusal.New(learned)
	for i := range x.CrossOrigin.Clusters {
		c := &Crossing{Crossing: &x.CrossOrigin.Clusters[i]}
		for _, t := range c.Crossing.Tries {
			o := &OriginTry{OriginTry: t}
			ex, err := p.Exchange(t.Actual.Ref)
			if err != nil {
				return nil, fmt.Errorf("read answer to origin %s: %w", t.Name, err)
			}
			o.Answer = crossorigin.Of(ex)
			o.Readable, _ = crossorigin.Readable(o.Answer, t.Origin, false)
			o.Credentialed, _ = crossorigin.Readable(o.Answer, t.Origin, true)
			for _, f := range t.Preflights {
				ex, err := p.Exchange(f.Ref)
				if err != nil {
					return nil, fmt.Errorf("read preflight of origin %s: %w", t.Name, err)
				}
				o.Preflights = append(o.Preflights, crossorigin.Of(ex))
			}
			if o.Private, err = x.private(p, c.Crossing, t.Replay); err != nil {
				return nil, err
			}
			c.Tries = append(c.Tries, o)
		}
		c.infer()
		x.Clusters = append(x.Clusters, c)
	}
	return x, nil
}

// infer takes over what a replay told for origins of its class that were not
// replayed: the browser sends them the same.
func (c *Crossing) infer() {
	for _, t := range c.Tries {
		for _, o := range c.Tries {
			if t.Credentialed && o.Credentialed && t.Class == o.Class && t.Hostile() && !t.Replay.Sent() && o.Replay.Sent() {
				t.Private = t.Private || o.Private
				t.Replay, t.Cookies, t.Withheld = o.Replay, o.Cookies, o.Withheld
			}
		}
	}
}

// private reports whether a replay gave away what only somebody signed in is
// shown: what names the caller, or the very answer that nobody else gets.
func (x *Crossings) private(p *check.Pass, c *artifact.Crossing, replay artifact.Attempt) (bool, error) {
	if !replay.Sent() {
		return false, nil
	}
	var views [3]*normal.View
	for i, a := range []artifact.Attempt{replay, c.Plain, c.Nobody} {
		ex, err := p.Exchange(a.Ref)
		if err != nil {
			return false, fmt.Errorf("read replay: %w", err)
		}
		views[i] = normal.Of(ex, normal.Mask{})
	}
	got, plain, nobody := views[0], views[1], views[2]
	if got.Status == 0 {
		return false, nil
	}
	text, public := normal.Fold(got.Body()), normal.Fold(nobody.Body())
	for _, f := range x.signIns.By(c.Who).Facts {
		if f = normal.Fold(f); len(f) >= 5 && strings.Contains(text, f) && !strings.Contains(public, f) {
			return true, nil
		}
	}
	if _, refused := x.judge.Refuses(c.Route, got); refused || got.Class() != 2 || plain.Class() != 2 || nobody.Status == 0 || !normal.Content(got) {
		return false, nil
	}
	return (normal.Same(got, plain) || normal.Jaccard(got, plain) >= 0.9) && normal.Jaccard(got, nobody) < 0.9, nil
}

// Sends is how an identity's credential travels.
func (x *Crossings) Sends(who string) string { return x.signIns.By(who).Sends }

// ByHeader is how some signed-in identity sends its credential in a header that
// only an own script sets; "" when none does.
func (x *Crossings) ByHeader() string {
	for _, i := range x.signIns.Identities {
		if i.SignedIn && (i.Sends == "bearer" || strings.HasPrefix(i.Sends, "header ")) {
			return i.Sends
		}
	}
	return ""
}

// Label is how reports name an identity.
func (x *Crossings) Label(who string) string { return x.signIns.By(who).Label() }

// Finding is a finding on a cluster, still without an outcome.
func (c *Crossing) Finding(tries ...*OriginTry) check.Finding {
	f := check.Finding{Subject: c.Subject, Route: c.Route}
	for i, t := range tries {
		if i >= check.MaxExamples {
			break
		}
		f.Exhibits = append(f.Exhibits, check.Show("attempt", t.Actual.Ref)...)
		f.Exhibits = append(f.Exhibits, check.Show("stranger", t.Replay.Ref)...)
	}
	if len(f.Exhibits) > 0 {
		f.Exhibits = append(f.Exhibits, check.Show("control", c.Crossing.Plain.Ref)...)
	}
	return f
}

// Undecided returns the first try of those that matter which decides nothing.
func (c *Crossing) Undecided(matters func(*OriginTry) bool) (check.Reason, string) {
	if c.Skipped.Reason != "" {
		return c.Skipped.Reason, c.Skipped.Why
	}
	any := false
	for _, t := range c.Tries {
		if !matters(t) {
			continue
		}
		any = true
		for _, a := range []artifact.Attempt{t.Actual, t.Replay} {
			if a.Unproven != "" {
				return a.Unproven, t.Name + ": " + a.Why
			}
		}
		if t.Answer.Status == 0 {
			return check.Unstable, t.Name + ": no answer arrived"
		}
	}
	if !any {
		return check.NotExamined, "no such origin was tried"
	}
	return "", ""
}

// Origins names origins, a few of them.
func Origins(tries []*OriginTry) string {
	var out []string
	for _, t := range tries {
		if s := fmt.Sprintf("%s (%s)", t.Origin, t.Name); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	if len(out) > check.MaxExamples {
		return strings.Join(out[:check.MaxExamples], ", ") + fmt.Sprintf(" and %d more", len(out)-check.MaxExamples)
	}
	return strings.Join(out, ", ")
}

// Every reports one finding for each cluster by rule; nil reports none. Where
// there is nothing to report it is unproven why.
func (x *Crossings) Every(p *check.Pass, rule func(*Crossing) *check.Finding) {
	for _, c := range x.Clusters {
		if f := rule(c); f != nil {
			p.Report(*f)
		}
	}
	if len(p.Findings()) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no route was found on which this could be tried")
	}
	if len(x.Left) > 0 {
		p.Unproven("routes left out", check.BudgetSpent, fmt.Sprintf("%d routes were not tried: %s", len(x.Left), strings.Join(x.Left[:min(len(x.Left), check.MaxExamples)], ", ")))
	}
}

// Implied reports a hole that a wider one on the same cluster brings along:
// whoever lets any origin in lets every kind in.
func (c *Crossing) Implied(t *OriginTry) bool {
	return !t.Anybodys() && slices.ContainsFunc(c.Tries, func(o *OriginTry) bool {
		return o.Anybodys() && o.Private && (t.Class != "null" || o.Name == "random https")
	})
}

// Of returns the tries that a condition holds for.
func (c *Crossing) Of(holds func(*OriginTry) bool) []*OriginTry {
	var out []*OriginTry
	for _, t := range c.Tries {
		if holds(t) {
			out = append(out, t)
		}
	}
	return out
}
