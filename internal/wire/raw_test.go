package wire

import (
	"io"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/portal"
)

// TestBytesOnTheWire compares what a listener read with what was asked for.
func TestBytesOnTheWire(t *testing.T) {
	t.Parallel()
	const ours = "User-Agent: launchready/1.2.3 (+https://github.com/launchready/launchready)\r\nX-Launchready-Run: run-1\r\nAccept-Encoding: gzip\r\nConnection: close\r\n"
	for name, test := range map[string]struct {
		r            Request
		line         string
		own, framing string // before and after our own fields
	}{
		"double slash":      {Request{Target: "//a"}, "GET //a HTTP/1.1", "", ""},
		"dot segment":       {Request{Target: "/./a/../b"}, "GET /./a/../b HTTP/1.1", "", ""},
		"encoded dot":       {Request{Target: "/%2e/a"}, "GET /%2e/a HTTP/1.1", "", ""},
		"matrix parameter":  {Request{Target: "/a;a=b/c"}, "GET /a;a=b/c HTTP/1.1", "", ""},
		"matrix dots":       {Request{Target: "/x/..;/a"}, "GET /x/..;/a HTTP/1.1", "", ""},
		"encoded hash":      {Request{Target: "/a%23b"}, "GET /a%23b HTTP/1.1", "", ""},
		"bare hash":         {Request{Target: "/a#b"}, "GET /a#b HTTP/1.1", "", ""},
		"full-width slash":  {Request{Target: "/a\uff0fb"}, "GET /a\xef\xbc\x8fb HTTP/1.1", "", ""},
		"bad escape":        {Request{Target: "/a%zz"}, "GET /a%zz HTTP/1.1", "", ""},
		"backslash":         {Request{Target: `/a\b`}, `GET /a\b HTTP/1.1`, "", ""},
		"trace":             {Request{Method: "TRACE", Target: "/a"}, "TRACE /a HTTP/1.1", "", ""},
		"lower-case method": {Request{Method: "get", Target: "/a"}, "get /a HTTP/1.1", "", ""},
		"asterisk":          {Request{Method: "OPTIONS", Target: "*"}, "OPTIONS * HTTP/1.1", "", ""},
		"order, case and repetition of fields": {
			Request{Target: "/a", Header: []evidence.Field{{Name: "x-B", Value: "1"}, {Name: "X-a", Value: "2"}, {Name: "x-b", Value: " 3"}}},
			"GET /a HTTP/1.1", "x-B: 1\r\nX-a: 2\r\nx-b:  3\r\n", "",
		},
		"empty body": {Request{Method: "POST", Target: "/a"}, "POST /a HTTP/1.1", "", "Content-Length: 0\r\n"},
		"body":       {Request{Method: "POST", Target: "/a", Body: []byte("abc")}, "POST /a HTTP/1.1", "", "Content-Length: 3\r\n"},
		"get with a length": {
			Request{Target: "/a", Header: []evidence.Field{{Name: "Content-Length", Value: "0"}}},
			"GET /a HTTP/1.1", "Content-Length: 0\r\n", "",
		},
		"chunked": {
			Request{Method: "POST", Target: "/a", Body: []byte("hello, you"), Header: []evidence.Field{{Name: "Transfer-Encoding", Value: "chunked"}}},
			"POST /a HTTP/1.1", "Transfer-Encoding: chunked\r\n", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := make(chan string, 1)
			url := listen(t, func(conn net.Conn, head string) {
				got <- head
				_, _ = conn.Write(response("", []byte("ok")))
			})
			c, l := newClient(t, url, func(c *Config) { c.Target.Allow = append(c.Target.Allow, portal.Write) })
			test.r.URL = "/a"
			ans, err := c.Agent("x").Do(t.Context(), test.r)
			if err != nil || string(ans.Body) != "ok" {
				t.Fatalf("%v", err)
			}
			host := "Host: " + strings.TrimPrefix(url, "http://") + "\r\n"
			want := test.line + "\r\n" + host + test.own + ours + test.framing + "\r\n"
			if diff := cmp.Diff(want, <-got); diff != "" {
				t.Errorf("on the wire (-want +got):\n%s", diff)
			}
			recorded := l.all()[0].Request
			if target := recorded.Target; target != test.r.Target && !(target == "" && test.r.Target == "/a") {
				t.Errorf("recorded target %q", target)
			}
			if n := len(recorded.Header); n != strings.Count(want, "\r\n")-2 {
				t.Errorf("recorded %d fields of\n%s", n, want)
			}
		})
	}
}

func TestRawBodies(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		header []evidence.Field
		want   string
	}{
		"length":  {nil, "hello, you"},
		"chunked": {[]evidence.Field{{Name: "Transfer-Encoding", Value: "chunked"}}, "a\r\nhello, you\r\n0\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			got := make(chan string, 1)
			go func() {
				conn, err := l.Accept()
				if err != nil {
					got <- err.Error()
					return
				}
				defer conn.Close()
				var all strings.Builder
				for buf := make([]byte, 4096); !strings.HasSuffix(all.String(), test.want); {
					n, err := conn.Read(buf)
					all.Write(buf[:n])
					if err != nil {
						break
					}
				}
				_, body, _ := strings.Cut(all.String(), "\r\n\r\n")
				got <- body
				_, _ = io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
			}()
			c, _ := newClient(t, "http://"+l.Addr().String(), func(c *Config) { c.Target.Allow = append(c.Target.Allow, portal.Write) })
			ans, err := c.Agent("x").Do(t.Context(), Request{Method: "POST", URL: "/", Target: "/", Header: test.header, Body: []byte("hello, you")})
			if err != nil || ans.Status != 204 {
				t.Errorf("%v", err)
			}
			if body := <-got; body != test.want {
				t.Errorf("got %q, want %q", body, test.want)
			}
		})
	}
}
