package wire

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/launchready/launchready/evidence"
)

// Proxy is an HTTP proxy on loopback for a browser. What the browser asks of
// the target goes out through an agent, with its scope, effects, budget and
// recording; pages of our own are answered here; everything else is refused.
type Proxy struct {
	Addr string // host:port

	agent  *Agent
	like   Request
	pages  map[string]http.Handler // by host
	server *http.Server
	cert   tls.Certificate
	done   sync.WaitGroup

	mu    sync.Mutex
	trips []Trip
}

// Trip is one request that a browser made of the target.
type Trip struct {
	Method, URL string
	Ref         evidence.Ref // "" when it was held back
	Status      int
	Err         error
}

// Proxy opens a proxy through which a browser acts as this agent, whose jar
// should be empty: the browser has one of its own. By, For, Effect, EndsSession
// and Expect5xx are taken from like. pages are hosts of our own.
func (a *Agent) Proxy(ctx context.Context, like Request, pages map[string]http.Handler) (*Proxy, error) {
	cert, err := ownCertificate()
	if err != nil {
		return nil, fmt.Errorf("open proxy: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open proxy: %w", err)
	}
	p := &Proxy{Addr: listener.Addr().String(), agent: a, like: like, pages: pages, cert: cert}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: a.client.bounds.waiting, BaseContext: func(net.Listener) context.Context { return ctx }}
	p.done.Go(func() { _ = p.server.Serve(listener) }) // ends with Close
	return p, nil
}

// Close stops the proxy and what goes through it.
func (p *Proxy) Close() {
	_ = p.server.Close() // the listener is all it holds
	p.done.Wait()
}

// Trips returns what the browser asked of the target so far.
func (p *Proxy) Trips() []Trip {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.trips)
}

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodConnect {
		p.tunnel(w, r)
		return
	}
	p.forward(w, r, r.URL)
}

// forward answers one request: as a page of our own, or by asking the target.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request, u *url.URL) {
	if page := p.pages[strings.ToLower(u.Hostname())]; page != nil {
		page.ServeHTTP(w, r)
		return
	}
	q := p.like
	q.Method, q.URL, q.Target = r.Method, u.String(), ""
	header := r.Header.Clone()
	for _, name := range []string{"Accept-Encoding", "Proxy-Connection", "Proxy-Authorization", "Connection", "X-Launchready-Run"} {
		header.Del(name) // between the browser and us
	}
	q.Header = fieldsOf(header)
	body, err := io.ReadAll(io.LimitReader(r.Body, p.agent.client.bounds.bodyMost))
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	q.Body = body
	resp, ans, err := p.agent.carry(r.Context(), q)
	t := Trip{Method: q.Method, URL: q.URL, Err: err}
	if ans != nil {
		t.Ref, t.Status = ans.Ref, ans.Status
	}
	p.mu.Lock()
	p.trips = append(p.trips, t)
	p.mu.Unlock()
	if err != nil {
		http.Error(w, "refused", http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	for name, values := range resp.Header {
		switch name {
		case "Connection", "Transfer-Encoding", "Content-Length", "Keep-Alive", "Upgrade":
		default:
			w.Header()[name] = values
		}
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body) // the browser may have gone
}

// tunnel ends the browser's TLS here: what is in it goes the way of every other
// request, and the target's certificate is checked there.
func (p *Proxy) tunnel(w http.ResponseWriter, r *http.Request) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		http.Error(w, "no tunnel", http.StatusInternalServerError)
		return
	}
	u := &url.URL{Scheme: "https", Host: strings.TrimSuffix(r.Host, ":443")}
	if p.pages[strings.ToLower(u.Hostname())] == nil {
		if _, _, err := p.agent.client.scope.resolve(u.String() + "/"); err != nil {
			p.agent.client.budget.refuse()
			http.Error(w, "refused", http.StatusForbidden)
			return
		}
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		return
	}
	if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		_ = conn.Close()
		return
	}
	inner := &http.Server{ReadHeaderTimeout: p.agent.client.bounds.waiting, Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		to := *q.URL
		to.Scheme, to.Host = u.Scheme, u.Host
		p.forward(w, q, &to)
	})}
	one := &oneConn{conn: tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{p.cert}, MinVersion: tls.VersionTLS12}), closed: make(chan struct{})}
	p.server.RegisterOnShutdown(func() { _ = one.Close() })
	unhook := context.AfterFunc(r.Context(), func() { _ = conn.Close() })
	defer unhook()
	inner.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateClosed {
			_ = one.Close()
		}
	}
	_ = inner.Serve(one) // ends with its only connection
}

// oneConn is a listener with one connection.
type oneConn struct {
	conn   net.Conn
	once   sync.Once
	close  sync.Once
	closed chan struct{}
}

// Accept implements net.Listener.
func (l *oneConn) Accept() (conn net.Conn, err error) {
	l.once.Do(func() { conn = l.conn })
	if conn != nil {
		return conn, nil
	}
	<-l.closed
	return nil, errors.New("no more connections")
}

// Close implements net.Listener.
func (l *oneConn) Close() error {
	l.close.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (l *oneConn) Addr() net.Addr { return l.conn.LocalAddr() }

// ownCertificate is what the proxy shows a browser that is told not to mind.
func ownCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make key: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "launchready"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour), DNSNames: []string{"launchready.invalid"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
