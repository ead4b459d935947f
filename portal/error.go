package portal

import (
	"fmt"
	"strings"
)

// maxProblems bounds how much is reported at once: beyond it, people mend the
// first ones and run again.
const maxProblems = 10

// Problem is one thing that is wrong with a file.
type Problem struct {
	Line, Column int    // from 1; 0: the file as a whole
	Path         string // where in the file: "targets.staging.rate"; "" is the root
	Message      string
	Hint         string // what to write instead
}

// Error says what is wrong with a configuration file, in the order of its
// lines, ten problems at most.
type Error struct {
	File     string
	Problems []Problem
	More     int   // problems beyond those
	Cause    error // why the file could not be read at all, or nil
}

// Error prints one problem a line: "portal.yaml:3:5: message (hint)".
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		at := e.File
		if p.Line > 0 {
			at = fmt.Sprintf("%s:%d:%d", e.File, p.Line, p.Column)
		}
		lines[i] = at + ": " + p.Message
		if p.Hint != "" {
			lines[i] += " (" + p.Hint + ")"
		}
	}
	if e.More > 0 {
		lines = append(lines, fmt.Sprintf("%s: and %d more", e.File, e.More))
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// failed returns an Error about a file as a whole.
func failed(file, message, hint string, cause error) *Error {
	return &Error{File: file, Problems: []Problem{{Message: message, Hint: hint}}, Cause: cause}
}
