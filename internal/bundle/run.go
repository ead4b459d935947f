package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/launchready/launchready/evidence"
)

// What a caller branches on when a bundle cannot be opened.
var (
	// ErrTorn says that the run never wrote its manifest: it was killed.
	ErrTorn = errors.New("the run did not end: there is no " + manifestFile)
	// ErrChanged says that the bundle is not what the run wrote.
	ErrChanged = errors.New("the bundle was changed")
)

// Run is a finished bundle, verified when it was opened.
type Run struct {
	Manifest Manifest

	dir string
	log *log
}

// IsRun reports whether dir is the folder of a run, finished or not.
func IsRun(dir string) bool {
	for _, name := range []string{manifestFile, startFile, evidenceFile} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return false
}

// Open reads the bundle in dir and verifies every byte that is judged.
func Open(dir string) (*Run, error) {
	raw, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		if _, dirErr := os.Stat(filepath.Join(dir, evidenceFile)); dirErr == nil {
			return nil, fmt.Errorf("open bundle %s: %w", dir, ErrTorn)
		}
		return nil, fmt.Errorf("open bundle %s: not a bundle: %w", dir, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open bundle: %w", err)
	}
	r := &Run{dir: dir, log: newLog(filepath.Join(dir, evidenceFile))}
	if err := json.Unmarshal(raw, &r.Manifest); err != nil {
		return nil, fmt.Errorf("open bundle %s: read %s: %w", dir, manifestFile, err)
	}
	if f := r.Manifest.Format; f != Format {
		return nil, fmt.Errorf("open bundle %s: format %d, but this launchready reads format %d", dir, f, Format)
	}
	if err := r.verify(); err != nil {
		return nil, fmt.Errorf("open bundle %s: %w", dir, err)
	}
	return r, nil
}

// verify compares every file with its digest, and the manifest with its own.
func (r *Run) verify() error {
	m := r.Manifest
	if _, ok := m.Files[evidenceFile]; !ok {
		return fmt.Errorf("%w: %s does not list %s", ErrChanged, manifestFile, evidenceFile)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		sum, err := r.sum(name)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: %s is gone", ErrChanged, name)
		}
		if err != nil && !errors.Is(err, errTorn) {
			return err
		}
		if sum != m.Files[name] {
			return fmt.Errorf("%w: %s has digest %.12s, the run wrote %.12s", ErrChanged, name, sum, m.Files[name])
		}
	}
	written, err := r.artifacts()
	if err != nil {
		return err
	}
	for _, name := range written {
		if _, ok := m.Files[name]; !ok {
			return fmt.Errorf("%w: %s was added", ErrChanged, name)
		}
	}
	digest, err := m.digest()
	if err != nil {
		return err
	}
	if digest != m.Digest {
		return fmt.Errorf("%w: the facts in %s do not fit its digest", ErrChanged, manifestFile)
	}
	return nil
}

// sum returns the SHA-256 of one file; evidence is indexed on the way.
func (r *Run) sum(name string) (string, error) {
	if name == evidenceFile {
		return r.log.scan()
	}
	b, err := readFile(r.dir, name)
	return sumOf(b), err
}

// artifacts lists the artifact files on disk.
func (r *Run) artifacts() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(r.dir, artifactDir))
	if err != nil {
		return nil, fmt.Errorf("list artifacts: %w", err)
	}
	var names []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".tmp-") { // left by a crash, never read
			names = append(names, artifactDir+"/"+e.Name())
		}
	}
	return names, nil
}

// OpenTorn opens what a killed run left, for cleaning up or a look at what it
// saw: an unfinished last line of evidence is left out, and the manifest holds
// what Begin wrote, with Interrupted set and an error that says so. A bundle
// that was finished is opened, and verified, as by Open.
func OpenTorn(dir string) (*Run, error) {
	r, err := Open(dir)
	if !errors.Is(err, ErrTorn) {
		return r, err
	}
	r = &Run{dir: dir, log: newLog(filepath.Join(dir, evidenceFile))}
	if raw, err := os.ReadFile(filepath.Join(dir, startFile)); err == nil {
		if err := json.Unmarshal(raw, &r.Manifest); err != nil {
			return nil, fmt.Errorf("open torn bundle %s: read %s: %w", dir, startFile, err)
		}
	}
	m := &r.Manifest
	m.Format, m.Interrupted = Format, true
	m.Errors = append(m.Errors, "the run was killed before it ended")
	m.Files = map[string]string{}
	names, err := r.artifacts()
	if err != nil {
		return nil, fmt.Errorf("open torn bundle %s: %w", dir, err)
	}
	for _, name := range append(names, portalFile, startFile, evidenceFile) {
		sum, err := r.sum(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil && !errors.Is(err, errTorn):
			return nil, fmt.Errorf("open torn bundle %s: %w", dir, err)
		}
		m.Files[name] = sum
	}
	if m.Digest, err = m.digest(); err != nil {
		return nil, fmt.Errorf("open torn bundle %s: %w", dir, err)
	}
	return r, nil
}

// Exchange returns a recorded exchange. It is shared: do not change it.
func (r *Run) Exchange(ref evidence.Ref) (*evidence.Exchange, error) { return r.log.exchange(ref) }

// Refs names every exchange in the order recorded.
func (r *Run) Refs() []evidence.Ref { return r.log.refs() }

// Portal returns the snapshot of portal.yaml, without secrets.
func (r *Run) Portal() ([]byte, error) { return r.listed(portalFile) }

// Report returns the result document that the run wrote.
func (r *Run) Report() ([]byte, error) { return r.listed(reportFile) }

// listed reads a file of the manifest; one beside it is none of the run's.
func (r *Run) listed(name string) ([]byte, error) {
	sum, ok := r.Manifest.Files[name]
	if !ok {
		return nil, fmt.Errorf("read %s of %s: %w", name, r.dir, fs.ErrNotExist)
	}
	b, err := readFile(r.dir, name)
	if err != nil {
		return nil, err
	}
	if sumOf(b) != sum {
		return nil, fmt.Errorf("%w: %s", ErrChanged, name)
	}
	return b, nil
}

// readFile reads a regular file inside dir: a bundle from elsewhere must not
// make us read what lies outside it.
func readFile(dir, name string) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: not a regular file", name)
	}
	return root.ReadFile(name)
}
