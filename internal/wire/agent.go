package wire

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/launchready/launchready/evidence"
)

// Agent is one identity's client: its own cookie jar and its own connections,
// so that nothing of one identity travels with another.
type Agent struct {
	client *Client
	who    string
	jar    *jar
	both   *http.Transport // HTTP/2 where the server offers it
	one    *http.Transport // HTTP/1.1 only
}

// Agent returns a fresh client for an identity.
func (c *Client) Agent(who string) *Agent {
	a := &Agent{client: c, who: who, jar: newJar(), both: c.transport(true), one: c.transport(false)}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.agents = append(c.agents, a)
	return a
}

// transport returns a pool of connections that obeys the guard and the bounds.
func (c *Client) transport(http2 bool) *http.Transport {
	_, inFlight := Pace(c.config.Target)
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetHTTP2(http2)
	return &http.Transport{
		Proxy:                  nil, // the environment must not choose the way
		DialContext:            c.dial,
		TLSClientConfig:        c.tls.Clone(),
		TLSHandshakeTimeout:    c.bounds.waiting,
		ResponseHeaderTimeout:  c.bounds.waiting,
		MaxResponseHeaderBytes: c.bounds.header,
		MaxIdleConnsPerHost:    max(inFlight, warm),
		IdleConnTimeout:        c.bounds.total,
		DisableCompression:     true, // decoded here, bounded
		ForceAttemptHTTP2:      http2,
		Protocols:              p,
	}
}

// Who returns the identity's name, as it stands in the records.
func (a *Agent) Who() string { return a.who }

// Clone returns an agent with connections of its own and a copy of the cookies.
func (a *Agent) Clone(who string) *Agent {
	b := a.client.Agent(who)
	b.jar = a.jar.clone()
	return b
}

// Cookies returns what the jar would send to a URL (or a path on the target).
func (a *Agent) Cookies(url string) []*http.Cookie {
	u, _, err := a.client.scope.resolve(url)
	if err != nil {
		return nil
	}
	return a.jar.cookies(u)
}

// SetCookies puts cookies into the jar as if the URL had set them.
func (a *Agent) SetCookies(url string, cookies []*http.Cookie) {
	if u, _, err := a.client.scope.resolve(url); err == nil {
		a.jar.set(u, cookies)
	}
}

// ClearCookies empties the jar.
func (a *Agent) ClearCookies() { a.jar.clear() }

func (a *Agent) closeIdle() {
	a.both.CloseIdleConnections()
	a.one.CloseIdleConnections()
}

// Do sends one request and returns what came back. Redirects are answers like
// any other: the next hop is the caller's next request. When the request was
// held back the answer is nil and the error wraps a sentinel of this package.
// An answer that did not arrive, or not whole, comes with an error as well.
func (a *Agent) Do(ctx context.Context, r Request) (*Answer, error) {
	t, err := a.prepare(r)
	if err != nil {
		a.client.budget.refuse()
		return nil, err
	}
	ctx, leave, end, err := a.admit(ctx, t)
	if err != nil {
		return nil, err
	}
	defer end()
	defer leave()
	if r.Load != nil {
		return a.underLoad(ctx, t)
	}
	if r.Target != "" {
		return a.finish(a.sendRaw(ctx, t))
	}
	return a.finish(a.send(ctx, t))
}

// admit waits for a place, a token and a closed circuit, and books the request.
// The context it returns ends when the client is stopped, and with end; leave
// gives the place back and may be called twice.
func (a *Agent) admit(ctx context.Context, t *trip) (_ context.Context, leave, end func(), _ error) {
	c := a.client
	ctx, cancel := context.WithCancelCause(ctx)
	unhook := context.AfterFunc(c.running, func() { cancel(context.Cause(c.running)) })
	end = func() { unhook(); cancel(nil) }
	err := context.Cause(ctx)
	if c.running.Err() != nil {
		err = context.Cause(c.running)
	}
	if err == nil {
		err = c.circuit.allow(t)
	}
	if err == nil {
		err = c.budget.take(t.request.By)
	}
	leave = func() {}
	if err == nil && t.request.Load == nil {
		leave = sync.OnceFunc(c.pace.leave)
		if err = a.queue(ctx, t); err != nil {
			c.budget.giveBack(t.request.By)
		}
	}
	if err != nil {
		end()
		c.budget.refuse()
		return nil, nil, nil, fmt.Errorf("%s: %w", c.name(t.request.Method, t.url), err)
	}
	return ctx, leave, end, nil
}

