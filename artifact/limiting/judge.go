package limiting

import (
	"fmt"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Ruling is what is said about one door.
type Ruling struct {
	Outcome check.Outcome
	Reason  check.Reason // only when unproven
	Message string
	Refs    []evidence.Ref
}

func ok(r *Run, format string, args ...any) Ruling {
	return Ruling{Outcome: check.OK, Message: fmt.Sprintf(format, args...), Refs: r.Refs()}
}

func fail(r *Run, format string, args ...any) Ruling {
	return Ruling{Outcome: check.Fail, Message: fmt.Sprintf(format, args...), Refs: r.Refs()}
}

func unproven(reason check.Reason, format string, args ...any) Ruling {
	return Ruling{Outcome: check.Unproven, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

func none(why string) Ruling { return Ruling{Outcome: check.NotApplicable, Message: why} }

// NoLimit is what is said of a limit's qualities where there is none.
const NoLimit = "there is no limit that this could be said of"

// skipped is the ruling of a series that was not begun, or given up.
func (r *Run) skipped() (Ruling, bool) {
	if r.Skipped.Reason != "" {
		return unproven(r.Skipped.Reason, "%s", r.Skipped.Why), true
	}
	if !r.Begun() {
		return unproven(check.NotExamined, "it was not tried"), true
	}
	return Ruling{}, false
}

// undecided is the ruling of a series whose shots did not all go out.
func (r *Run) undecided() (Ruling, bool) {
	for _, shot := range r.Shots {
		if shot.Unproven != "" {
			return unproven(shot.Unproven, "%s", shot.Why), true
		}
	}
	return Ruling{}, false
}

// ready says why nothing can be said about a door at all.
func (s *Study) ready() (Ruling, bool) {
	if s.Door.Skipped.Reason != "" {
		return unproven(s.Door.Skipped.Reason, "%s", s.Door.Skipped.Why), false
	}
	r := s.The(artifact.PhaseControl)
	if out, is := r.skipped(); is {
		return out, false
	}
	if out, is := s.The(artifact.PhaseBurst).skipped(); !is || out.Reason != check.NotExamined {
		return Ruling{}, true
	}
	if out, is := r.undecided(); is {
		return out, false
	}
	out := unproven(check.NoPositiveControl, "not even the first request was taken (status %d)", r.Faces[len(r.Faces)-1].Status)
	if s.Door.Kind == artifact.DoorLogin {
		out.Message = "the right password did not open a session before the burst"
	}
	out.Refs = r.Refs()
	return out, false
}

// locked reports a burst after which nothing shows, but the right password
// does not work.
func (s *Study) locked() (*Run, bool) {
	if s.The(artifact.PhaseBurst).Limited {
		return nil, false
	}
	r := s.The(artifact.PhaseRight)
	for i, shot := range r.Shots {
		if shot.Name == artifact.ShotRight && i == 0 {
			return r, !shot.In && shot.Unproven == ""
		}
	}
	return r, false
}

// enough is the share, in tenths, of a burst that must have been answered as
// before for it to prove that nothing limits it.
const enough = 8

// Burst judges whether a limit shows by the number that the policy names.
func (s *Study) Burst() Ruling {
	if out, is := s.ready(); !is {
		return out
	}
	r := s.The(artifact.PhaseBurst)
	if out, is := r.skipped(); is {
		return out
	}
	if r.Limited {
		return s.limited(r)
	}
	if _, is := s.locked(); is {
		return ok(r, "after %d attempts the right password is refused, though nothing else shows", len(r.Shots))
	}
	if out, is := r.undecided(); is {
		return out
	}
	if out, is := s.The(artifact.PhaseRight).undecided(); is {
		return out
	}
	return s.unlimited(r, "none of %d attempts in a row was limited")
}

// unlimited judges a series in which no limit showed; format takes its length.
func (s *Study) unlimited(r *Run, format string) Ruling {
	guesses, _ := r.guesses()
	switch n := len(guesses); {
	case n < s.Door.Most:
		return unproven(check.BudgetSpent, "only %d of %d attempts were made", n, s.Door.Most)
	case s.Door.Declared > s.Door.Most:
		return unproven(check.BudgetSpent, "policy.limits allows %d attempts; no more than %d are made", s.Door.Declared, s.Door.Most)
	case r.Plain()*10 < n*enough:
		return unproven(check.Unstable, "the answers changed in %d of %d attempts, and not as under a limit", n-r.Plain(), n)
	default:
		out := fail(r, format, n)
		if s.Door.Declared > 0 {
			out.Message += fmt.Sprintf(", and policy.limits demands one by the %s", ordinal(s.Door.Declared))
		}
		return out
	}
}

func (s *Study) limited(r *Run) Ruling {
	if r.Passed() > 0 && s.Scale.Plain(r.Faces[len(r.Faces)-1]) {
		return unproven(check.Unstable, "a limit showed at the %s attempt (%s), and %d later ones passed: it seems to count in several places", ordinal(r.Number()), r.Signal.What, r.Passed())
	}
	out := ok(r, "limited at the %s attempt: %s", ordinal(r.Number()), r.Signal.What)
	if n := r.Passed(); n > 0 {
		out.Message += fmt.Sprintf("; %d later ones passed, it seems to count in several places", n)
		if again := s.The(artifact.PhaseRepeated); again.Limited {
			out.Message += fmt.Sprintf(" (a second time at the %s)", ordinal(again.Number()))
		}
	}
	if before, at := r.Faces[0].Layer, r.Faces[r.Signal.At].Layer; before != at && at != "" {
		out.Message += ", answered before the application (" + at + ")"
	}
	switch s.Door.Recovered {
	case 0:
	case -1:
		out.Message += ", and it did not end within the time waited"
	default:
		out.Message += fmt.Sprintf(", allowed again after about %d s", s.Door.Recovered)
	}
	return out
}

func ordinal(n int) string {
	end := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			end = "st"
		case 2:
			end = "nd"
		case 3:
			end = "rd"
		}
	}
	return fmt.Sprintf("%d%s", n, end)
}

// begun gives the ruling of a phase that follows the burst where the burst
// itself decides it: none was possible, or there is no limit of any kind.
func (s *Study) begun(noLimit Ruling) (Ruling, bool) {
	switch out := s.Burst(); out.Outcome {
	case check.OK:
		return Ruling{}, false
	case check.Fail:
		if noLimit.Outcome == check.Fail {
			noLimit.Refs = out.Refs
		}
		return noLimit, true
	default:
		if s.The(artifact.PhaseBurst).Limited {
			return Ruling{}, false // unsteady: what follows speaks for itself
		}
		return out, true
	}
}
