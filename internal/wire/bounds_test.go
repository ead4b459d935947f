package wire

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// listen answers every connection with talk, which gets the request's head.
func listen(t *testing.T, talk func(conn net.Conn, head string)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				var head strings.Builder
				for in := bufio.NewReader(conn); ; {
					line, err := in.ReadString('\n')
					head.WriteString(line)
					if err != nil || line == "\r\n" {
						break
					}
				}
				talk(conn, head.String())
			})
		}
	})
	return "http://" + l.Addr().String()
}

// forever writes chunk until the peer is gone.
func forever(conn net.Conn, chunk []byte, pause time.Duration) {
	for {
		if _, err := conn.Write(chunk); err != nil {
			return
		}
		time.Sleep(pause)
	}
}

func packed(b []byte) []byte {
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}

func response(header string, body []byte) []byte {
	return append(fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n", len(body), header), body...)
}

// TestMisbehavingServers asks servers that would like to keep us for ever, over
// net/http and over the raw writer.
func TestMisbehavingServers(t *testing.T) {
	t.Parallel()
	const bound = 64 << 10
	bomb := response("Content-Encoding: gzip\r\n", packed(make([]byte, 32<<20)))
	noise := make([]byte, 32<<10)
	for i := range noise {
		noise[i] = byte(i * i >> 3)
	}
	for name, test := range map[string]struct {
		talk      func(net.Conn, string)
		wantErr   string // "": none
		status    int
		size      int64 // -1: any up to the bound
		truncated bool
	}{
		"ten gigabytes": {func(c net.Conn, _ string) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")
			forever(c, make([]byte, 1<<16), 0)
		}, "", 200, bound, true},
		"endless chunks": {func(c net.Conn, _ string) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
			forever(c, []byte("4\r\nabcd\r\n"), 0)
		}, "", 200, bound, true},
		"exactly the bound": {func(c net.Conn, _ string) { _, _ = c.Write(response("", make([]byte, bound))) }, "", 200, bound, false},
		"gzip": {func(c net.Conn, _ string) {
			_, _ = c.Write(response("Content-Encoding: gzip\r\n", packed([]byte("hello"))))
		}, "", 200, 5, false},
		"gzip of two members": {func(c net.Conn, _ string) {
			_, _ = c.Write(response("Content-Encoding: gzip\r\n", append(packed([]byte("hello")), packed([]byte(", you"))...)))
		}, "", 200, 10, false},
		"gzip with a tail": {func(c net.Conn, _ string) {
			_, _ = c.Write(response("Content-Encoding: gzip\r\n", append(packed([]byte("hello")), "tail"...)))
		}, "", 200, 5, false},
		"gzip bomb": {func(c net.Conn, _ string) { _, _ = c.Write(bomb) }, "", 200, bound, true},
		"gzip that is none": {func(c net.Conn, _ string) {
			_, _ = c.Write(response("Content-Encoding: gzip\r\n", []byte("plain text")))
		}, "not gzip", 200, 10, false},
		"gzip cut off": {func(c net.Conn, _ string) {
			_, _ = c.Write(response("Content-Encoding: gzip\r\n", packed(noise)[:1000]))
		}, "unexpected EOF", 200, -1, true},
		"empty gzip":       {func(c net.Conn, _ string) { _, _ = c.Write(response("Content-Encoding: gzip\r\n", nil)) }, "", 200, 0, false},
		"unasked encoding": {func(c net.Conn, _ string) { _, _ = c.Write(response("Content-Encoding: br\r\n", []byte("xx"))) }, "not asked for", 200, 2, false},
		"endless header": {func(c net.Conn, _ string) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			forever(c, []byte("X-A: "+strings.Repeat("b", 1000)+"\r\n"), 0)
		}, "header", 0, 0, false},
		"endless status line": {func(c net.Conn, _ string) { forever(c, []byte("HTTP/1.1 200 OK "), 0) }, "", 0, 0, false},
		"header in drips":     {func(c net.Conn, _ string) { forever(c, []byte("H"), 20*time.Millisecond) }, "", 0, 0, false},
		"no header":           {func(c net.Conn, _ string) { _, _ = c.Read(make([]byte, 1)) }, "no answer in time", 0, 0, false},
		"body in drips": {func(c net.Conn, _ string) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
			forever(c, []byte("x"), 20*time.Millisecond)
		}, "no answer in time", 200, -1, true},
		"body cut off": {func(c net.Conn, _ string) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
		}, "unexpected EOF", 200, 3, true},
		"reset":    {func(c net.Conn, _ string) { _ = c.(*net.TCPConn).SetLinger(0) }, "", 0, 0, false},
		"not http": {func(c net.Conn, _ string) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH\r\n") }, "", 0, 0, false},
		"interim answers": {func(c net.Conn, _ string) {
			_, _ = io.WriteString(c, "HTTP/1.1 103 Early Hints\r\n\r\n")
			_, _ = c.Write(response("", []byte("ok")))
		}, "", 200, 2, false},
		"only interim answers": {func(c net.Conn, _ string) { forever(c, []byte("HTTP/1.1 103 Early Hints\r\n\r\n"), 0) }, "", 0, 0, false},
	} {
		for _, raw := range []string{"", "/raw"} {
			t.Run(name+raw, func(t *testing.T) {
				t.Parallel()
				c, l := newClient(t, listen(t, test.talk), nil)
				c.bounds.total, c.bounds.waiting = 1500*time.Millisecond, 700*time.Millisecond
				ans, err := c.Agent("x").Do(t.Context(), Request{URL: "/", Target: raw, MaxBody: bound})
				if ans == nil {
					t.Fatalf("no answer is recorded: %v", err)
				}
				if wantErr := test.wantErr != "" || test.status == 0; (err != nil) != wantErr || (err != nil && !strings.Contains(err.Error(), test.wantErr)) {
					t.Errorf("error %v, want %q", err, test.wantErr)
				}
				if ans.Status != test.status || ans.Ref == "" || len(l.all()) != 1 {
					t.Errorf("status %d, ref %q, recorded %d", ans.Status, ans.Ref, len(l.all()))
				}
				if (err != nil) != (ans.Exchange.Error != "") {
					t.Errorf("recorded error %q", ans.Exchange.Error)
				}
				if in := ans.Exchange.Response; in != nil {
					if (in.Size != test.size && (test.size >= 0 || in.Size > bound)) || in.Truncated != test.truncated {
						t.Errorf("size %d, truncated %v", in.Size, in.Truncated)
					}
					if sum := sha256.Sum256(ans.Body); in.Digest != hex.EncodeToString(sum[:]) {
						t.Error("the digest is not of the bytes received")
					}
				}
			})
		}
	}
}

