package ruling

import (
	"fmt"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
)

// SignIns returns the recipes by which somebody signs in, for a check on what a
// sign-in begins. Recipes that could not be studied are reported, and what it
// means that nobody signs in at all.
func SignIns(p *check.Pass, life *artifact.Lifecycle) []artifact.RecipeLife {
	var out []artifact.RecipeLife
	basic, standing := 0, 0
	for _, r := range life.Recipes {
		switch {
		case r.Skipped.Reason != "":
			p.Unproven(r.Label(), r.Skipped.Reason, r.Skipped.Why)
		case r.Standing && r.Sends == "basic":
			basic++
		case r.Standing:
			standing++
		default:
			out = append(out, r)
		}
	}
	switch {
	case len(out) > 0 || len(p.Findings()) > 0:
	case standing > 0:
		p.Unproven(p.Check.ID, check.Undeclared, "every identity brings a credential that was made elsewhere; describe how people sign in (login: steps)")
	case basic > 0:
		p.NotApplicable(p.Check.ID, "Basic sends the password with each request: there is no session")
	default:
		p.Unproven(p.Check.ID, check.NotExamined, "nobody signs in")
	}
	return out
}

// Span tells a duration in the units people use.
func Span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*day && d%day == 0:
		return fmt.Sprintf("%d days", d/day)
	case d >= 2*day:
		return fmt.Sprintf("%.1f days", d.Hours()/24)
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%.1f h", d.Hours())
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return d.Round(time.Second).String()
}

// Observed says what was seen of a recipe's credentials after an event
// (expired, idle): one that still works, one that was refused, and otherwise
// why nothing could be seen.
type Observed struct {
	Works, Refused *artifact.Expired
	Reason         check.Reason
	Why            string
}

// ObserveEnd looks for a recipe's credentials among those that should have ended.
func ObserveEnd(x *artifact.Expiry, recipe, event string) (o Observed, any bool) {
	for i := range x.Tokens {
		e := &x.Tokens[i]
		if e.Recipe != recipe || e.Event != event {
			continue
		}
		any = true
		switch {
		case e.Unlike != "":
			o.undecided(check.NoPositiveControl, fmt.Sprintf("the stored %s of %s proves nothing: %s", e.Event, e.Who, e.Unlike))
		case e.Skipped.Reason != "" && !e.Ends.IsZero():
			o.undecided(e.Skipped.Reason, fmt.Sprintf("%s of %s: %s; observable at %s", e.Token, e.Who, e.Skipped.Why, e.Ends.UTC().Format("2006-01-02 15:04 MST")))
		case e.Skipped.Reason != "":
			o.undecided(e.Skipped.Reason, e.Token+" of "+e.Who+": "+e.Skipped.Why)
		case e.Late.Alive:
			o.Works = e
		case e.Late.Unproven != "":
			o.undecided(e.Late.Unproven, e.Late.Why)
		case !e.Control.Alive || !e.Stored && !e.Fresh.Alive:
			o.undecided(check.NoPositiveControl, "no good credential of "+e.Who+" was accepted at that moment")
		case o.Refused == nil:
			o.Refused = e
		}
	}
	return o, any
}

// OrIdle counts a session that ended because nobody used it: where no other
// end is stated, that is its end.
func (o *Observed) OrIdle(x *artifact.Expiry, recipe string) {
	if o.Works != nil || o.Refused != nil {
		return
	}
	idle, any := ObserveEnd(x, recipe, "idle")
	if any && idle.Works == nil && idle.Refused != nil {
		o.Refused = idle.Refused
	}
}

func (o *Observed) undecided(r check.Reason, why string) {
	if o.Reason == "" {
		o.Reason, o.Why = r, why
	}
}

// EndOf says in words what a refused credential proves.
func EndOf(e *artifact.Expired) string {
	if e.Stored {
		return "the stored " + e.Event + " session of " + e.Who + " is refused"
	}
	return fmt.Sprintf("%s of %s, %s when it was made, is refused after its end", e.Token, e.Who, "accepted")
}

// Fact is one part of a finding that is decided by several.
type Fact struct {
	Reason  check.Reason
	Message string
}

// Sum reports a subject by its parts: what is wrong first, then what is undecided.
func Sum(p *check.Pass, f check.Finding, wrong, fine []string, open []Fact) {
	switch {
	case len(wrong) > 0:
		f.Outcome, f.Message = check.Fail, strings.Join(wrong, "; ")
	case len(open) > 0:
		f.Outcome, f.Reason, f.Message = check.Unproven, open[0].Reason, open[0].Message
	default:
		f.Outcome, f.Message = check.OK, strings.Join(fine, "; ")
	}
	p.Report(f)
}
