package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"sync/atomic"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// ErrNotEmpty says that a bundle was to be made in a folder that holds something.
var ErrNotEmpty = errors.New("the folder is not empty")

// artifactName is what an artifact may be called: it becomes a file name.
var artifactName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

// Writer fills a bundle. All methods may be called concurrently.
type Writer struct {
	dir string
	log *log
	seq atomic.Int64

	mu       sync.Mutex
	evidence *os.File  // nil once closed
	hash     hash.Hash // of the evidence file so far
	offset   int64
	broken   error // why nothing more can be recorded
	files    map[string]string
	missing  map[string]check.Missing
	sealed   *Manifest // set by Close
}

// Create makes a bundle in dir, which must not exist or be empty. Only its
// owner may read it: evidence holds the portal's answers.
func Create(dir string) (*Writer, error) {
	entries, err := os.ReadDir(dir)
	switch {
	case err == nil && len(entries) > 0:
		return nil, fmt.Errorf("create bundle %s: %w", dir, ErrNotEmpty)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("create bundle: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(dir, artifactDir), 0o700); err != nil {
		return nil, fmt.Errorf("create bundle: %w", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil { // an empty folder that was there may be open to all
		return nil, fmt.Errorf("create bundle: %w", err)
	}
	path := filepath.Join(dir, evidenceFile)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create bundle: %w", err)
	}
	return &Writer{
		dir: dir, log: newLog(path), evidence: f, hash: sha256.New(),
		files: map[string]string{}, missing: map[string]check.Missing{},
	}, nil
}

// Dir returns the bundle's folder.
func (w *Writer) Dir() string { return w.dir }

// Record appends an exchange, setting its Seq, and returns its name. Once it
// returns, Exchange finds it and it survives the end of the process.
func (w *Writer) Record(ex *evidence.Exchange) (evidence.Ref, error) {
	ex.Seq = w.seq.Add(1)
	line, err := json.Marshal(ex)
	if err != nil {
		return "", fmt.Errorf("record exchange: %w", err)
	}
	ref := evidence.RefOf(line)

	w.mu.Lock()
	defer w.mu.Unlock()
	if w.evidence == nil {
		return "", fmt.Errorf("record exchange: the bundle is closed")
	}
	if w.broken != nil {
		return "", fmt.Errorf("record exchange: %w", w.broken)
	}
	at := span{w.offset, int64(len(line))}
	line = append(line, '\n')
	if _, err := w.evidence.Write(line); err != nil {
		// Half a line must not stand before a whole one.
		w.broken = errors.Join(err, w.evidence.Truncate(w.offset))
		return "", fmt.Errorf("record exchange: %w", w.broken)
	}
	w.hash.Write(line)
	w.offset += int64(len(line))
	w.log.add(ref, at)
	return ref, nil
}

// Exchange returns a recorded exchange. It is shared: do not change it.
func (w *Writer) Exchange(ref evidence.Ref) (*evidence.Exchange, error) { return w.log.exchange(ref) }

// Refs names every exchange recorded so far, in order.
func (w *Writer) Refs() []evidence.Ref { return w.log.refs() }

// Artifact writes an artifact, replacing an earlier one of that name.
func (w *Writer) Artifact(name string, v any) error {
	if !artifactName.MatchString(name) {
		return fmt.Errorf("write artifact %q: not a name", name)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write artifact %s: %w", name, err)
	}
	return w.write(artifactPath(name), b)
}

// Missing notes why an artifact was not gathered. An artifact that was
// written is not missing, whatever else went wrong.
func (w *Writer) Missing(name string, m check.Missing) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.missing[name] = m
}

// Portal writes the portal as it was described; the caller has taken its secrets out.
func (w *Writer) Portal(snapshot []byte) error { return w.write(portalFile, snapshot) }

// Begin writes what is known before the first request, so that a run that was
// killed still says what it was.
func (w *Writer) Begin(m Manifest) error {
	b, err := encodeManifest(m)
	if err != nil {
		return fmt.Errorf("write %s: %w", startFile, err)
	}
	return w.write(startFile, b)
}

// Report writes the result document. It may be called after Close, because
// the document names the bundle by the digest that Close returns; run.json is
// then written again, with the same Digest.
func (w *Writer) Report(doc []byte) error {
	if err := w.write(reportFile, doc); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sealed == nil {
		return nil
	}
	w.sealed.Files[reportFile] = w.files[reportFile]
	return w.seal(*w.sealed)
}

// write stores one whole file and notes its digest. What is judged must not
// change once the bundle is closed.
func (w *Writer) write(name string, b []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sealed != nil && name != reportFile {
		return fmt.Errorf("write %s: the bundle is closed", name)
	}
	if err := replaceFile(filepath.Join(w.dir, filepath.FromSlash(name)), b); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	w.files[name] = sumOf(b)
	return nil
}

// Close ends the recording, writes run.json and returns the digest of what is
// to be judged. The facts come from m; Format, Files, Digest and what Missing
// noted are filled in. Exchange, Source and Report keep working.
func (w *Writer) Close(m Manifest) (digest string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sealed != nil {
		return w.sealed.Digest, nil
	}
	if err := errors.Join(w.evidence.Sync(), w.evidence.Close(), w.broken); err != nil {
		return "", fmt.Errorf("close bundle %s: %w", w.dir, err)
	}
	w.evidence = nil
	w.files[evidenceFile] = hex.EncodeToString(w.hash.Sum(nil))

	m.Format = Format
	m.Files = maps.Clone(w.files)
	m.Missing = maps.Clone(m.Missing)
	if m.Missing == nil {
		m.Missing = map[string]check.Missing{}
	}
	maps.Copy(m.Missing, w.missing)
	if m.Digest, err = m.digest(); err != nil {
		return "", fmt.Errorf("close bundle %s: %w", w.dir, err)
	}
	if err := w.seal(m); err != nil {
		return "", err
	}
	w.sealed = &m
	return m.Digest, nil
}

// seal writes run.json.
func (w *Writer) seal(m Manifest) error {
	b, err := encodeManifest(m)
	if err == nil {
		err = replaceFile(filepath.Join(w.dir, manifestFile), b)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", manifestFile, err)
	}
	return nil
}

func encodeManifest(m Manifest) ([]byte, error) {
	b, err := json.MarshalIndent(m, "", "  ")
	return append(b, '\n'), err
}

// replaceFile writes b so that path holds either the old bytes or all of b,
// even if the machine stops in between.
func replaceFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func artifactPath(name string) string { return artifactDir + "/" + name + ".json" }
