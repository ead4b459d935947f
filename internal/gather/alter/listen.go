package alter

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

const (
	// mostHeard bounds the bytes of one channel; mostFrames its messages.
	mostHeard, mostFrames = 1 << 20, 1000
	// longest bounds one stream, should nobody end it.
	longest = time.Minute
	// reconnects is how often a stream that ends by itself is opened again, as an
	// EventSource would.
	reconnects = 4
)

// listener is one identity on one channel.
type listener struct {
	name, who string
	begun     chan struct{} // closed when it is let in, or not
	done      chan struct{} // closed when it has stopped listening

	// Set before done is closed.
	answers  []*wire.Answer
	unproven check.Reason
	why      string
}

// listen begins to follow a channel as who.
func (w way) listen(ctx context.Context, t *gather.Tools, r artifact.Route, who, name string) *listener {
	l := &listener{name: name + " " + w.how, who: who, begun: make(chan struct{}), done: make(chan struct{})}
	begun := sync.OnceFunc(func() { close(l.begun) })
	s := t.As(who)
	if s == nil {
		l.unproven, l.why = check.SessionDead, who+" is not signed in"
		begun()
		close(l.done)
		return l
	}
	request := wire.Request{Method: "GET", URL: w.target, Effect: portal.Look, By: "channels", For: l.name}
	go func() {
		defer close(l.done)
		defer begun()
		if r.Kind == "websocket" {
			l.socket(ctx, s, request, w.message, begun)
		} else {
			l.stream(ctx, s, request, begun)
		}
		l.judge(t)
	}()
	return l
}

// stream listens to server-sent events.
func (l *listener) stream(ctx context.Context, s *login.Session, r wire.Request, begun func()) {
	r.Header = []evidence.Field{{Name: "Accept", Value: "text/event-stream"}}
	for range reconnects {
		ans, err := s.Listen(ctx, r, longest, mostHeard, func(int) { begun() })
		if ans != nil {
			l.answers = append(l.answers, ans)
		}
		if err != nil && ctx.Err() == nil {
			l.unproven, l.why = gather.Refusal(err), err.Error()
		}
		if err != nil || ctx.Err() != nil || ans.Status/100 != 2 {
			return
		}
	}
}

// socket listens to a WebSocket, after asking for the channel when it must be
// asked for by a message.
func (l *listener) socket(ctx context.Context, s *login.Session, r wire.Request, message string, begun func()) {
	conn, ans, err := s.WebSocket(ctx, r)
	if ans != nil {
		l.answers = append(l.answers, ans)
	}
	if err != nil {
		if ans == nil || ans.Status == 0 {
			l.unproven, l.why = gather.Refusal(err), err.Error()
		}
		return
	}
	defer func() { _ = conn.CloseNow() }()
	if message != "" {
		if err := conn.Write(ctx, websocket.MessageText, []byte(message)); err != nil && ctx.Err() == nil {
			l.unproven, l.why = check.Unstable, err.Error()
			return
		}
	}
	begun()
	heard := frames(ctx, conn)
	e := *ans.Exchange
	e.For, e.Request.Body = l.name, []byte(message)
	response := *e.Response
	response.Body, response.Size = heard, int64(len(heard))
	e.Response, e.Took = &response, time.Since(e.At)
	ref, err := s.Record(context.WithoutCancel(ctx), &e)
	if err != nil {
		l.unproven, l.why = check.RunError, err.Error()
		return
	}
	l.answers = append(l.answers, &wire.Answer{Ref: ref, Exchange: &e, Status: e.Status(), Body: heard})
}

// frames reads messages until the connection or ctx ends; one a line.
func frames(ctx context.Context, conn *websocket.Conn) []byte {
	var heard bytes.Buffer
	for n := 0; n < mostFrames && heard.Len() < mostHeard; n++ {
		_, data, err := conn.Read(ctx)
		if err != nil {
			break
		}
		heard.Write(data)
		heard.WriteByte('\n')
	}
	return heard.Bytes()
}

// judge notes what stood between the portal and the listener.
func (l *listener) judge(t *gather.Tools) {
	if l.unproven != "" || len(l.answers) == 0 {
		return
	}
	seen := normal.Of(l.answers[len(l.answers)-1].Exchange, normal.Mask{})
	if t.Refusals().Throttles(seen) {
		l.unproven, l.why = check.Throttled, "throttled"
	} else if what, between := t.Refusals().Intercepts(seen); between {
		l.unproven, l.why = check.Intercepted, what
	}
}

// hears reports whether a text was heard.
func (l *listener) hears(tag string) bool {
	for _, a := range l.answers {
		if bytes.Contains(a.Body, []byte(tag)) {
			return true
		}
	}
	return false
}

// attempt is what was heard: the answer that holds the text, else the last.
func (l *listener) attempt(tag string) artifact.Attempt {
	out := artifact.Attempt{Name: l.name, Who: l.who, Unproven: l.unproven, Why: l.why}
	for _, a := range l.answers {
		out.Ref = a.Ref
		if bytes.Contains(a.Body, []byte(tag)) {
			break
		}
	}
	return out
}
