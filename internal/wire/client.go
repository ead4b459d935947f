package wire

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/redact"
)

// bounds limit what one exchange may cost. The numbers are generous for a
// portal's pages and far below what a hostile server would like to spend.
type bounds struct {
	body     int64         // decoded bytes read when the request names no bound
	bodyMost int64         // decoded bytes a request may ask for
	recorded int           // body bytes stored as evidence
	header   int64         // bytes of a response header
	ratio    int64         // decoded bytes for each compressed one, once past a megabyte
	total    time.Duration // one exchange
	waiting  time.Duration // until the header is complete, and for each connect and handshake
}

func defaultBounds() bounds {
	return bounds{
		body: 2 << 20, bodyMost: 16 << 20, recorded: 512 << 10,
		header: 256 << 10, ratio: 200,
		total: 30 * time.Second, waiting: 10 * time.Second,
	}
}

// Client is one target's way out. Agents share its pacing, budget and circuit.
type Client struct {
	config  Config
	scope   *scope
	tls     *tls.Config
	bounds  bounds
	pace    *pace
	budget  *budget
	circuit *circuit

	running context.Context // ends with Stop and Close
	stop    context.CancelCauseFunc
	seq     atomic.Int64

	mu     sync.Mutex
	agents []*Agent
}

// New returns a client for the configured target.
func New(c Config) (*Client, error) {
	if c.Target == nil {
		return nil, errors.New("set up wire: no target")
	}
	s, err := newScope(c.Target)
	if err != nil {
		return nil, fmt.Errorf("set up wire: %w", err)
	}
	conf, err := tlsConfig(c.Target.CA, c.Dir)
	if err != nil {
		return nil, fmt.Errorf("set up wire: %w", err)
	}
	if c.Redactor == nil {
		key := make([]byte, 32)
		_, _ = rand.Read(key)
		c.Redactor = redact.New(key)
	}
	for _, h := range c.Target.Headers {
		c.Redactor.AddHeader(h.Name, h.Value.Reveal())
	}
	running, stop := context.WithCancelCause(context.Background())
	return &Client{
		config: c, scope: s, tls: conf, bounds: defaultBounds(),
		pace: newPace(c.Target), budget: newBudget(c.Limit), circuit: newCircuit(),
		running: running, stop: stop,
	}, nil
}

// Stop is the kill switch: requests under way are cut off and every further one
// fails with ErrCircuit and the reason.
func (c *Client) Stop(reason string) {
	c.stop(fmt.Errorf("%w: stopped: %s", ErrCircuit, reason))
}

// Close stops the client and closes its connections.
func (c *Client) Close() {
	c.Stop("closed")
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.agents {
		a.closeIdle()
	}
	c.agents = nil
}

// SetBudget bounds the further requests of one gatherer; n < 0 lifts the bound.
func (c *Client) SetBudget(by string, n int) { c.budget.set(by, n) }

// Unlimit lifts the bound on the whole run, for what must still be undone.
func (c *Client) Unlimit() { c.budget.unlimit() }

// TryAgain gives routes and targets that were given up another try, for what
// must still be undone.
func (c *Client) TryAgain() { c.circuit.again() }

// Sent counts the requests that went out.
func (c *Client) Sent() int { return c.budget.total() }

// SentBy counts the requests that went out, by gatherer.
func (c *Client) SentBy() map[string]int { return c.budget.sentBy() }

// Refused counts the requests that were held back, for whatever reason.
func (c *Client) Refused() int { return c.budget.refusals() }

// Trips says, in order, why and for how long requests were paused or a route or
// the target was given up.
func (c *Client) Trips() []string { return c.circuit.said() }

// Redactor returns the redactor that records go through, to tell it secrets.
func (c *Client) Redactor() *redact.Redactor { return c.config.Redactor }

// store redacts, records and names an exchange.
func (c *Client) store(e *evidence.Exchange) (*evidence.Exchange, evidence.Ref, error) {
	e = c.config.Redactor.Exchange(e)
	e.Request.Body, _ = cut(e.Request.Body, c.bounds.recorded)
	if in := e.Response; in != nil {
		body, short := cut(in.Body, c.bounds.recorded)
		in.Body, in.Truncated = body, in.Truncated || short
	}
	if c.config.Record == nil {
		ref, err := refOf(e)
		return e, ref, err
	}
	ref, err := c.config.Record(e)
	if err != nil {
		return e, "", fmt.Errorf("record exchange: %w", err)
	}
	return e, ref, nil
}
