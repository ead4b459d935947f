package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// Read returns the entries of a journal with what became of them, oldest
// first. A last line torn by a crash is left out: nothing was sent for it.
func Read(path string) ([]Entry, error) {
	entries, _, err := load(path)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	return entries, nil
}

// load returns the entries and the length of what was whole.
func load(path string) (entries []Entry, whole int64, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, 0, err
	}
	for n := 1; len(b) > 0; n++ {
		text, rest, complete := bytes.Cut(b, []byte("\n"))
		if !complete {
			return entries, whole, nil
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			if len(rest) == 0 { // a lost block at the end of the file
				return entries, whole, nil
			}
			return nil, 0, fmt.Errorf("%s: line %d: %w", path, n, err)
		}
		if entries, err = follow(entries, l); err != nil {
			return nil, 0, fmt.Errorf("%s: line %d: %w", path, n, err)
		}
		whole += int64(len(text)) + 1
		b = rest
	}
	return entries, whole, nil
}

// follow applies one line.
func follow(entries []Entry, l line) ([]Entry, error) {
	switch {
	case l.State == Planned && l.Entry != nil && l.ID == len(entries)+1:
		e := *l.Entry
		e.ID, e.At, e.State = l.ID, l.At, Planned
		return append(entries, e), nil
	case l.State == Planned || l.ID < 1 || l.ID > len(entries):
		return nil, fmt.Errorf("entry %d does not follow", l.ID)
	}
	entries[l.ID-1].apply(l.State, l.Note, l.Entry)
	return entries, nil
}
