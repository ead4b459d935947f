// Package signedurl judges links that carry their own authority.
package signedurl

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

//go:embed doc.md
var doc string

// Check demands that signed links are short-lived and cannot be bent.
var Check = check.Check{
	ID: "authz/signedurl", Doc: doc, Severity: check.Advice,
	Needs: ruling.Needs(artifact.Exported), Wants: ruling.Wants(), Judge: judge,
}

// A link is good up to short; one that outlives long is as good as public.
const short, long = 15 * 60, 60 * 60

func judge(p *check.Pass) error {
	g, err := ruling.Of(p)
	if err != nil {
		return err
	}
	exports := artifact.Exported.Of(p)
	if len(exports.Links) == 0 {
		return none(p, exports)
	}
	return ruling.Routes(exports.Links, func(l artifact.SignedLink) string { return l.Route }, func(_ string, of []artifact.SignedLink) error {
		var worst check.Finding
		for _, l := range of {
			f, err := rule(g, l)
			if err != nil {
				return err
			}
			if worst.Outcome == "" || worst.Outcome != check.Fail && f.Outcome != check.OK {
				worst = f
			}
		}
		p.Report(worst)
		return nil
	})
}

// bend is one way of asking with a signature that was made for something else.
type bend struct {
	attempt artifact.Attempt
	hole    string // what it means when it opens
}

// rule judges one link: what opens with a bent signature, then how long it lives.
func rule(g *ruling.Ground, l artifact.SignedLink) (check.Finding, error) {
	f := check.Finding{Subject: l.Route, Route: l.Route, Outcome: check.OK, Exhibits: check.Show("attempt", l.Open.Ref)}
	open, err := g.Load(l.Open)
	if err != nil {
		return f, err
	}
	switch {
	case open.Unproven != "" || open.Ex.Status() == 0:
		return undecided(f, reasonOf(open), "the link could not be opened as issued: "+open.Why), nil
	case !opens(g, l.Route, open):
		f.Message = fmt.Sprintf("the link does not open without a login either (status %d)", open.Ex.Status())
		return f, nil
	}
	var holes []string
	for _, b := range []bend{
		{l.Broken, "the signature is not checked"},
		{l.Altered, "the signature does not cover the path: it opens another file"},
		{l.Expired, "the signature does not cover the expiry: it can be moved"},
	} {
		a, err := g.Load(b.attempt)
		switch {
		case err != nil:
			return f, err
		case opens(g, l.Route, a):
			holes = append(holes, b.hole)
			f.Exhibits = append(f.Exhibits, check.Show("stranger", b.attempt.Ref)...)
		case a.Unproven != "" && f.Reason == "":
			f.Reason, f.Message = a.Unproven, b.attempt.Name+" link: "+a.Why
		}
	}
	if l.Lifetime > long {
		holes = append(holes, fmt.Sprintf("it lives %s", time.Duration(l.Lifetime)*time.Second))
	}
	switch {
	case len(holes) > 0:
		f.Outcome, f.Reason, f.Who, f.Message = check.Fail, "", evidence.Anonymous, strings.Join(holes, "; ")
	case f.Reason != "":
		f.Outcome = check.Unproven
	case l.Lifetime <= 0:
		return undecided(f, check.Suspected, "the link states no expiry: whether it ever ends cannot be seen"), nil
	default:
		f.Message = fmt.Sprintf("bent links are refused; it lives %s%s", time.Duration(l.Lifetime)*time.Second, notes(l, open))
	}
	return f, nil
}

func undecided(f check.Finding, r check.Reason, message string) check.Finding {
	f.Outcome, f.Reason, f.Message = check.Unproven, r, message
	return f
}

func reasonOf(a marker.Answer) check.Reason {
	if a.Unproven != "" {
		return a.Unproven
	}
	return check.Unstable
}

// opens reports whether an answer gives content away.
func opens(g *ruling.Ground, route string, a marker.Answer) bool {
	if a.Ex.Status()/100 != 2 {
		return false
	}
	v := normal.Of(a.Ex, normal.Mask{})
	_, refused := g.Judge.Refuses(route, v)
	return !refused && normal.Content(v)
}

func notes(l artifact.SignedLink, open marker.Answer) string {
	out := ""
	if l.Lifetime > short {
		out += ", which is longer than 15 minutes"
	}
	if !strings.Contains(strings.ToLower(open.Ex.Header("Cache-Control")), "no-store") {
		out += "; its answer lacks no-store"
	}
	return out
}

// signed finds a link with a signature in what a portal answered.
var signed = regexp.MustCompile(`(?i)[?&](x-amz-signature|x-goog-signature|signature|sig|hmac)=`)

// none reports on a portal of which no signed link was tried: that there is
// none is only known when exports were tried and no answer names one.
func none(p *check.Pass, exports *artifact.Exports) error {
	for _, t := range exports.Trials {
		if t.Skipped.Reason == check.EffectRefused {
			p.Unproven(p.Check.ID, check.EffectRefused, "no export was made that could give a link: "+t.Skipped.Why)
			return nil
		}
	}
	readings := artifact.Corpora.Of(p).Readings
	for _, r := range readings {
		if r.First.Unproven != "" {
			p.Unproven(p.Check.ID, r.First.Unproven, "no answer names a signed link, but not all could be read: "+r.First.Why)
			return nil
		}
		ex, err := p.Exchange(r.First.Ref)
		if err != nil {
			return err
		}
		if signed.Match(ex.Body()) {
			p.Unproven(p.Check.ID, check.NotExamined, "a signed link was seen, but none was tried", r.First.Ref)
			return nil
		}
	}
	if len(readings) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "nothing was read that could hold a link")
		return nil
	}
	p.NotApplicable(p.Check.ID, fmt.Sprintf("none of %d answers names a signed link", len(readings)))
	return nil
}
