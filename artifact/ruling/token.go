package ruling

import (
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
)

// SignedTokens reports one finding for each kind of token that signs somebody
// in, by rule; and for the others why there is nothing to forge.
func SignedTokens(p *check.Pass, rule func(t *artifact.TokenType, f check.Finding) check.Finding) {
	study := artifact.Tokens.Of(p)
	for i := range study.Types {
		t := &study.Types[i]
		f := check.Finding{Subject: t.Label(), Exhibits: check.Show("control", t.Control.Ref)}
		if g, settled := groundless(t, f); settled {
			p.Report(g)
			continue
		}
		p.Report(rule(t, f))
	}
	if len(study.Types) > 0 {
		return
	}
	switch n := len(study.Looked); {
	case len(study.Missed) > 0:
		m := study.Missed[0]
		p.Unproven(p.Check.ID, m.Reason, "what "+m.Who+" signs in with was not seen: "+m.Why)
	case n == 0:
		p.Unproven(p.Check.ID, check.NotExamined, "no credential was seen")
	default:
		p.NotApplicable(p.Check.ID, fmt.Sprintf("values that identities sign in with or are handed: %d; none of them is a JSON Web Token", n))
	}
}

// groundless says why nothing can be told of a kind of token.
func groundless(t *artifact.TokenType, f check.Finding) (check.Finding, bool) {
	switch {
	case t.Skipped.Reason != "":
		return undecided(f, t.Skipped.Reason, t.Skipped.Why), true
	case t.JWE:
		return undecided(f, check.NotExamined, "the token is encrypted (JWE): without its key nothing can be forged or seen of it"), true
	case t.Control.Unproven != "":
		return undecided(f, t.Control.Unproven, "the good token: "+t.Control.Why), true
	case !t.Control.Alive && t.Presented:
		f.Outcome, f.Message = check.NotApplicable, "it is handed out, but opens nothing as a bearer token"
		return f, true
	case !t.Control.Alive:
		return undecided(f, check.NoPositiveControl, "the good token is refused by "+t.Probe+" when it is sent by itself"), true
	case t.Without.Unproven != "":
		return undecided(f, t.Without.Unproven, "the same request without the token: "+t.Without.Why), true
	case t.Without.Alive:
		f.Outcome, f.Message = check.NotApplicable, "the token signs nobody in: "+t.Probe+" names the caller without it as well"
		f.Exhibits = append(f.Exhibits, check.Show("attempt", t.Without.Ref)...)
		return f, true
	}
	return f, false
}

func undecided(f check.Finding, reason check.Reason, why string) check.Finding {
	f.Outcome, f.Reason, f.Message = check.Unproven, reason, why
	return f
}

// Forgeries rules on the trials of some ids: any that is accepted fails the
// finding, and any that is undecided or was needed and not made leaves it
// unproven. harm says what an accepted one means.
func Forgeries(t *artifact.TokenType, f check.Finding, harm string, ids ...string) check.Finding {
	var accepted, open, refused []artifact.TokenTrial
	for _, x := range t.Trials {
		switch {
		case !slices.Contains(ids, x.ID):
		case x.Alive || x.Fetched:
			accepted = append(accepted, x)
		case x.Unproven != "" || !x.Sent():
			open = append(open, x)
		default:
			refused = append(refused, x)
		}
	}
	if len(accepted) > 0 {
		f.Outcome, f.Who, f.Message = check.Fail, "whoever", "accepted: "+named(accepted)+"; "+harm
		if only := accepted[0]; !only.Alive {
			f.Message = "refused, but the portal fetched a key from the address in it: " + named(accepted)
		}
		for _, x := range accepted[:min(len(accepted), check.MaxExamples-1)] {
			f.Exhibits = append(f.Exhibits, check.Show("attempt", x.Ref)...)
		}
		f.Exhibits = append(f.Exhibits, check.Show("anonymous", t.None.Ref)...)
		return f
	}
	if Unverified(t) && !slices.Contains(ids, "T1") {
		return undecided(f, check.NotExamined, "the signature is not looked at, so that every further token is accepted as well: see session/jwtverify")
	}
	if len(open) > 0 {
		return undecided(f, open[0].Unproven, fmt.Sprintf("%s: %s (%d of %d attempts are undecided)", open[0].Name, open[0].Why, len(open), len(open)+len(refused)))
	}
	return settled(t, f, refused, ids)
}

// settled is the end of Forgeries: nothing was accepted and nothing is open.
func settled(t *artifact.TokenType, f check.Finding, refused []artifact.TokenTrial, ids []string) check.Finding {
	var left []string
	for _, id := range ids {
		made := slices.ContainsFunc(refused, func(x artifact.TokenTrial) bool { return x.ID == id })
		i := slices.IndexFunc(t.Left, func(u artifact.Untried) bool { return u.ID == id })
		switch {
		case i >= 0 && t.Left[i].Needed:
			return undecided(f, t.Left[i].Reason, t.Left[i].What+" was not tried: "+t.Left[i].Why)
		case i >= 0:
			left = append(left, t.Left[i].What+" ("+t.Left[i].Why+")")
		case !made:
			return undecided(f, check.NotExamined, "attempt "+id+" was not made")
		}
	}
	f.Outcome, f.Message = check.OK, fmt.Sprintf("%d tokens refused: %s", len(refused), named(refused))
	if len(left) > 0 {
		f.Message += "; not tried: " + strings.Join(left, "; ")
	}
	if len(refused) > 0 {
		f.Exhibits = append(f.Exhibits, check.Show("attempt", refused[0].Ref)...)
	}
	return f
}

// Unverified reports whether a token whose signature is broken was accepted.
func Unverified(t *artifact.TokenType) bool {
	return slices.ContainsFunc(t.Trials, func(x artifact.TokenTrial) bool { return x.ID == "T1" && x.Alive })
}

// named names trials, a few of many.
func named(trials []artifact.TokenTrial) string {
	const few = 6
	var names []string
	for _, x := range trials {
		if !slices.Contains(names, x.Name) {
			names = append(names, x.Name)
		}
	}
	if len(names) > few {
		return strings.Join(names[:few], ", ") + fmt.Sprintf(" and %d more", len(names)-few)
	}
	return strings.Join(names, ", ")
}
