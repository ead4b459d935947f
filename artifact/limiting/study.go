package limiting

import (
	"fmt"
	"slices"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/evidence"
)

// Study is a door with its answers made comparable. The gatherer builds it
// while it sends; Load builds the same one from the transcript.
type Study struct {
	Door  artifact.Door
	Scale Scale
	Runs  []*Run
}

// New returns the study of a door that nothing was sent to yet.
func New(d artifact.Door) *Study { return &Study{Door: d, Scale: Scale{Kind: d.Kind}} }

// Run is one series and what its answers say.
type Run struct {
	artifact.Series
	Faces   []Face // of the shots, in order
	Signal  Signal // where Limited; At is an index of Faces
	Limited bool
	study   *Study
}

// Load makes the study of a transcript; lookup is Pass.Exchange.
func Load(d artifact.Door, lookup func(evidence.Ref) (*evidence.Exchange, error)) (*Study, error) {
	s := New(d)
	for _, series := range d.Series {
		r := s.Begin(series.Phase, series.Trick)
		r.Skipped = series.Skipped
		for _, shot := range series.Shots {
			ex, after, err := exchanges(shot, lookup)
			if err != nil {
				return nil, fmt.Errorf("read %s of %s: %w", series.Phase, d.Route, err)
			}
			r.Add(shot, ex, after)
		}
		r.End()
	}
	return s, nil
}

func exchanges(shot artifact.Shot, lookup func(evidence.Ref) (*evidence.Exchange, error)) (ex, after *evidence.Exchange, err error) {
	if shot.Ref != "" {
		if ex, err = lookup(shot.Ref); err != nil {
			return nil, nil, err
		}
	}
	if shot.After != "" {
		after, err = lookup(shot.After)
	}
	return ex, after, err
}

// Begin begins a series.
func (s *Study) Begin(phase, trick string) *Run {
	r := &Run{Series: artifact.Series{Phase: phase, Trick: trick}, study: s}
	s.Runs = append(s.Runs, r)
	return r
}

// Add adds a shot with its exchanges.
func (r *Run) Add(shot artifact.Shot, ex, after *evidence.Exchange) Face {
	f := FaceOf(shot, ex, after)
	r.Shots, r.Faces = append(r.Shots, shot), append(r.Faces, f)
	return f
}

// Scale is what tells the answers of the series' door apart.
func (r *Run) Scale() *Scale { return &r.study.Scale }

// Look finds the first sign of a limit among the shots so far.
func (r *Run) Look() (Signal, bool) {
	faces, at := r.guesses()
	if r.Phase == artifact.PhaseBurst {
		r.study.Scale.Learn(faces)
	}
	sig, ok := r.study.Scale.First(faces)
	if ok {
		sig.At = at[sig.At]
	}
	return sig, ok
}

// guesses are the faces of the shots that a limit should stop, and where they stand.
func (r *Run) guesses() (faces []Face, at []int) {
	for i, f := range r.Faces {
		switch f.Name {
		case artifact.ShotKnown, artifact.ShotUnknown, artifact.ShotAgain:
			if r.Shots[i].Unproven == "" {
				faces, at = append(faces, f), append(at, i)
			}
		}
	}
	return faces, at
}

// End closes a series: what it has shown of the door's answers counts for
// those after it.
func (r *Run) End() {
	s := &r.study.Scale
	faces, _ := r.guesses()
	switch r.Phase {
	case artifact.PhaseControl:
		for _, f := range faces {
			s.Base(f)
		}
	case artifact.PhaseBurst, artifact.PhaseSpray, artifact.PhaseAccount, artifact.PhaseRepeated, artifact.PhaseCounter:
		if r.Signal, r.Limited = r.Look(); r.Limited {
			for _, f := range r.Faces[r.Signal.At:] {
				s.Limit(f, r.Signal.Kind)
			}
		}
	}
}

// Of returns the series of a phase that were begun.
func (s *Study) Of(phase string) []*Run {
	var out []*Run
	for _, r := range s.Runs {
		if r.Phase == phase {
			out = append(out, r)
		}
	}
	return out
}

// Final returns the last series of a phase; one without shots where there is none.
func (s *Study) Final(phase string) *Run {
	if all := s.Of(phase); len(all) > 0 {
		return all[len(all)-1]
	}
	return s.The(phase)
}

// The returns the first series of a phase; one without shots where there is none.
func (s *Study) The(phase string) *Run {
	for _, r := range s.Runs {
		if r.Phase == phase {
			return r
		}
	}
	return &Run{Series: artifact.Series{Phase: phase}, study: s}
}

// Begun reports whether anything was sent in a series.
func (r *Run) Begun() bool { return len(r.Shots) > 0 }

// Plain counts the guesses that were answered as before any limit; the others
// did not reach what is guessed at.
func (r *Run) Plain() int {
	n := 0
	faces, _ := r.guesses()
	for _, f := range faces {
		if r.study.Scale.Plain(f) {
			n++
		}
	}
	return n
}

// Number is the attempt at which the limit showed, counted from one: only
// those that reached the handler count.
func (r *Run) Number() int {
	n := 1
	if r.Phase == artifact.PhaseBurst && r.study.Door.Kind != artifact.DoorLogin {
		n += r.study.The(artifact.PhaseControl).Plain() // the same request, just before
	}
	for i, f := range r.Faces[:min(r.Signal.At, len(r.Faces))] {
		if r.study.Scale.Plain(f) && r.Shots[i].Unproven == "" {
			n++
		}
	}
	return n
}

// Passed counts the guesses that got through after the first limited one: a
// limit that counts in several places lets some through.
func (r *Run) Passed() int {
	n := 0
	for _, f := range r.Faces[r.Signal.At:] {
		if r.study.Scale.Plain(f) {
			n++
		}
	}
	return n
}

// Refs are the exchanges to show of a series: its first, the first limited
// one, its last.
func (r *Run) Refs() []evidence.Ref {
	var out []evidence.Ref
	add := func(i int) {
		if i >= 0 && i < len(r.Shots) && r.Shots[i].Ref != "" && !slices.Contains(out, r.Shots[i].Ref) {
			out = append(out, r.Shots[i].Ref)
		}
	}
	add(0)
	if r.Limited {
		add(r.Signal.At)
	}
	add(len(r.Shots) - 1)
	return out
}

// Has reports whether a shot of that name was made.
func (r *Run) Has(name string) bool {
	_, _, has := r.Last(name)
	return has
}

// Last returns the face of the last shot of that name.
func (r *Run) Last(name string) (Face, artifact.Shot, bool) {
	for i := len(r.Faces) - 1; i >= 0; i-- {
		if r.Faces[i].Name == name {
			return r.Faces[i], r.Shots[i], true
		}
	}
	return Face{}, artifact.Shot{}, false
}

// Transcript is the door with everything that was added.
func (s *Study) Transcript() artifact.Door {
	d := s.Door
	d.Series = nil
	for _, r := range s.Runs {
		d.Series = append(d.Series, r.Series)
	}
	return d
}
