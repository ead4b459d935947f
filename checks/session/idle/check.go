// Package idle judges whether a session that nobody uses ends.
package idle

import (
	_ "embed"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that a session ends when it was not used for as long as the policy says.
var Check = check.Check{
	ID: "session/idle", Doc: doc, Severity: check.Advice,
	Needs: []check.Need{artifact.Lifecycles, artifact.Expiries}, Judge: judge,
}

func judge(p *check.Pass) error {
	x := artifact.Expiries.Of(p)
	for _, r := range ruling.SignIns(p, artifact.Lifecycles.Of(p)) {
		subject := r.Label()
		seen, any := ruling.ObserveEnd(x, r.Recipe, "idle")
		_, kept := ruling.ObserveEnd(x, r.Recipe, "expired")
		switch {
		case seen.Works != nil:
			p.Fail(subject, seen.Works.Token+" of "+seen.Works.Who+" works after more than "+ruling.Span(x.Idle)+" without use", seen.Works.Late.Ref)
		case seen.Refused != nil:
			p.OK(subject, ruling.EndOf(seen.Refused), seen.Refused.Late.Ref)
		case any:
			p.Unproven(subject, seen.Reason, "not observed: "+seen.Why+" (a stored one shows it now: identities.NAME.idled)")
		case kept:
			p.NotApplicable(subject, "its sessions end at a fixed time, whether they are used or not")
		default:
			p.Unproven(subject, check.NotExamined, "no session could be kept for it")
		}
	}
	return nil
}
