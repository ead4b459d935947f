package ruling

import (
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/artifact/refusal"
)

// Unwelcome reports whether an answer to a caller without a login refuses the
// caller rather than what was sent: a write that is told of an unknown id or
// of a missing field has passed the guard. A 404 counts only when unknown
// paths, or refused callers, are known to get the same.
func (g *Ground) Unwelcome(route string, v *normal.View) (kind string, ok bool) {
	kind, ok = g.Judge.Refuses(route, v)
	switch kind {
	case refusal.NotFound, refusal.Gone:
		ok = g.Judge.Is(v, "soft404", "denial")
	case refusal.Envelope, refusal.GraphQL, refusal.Empty, refusal.WAF:
		ok = false
	}
	return kind, ok
}
