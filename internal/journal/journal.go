// Package journal keeps a line, synced to disk, for every write before it is
// sent, so that whatever a run changed can be undone after a crash. It holds
// data and order only; its callers do the sending.
package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"
)

// File is the journal's name in a run's folder.
const File = "journal.ndjson"

// Journal is the write journal of one run. It may be used from many goroutines.
type Journal struct {
	// Redact takes credentials out of what is written; nil: nothing is known to
	// be secret. It must leave JSON valid. Set it before the first entry.
	Redact func(contentType string, body []byte) []byte

	mu      sync.Mutex
	file    *os.File
	entries []Entry // by id - 1; unredacted where this process wrote them
	broken  error   // a write that failed: nothing may be sent any more
}

// line is one line of the file: an entry as it is planned, or what became of it.
type line struct {
	ID    int       `json:"id"`
	At    time.Time `json:"at"`
	State State     `json:"state"`
	Note  string    `json:"note,omitempty"`
	Entry *Entry    `json:"entry,omitempty"`
}

// Open opens a run's journal, readable by its owner alone, creating it if need
// be. What it already holds is kept; a line torn by a crash is cut off.
func Open(path string) (*Journal, error) {
	entries, whole, err := load(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	j := &Journal{file: f, entries: entries}
	if err := j.begin(whole); err != nil {
		return nil, errors.Join(fmt.Errorf("open journal: %w", err), f.Close())
	}
	return j, nil
}

// begin cuts a torn line off and goes to the end.
func (j *Journal) begin(whole int64) error {
	if err := j.file.Truncate(whole); err != nil {
		return err
	}
	if _, err := j.file.Seek(whole, 0); err != nil {
		return err
	}
	return j.file.Sync()
}

// Before notes a write that is about to be sent. Only when it has returned
// without an error may the request go out: the line is on the disk by then.
func (j *Journal) Before(e Entry) (id int, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.ID, e.At, e.State, e.Note = len(j.entries)+1, now(), Planned, ""
	if err := j.write(line{ID: e.ID, At: e.At, State: Planned, Entry: j.clean(&e)}); err != nil {
		return 0, err
	}
	j.entries = append(j.entries, e)
	return e.ID, nil
}

// Done notes that a write was answered. The fields set in patch replace the
// entry's: the created object's path, the request that undoes it.
func (j *Journal) Done(id int, note string, patch *Entry) error {
	return j.settle(id, Done, note, patch)
}

// Undone notes that what an entry changed is verified to be as it was.
func (j *Journal) Undone(id int) error { return j.settle(id, Undone, "", nil) }

// NotSent notes that a write was never sent: there is nothing to undo.
func (j *Journal) NotSent(id int, why string) error { return j.settle(id, Undone, why, nil) }

// Left notes why an entry could not be undone.
func (j *Journal) Left(id int, why string) error { return j.settle(id, Left, why, nil) }

func (j *Journal) settle(id int, s State, note string, patch *Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if id < 1 || id > len(j.entries) {
		return fmt.Errorf("write journal: no entry %d", id)
	}
	note = j.text(note)
	if err := j.write(line{ID: id, At: now(), State: s, Note: note, Entry: j.clean(patch)}); err != nil {
		return err
	}
	j.entries[id-1].apply(s, note, patch)
	return nil
}

// write appends one line and waits until it is on the disk.
func (j *Journal) write(l line) error {
	if j.broken != nil {
		return j.broken
	}
	b, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	_, err = j.file.Write(append(b, '\n'))
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		j.broken = fmt.Errorf("write journal: %w", err)
	}
	return j.broken
}

// Entries returns every entry with what became of it, oldest first. Those of
// this process are whole; what is read back from the file has no credentials.
func (j *Journal) Entries() []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.entries)
}

// Outstanding returns the entries that are not undone, newest first.
func (j *Journal) Outstanding() []Entry { return Outstanding(j.Entries()) }

// Undo has do undo every outstanding entry, the newest first, and returns those
// for which it failed. When ctx ends the rest is left, and noted so.
func (j *Journal) Undo(ctx context.Context, do func(context.Context, Entry) error) (left []Entry) {
	for _, e := range j.Outstanding() {
		err := context.Cause(ctx)
		if err == nil {
			err = do(ctx, e)
		}
		if err == nil {
			err = j.Undone(e.ID)
		}
		if err == nil {
			continue
		}
		e.State, e.Note = Left, j.text(err.Error())
		// When even this cannot be written the entry stays open in the file,
		// which a later cleanup reads as the same.
		_ = j.Left(e.ID, err.Error())
		left = append(left, e)
	}
	return left
}

// Close closes the file.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file, j.broken = nil, errors.New("write journal: it is closed")
	if err != nil {
		return fmt.Errorf("close journal: %w", err)
	}
	return nil
}

func now() time.Time { return time.Now().UTC() }
