// Package lockout judges whether a burst keeps others out.
package lockout

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that nobody can lock others out by guessing or asking too often.
var Check = check.Check{
	ID: "ratelimit/lockout", Doc: doc, Severity: check.Advice,
	Needs: []check.Need{artifact.Bursts}, Judge: judge,
}

func judge(p *check.Pass) error {
	if err := limiting.Doors(p, (*limiting.Study).Lockout, others); err != nil {
		return err
	}
	outlived(p)
	return nil
}

// others reports doors at which somebody else could be asked.
func others(s *limiting.Study) bool {
	switch s.Door.Kind {
	case artifact.DoorLogin:
		return !s.Door.Aside
	case artifact.DoorSearch, artifact.DoorRead:
		return true
	}
	return s.Door.Kind == artifact.DoorExport && strings.HasPrefix(s.Door.Route, "GET ")
}

// outlived says whether the main identities can still use the portal.
func outlived(p *check.Pass) {
	const subject = "main identities"
	var alive, gone []string
	for _, l := range artifact.Bursts.Of(p).Lives {
		if l.Alive {
			alive = append(alive, l.Who)
		} else {
			gone = append(gone, l.Who+" ("+l.Why+")")
		}
	}
	switch {
	case len(gone) > 0:
		p.Unproven(subject, check.SessionDead, "after the bursts, which named none of them, these are out: "+strings.Join(gone, ", "))
	case len(alive) > 0:
		p.OK(subject, fmt.Sprintf("still signed in after the bursts: %s", strings.Join(alive, ", ")))
	default:
		p.Unproven(subject, check.SessionDead, "no main identity is signed in")
	}
}
