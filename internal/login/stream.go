package login

import (
	"context"
	"time"

	"github.com/coder/websocket"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
)

// Listen sends r with the session's credential and listens to an answer that
// does not end; see wire.Agent.Listen. Other requests may travel meanwhile.
func (s *Session) Listen(ctx context.Context, r wire.Request, until time.Duration, most int64, begun func(status int)) (*wire.Answer, error) {
	if s.Identity == nil {
		return s.bare.Listen(ctx, r, until, most, begun)
	}
	r, err := s.signed(r)
	if err != nil {
		return nil, err
	}
	return s.agent.Listen(ctx, r, until, most, begun)
}

// WebSocket opens a WebSocket with the session's credential and as a page of
// the portal would, by its Origin (RFC 6455 §4.1); see wire.Agent.WebSocket.
func (s *Session) WebSocket(ctx context.Context, r wire.Request) (*websocket.Conn, *wire.Answer, error) {
	r.Header = s.sameOrigin(r.Header, s.resolve(r.URL))
	if s.Identity == nil {
		return s.bare.WebSocket(ctx, r)
	}
	r, err := s.signed(r)
	if err != nil {
		return nil, nil, err
	}
	return s.agent.WebSocket(ctx, r)
}

// Record stores what was heard on a connection of this session.
func (s *Session) Record(ctx context.Context, e *evidence.Exchange) (evidence.Ref, error) {
	return s.agent.Record(ctx, e)
}

// signed returns r with the credential as it is now.
func (s *Session) signed(r wire.Request) (wire.Request, error) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	return attach(r, s.resolve(r.URL), s.sends)
}
