// Package login signs an identity in by its recipe and keeps its session:
// credentials on every request, CSRF on unsafe ones, an alive probe, renewal.
package login

import (
	"context"
	"net/http"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// Probe is the request that tells a living session from a dead one.
type Probe struct {
	Request portal.Call `json:"request"`
	Needles []string    `json:"needles"` // any of them in the body means alive: the caller's own name, e-mail or id
	Learned bool        `json:"learned"`
	Score   int         `json:"score"`
}

// Credential is what a session sends, so that gatherers can damage it on purpose.
type Credential struct {
	Headers []evidence.Field // Authorization, X-Auth, X-CSRF-Token …
	Cookies []*http.Cookie
	Query   []evidence.Field // query keys
	JSON    []evidence.Field // JSON body fields
}

// Session is one identity on one target. The zero credential (anonymous) is a Session too.
type Session struct {
	Identity *portal.Identity // nil: anonymous
	Recipe   *portal.Recipe
	Probe    *Probe // set once chosen
	agent    wire.Sender
}

// Who returns the identity's name or evidence.Anonymous.
func (s *Session) Who() string {
	if s.Identity == nil {
		return evidence.Anonymous
	}
	return s.Identity.Name
}

// Do sends r with the session's credential; unsafe methods get the CSRF proof.
func (s *Session) Do(ctx context.Context, r wire.Request) (*wire.Answer, error) {
	return s.agent.Do(ctx, r)
}
