package limiting

import (
	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
)

// Spray judges whether guesses at many accounts from one address are limited.
func (s *Study) Spray() Ruling {
	if out, is := s.begun(Ruling{Outcome: check.Fail, Message: "nothing limits guesses from one address, at one account or at many"}); is {
		return out
	}
	r := s.The(artifact.PhaseSpray)
	if out, is := r.skipped(); is {
		return out
	}
	if r.Limited {
		if r.Signal.At == 0 {
			return ok(r, "an account never named before is limited as well: %s", r.Signal.What)
		}
		return ok(r, "limited at the %s account: %s", ordinal(r.Number()), r.Signal.What)
	}
	if out, is := r.undecided(); is {
		return out
	}
	_, shot, has := r.Last(artifact.ShotRight)
	switch {
	case !has:
		return unproven(check.NoPositiveControl, "whether the address is limited without a sign could not be seen")
	case shot.In:
		return s.unlimited(r, "none of %d accounts guessed at from one address was limited")
	case shot.User != s.victim():
		return ok(r, "after %d accounts not even a right password is taken from this address", len(r.Shots)-1)
	}
	return unproven(check.NoPositiveControl, "the account is locked; whether the address is limited too could not be seen")
}

// victim is the account that is guessed at.
func (s *Study) victim() string {
	if r := s.The(artifact.PhaseControl); r.Begun() {
		return r.Shots[0].User
	}
	return ""
}

// Account judges whether guesses at one account from many addresses are limited.
func (s *Study) Account() Ruling {
	if out, is := s.begun(Ruling{Outcome: check.Fail, Message: "nothing limits guesses at one account, from one address or from many"}); is {
		return out
	}
	r := s.The(artifact.PhaseAccount)
	if out, is := r.skipped(); is {
		return out
	}
	if r.Limited {
		f, _, has := r.Last(artifact.ShotControl)
		switch {
		case has && s.Scale.Plain(f):
			return ok(r, "limited at the %s address: %s; another account is not", ordinal(r.Signal.At+1), r.Signal.What)
		case has && s.Scale.Under(f):
			return unproven(check.NoPositiveControl, "another account from another address is limited too: whether the account is what counts cannot be told")
		}
		return unproven(check.NoPositiveControl, "whether other accounts are limited too could not be seen")
	}
	if out, is := r.undecided(); is {
		return out
	}
	_, shot, has := r.Last(artifact.ShotRight)
	switch {
	case !has:
		return unproven(check.NoPositiveControl, "whether the account is locked without a sign could not be seen")
	case shot.In:
		return s.unlimited(r, "none of %d guesses at one account was limited, each from another address")
	}
	return ok(r, "after %d guesses from as many addresses the right password is refused", len(r.Shots)-1)
}
