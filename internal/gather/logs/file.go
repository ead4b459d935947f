package logs

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
)

// Bounds on what is read of one source.
const (
	mostBytes = 64 << 20 // of the newest lines
	mostFiles = 40
	mostLine  = 256 << 10 // longer lines are looked at in pieces
)

// clockStep is how far the times of a file system may lie behind the clock.
const clockStep = 2 * time.Second

// files is a source of log files: a pattern, with what was rotated away meanwhile.
type files struct {
	pattern string // absolute
	dir     string // of portal.yaml, to name files shortly
	marks   map[string]int64
	since   time.Time // when the run began
	tally   *tally
	read    map[string]*reading
	left    int64
}

// reading is how far a file was read.
type reading struct {
	artifact.LogFile
	next  int64 // offset
	line  int64 // lines before next; -1: unknown, only the tail was read
	fresh int64 // bytes from here on were written since the run began
	gz    bool
}

// newFiles returns the source of a pattern.
func newFiles(dir, pattern string, marks *artifact.LogMarks, t *tally) *files {
	f := &files{pattern: absolute(dir, pattern), dir: dir, tally: t, read: map[string]*reading{}, left: mostBytes, marks: map[string]int64{}}
	if marks != nil {
		f.marks, f.since = marks.Files, marks.At.Add(-clockStep)
	}
	return f
}

