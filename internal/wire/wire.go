// Package wire is the only way out to a target. It guards scope and effects,
// paces, bounds and records; what it returns has been written, redacted, as
// evidence before the caller sees it.
package wire

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/redact"
	"github.com/launchready/launchready/portal"
)

// What a caller branches on. Each error returned by Do wraps one of these
// when the request was not sent.
var (
	ErrScope   = errors.New("out of scope")
	ErrRefused = errors.New("effect refused")
	ErrNever   = errors.New("on the never list")
	ErrBudget  = errors.New("request budget spent")
	ErrCircuit = errors.New("circuit open")
)

// Config says where requests may go and what becomes of them.
type Config struct {
	Run     string         // run id, sent as X-Launchready-Run
	Version string         // of this tool, for the User-Agent; "": dev
	Target  *portal.Target // origins, rate, in-flight, gate headers, CA, resolve, effects
	// Dir is the folder the target's ca: file is relative to.
	Dir      string
	Never    []portal.Pattern // refused whatever the effect
	Redactor *redact.Redactor // nil: one with a key of its own
	// Record stores an exchange and returns its name; called before Do returns,
	// from many goroutines at once. nil: exchanges are named but not kept.
	Record func(*evidence.Exchange) (evidence.Ref, error)
	Limit  int // requests of the whole run; 0: none
	// Sent is called after each request, for progress, from many goroutines; may be nil.
	Sent func(by string)
}

// Request is one request to be sent.
type Request struct {
	Method string
	// URL is absolute, or a path on the target: it is joined to the target's
	// base path unless it already starts with it. Dot segments stay as written;
	// bytes that a URL cannot hold go into Target.
	URL string
	// Target, when not empty, is written to the request line as it is (HTTP/1.1).
	Target string
	Header []evidence.Field // order and case are kept where Target is set
	Body   []byte
	Host   string // overrides the Host header; the connection still goes to URL's host

	Effect portal.Effect // what it does; "" means by effective method (override headers count): look or write
	By     string        // gatherer, for the record and its budget
	For    string        // purpose, for the record
	// EndsSession must be set to send what would end a session (logout).
	EndsSession bool
	// HTTP1 forces HTTP/1.1.
	HTTP1 bool
	// MaxBody bounds the decoded bytes read; 0: the default bound.
	MaxBody int64
	// Expect5xx says that a 5xx is provoked on purpose: the circuit breaker does not count it.
	Expect5xx bool
	// Timeout bounds the whole exchange; 0: 30 s, which is also the most.
	Timeout time.Duration
	// Load makes it one of a load run: sent at once, timed, and not recorded.
	Load *Load
}

// Answer is what came back. Exchange is the redacted record named by Ref;
// Header and Body are as received (decoded, bounded), for the next step only:
// never stored. When no (complete) answer arrived Do returns both an Answer,
// whose Status is 0 if nothing came at all, and an error. Of a request of a
// load run Ref and Exchange are empty.
type Answer struct {
	Ref      evidence.Ref
	Exchange *evidence.Exchange
	Status   int
	Header   http.Header
	Body     []byte
}

// Sender sends requests. Agent implements it; login.Session wraps one.
type Sender interface {
	Do(context.Context, Request) (*Answer, error)
}
