package limiting

import (
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
)

// Cosmetic judges whether the limit holds against what it is there to stop:
// the right password, found at last.
func (s *Study) Cosmetic() Ruling {
	if out, is := s.begun(none(NoLimit)); is {
		return out
	}
	if s.Door.Kind != artifact.DoorLogin {
		return s.made()
	}
	if r, is := s.locked(); is {
		return ok(r, "the right password is refused as well")
	}
	if out := s.rightWhileLimited(s.The(artifact.PhaseRight)); out.Outcome != check.OK {
		return out
	}
	for _, r := range s.Of(artifact.PhaseOthers) {
		face, right, has := r.Last(artifact.ShotRight)
		control, _, seen := r.Last(artifact.ShotControl)
		if has && right.In && seen && s.Scale.Under(control) && s.The(artifact.PhaseAccount).Limited && !s.Scale.delayed(face) {
			if s.Scale.delayed(control) {
				return unproven(check.Suspected, "wrong passwords are answered late, the right one at once")
			}
			return fail(r, "guesses at the account are limited wherever they come from, but the right password from another address signs in")
		}
	}
	return ok(s.The(artifact.PhaseRight), "the right password is refused while guesses are limited")
}

func (s *Study) rightWhileLimited(r *Run) Ruling {
	if out, is := r.skipped(); is {
		return out
	}
	signedIn, first := 0, -1
	var under bool // the control after the first right password was limited
	for i, shot := range r.Shots {
		switch {
		case shot.Name == artifact.ShotRight && shot.Unproven != "" && s.Door.Who != "":
			return unproven(shot.Unproven, "%s", shot.Why)
		case shot.Name == artifact.ShotRight && shot.In:
			if signedIn++; first < 0 {
				first = i
			}
		case shot.Name == artifact.ShotControl && first >= 0 && i == first+1:
			under = s.Scale.Under(r.Faces[i])
		}
	}
	rights := 0
	for _, shot := range r.Shots {
		if shot.Name == artifact.ShotRight {
			rights++
		}
	}
	switch {
	case signedIn == 0:
		return ok(r, "")
	case s.The(artifact.PhaseBurst).Signal.Kind == Slow:
		if s.Scale.delayed(r.Faces[first]) {
			return ok(r, "")
		}
		return unproven(check.Suspected, "wrong passwords are answered late, the right one at once")
	case s.freshPasses():
		return unproven(check.Suspected, "the right password signed in from a fresh browser, which is not limited at all")
	case under, signedIn == rights && rights > 1:
		return fail(r, "the right password signs in while guesses are limited: the limit is told, not kept")
	case rights == 1:
		return unproven(check.Unstable, "the right password signed in, but whether the limit still held could not be seen")
	}
	return ok(r, "")
}

// freshPasses reports whether a browser that was never there is not limited.
func (s *Study) freshPasses() bool {
	return slices.ContainsFunc(s.Of(artifact.PhaseTricks), func(r *Run) bool { return r.Trick == FreshTrick && r.regained() })
}

// made judges by what is there whether refused requests were carried out.
func (s *Study) made() Ruling {
	for _, r := range s.Of(artifact.PhaseRight) {
		if r.Trick != "list" {
			continue
		}
		if out, is := r.skipped(); is {
			return out
		}
		if s.Door.Refused > 0 {
			return fail(r, "%d requests that were refused as too many were carried out all the same", s.Door.Refused)
		}
		if s.Door.Made == 0 {
			return unproven(check.NoPositiveControl, "what the burst has made is not listed")
		}
		return ok(r, "nothing was made by the requests that were refused; %d others did", s.Door.Made)
	}
	return none("what a refused request would have done does not stay")
}

// Counter judges whether an own sign-in wipes out the guesses counted before.
func (s *Study) Counter() Ruling {
	if out, is := s.begun(none(NoLimit)); is {
		return out
	}
	r := s.Final(artifact.PhaseCounter)
	if out, is := r.skipped(); is {
		return out
	}
	before, after, signIns := 0, 0, 0
	for i, f := range r.Faces {
		switch {
		case r.Limited && i >= r.Signal.At:
		case f.Name == artifact.ShotRight && f.In:
			before, after, signIns = before+after, 0, signIns+1
		case f.Name == artifact.ShotUnknown && s.Scale.Plain(f):
			after++
		}
	}
	_, last, has := r.Last(artifact.ShotRight)
	switch {
	case has && !last.In:
		if out, is := r.undecided(); is {
			return out
		}
		return unproven(check.NoPositiveControl, "the own account could not sign in between the guesses")
	case !has:
		return unproven(check.Unstable, "a limit showed earlier than before: nothing fits between")
	case !r.Limited:
		if out, is := r.undecided(); is {
			return out
		}
		return unproven(check.NoPositiveControl, "the guesses between which the own account signed in were never limited at all")
	case before > after+slack && signIns >= 2 && r.Signal.At > r.lastRight():
		return fail(r, "%d guesses passed with %d own sign-ins between them; without one, %d were enough for the limit", before, signIns, after+1)
	}
	return ok(r, "an own sign-in between guesses does not wipe them out: limited after %d in all", before+after)
}

// slack is by how much numbers of a limit may differ.
const slack = 2

func (r *Run) lastRight() int {
	at := -1
	for i, f := range r.Faces {
		if f.Name == artifact.ShotRight && f.In {
			at = i
		}
	}
	return at
}