func absolute(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// paths are the files to read, newest first: those of the pattern, and what was
// rotated since the run began.
func (f *files) paths() ([]string, error) {
	named, err := filepath.Glob(f.pattern)
	if err != nil {
		return nil, fmt.Errorf("read the pattern %s: %w", f.pattern, err)
	}
	all := slices.Clone(named)
	for _, p := range named {
		rotated, err := filepath.Glob(escape(p) + `[.\-][0-9]*`)
		if err != nil {
			continue
		}
		for _, r := range rotated {
			info, err := os.Stat(r)
			if err == nil && !f.since.IsZero() && !info.ModTime().Before(f.since) && !slices.Contains(all, r) {
				all = append(all, r)
			}
		}
	}
	when := map[string]time.Time{}
	for _, p := range all {
		if info, err := os.Stat(p); err == nil {
			when[p] = info.ModTime()
		}
	}
	slices.SortStableFunc(all, func(a, b string) int { return when[b].Compare(when[a]) })
	return all[:min(len(all), mostFiles)], nil
}

// escape makes a path a pattern that fits itself alone.
func escape(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// catchUp reads what was written since the last time, and reports whether there was anything.
func (f *files) catchUp() bool {
	paths, err := f.paths()
	if err != nil {
		return false
	}
	more := false
	for _, p := range paths {
		more = f.catchUpOne(p) || more
	}
	return more
}

func (f *files) catchUpOne(path string) bool {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		return false
	}
	r := f.read[path]
	if r == nil {
		r = f.begin(path, info)
		f.read[path] = r
	}
	if r.gz && r.next > 0 || !r.gz && info.Size() == r.next || f.left <= 0 || !info.Mode().IsRegular() {
		if !info.Mode().IsRegular() {
			r.Skipped = artifact.Skip{Reason: check.NotExamined, Why: "it is no regular file"}
		}
		return false
	}
	if info.Size() < r.next { // cut off and written anew
		r.next, r.line, r.fresh = 0, 0, 0
	}
	file, err := os.Open(path)
	if err != nil {
		r.Skipped = artifact.Skip{Reason: check.NotExamined, Why: reason(err)}
		return false
	}
	defer file.Close()
	r.Size = info.Size()
	if r.gz {
		return f.unzip(file, r)
	}
	if _, err := file.Seek(r.next, io.SeekStart); err != nil {
		r.Skipped = artifact.Skip{Reason: check.NotExamined, Why: reason(err)}
		return false
	}
	return f.lines(io.LimitReader(file, min(info.Size()-r.next, f.left)), r)
}

// begin decides where in a file to begin.
func (f *files) begin(path string, info os.FileInfo) *reading {
	r := &reading{LogFile: artifact.LogFile{Path: f.short(path), Size: info.Size()}, gz: strings.HasSuffix(path, ".gz")}
	base := path
	if i := strings.LastIndex(path, ".log"); i > 0 {
		base = path[:i+4]
	}
	switch mark, known := f.marks[path]; {
	case known && mark <= info.Size():
		r.fresh = mark
	case known: // cut off since
	case f.marks[base] > 0 && f.marks[base] <= info.Size() && !info.ModTime().Before(f.since): // rotated since
		r.fresh = f.marks[base]
	case !f.since.IsZero() && info.ModTime().Before(f.since):
		r.fresh = info.Size()
	}
	if !r.gz && info.Size() > f.left {
		r.From = info.Size() - f.left
		r.next, r.line = r.From, -1
	}
	return r
}

func (f *files) short(path string) string {
	if rel, err := filepath.Rel(f.dir, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return filepath.Base(path)
}

func reason(err error) string {
	var p *os.PathError
	if errors.As(err, &p) {
		return "it cannot be read: " + p.Err.Error()
	}
	return "it cannot be read: " + err.Error()
}

func (f *files) unzip(file io.Reader, r *reading) bool {
	z, err := gzip.NewReader(file)
	if err != nil {
		r.Skipped = artifact.Skip{Reason: check.NotExamined, Why: reason(err)}
		r.next = 1
		return false
	}
	more := f.lines(io.LimitReader(z, f.left), r)
	r.next = 1 // read once
	return more
}

// lines looks at what a reader gives. A last line without an end is left for the next time.
func (f *files) lines(in io.Reader, r *reading) bool {
	b := bufio.NewReaderSize(in, mostLine)
	any := false
	for {
		raw, err := b.ReadSlice('\n')
		if errors.Is(err, io.EOF) && len(raw) > 0 && !r.gz && len(raw) < 4<<10 {
			return any // it may grow
		}
		if len(raw) > 0 {
			r.note(f, raw, err == nil)
			any = true
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return any
		}
	}
}

// note looks at one line, or a piece of one.
func (r *reading) note(f *files, raw []byte, whole bool) {
	at := r.next
	r.next += int64(len(raw))
	f.left -= int64(len(raw))
	if r.line >= 0 && whole {
		r.line++
	}
	text := bytes.TrimRight(raw, "\r\n")
	if text = bytes.Trim(text, "\x00"); len(text) == 0 {
		return // a hole in a sparse file
	}
	where := fmt.Sprintf("%s:%d", r.Path, r.line)
	if r.line < 0 {
		where = fmt.Sprintf("%s, byte %d", r.Path, at)
	}
	f.tally.see(string(text), where, at >= r.fresh)
}

// flush looks at last lines without an end.
func (f *files) flush() {
	for path, r := range f.read {
		if r.gz || f.left <= 0 {
			continue
		}
		file, err := os.Open(path)
		if err != nil {
			continue
		}
		if _, err = file.Seek(r.next, io.SeekStart); err == nil {
			rest, err := io.ReadAll(io.LimitReader(file, 4<<10))
			if err == nil && len(rest) > 0 {
				r.note(f, rest, true)
			}
		}
		_ = file.Close()
	}
}

// made describes the source.
func (f *files) made(src *artifact.LogSource) {
	f.flush()
	for _, path := range sortedKeys(f.read) {
		src.Files = append(src.Files, f.read[path].LogFile)
	}
	if len(src.Files) == 0 {
		src.Skipped = artifact.Skip{Reason: check.NoPositiveControl, Why: "there is no such file"}
		return
	}
	for _, file := range src.Files {
		if file.Skipped.Reason != "" {
			src.Skipped = artifact.Skip{Reason: file.Skipped.Reason, Why: file.Path + ": " + file.Skipped.Why}
		}
	}
}