func TestBombIsMeasuredByItsRatio(t *testing.T) {
	t.Parallel()
	bomb := response("Content-Encoding: gzip\r\n", packed(make([]byte, 64<<20)))
	c, _ := newClient(t, listen(t, func(conn net.Conn, _ string) { _, _ = conn.Write(bomb) }), nil)
	ans, err := c.Agent("x").Do(t.Context(), Request{URL: "/", MaxBody: 1 << 40})
	if !errors.Is(err, errBomb) || len(ans.Body) > 2<<20 || !ans.Exchange.Response.Truncated {
		t.Errorf("%d bytes, %v", len(ans.Body), err)
	}
}

func TestRecordedBodyIsBounded(t *testing.T) {
	t.Parallel()
	const secret = "a-very-secret-session-value"
	body := strings.Repeat("ü", (512<<10)/2-5) + secret + strings.Repeat("z", 1000)
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
	c, _ := newClient(t, s.URL, nil)
	c.Redactor().Add("cookie", secret)
	ans, err := c.Agent("x").Do(t.Context(), Request{URL: "/"})
	if err != nil {
		t.Fatal(err)
	}
	in := ans.Exchange.Response
	if len(in.Body) > 512<<10 || !in.Truncated || in.Size != int64(len(body)) || string(ans.Body) != body {
		t.Errorf("recorded %d of %d, truncated %v", len(in.Body), in.Size, in.Truncated)
	}
	if strings.Contains(string(in.Body), secret[:6]) {
		t.Errorf("a secret across the bound survives: …%s", in.Body[len(in.Body)-40:])
	}
}

func TestNoGoroutineStays(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") })
	before := runtime.NumGoroutine()
	c, _ := newClient(t, s.URL, nil)
	for range 5 {
		a := c.Agent("x")
		for _, raw := range []string{"", "/raw"} {
			if _, err := a.Do(t.Context(), Request{URL: "/", Target: raw}); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.Close()
	s.CloseClientConnections()
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before+1; {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines before, %d after", before, runtime.NumGoroutine())
		}
		runtime.Gosched()
	}
}
