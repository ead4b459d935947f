// Package lab is a believable multi-tenant client portal on loopback whose every flaw is a named switch.
// Tests, the demo and the twin rule start it with a flaw on and off and compare what an audit says; it
// depends on no other package of this module.
package lab

import (
	"context"
	"crypto/rsa"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Config says which portal to start.
type Config struct {
	Addr   string   // where to listen; 127.0.0.1:0 when empty
	Flaws  []string // names from Flaws
	Quirks []string // names from Quirks, with an optional number: "throttle-after=50"
	Seed   int64    // everything but credentials follows from it
	Rows   int      // extra invoices in each tenant
}

// World is one running portal.
type World struct {
	URL string // http://host:port, no trailing slash

	flaws   map[string]bool
	quirks  map[string]int
	routes  *router
	edge    *edge
	server  *http.Server
	done    chan struct{}
	served  atomic.Int64
	hub     *hub
	keeper  *keeper
	limits  map[string]rule // by route
	key     []byte          // signs download links
	journal *journalFile
	strains []*strained // lists that are slow or fail, now and then

	kinds    map[string]*resource
	random   *rand.Rand
	contract map[string]any

	mu       sync.Mutex // guards what follows
	tenants  []tenant
	shelves  map[string]*shelf
	sessions map[string]*session
	tokens   map[string]token
	grants   map[string]*grant
	serial   int               // of sessions, where a defect counts them
	rsaKey   *rsa.PrivateKey   // of tokens; nil until the first
	checked  map[string]bool   // a defect: tokens found good, by header and signature
	resets   map[string]string // reset code → user id
	audit    []auditEntry
	mails    []Mail
}

// Mail is a message the portal would have sent.
type Mail struct{ To, Subject, Body string }

// Start starts a portal and returns once it answers. It stops with ctx or Close.
func Start(ctx context.Context, c Config) (*World, error) {
	w := &World{
		flaws: map[string]bool{}, quirks: map[string]int{},
		shelves: map[string]*shelf{}, sessions: map[string]*session{}, tokens: map[string]token{}, grants: map[string]*grant{}, checked: map[string]bool{}, resets: map[string]string{},
		kinds: map[string]*resource{}, edge: newEdge(), hub: newHub(), keeper: newKeeper(), done: make(chan struct{}),
		key: randomBytes(32), random: rand.New(rand.NewPCG(uint64(c.Seed), 0x6e77)),
	}
	if err := w.throw(c.Flaws, c.Quirks); err != nil {
		return nil, err
	}
	addr, err := loopback(c.Addr)
	if err != nil {
		return nil, err
	}
	w.strains = w.strainedLists()
	w.assemble()
	w.limits = w.rules()
	w.seed(c.Rows)

	if w.journal, err = openJournal(); err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		w.journal.close()
		return nil, fmt.Errorf("starting the lab: %w", err)
	}
	w.URL = "http://" + listener.Addr().String()
	w.server = &http.Server{Handler: w.badDays(http.HandlerFunc(w.answer)), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(w.done)
		_ = w.server.Serve(listener) // always ErrServerClosed or a closed listener
	}()
	context.AfterFunc(ctx, func() { _ = w.server.Close(); w.journal.close() })
	return w, nil
}

// loopback refuses addresses that others could reach: the portal has holes on purpose.
func loopback(addr string) (string, error) {
	if addr == "" {
		return "127.0.0.1:0", nil
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("starting the lab: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", fmt.Errorf("starting the lab: %s is not a loopback address", addr)
	}
	return addr, nil
}

// Close stops the portal and waits until it no longer accepts requests.
func (w *World) Close() error {
	err := w.server.Close()
	<-w.done
	w.journal.close()
	w.hub.close()
	return err
}

// Requests is the number of requests served so far, refused and broken ones included.
func (w *World) Requests() int { return int(w.served.Load()) }

// Mails returns the messages the portal would have sent so far.
func (w *World) Mails() []Mail {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Mail(nil), w.mails...)
}

// flaw reports whether a defect is switched on.
func (w *World) flaw(name string) bool { return w.flaws[name] }

// quirk reports whether an oddity is switched on.
func (w *World) quirk(name string) bool { _, on := w.quirks[name]; return on }

// throw switches flaws and quirks on; a name it does not know is an error that offers the nearest one.
func (w *World) throw(flaws, quirks []string) error {
	for _, name := range flaws {
		if _, ok := find(Flaws(), name); !ok {
			return fmt.Errorf("unknown flaw %q, did you mean %q?", name, nearest(Flaws(), name))
		}
		w.flaws[name] = true
	}
	for _, spec := range quirks {
		name, n, err := countOf(spec)
		if err != nil {
			return err
		}
		if _, ok := find(Quirks(), name); !ok {
			return fmt.Errorf("unknown quirk %q, did you mean %q?", name, nearest(Quirks(), name))
		}
		w.quirks[name] = n
	}
	return nil
}
