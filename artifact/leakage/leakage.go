// Package leakage recognises what errors give away: stack traces, database
// errors, debug pages, credentials, internals, version banners, and what logs
// must not keep. It is pure; a value found is shown masked.
//
// Recognition has two tiers. A signature of the first is enough by itself. Of
// the second (lines that name a file and a line) it takes two beside a word
// such as "exception", three without, and only in an error. What a portal's
// users stored is data: a ticket whose text holds a trace leaks nothing.
package leakage

// Classes of what is given away, one for each check that reports them.
const (
	Trace      = "stack trace"
	Database   = "database error"
	DebugPage  = "debug page"
	Credential = "credential"
	Internal   = "internals"
	Banner     = "version banner"
)

// Hit is one signature found in an answer.
type Hit struct {
	Class  string
	Name   string // what it is: "Python traceback"
	Where  string // JSON pointer, "body", "header Server"
	Masked string // enough to recognise it
	// Stored says that it stands where a portal shows what its users wrote: in an
	// ordinary field of an answer that reports no error.
	Stored bool
	print  string // the same text gives the same print, wherever it stands
}

// Bounds on what is read of one answer.
const (
	mostBody   = 512 << 10
	mostUnits  = 20_000
	mostHits   = 40
	mostDepth  = 64
	mostUndone = 4 // levels of string escapes that are undone
)
