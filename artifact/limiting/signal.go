package limiting

import (
	"fmt"
	"slices"
	"time"

	"github.com/launchready/launchready/artifact"
)

// Kind is how a limit shows.
type Kind string

// The ways a limit shows.
const (
	Said    Kind = "said"    // 429, or a refusal with Retry-After
	Changed Kind = "changed" // another answer than before, three times
	Slow    Kind = "slow"    // answers come late
	Cut     Kind = "cut"     // connections end without an answer
	Locked  Kind = "locked"  // nothing shows, but the right password does not work
)

// repeats is how often an answer that is no plain limit must come in a row.
const repeats = 3

// Signal is the first sign of a limit in a series.
type Signal struct {
	At   int // index of the first limited attempt
	Kind Kind
	What string // in words
}

// Scale knows the answers of a door before any limit and under it.
type Scale struct {
	Kind   string // of the door
	bases  []Face
	limits []Face
	late   time.Duration // from which an answer counts as delayed; 0: none does
	cut    bool
	coarse bool
}

// Base tells the scale an answer that no limit had a part in.
func (s *Scale) Base(f Face) {
	if f.Status != 0 && !f.Loud && !s.plain(f) {
		s.bases = append(s.bases, f)
	}
}

// Limit tells the scale an answer under the limit that a signal has shown.
func (s *Scale) Limit(f Face, k Kind) {
	switch k {
	case Slow:
		if s.late == 0 {
			s.late = f.Took
		}
		s.late = max(leastLate, min(s.late, f.Took/2))
	case Cut:
		s.cut = true
	case Changed, Said:
		if !f.Cut && !s.plain(f) {
			s.limits = append(s.limits, f)
		}
	}
}

func (s *Scale) plain(f Face) bool {
	return !f.Cut && slices.ContainsFunc(s.bases, func(b Face) bool { return b.alike(f, s.coarse) })
}

// Plain reports an answer as it was before any limit.
func (s *Scale) Plain(f Face) bool {
	return !f.Loud && !f.Cut && !s.delayed(f) && s.plain(f)
}

// Under reports an answer that the limit gave.
func (s *Scale) Under(f Face) bool {
	switch {
	case f.Loud, s.delayed(f):
		return true
	case f.Cut:
		return s.cut
	case s.plain(f):
		return false
	}
	return slices.ContainsFunc(s.limits, func(l Face) bool { return l.alike(f, s.coarse) })
}

func (s *Scale) delayed(f Face) bool { return s.late > 0 && f.Took >= s.late }

// learned is how many answers at the beginning of a series are learned from.
const learned = 4

// Learn takes the answers that begin a series for plain ones, where nothing
// says otherwise: the first that came twice in a row. Where they are like what
// is known but never the same, likeness is what counts.
func (s *Scale) Learn(fs []Face) {
	for n := 2; n <= min(learned, len(fs)) && !s.coarse; n++ {
		if len(s.bases) == 0 {
			s.first(fs[:n])
			continue
		}
		fine, rough := 0, 0
		for _, f := range fs[:n] {
			if s.plain(f) {
				fine++
			}
			if slices.ContainsFunc(s.bases, func(b Face) bool { return b.alike(f, true) }) {
				rough++
			}
		}
		s.coarse = fine < n && rough == n
	}
}

// first takes the base from a series that nothing was known before.
func (s *Scale) first(fs []Face) {
	for _, s.coarse = range []bool{false, true} {
		for i := range len(fs) - 1 {
			if fs[i].Loud || fs[i].Cut || !fs[i].alike(fs[i+1], s.coarse) {
				continue
			}
			if fs[0].Status != 0 && fs[i].Worded && !fs[0].Worded {
				i = 0 // one was let through, and then it spoke of limits
			}
			s.bases = append(s.bases, fs[i])
			return
		}
	}
	s.coarse = false
}

// First finds the first sign of a limit in a series. Shots with the right
// password have no part in it.
func (s *Scale) First(fs []Face) (Signal, bool) {
	best, found := Signal{At: len(fs)}, false
	for _, find := range []func([]Face) (Signal, bool){s.loud, s.known, s.changed, s.silent, slow} {
		if sig, ok := find(fs); ok && sig.At < best.At {
			best, found = sig, true
		}
	}
	return best, found
}

