// Package cosmetic judges whether a limit is kept and not only told.
package cosmetic

import (
	_ "embed"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/limiting"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that what a limit refuses is not done.
var Check = check.Check{
	ID: "ratelimit/cosmetic", Doc: doc, Severity: check.Blocker,
	Needs: []check.Need{artifact.Bursts}, Judge: judge,
}

func judge(p *check.Pass) error {
	if err := limiting.Doors(p, (*limiting.Study).Cosmetic, stays); err != nil {
		return err
	}
	if len(p.Findings()) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no endpoint whose requests leave something was tried")
	}
	return nil
}

// stays reports doors whose requests leave something that can be looked for.
func stays(s *limiting.Study) bool {
	switch s.Door.Kind {
	case artifact.DoorLogin, artifact.DoorInvite:
		return true
	}
	return s.Door.Kind == artifact.DoorExport && strings.HasPrefix(s.Door.Route, "POST ")
}
