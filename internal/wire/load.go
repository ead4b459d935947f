package wire

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/portal"
)

// warm is how many idle connections an agent keeps, so that a load run does
// not dial anew whenever more answers are awaited than the target's in-flight
// bound allows other requests.
const warm = 64

// Load makes a request one of a load run. Such a request needs the effect load,
// and write as well when its method is not safe. It goes out at once: the
// schedule is the caller's, so neither the token bucket nor the places in
// flight nor a pause holds it up. Scope, never list, budgets, circuit, cookies
// and the run's own header are those of every request.
//
// It is timed and counted, and recorded only when Record is called: writing
// hundreds of answers down while the next ones are under way would slow the
// clock that it serves. Answer.Exchange is nil, and nothing of it may be stored
// but by Record.
//
// Do fills the fields; they may be read once it has returned.
type Load struct {
	Began time.Time // when the request was handed to a connection, or to the dialer
	Ended time.Time // when the body was whole, or the request had failed; zero: it was not sent

	// The parts of it: DNS, Connect and TLS are 0 on a connection that was open.
	DNS, Connect, TLS, Wait, Body time.Duration

	// Record redacts and stores the exchange, like that of any other request.
	Record func() (evidence.Ref, error)
}

// permitLoad returns why a request may not be one of a load run.
func (c *Client) permitLoad(r Request) error {
	switch {
	case r.Load == nil:
		return nil
	case !c.config.Target.Allows(portal.LoadRun):
		return fmt.Errorf("%w: %s is not granted for target %s", ErrRefused, portal.LoadRun, c.config.Target.Name)
	case r.Target != "":
		return fmt.Errorf("%w: a load run sends ordinary requests only", ErrRefused)
	}
	return nil
}

// underLoad sends a request that was admitted, with a clock beside it.
func (a *Agent) underLoad(ctx context.Context, t *trip) (*Answer, error) {
	c, l := a.client, t.request.Load
	watch := &stopwatch{}
	ctx, cancel := t.timed(httptrace.WithClientTrace(ctx, watch.trace()), c.bounds.total)
	defer cancel()
	l.Began = t.at
	resp, err := a.open(ctx, t)
	if err == nil {
		defer resp.Body.Close()
		t.arrived(resp)
		err = c.read(t, resp.Body)
	}
	l.Ended = time.Now()
	t.took = l.Ended.Sub(l.Began)
	watch.read(l)
	if err != nil {
		t = c.fail(ctx, t, err)
	}
	return a.counted(t)
}

// counted is finish for what is not recorded.
func (a *Agent) counted(t *trip) (*Answer, error) {
	if !a.heed(t) {
		return nil, t.err
	}
	c := a.client
	t.request.Load.Record = func() (evidence.Ref, error) {
		_, ref, err := c.store(t.exchange(c.seq.Add(1), c.bounds.recorded))
		return ref, err
	}
	ans := &Answer{Header: t.header, Body: t.body}
	if t.response != nil {
		ans.Status = t.response.status
	}
	return ans, t.err
}

// stopwatch notes when the parts of an exchange begin and end. net/http calls
// it from several goroutines, also after the exchange is over.
type stopwatch struct {
	mu                                      sync.Mutex
	dns, dnsEnd, dial, dialEnd, tls, tlsEnd time.Time
	wrote, first                            time.Time
	reused                                  bool
}

func (w *stopwatch) note(at *time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*at = time.Now()
}

func (w *stopwatch) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSStart:          func(httptrace.DNSStartInfo) { w.note(&w.dns) },
		DNSDone:           func(httptrace.DNSDoneInfo) { w.note(&w.dnsEnd) },
		ConnectStart:      func(string, string) { w.note(&w.dial) },
		ConnectDone:       func(string, string, error) { w.note(&w.dialEnd) },
		TLSHandshakeStart: func() { w.note(&w.tls) },
		TLSHandshakeDone:  func(tls.ConnectionState, error) { w.note(&w.tlsEnd) },
		GotConn: func(i httptrace.GotConnInfo) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.reused = i.Reused
		},
		WroteRequest:         func(httptrace.WroteRequestInfo) { w.note(&w.wrote) },
		GotFirstResponseByte: func() { w.note(&w.first) },
	}
}

// read says how long each part took.
func (w *stopwatch) read(l *Load) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.reused {
		l.DNS, l.Connect, l.TLS = between(w.dns, w.dnsEnd), between(w.dial, w.dialEnd), between(w.tls, w.tlsEnd)
	}
	l.Wait, l.Body = between(w.wrote, w.first), between(w.first, l.Ended)
}

// between is the time from a to b; 0 when one of them never came.
func between(a, b time.Time) time.Duration {
	if a.IsZero() || b.IsZero() {
		return 0
	}
	return max(0, b.Sub(a))
}
