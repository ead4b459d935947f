package wire

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/launchready/launchready/evidence"
)

const (
	// mostListening bounds how long a stream is listened to.
	mostListening = 2 * time.Minute
	// mostFrame bounds one WebSocket message.
	mostFrame = 1 << 20
)

// ErrEnough ends a stream that was listened to for as long as asked. A caller
// ends one early by cancelling its context with it as the cause.
var ErrEnough = errors.New("listened long enough")

// Stream sends a request and listens to an answer that does not end, such as
// server-sent events, until the time is over, most bytes came or the server
// closes. What was heard is recorded as the body; Truncated says that the
// server had not finished.
func (a *Agent) Stream(ctx context.Context, r Request, until time.Duration, most int64) (*Answer, error) {
	return a.Listen(ctx, r, until, most, func(int) {})
}

// Listen is Stream that says with which status the answer has begun.
func (a *Agent) Listen(ctx context.Context, r Request, until time.Duration, most int64, begun func(status int)) (*Answer, error) {
	c := a.client
	r.MaxBody = most
	t, err := a.prepare(r)
	if err != nil {
		c.budget.refuse()
		return nil, err
	}
	ctx, leave, end, err := a.admit(ctx, t)
	if err != nil {
		return nil, err
	}
	defer end()
	defer leave()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	t.at = time.Now()
	resp, err := a.open(ctx, t)
	leave() // a listener takes no place away from requests
	if err != nil {
		return a.finish(c.fail(ctx, t, err))
	}
	defer resp.Body.Close()
	t.arrived(resp)
	begun(resp.StatusCode)
	timer := time.AfterFunc(min(until, mostListening), func() { cancel(ErrEnough) })
	defer timer.Stop()
	err = c.read(t, resp.Body)
	t.took = time.Since(t.at)
	if err != nil && !errors.Is(context.Cause(ctx), ErrEnough) {
		c.fail(ctx, t, err)
	}
	return a.finish(t)
}

// RoundTripper returns the agent as a transport for a library that speaks HTTP
// itself. Scope, effects, pacing, cookies and recording are those of Do, whose
// By, For and Effect are taken from like; redirects are answers.
func (a *Agent) RoundTripper(like Request) http.RoundTripper {
	return &roundTripper{agent: a, like: like}
}

// roundTripper keeps the last answer for whoever wants its name.
type roundTripper struct {
	agent *Agent
	like  Request

	mu   sync.Mutex
	last *Answer
}

// RoundTrip implements http.RoundTripper.
func (rt *roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	r := rt.like
	r.Method, r.URL, r.Host, r.Target = cmp.Or(req.Method, http.MethodGet), req.URL.String(), req.Host, ""
	r.Header = fieldsOf(req.Header)
	if req.Body != nil {
		body, err := io.ReadAll(io.LimitReader(req.Body, rt.agent.client.bounds.bodyMost))
		if err := errors.Join(err, req.Body.Close()); err != nil {
			return nil, fmt.Errorf("read request body: %w", err)
		}
		r.Body = body
	}
	resp, ans, err := rt.agent.carry(req.Context(), r)
	rt.mu.Lock()
	defer rt.mu.Unlock()
	rt.last = ans
	if err != nil {
		return nil, err
	}
	resp.Request = req
	return resp, nil
}

// carry sends a request and returns the answer in the form libraries expect: a
// switched protocol as an open connection, everything else read and decoded.
func (a *Agent) carry(ctx context.Context, r Request) (*http.Response, *Answer, error) {
	c := a.client
	t, err := a.prepare(r)
	if err != nil {
		c.budget.refuse()
		return nil, nil, err
	}
	ctx, leave, end, err := a.admit(ctx, t)
	if err != nil {
		return nil, nil, err
	}
	defer leave()
	t.at = time.Now()
	resp, err := a.open(ctx, t)
	if err != nil {
		end()
		ans, err := a.finish(c.fail(ctx, t, err))
		return nil, ans, err
	}
	t.arrived(resp)
	if conn, ok := resp.Body.(io.ReadWriteCloser); ok && resp.StatusCode == http.StatusSwitchingProtocols {
		t.took = time.Since(t.at)
		ans, err := a.finish(t)
		if err != nil {
			end()
			return nil, ans, errors.Join(err, conn.Close())
		}
		unhook := context.AfterFunc(c.running, func() { _ = conn.Close() })
		resp.Body = &connection{conn, func() { unhook(); end() }}
		return resp, ans, nil
	}
	defer end()
	defer resp.Body.Close()
	if err := c.read(t, resp.Body); err != nil {
		ans, err := a.finish(c.fail(ctx, t, err))
		return nil, ans, err
	}
	t.took = time.Since(t.at)
	ans, err := a.finish(t)
	resp.Body = io.NopCloser(bytes.NewReader(t.body))
	resp.Header = resp.Header.Clone()
	resp.Header.Del("Content-Encoding")
	resp.ContentLength = int64(len(t.body))
	return resp, ans, err
}

// connection tells when it is closed.
type connection struct {
	io.ReadWriteCloser
	closed func()
}

func (c *connection) Close() error {
	c.closed()
	return c.ReadWriteCloser.Close()
}

// WebSocket opens a WebSocket as this identity. The answer to the handshake is
// recorded; what is heard afterwards is added with Record. The caller closes
// the connection. A refused handshake comes with both an Answer and an error.
func (a *Agent) WebSocket(ctx context.Context, r Request, protocols ...string) (*websocket.Conn, *Answer, error) {
	u, _, err := a.client.scope.resolve(r.URL)
	if err != nil {
		a.client.budget.refuse()
		return nil, nil, fmt.Errorf("open websocket: %w", err)
	}
	header := http.Header{}
	for _, f := range r.Header {
		header.Add(f.Name, f.Value)
	}
	r.Method, r.HTTP1 = http.MethodGet, true
	rt := &roundTripper{agent: a, like: r}
	conn, _, err := websocket.Dial(ctx, u.String(), &websocket.DialOptions{
		HTTPClient: &http.Client{
			Transport:     rt,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		HTTPHeader:   header,
		Host:         r.Host,
		Subprotocols: protocols,
	})
	rt.mu.Lock()
	defer rt.mu.Unlock()
	if err != nil {
		return nil, rt.last, fmt.Errorf("open websocket: %w", err)
	}
	conn.SetReadLimit(mostFrame)
	return conn, rt.last, nil
}

// Record redacts and stores what a caller heard on an open connection, under
// this identity's name, and returns its name.
func (a *Agent) Record(ctx context.Context, e *evidence.Exchange) (evidence.Ref, error) {
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("record exchange: %w", err)
	}
	x := *e
	x.Seq, x.Who = a.client.seq.Add(1), a.who
	if x.At.IsZero() {
		x.At = time.Now().UTC()
	}
	_, ref, err := a.client.store(&x)
	return ref, err
}