// queue waits for the pause to end, a place and a token; meanwhile the circuit may open.
func (a *Agent) queue(ctx context.Context, t *trip) error {
	c := a.client
	if err := c.pace.enter(ctx); err != nil {
		return err
	}
	err := c.circuit.wait(ctx)
	if err == nil {
		err = c.circuit.allow(t)
	}
	if err != nil {
		c.pace.leave()
	}
	return err
}

// finish counts, redacts and records what a trip brought.
func (a *Agent) finish(t *trip) (*Answer, error) {
	if !a.heed(t) {
		return nil, t.err
	}
	c := a.client
	e, ref, err := c.store(t.exchange(c.seq.Add(1), c.bounds.recorded))
	return &Answer{Ref: ref, Exchange: e, Status: e.Status(), Header: t.header, Body: t.body}, errors.Join(t.err, err)
}

// heed counts a trip and keeps the cookies it brought; false says that nothing
// was sent.
func (a *Agent) heed(t *trip) bool {
	c := a.client
	if errors.Is(t.err, ErrScope) { // the guard at the dial
		c.budget.giveBack(t.request.By)
		c.budget.refuse()
		return false
	}
	if u := t.url; t.response != nil {
		cookies := setCookies(t.header)
		a.jar.set(u, cookies)
		for _, k := range cookies {
			// Shorter values are settings such as "dark" or "en": masking them
			// everywhere would hide ordinary words.
			if len(k.Value) >= 16 {
				c.config.Redactor.Add("cookie", k.Value)
			}
		}
	}
	c.circuit.note(t)
	if c.config.Sent != nil {
		c.config.Sent(t.request.By)
	}
	return true
}

// prepare checks a request and says where it goes and with which header.
func (a *Agent) prepare(r Request) (*trip, error) {
	c := a.client
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	u, o, err := c.scope.resolve(r.URL)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Method, err)
	}
	if err := wellFormed(r); err != nil {
		return nil, err
	}
	if err := c.checkTarget(r.Target); err != nil {
		return nil, err
	}
	if err := c.permit(r, u); err != nil {
		return nil, fmt.Errorf("%s: %w", c.name(r.Method, u), err)
	}
	t := &trip{who: a.who, request: r, url: u, origin: o, host: r.Host}
	if t.host == "" {
		t.host = evidence.Get(r.Header, "Host")
	}
	if t.host == "" {
		t.host = u.Host
	}
	t.fields = a.fields(r, t)
	return t, nil
}

// fields returns the header to be sent: the caller's in its order, then the
// gate's, the jar's and our own where the caller has none of that name. A
// caller's Authorization therefore replaces a gate's: one field cannot carry both.
func (a *Agent) fields(r Request, t *trip) []evidence.Field {
	c := a.client
	out := make([]evidence.Field, 0, len(r.Header)+6)
	for _, f := range r.Header {
		if !strings.EqualFold(f.Name, "Host") || r.Target != "" {
			out = append(out, f)
		}
	}
	add := func(name, value string) {
		if len(evidence.Values(r.Header, name)) == 0 {
			out = append(out, evidence.Field{Name: name, Value: value})
		}
	}
	for _, h := range c.config.Target.Headers {
		add(h.Name, h.Value.Reveal())
	}
	if cookie := a.jar.header(t.url); cookie != "" {
		add("Cookie", cookie)
	}
	version := c.config.Version
	if version == "" {
		version = "dev"
	}
	add("User-Agent", "launchready/"+version+" (+https://github.com/launchready/launchready)")
	if c.config.Run != "" {
		add("X-Launchready-Run", c.config.Run)
	}
	add("Accept-Encoding", "gzip")
	return out
}
