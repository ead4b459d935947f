package limiting

import (
	"fmt"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
)

// Studies are the doors of a run.
var Studies = check.Derive("limiting", func(p *check.Pass) ([]*Study, error) {
	var out []*Study
	for _, d := range artifact.Bursts.Of(p).Doors {
		s, err := Load(d, p.Exchange)
		if err != nil {
			return nil, fmt.Errorf("read the bursts at %s: %w", d.Route, err)
		}
		out = append(out, s)
	}
	return out, nil
})

// Endpoints reports what rule says of every door of some kinds, and of the
// kinds that have none.
func Endpoints(p *check.Pass, rule func(*Study) Ruling, kinds ...string) error {
	if err := Doors(p, rule, func(s *Study) bool { return slices.Contains(kinds, s.Door.Kind) }); err != nil {
		return err
	}
	all := artifact.Bursts.Of(p)
	for _, kind := range kinds {
		switch {
		case !slices.Contains(all.Absent, kind):
		case all.Whole:
			p.NotApplicable(kind, "the portal has no such endpoint: every source of its routes was read")
		default:
			p.Unproven(kind, check.Undeclared, "no such endpoint is known, and not every source of routes could be read")
		}
	}
	if len(p.Findings()) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, "no endpoint of this kind was tried")
	}
	return nil
}

// Doors reports what rule says of every door that fits.
func Doors(p *check.Pass, rule func(*Study) Ruling, fits func(*Study) bool) error {
	all, err := Studies.Of(p)
	if err != nil {
		return err
	}
	for _, s := range all {
		if !fits(s) {
			continue
		}
		out := rule(s)
		f := check.Finding{
			Outcome: out.Outcome, Reason: out.Reason, Message: out.Message, Route: s.Door.Route,
			Subject: s.Door.Kind + ": " + s.Door.Route, Exhibits: check.Show("attempt", out.Refs[:min(len(out.Refs), check.MaxExamples)]...),
		}
		p.Report(f)
	}
	return nil
}

// Guessed reports whether a door is a login that all phases were tried at.
func Guessed(s *Study) bool { return s.Door.Kind == artifact.DoorLogin && !s.Door.Aside }

// Login reports what rule says of every login by a recipe; a portal that has no
// other login than by token is told apart from one whose login is not known.
func Login(p *check.Pass, rule func(*Study) Ruling) error {
	if err := Doors(p, rule, Guessed); err != nil || len(p.Findings()) > 0 {
		return err
	}
	all := artifact.Bursts.Of(p)
	switch {
	case !slices.Contains(all.Absent, artifact.DoorLogin):
		p.Unproven(artifact.DoorLogin, check.Undeclared, "no identity signs in with a password by a recipe")
	case all.Whole:
		p.NotApplicable(artifact.DoorLogin, "nobody signs in with a password: every source of the portal's routes was read")
	default:
		p.Unproven(artifact.DoorLogin, check.Undeclared, "no login with a password is known, and not every source of routes could be read")
	}
	return nil
}
