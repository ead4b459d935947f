package badday

import (
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
)

// How a door stands.
const (
	ajar  = iota // what comes goes through
	shut         // connections are reset
	stuck        // connections are taken, and nothing comes back
)

// door stands before a portal: it can be shut while the portal lives.
type door struct {
	backend string

	mu    sync.Mutex
	how   int
	conns map[net.Conn]bool
}

// before puts a door before a portal, and into its description.
func before(t *testing.T, w *world) *door {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &door{backend: strings.TrimPrefix(w.URL, "http://"), conns: map[net.Conn]bool{}}
	var wg sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); d.set(shut); wg.Wait() })
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { d.serve(conn) })
		}
	})
	raw, err := os.ReadFile(w.config)
	if err != nil {
		t.Fatal(err)
	}
	described := strings.ReplaceAll(string(raw), w.URL, "http://"+l.Addr().String())
	if err := os.WriteFile(w.config, []byte(described), 0o600); err != nil {
		t.Fatal(err)
	}
	return d
}

// set moves the door; what is under way is cut off.
func (d *door) set(how int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.how = how
	for conn := range d.conns {
		reset(conn)
	}
}

// enter takes a connection in, and says how the door stands.
func (d *door) enter(conn net.Conn) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.how != shut {
		d.conns[conn] = true
	}
	return d.how
}

func (d *door) leave(conn net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.conns, conn)
	_ = conn.Close()
}

func (d *door) serve(conn net.Conn) {
	defer d.leave(conn)
	switch d.enter(conn) {
	case shut:
		reset(conn)
		return
	case stuck:
		_, _ = io.Copy(io.Discard, conn)
		return
	}
	back, err := net.Dial("tcp", d.backend)
	if err != nil {
		return
	}
	d.enter(back)
	defer d.leave(back)
	done := make(chan struct{})
	go func() { defer close(done); _, _ = io.Copy(back, conn); _ = back.Close() }()
	_, _ = io.Copy(conn, back)
	_ = conn.Close()
	<-done
}

// reset ends a connection so that its peer sees no orderly end.
func reset(conn net.Conn) {
	if tcp, is := conn.(*net.TCPConn); is {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
