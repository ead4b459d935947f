package limiting

import (
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
)

// HeaderTrick begins the names of tricks that claim another address; FreshTrick
// is that of coming in a browser that was never there.
const (
	HeaderTrick = "header "
	FreshTrick  = "a fresh browser"
)

// regains is how often a trick must regain the answer from before the limit,
// each time with a control that was still limited.
const regains = 3

// Bypass judges whether a trick gets around the limit.
func (s *Study) Bypass() Ruling {
	if out, is := s.begun(none(NoLimit)); is {
		return out
	}
	tried := 0
	var doubt, found Ruling // found last is named best: after all headers each alone is tried
	for _, r := range s.Of(artifact.PhaseTricks) {
		switch {
		case r.Skipped.Reason != "":
			doubt, _ = r.skipped()
			doubt.Message = strings.TrimSpace(r.Trick+": ") + " " + doubt.Message
		case r.Trick == "" || !r.Begun():
		case !r.regained():
			tried++
		case strings.HasPrefix(r.Trick, HeaderTrick):
			found = fail(r, "%s: %d attempts in a row were answered as before the limit, each followed by one without it that was limited", r.Trick, regains)
		default:
			tried++
			_, shot, has := r.Last(artifact.ShotRight)
			switch {
			case shot.In:
				return fail(r, "%s: %d attempts in a row were answered as before the limit, and the right password signs in by it", r.Trick, regains)
			case !has || shot.Unproven != "":
				doubt = unproven(check.Suspected, "%s: answered as before the limit, but whether a right password works by it could not be seen", r.Trick)
			}
		}
	}
	switch {
	case found.Outcome != "":
		return found
	case doubt.Outcome != "":
		return doubt
	case tried == 0:
		return unproven(check.NotExamined, "no trick was tried")
	}
	return ok(s.The(artifact.PhaseTricks), "none of %d tricks got around the limit", tried)
}

// regained reports whether a trick regained the answer from before the limit
// often enough while the control was limited.
func (r *Run) regained() bool {
	n := 0
	for i, f := range r.Faces {
		if f.Name != artifact.ShotTrick {
			continue
		}
		after := i + 1
		if !r.study.Scale.Plain(f) || after >= len(r.Faces) || r.Faces[after].Name != artifact.ShotControl || !r.study.Scale.Under(r.Faces[after]) {
			n = 0
			continue
		}
		if n++; n >= regains {
			return true
		}
	}
	return false
}
