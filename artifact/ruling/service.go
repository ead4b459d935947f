package ruling

import (
	"fmt"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
)

// Services reports what was accepted or is undecided behind other prefixes,
// and returns where bad tokens were refused and where nobody asked. What was
// not asked is a finding only on another origin: within one, a sample is told as such.
func Services(p *check.Pass, t *artifact.TokenType, harm string) (refused, left []string, err error) {
	for _, s := range t.Services {
		name := strings.TrimSpace(s.Prefix)
		if s.Skipped.Reason != "" && !s.Foreign {
			left = append(left, name)
			continue
		}
		f, err := service(p, t, s, harm)
		switch {
		case err != nil:
			return nil, nil, err
		case f.Outcome == check.OK:
			refused = append(refused, name+" ("+s.Route+")")
		case f.Outcome != check.NotApplicable:
			p.Report(f)
		}
	}
	return refused, left, nil
}

// service rules on one route behind another prefix: who verifies there may be somebody else.
func service(p *check.Pass, t *artifact.TokenType, s artifact.Service, harm string) (check.Finding, error) {
	f := check.Finding{Subject: t.Label() + " at " + strings.TrimSpace(s.Prefix), Route: s.Route, Exhibits: check.Show("control", s.Control.Ref)}
	unproven := func(reason check.Reason, why string) (check.Finding, error) {
		f.Outcome, f.Reason, f.Message = check.Unproven, reason, why
		return f, nil
	}
	if s.Skipped.Reason != "" {
		return unproven(s.Skipped.Reason, s.Skipped.Why)
	}
	views := map[string]*normal.View{}
	for _, a := range append([]artifact.Attempt{s.Control, s.Again, s.None}, s.Trials...) {
		if a.Unproven != "" {
			return unproven(a.Unproven, a.Name+": "+a.Why)
		}
		ex, err := p.Exchange(a.Ref)
		if err != nil {
			return f, fmt.Errorf("judge service %s: %w", s.Prefix, err)
		}
		views[a.Name] = normal.Of(ex, normal.Mask{})
	}
	good, again, none := views[s.Control.Name], views[s.Again.Name], views[s.None.Name]
	if good.Class() != 2 {
		return unproven(check.NoPositiveControl, "the good token gets no answer with content there")
	}
	if again.Class() != 2 {
		return unproven(check.SessionDead, "the good token is refused after the bad ones as well")
	}
	mask := normal.Mask{Volatile: normal.VolatileIn(good, again)}
	if good, none = good.With(mask), none.With(mask); normal.Same(good, none) {
		f.Outcome, f.Message = check.NotApplicable, "it answers the same without any token"
		return f, nil
	}
	var doubted *artifact.Attempt
	for _, a := range s.Trials {
		x := views[a.Name].With(mask)
		switch {
		case normal.Same(x, none):
		case normal.Same(x, good), good.Family == normal.JSON && alike(x, good) && !alike(x, none):
			f.Outcome, f.Who, f.Message = check.Fail, "whoever", "accepted: "+attempted(a)+"; "+harm
			f.Exhibits = append(f.Exhibits, check.Show("attempt", a.Ref)...)
			f.Exhibits = append(f.Exhibits, check.Show("anonymous", s.None.Ref)...)
			return f, nil
		case alike(x, good) && !anonymized(x, good, facts(p, s.Control.Who)):
			doubted = &a
		}
	}
	if doubted != nil {
		f.Exhibits = append(f.Exhibits, check.Show("attempt", doubted.Ref)...)
		return unproven(check.Suspected, "answered much as the good token: "+attempted(*doubted))
	}
	f.Outcome = check.OK
	return f, nil
}

// facts are the values that name an identity.
func facts(p *check.Pass, who string) []string {
	signIns, ok := artifact.SignIns.Get(p)
	if !ok {
		return nil
	}
	for _, id := range signIns.Identities {
		if id.Name == who {
			return id.Facts
		}
	}
	return nil
}

// anonymized reports whether an answer no longer names whom the good one
// names: a page may say within the same layout that the session has ended.
func anonymized(x, good *normal.View, facts []string) bool {
	is, was := normal.Fold(x.Body()), normal.Fold(good.Body())
	named := false
	for _, fact := range facts {
		if fact = normal.Fold(fact); fact != "" && strings.Contains(was, fact) {
			if named = true; strings.Contains(is, fact) {
				return false
			}
		}
	}
	return named
}

// alike reports whether an answer has nearly the shape of the other.
func alike(x, good *normal.View) bool {
	return x.Class() == good.Class() && normal.Jaccard(x, good) >= 0.9
}

// attempted is what was tried, without its number.
func attempted(a artifact.Attempt) string {
	_, what, _ := strings.Cut(a.Name, " ")
	return what
}