func (s *Scale) loud(fs []Face) (Signal, bool) {
	i := slices.IndexFunc(fs, func(f Face) bool { return f.Loud })
	if i < 0 {
		return Signal{}, false
	}
	what := fmt.Sprintf("status %d", fs[i].Status)
	if fs[i].Status != 429 {
		what += " with Retry-After"
	}
	return Signal{i, Said, what}, true
}

// known finds answers that an earlier series has shown to be the limit's.
func (s *Scale) known(fs []Face) (Signal, bool) {
	i, ok := run(fs, s.Under)
	if !ok {
		return Signal{}, false
	}
	switch {
	case fs[i].Cut:
		return Signal{i, Cut, "no answer"}, true
	case s.delayed(fs[i]):
		return Signal{i, Slow, "answers delayed"}, true
	}
	return Signal{i, Changed, s.describe(fs[i])}, true
}

// changed finds an answer that differs from those before and repeats.
func (s *Scale) changed(fs []Face) (Signal, bool) {
	if len(s.bases) == 0 {
		return Signal{}, false
	}
	for i := 0; i+repeats <= len(fs); i++ {
		f := fs[i]
		if f.Loud || f.Cut || s.plain(f) || !s.may(f) {
			continue
		}
		same := true
		for _, g := range fs[i+1 : i+repeats] {
			same = same && g.alike(f, s.coarse)
		}
		if same {
			return Signal{i, Changed, s.describe(f)}, true
		}
	}
	return Signal{}, false
}

// may reports whether an answer of this form can be a limit's: a portal that
// breaks under a burst does not limit it, and one that finds a second request
// like the first wrong finds it wrong by itself.
func (s *Scale) may(f Face) bool {
	switch {
	case f.Worded && f.Status < 500, f.Status == 503:
		return true
	case f.Status >= 500, f.Status == 404, f.Status == 0:
		return false
	case s.Kind == artifact.DoorLogin:
		return true
	}
	switch f.Status {
	case 403, 420, 423:
		return true
	}
	return f.Status/100 == 2 && f.Status != 204
}

func (s *Scale) describe(f Face) string {
	if f.Worded {
		return fmt.Sprintf("status %d, and it speaks of a limit", f.Status)
	}
	return fmt.Sprintf("status %d, another answer than before", f.Status)
}

// silent finds connections that end without an answer after others got one.
func (s *Scale) silent(fs []Face) (Signal, bool) {
	i, ok := run(fs, func(f Face) bool { return f.Cut })
	answered := len(s.bases) > 0 || i > 0
	return Signal{i, Cut, "the connection ends without an answer"}, ok && answered
}

// run finds the first of as many in a row as count.
func run(fs []Face, is func(Face) bool) (int, bool) {
	for i := 0; i+repeats <= len(fs); i++ {
		if !slices.ContainsFunc(fs[i:i+repeats], func(f Face) bool { return !is(f) }) {
			return i, true
		}
	}
	return -1, false
}

const (
	// leastLate and lateness are by how much answers must come late to be a limit.
	leastLate = time.Second
	lateness  = 4
	// sampled is how many answers at either end are compared.
	sampled = 5
)

// slow finds a step in the time that answers take.
func slow(fs []Face) (Signal, bool) {
	if len(fs) <= sampled {
		return Signal{}, false
	}
	first, last := Median(times(fs[:sampled])), Median(times(fs[len(fs)-sampled:]))
	late := max(leastLate, lateness*first)
	if last <= late {
		return Signal{}, false
	}
	at := len(fs)
	for at > 0 && fs[at-1].Took > late {
		at--
	}
	return Signal{at, Slow, fmt.Sprintf("answers take %v, at first %v", last.Round(100*time.Millisecond), first.Round(time.Millisecond))}, at < len(fs)
}

func times(fs []Face) []time.Duration {
	out := make([]time.Duration, len(fs))
	for i, f := range fs {
		out[i] = f.Took
	}
	return out
}
