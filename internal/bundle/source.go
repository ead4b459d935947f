package bundle

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// source gives checks the artifacts and evidence of one run. Artifacts are
// decoded on first use and shared by all checks, which only read them.
type source struct {
	log     *log
	read    func(name string) ([]byte, *check.Missing)
	handles map[string]check.Need

	mu      sync.Mutex
	decoded map[string]*decoded
}

type decoded struct {
	once    sync.Once
	value   any
	missing *check.Missing
}

func newSource(l *log, handles []check.Need, read func(string) ([]byte, *check.Missing)) *source {
	s := &source{log: l, read: read, handles: map[string]check.Need{}, decoded: map[string]*decoded{}}
	for _, h := range handles {
		s.handles[h.Name()] = h
	}
	return s
}

// Artifact implements check.Source.
func (s *source) Artifact(name string) (any, *check.Missing) {
	s.mu.Lock()
	d := s.decoded[name]
	if d == nil {
		d = &decoded{}
		s.decoded[name] = d
	}
	s.mu.Unlock()
	d.once.Do(func() { d.value, d.missing = s.decode(name) })
	return d.value, d.missing
}

// Exchange implements check.Source.
func (s *source) Exchange(ref evidence.Ref) (*evidence.Exchange, error) { return s.log.exchange(ref) }

// decode reads an artifact. What cannot be read is missing: a check must not
// take it for an artifact that says nothing is wrong.
func (s *source) decode(name string) (any, *check.Missing) {
	handle, ok := s.handles[name].(interface{ New() any })
	if !ok {
		return nil, &check.Missing{Reason: check.RunError, Why: fmt.Sprintf("no handle says how to decode %s", name)}
	}
	raw, missing := s.read(name)
	if missing != nil {
		return nil, missing
	}
	v := handle.New()
	if err := json.Unmarshal(raw, v); err != nil {
		return nil, &check.Missing{Reason: check.RunError, Why: fmt.Sprintf("decode %s: %v", artifactPath(name), err)}
	}
	return v, nil
}

// Source gives checks what was written so far, read back from its files. It
// remembers what it read: ask for one when gathering is over.
func (w *Writer) Source(handles []check.Need) check.Source {
	return newSource(w.log, handles, func(name string) ([]byte, *check.Missing) {
		w.mu.Lock()
		defer w.mu.Unlock()
		return readArtifact(w.dir, name, w.files, w.missing)
	})
}

// Source gives checks the artifacts and evidence of the run.
func (r *Run) Source(handles []check.Need) check.Source {
	return newSource(r.log, handles, func(name string) ([]byte, *check.Missing) {
		return readArtifact(r.dir, name, r.Manifest.Files, r.Manifest.Missing)
	})
}

// readArtifact returns the bytes of an artifact as they were digested, or why there are none.
func readArtifact(dir, name string, files map[string]string, missing map[string]check.Missing) ([]byte, *check.Missing) {
	sum, ok := files[artifactPath(name)]
	if !ok {
		if m, ok := missing[name]; ok {
			return nil, &m
		}
		return nil, &check.Missing{Reason: check.NotExamined, Why: "nothing was gathered for it"}
	}
	b, err := readFile(dir, artifactPath(name))
	if err == nil && sumOf(b) != sum {
		err = fmt.Errorf("%s was changed", artifactPath(name))
	}
	if err != nil {
		return nil, &check.Missing{Reason: check.RunError, Why: err.Error()}
	}
	return b, nil
}
