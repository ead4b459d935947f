package lab

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	hugeBody   = 10 << 30
	bombBody   = 1 << 30 // decoded
	badDayFrom = 200     // requests served before a bad day begins, unless the quirk names another number
	killEvery  = 100
)

// after reports whether a bad day that begins after N requests has begun.
func (w *World) after(name string) bool {
	n, on := w.quirks[name]
	if n == 0 {
		n = badDayFrom
	}
	return on && w.served.Load() >= int64(n)
}

// badDays wraps the portal in whatever is wrong with its surroundings.
func (w *World) badDays(portal http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		bad := w.badDay()
		if bad == nil {
			w.kill()
			portal.ServeHTTP(rw, r)
			return
		}
		w.served.Add(1)
		bad(rw, r)
	})
}

func (w *World) badDay() http.HandlerFunc {
	switch {
	case w.after("down-after"), w.quirk("reset"):
		return reset
	case w.after("throttle-after"):
		return throttled
	case w.after("unavailable-after"):
		return unavailable
	case w.quirk("all-200"):
		return func(rw http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(rw, "<html><body>It works.</body></html>\n")
		}
	case w.quirk("redirect-loop"):
		return func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, r.URL.RequestURI(), http.StatusFound)
		}
	case w.quirk("huge-body"):
		return huge
	case w.quirk("gzip-bomb"):
		return bomb
	case w.quirk("slow-header"):
		return w.dribble
	}
	return nil
}

// kill ends every session each N requests.
func (w *World) kill() {
	n, on := w.quirks["kill-sessions"]
	if n == 0 {
		n = killEvery
	}
	if !on || (w.served.Load()+1)%int64(n) != 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.sessions)
	clear(w.grants)
	for secret, t := range w.tokens {
		if t.label == signInLabel {
			delete(w.tokens, secret)
		}
	}
}

func throttled(rw http.ResponseWriter, _ *http.Request) {
	rw.Header().Set("Retry-After", "30")
	http.Error(rw, "Too many requests, slow down.", http.StatusTooManyRequests)
}

func unavailable(rw http.ResponseWriter, _ *http.Request) {
	http.Error(rw, "The portal is being serviced.", http.StatusServiceUnavailable)
}

// reset cuts the connection so that the peer sees a reset, not an end.
func reset(rw http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		return
	}
	if tcp, is := conn.(*net.TCPConn); is {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func huge(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Content-Type", "application/json")
	chunk := bytes.Repeat([]byte(`{"filler":"northwind"},`), 4096)
	for sent := 0; sent < hugeBody; sent += len(chunk) {
		if _, err := rw.Write(chunk); err != nil || r.Context().Err() != nil {
			return
		}
	}
}

// bomb sends about 1 MB that inflates to 1 GB.
func bomb(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Content-Type", "application/json")
	rw.Header().Set("Content-Encoding", "gzip")
	_ = http.NewResponseController(rw).Flush()
	squeeze := gzip.NewWriter(rw)
	zeros := make([]byte, 1<<20)
	for range bombBody / len(zeros) {
		if _, err := squeeze.Write(zeros); err != nil || r.Context().Err() != nil {
			return
		}
	}
	_ = squeeze.Close()
}

// dribble sends header lines and never the last one.
func (w *World) dribble(rw http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
	for n := 0; err == nil; n++ {
		select {
		case <-w.hub.closed:
			return
		case <-time.After(50 * time.Millisecond):
			_, err = fmt.Fprintf(conn, "X-Filler-%d: northwind\r\n", n)
		}
	}
}
