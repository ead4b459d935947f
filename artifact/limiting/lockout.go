package limiting

import (
	"fmt"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
)

// Lockout judges whether a burst keeps others out.
func (s *Study) Lockout() Ruling {
	if out, is := s.begun(none(NoLimit)); is {
		return out
	}
	if s.Door.Kind != artifact.DoorLogin {
		return s.sharedLimit()
	}
	if r := s.The(artifact.PhaseOthers); len(r.Faces) > 2 && s.Scale.Under(r.Faces[2]) {
		return fail(r, "other accounts at other addresses are limited too: one caller keeps everybody out")
	}
	for _, r := range s.Of(artifact.PhaseOthers) {
		if r.Trick == "" {
			continue
		}
		if out, is := r.skipped(); is {
			return out
		}
		if out, is := r.undecided(); is {
			return out
		}
		_, right, _ := r.Last(artifact.ShotRight)
		_, device, known := r.Last(artifact.ShotDevice)
		switch {
		case right.In:
			return ok(r, "the owner signs in from another address")
		case known && device.In:
			return ok(r, "the owner signs in from a browser that the portal knows")
		}
		out := fail(r, "while somebody guesses, the owner cannot sign in from any address, not even with the right password")
		if s.Door.Recovered > 0 {
			out.Message += fmt.Sprintf("; about %d s later it worked again", s.Door.Recovered)
		}
		return out
	}
	if r := s.Final(artifact.PhaseOthers); r.Skipped.Reason != "" {
		return unproven(r.Skipped.Reason, "%s", r.Skipped.Why)
	}
	return unproven(check.NotExamined, "it was not tried from elsewhere")
}

func (s *Study) sharedLimit() Ruling {
	r := s.The(artifact.PhaseOthers)
	if !r.Begun() && r.Skipped.Reason == "" {
		return none("each attempt counts for its sender alone, or makes something: others were not asked")
	}
	if out, is := r.skipped(); is {
		return out
	}
	f, shot, has := r.Last(artifact.ShotOther)
	control, _, held := r.Last(artifact.ShotControl)
	switch {
	case !has || shot.Unproven != "":
		return unproven(check.NotExamined, "nobody else could ask")
	case !held || !s.Scale.Under(control):
		return unproven(check.Unstable, "the limit had ended when somebody else asked")
	case s.Scale.Under(f):
		return fail(r, "%s, who sent nothing before, is limited too at another address: one caller keeps everybody out", shot.Who)
	}
	return ok(r, "%s at another address is not limited", shot.Who)
}
