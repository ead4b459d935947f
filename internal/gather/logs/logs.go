// Package logs finds out what a portal writes into its logs. It plants values
// that must not be there in ordinary requests, and harmless marks beside them;
// then it reads what was logged. What is secret is compared in memory only.
package logs

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/portal"
)

// budget bounds the planted requests; a sign-in is some of them.
const budget = 40

// How long late lines are waited for: loggers write in batches.
const (
	lateMost  = 6 * time.Second
	lateQuiet = 700 * time.Millisecond
	lateEvery = 100 * time.Millisecond
)

// Marks returns the gatherer that notes how long the log files are before
// anything is sent: what comes after that belongs to the run.
func Marks() gather.Gatherer {
	return gather.Gatherer{
		Name:  "logmarks",
		Doc:   "notes how long the log files are",
		Makes: artifact.LogMarked.Name(),
		Gather: func(_ context.Context, t *gather.Tools) (any, error) {
			out := &artifact.LogMarks{At: time.Now().UTC(), Files: map[string]int64{}}
			for _, l := range t.Portal.Logs {
				if l.File == "" {
					continue
				}
				paths, _ := filepath.Glob(absolute(t.Portal.Dir, l.File)) // a bad pattern is told when it is read
				for _, p := range paths[:min(len(paths), mostFiles)] {
					if info, err := os.Stat(p); err == nil {
						out.Files[p] = info.Size()
					}
				}
			}
			return out, nil
		},
	}
}

// Gatherer makes the study of the logs. It belongs at the end of a run.
func Gatherer() gather.Gatherer { return gatherer(lateMost) }

func gatherer(late time.Duration) gather.Gatherer {
	return gather.Gatherer{
		Name:    "logs",
		Doc:     "plants values that no log may keep, and reads what was logged",
		Makes:   artifact.Logged.Name(),
		Needs:   []string{artifact.SignIns.Name()},
		Wants:   []string{artifact.LogMarked.Name(), artifact.Inventories.Name(), artifact.Baselines.Name(), artifact.Provoked.Name()},
		Effects: []portal.Effect{portal.Look},
		Budget:  func(*gather.Tools) int { return budget },
		Gather: func(ctx context.Context, t *gather.Tools) (any, error) {
			if len(t.Portal.Logs) == 0 {
				return nil, gather.Undecided{Reason: check.Undeclared, Why: "portal.yaml names no log: say under logs: where the portal writes its log"}
			}
			s := &study{Tools: t, out: &artifact.LogStudy{Sources: []artifact.LogSource{}, Plants: []artifact.Plant{}}, needles: newNeedles(), late: late}
			return s.make(ctx), nil
		},
	}
}

// study is the work under way.
type study struct {
	*gather.Tools
	out     *artifact.LogStudy
	needles *needles
	sources []source
	late    time.Duration // how long late lines are waited for
}

// source is one entry of logs: at work.
type source struct {
	name    string
	tally   *tally
	files   *files
	command *command
}

func (s *study) make(ctx context.Context) *artifact.LogStudy {
	plan := s.plan()
	s.hold()
	s.open(ctx)
	defer s.close()
	s.settleCommands(ctx)
	s.plant(ctx, plan)
	for _, src := range s.sources {
		if src.command != nil {
			src.command.release()
		}
	}
	s.wait(ctx)
	s.finish(ctx)
	return s.out
}

// open begins to follow every source.
func (s *study) open(ctx context.Context) {
	marks := gather.Made[artifact.LogMarks](s.Tools, artifact.LogMarked)
	redact := s.Wire.Redactor().String
	for _, l := range s.Portal.Logs {
		name := l.File
		if l.Command != "" {
			name = redact(l.Command)
		}
		src := source{name: name, tally: newTally(name, s.needles, redact)}
		if l.File != "" {
			src.files = newFiles(s.Portal.Dir, l.File, marks, src.tally)
		} else {
			src.command = newCommand(s.Portal, l.Command, src.tally)
			if err := src.command.start(ctx, commandTime); err != nil {
				src.command.failed = err.Error()
			}
		}
		s.sources = append(s.sources, src)
	}
}

// settleCommands lets commands print what is there already.
func (s *study) settleCommands(ctx context.Context) {
	for _, src := range s.sources {
		if src.command == nil {
			continue
		}
		last := int64(-1)
		for end := time.Now().Add(3 * time.Second); time.Now().Before(end) && !src.command.over(); {
			src.command.mu.Lock()
			n := src.command.lines
			src.command.mu.Unlock()
			if n == last {
				break
			}
			last = n
			if !sleep(ctx, 4*lateEvery) {
				break
			}
		}
		src.command.begun()
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// wait reads until every source has shown a mark and fallen silent, or the
// time for late lines is over.
func (s *study) wait(ctx context.Context) {
	end := time.Now().Add(s.late)
	quiet := time.Now()
	for time.Now().Before(end) {
		live := true
		for _, src := range s.sources {
			if src.files != nil && src.files.catchUp() {
				quiet = time.Now()
			}
			if src.command == nil || !src.command.over() {
				live = live && src.tally.live()
			}
		}
		if live && time.Since(quiet) > lateQuiet {
			return
		}
		if !sleep(ctx, lateEvery) {
			return
		}
	}
}

// finish ends commands and writes down what was seen.
func (s *study) finish(ctx context.Context) {
	for i, src := range s.sources {
		out := artifact.LogSource{Name: src.name}
		switch {
		case src.files != nil:
			src.files.catchUp()
			src.files.made(&out)
		default:
			ended := src.command.over()
			src.command.end()
			cmd, t := src.command, src.tally
			if ended {
				t = newTally(src.name, s.needles, s.Wire.Redactor().String)
				cmd = src.command.again(ctx, t)
				s.sources[i].tally = t
			}
			src.tally = t
			cmd.made(&out)
		}
		src.tally.into(s.out, &out)
		s.out.Sources = append(s.out.Sources, out)
	}
}

// close ends whatever still runs.
func (s *study) close() {
	for _, src := range s.sources {
		if src.command != nil {
			src.command.end()
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
