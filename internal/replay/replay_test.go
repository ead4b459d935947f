package replay_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/replay"
	"github.com/launchready/launchready/internal/wire"
)

// received is one request as it stood on the wire.
type received struct {
	Line   string
	Header []string // sorted
	Body   string
}

// listen answers one request on loopback and hands over what it was.
func listen(t *testing.T) (string, <-chan received) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	got := make(chan received, 1)
	go func() {
		defer close(got)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		got <- read(bufio.NewReader(conn))
		io.WriteString(conn, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
	}()
	return l.Addr().String(), got
}

func read(r *bufio.Reader) received {
	var out received
	length := 0
	for n := 0; ; n++ {
		line, err := r.ReadString('\n')
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		switch {
		case err != nil || line == "":
			body := make([]byte, length)
			io.ReadFull(r, body)
			out.Body = string(body)
			slices.Sort(out.Header)
			return out
		case n == 0:
			out.Line = line
			continue
		}
		if v, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			for _, d := range v {
				length = 10*length + int(d-'0')
			}
			continue
		}
		out.Header = append(out.Header, line)
	}
}

func TestCurlRepeatsTheRequest(t *testing.T) {
	t.Parallel()
	ua := evidence.Field{Name: "User-Agent", Value: "launchready/1"}
	tests := []struct {
		name   string
		req    evidence.Request
		env    []string
		line   string
		header []string
		body   string // what arrives, when it is not what the record holds
	}{
		{
			name: "get", req: evidence.Request{Method: "GET", URL: "/api/invoices?state=open&q=a%20b", Header: []evidence.Field{ua, {Name: "Accept", Value: "application/json"}}},
			line: "GET /api/invoices?state=open&q=a%20b HTTP/1.1", header: []string{"Accept: application/json", "User-Agent: launchready/1"},
		},
		{
			name: "no header at all", req: evidence.Request{Method: "GET", URL: "/"},
			line: "GET / HTTP/1.1",
		},
		{
			name: "head", req: evidence.Request{Method: "HEAD", URL: "/api"},
			line: "HEAD /api HTTP/1.1",
		},
		{
			name: "post json", req: evidence.Request{
				Method: "POST", URL: "/api/notes", Header: []evidence.Field{{Name: "Content-Type", Value: "application/json"}},
				Body: evidence.Body(`{"text":"it's $HOME, ` + "`id`" + ` \"quoted\"\n@file"}`),
			},
			line: "POST /api/notes HTTP/1.1", header: []string{"Content-Type: application/json"},
		},
		{
			name: "post without a body", req: evidence.Request{Method: "POST", URL: "/logout"},
			line: "POST /logout HTTP/1.1",
		},
		{
			name: "get with a body", req: evidence.Request{Method: "GET", URL: "/search", Body: evidence.Body("@/etc/hostname")},
			line: "GET /search HTTP/1.1",
		},
		{
			name: "odd method", req: evidence.Request{Method: "PROP'FIND", URL: "/"},
			line: "PROP'FIND / HTTP/1.1",
		},
		{
			name: "binary body", req: evidence.Request{Method: "PUT", URL: "/files/1", Body: evidence.Body("\x00\xff\x01binary\x00")},
			line: "PUT /files/1 HTTP/1.1",
		},
		{
			name: "dots stay in the path", req: evidence.Request{Method: "GET", URL: "/public/../admin/./users"},
			line: "GET /public/../admin/./users HTTP/1.1",
		},
		{
			name: "brackets and braces", req: evidence.Request{Method: "GET", URL: "/api?filter[tenant]={acme,globex}&n=[1-3]"},
			line: "GET /api?filter[tenant]={acme,globex}&n=[1-3] HTTP/1.1",
		},
		{
			name: "raw target", req: evidence.Request{Method: "GET", URL: "/admin", Target: "//admin/%2e%2e;/x\\y"},
			line: "GET //admin/%2e%2e;/x\\y HTTP/1.1",
		},
		{
			name: "raw absolute target", req: evidence.Request{Method: "GET", URL: "/admin", Target: "http://127.0.0.1/admin"},
			line: "GET http://127.0.0.1/admin HTTP/1.1",
		},
		{
			name: "quotes in a header", req: evidence.Request{Method: "GET", URL: "/", Header: []evidence.Field{{Name: "X-Note", Value: `it's "$(id)" !`}}},
			line: "GET / HTTP/1.1", header: []string{`X-Note: it's "$(id)" !`},
		},
		{
			name: "empty header", req: evidence.Request{Method: "GET", URL: "/", Header: []evidence.Field{{Name: "Authorization", Value: ""}}},
			line: "GET / HTTP/1.1", header: []string{"Authorization:"},
		},
		{
			name: "same header twice", req: evidence.Request{Method: "GET", URL: "/", Header: []evidence.Field{{Name: "X-Tenant-Id", Value: "1"}, {Name: "X-Tenant-Id", Value: "2"}}},
			line: "GET / HTTP/1.1", header: []string{"X-Tenant-Id: 1", "X-Tenant-Id: 2"},
		},
		{
			name: "control characters", req: evidence.Request{Method: "POST", URL: "/", Body: evidence.Body("a\x1b[31m\u202e'\\end\r\n")},
			line: "POST / HTTP/1.1",
		},
		{
			name: "compressed", req: evidence.Request{Method: "GET", URL: "/", Header: []evidence.Field{{Name: "Accept-Encoding", Value: "gzip"}}},
			line: "GET / HTTP/1.1", header: []string{"Accept-Encoding: gzip"},
		},
		{
			name: "credentials from the environment",
			req: evidence.Request{
				Method: "POST", URL: "/api?key=[redacted:key:0badcafe]&x=1",
				Header: []evidence.Field{
					{Name: "Authorization", Value: "Bearer [redacted:bearer:12345678]"},
					{Name: "Cookie", Value: "session=[redacted:cookie:12345678]; theme=dark"},
				},
				Body: evidence.Body(`csrf=[redacted:csrf:aabbccdd]&name=it's`),
			},
			env: []string{
				"LAUNCHREADY_BOB_B_KEY=k1", "LAUNCHREADY_BOB_B_AUTHORIZATION=Bearer b1", "LAUNCHREADY_BOB_B_COOKIE=session=c1; theme=dark",
				"LAUNCHREADY_BOB_B_CSRF=t'1",
			},
			line:   "POST /api?key=k1&x=1 HTTP/1.1",
			header: []string{"Authorization: Bearer b1", "Cookie: session=c1; theme=dark"},
			body:   "csrf=t'1&name=it's",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			addr, got := listen(t)
			tt.req.URL = "http://" + addr + tt.req.URL
			command := replay.Curl(&evidence.Exchange{Who: "bob.b", Request: tt.req})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, "bash", "-c", command)
			cmd.Env = append(tt.env, "PATH=/usr/bin:/bin", "HOME=/nonexistent")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s\n%v\n%s", command, err, out)
			}
			want := received{Line: tt.line, Header: append([]string{"Host: " + addr}, tt.header...), Body: string(tt.req.Body)}
			if tt.body != "" {
				want.Body = tt.body
			}
			slices.Sort(want.Header)
			if diff := cmp.Diff(want, <-got); diff != "" {
				t.Errorf("%s\nsent (-want +got):\n%s", command, diff)
			}
		})
	}
}

func TestCurlText(t *testing.T) {
	t.Parallel()
	ex := &evidence.Exchange{Who: "bob", Request: evidence.Request{
		Method: "DELETE", URL: "https://portal.example.com/api/x\x1b[2J", Proto: "HTTP/1.1",
		Header: []evidence.Field{{Name: "User-Agent", Value: "u"}, {Name: "Accept", Value: "*/*"}, {Name: "Cookie", Value: "s=[redacted:cookie:12345678]"}},
	}}
	want := `curl -sS -i -X DELETE --http1.1 --globoff -H 'User-Agent: u' -H 'Accept: */*'` +
		` -H 'Cookie: '"$LAUNCHREADY_BOB_COOKIE" $'https://portal.example.com/api/x\033[2J'`
	if diff := cmp.Diff(want, replay.Curl(ex)); diff != "" {
		t.Errorf("command (-want +got):\n%s", diff)
	}
}

func TestRequest(t *testing.T) {
	t.Parallel()
	ex := &evidence.Exchange{Who: "bob", For: "X", Request: evidence.Request{
		Method: "POST", URL: "http://p/api", Target: "//api", Proto: "HTTP/1.1", Body: evidence.Body("{}"),
		Header: []evidence.Field{
			{Name: "Host", Value: "p"},
			{Name: "User-Agent", Value: "launchready/1"},
			{Name: "X-Launchready-Run", Value: "r1"},
			{Name: "Authorization", Value: "Bearer [redacted:bearer:12345678]"},
			{Name: "X-Tenant-Id", Value: "acme"},
			{Name: "Content-Length", Value: "2"},
			{Name: "Content-Type", Value: "application/json"},
		},
	}}
	want := wire.Request{
		Method: "POST", URL: "http://p/api", Target: "//api", Body: []byte("{}"), By: "replay", For: "X", HTTP1: true,
		Header: []evidence.Field{{Name: "X-Tenant-Id", Value: "acme"}, {Name: "Content-Type", Value: "application/json"}},
	}
	if diff := cmp.Diff(want, replay.Request(ex)); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestHAR(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var buf bytes.Buffer
	err := replay.HAR(&buf, []*evidence.Exchange{
		{
			At: at, Took: 1500 * time.Microsecond, Who: "bob", By: "swap", For: "X",
			Request: evidence.Request{
				Method: "POST", URL: "http://p/api?b=2&a=1&a=3", Proto: "HTTP/1.1",
				Header: []evidence.Field{{Name: "Content-Type", Value: "application/json"}}, Body: evidence.Body("{}"),
			},
			Response: &evidence.Response{
				Status: 302, Proto: "HTTP/1.1", Header: []evidence.Field{{Name: "Location", Value: "/login"}, {Name: "Content-Type", Value: "image/png"}},
				Body: evidence.Body("\xff\x00"), Size: 2,
			},
		},
		{At: at, Who: evidence.Anonymous, Request: evidence.Request{Method: "GET", URL: "http://p/"}, Error: "connection reset"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got any
	if err := json.Unmarshal(buf.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	var want any
	if err := json.Unmarshal([]byte(`{"log": {"version": "1.2", "creator": {"name": "launchready", "version": "1"}, "entries": [
		{"startedDateTime": "2026-01-02T03:04:05Z", "time": 1.5, "cache": {}, "timings": {"send": 0, "wait": 1.5, "receive": 0}, "comment": "bob by swap for X",
		 "request": {"method": "POST", "url": "http://p/api?b=2&a=1&a=3", "httpVersion": "HTTP/1.1", "cookies": [], "headersSize": -1, "bodySize": 2,
			"headers": [{"name": "Content-Type", "value": "application/json"}],
			"queryString": [{"name": "a", "value": "1"}, {"name": "a", "value": "3"}, {"name": "b", "value": "2"}],
			"postData": {"mimeType": "application/json", "params": [], "text": "{}"}},
		 "response": {"status": 302, "statusText": "Found", "httpVersion": "HTTP/1.1", "cookies": [], "headersSize": -1, "bodySize": -1,
			"headers": [{"name": "Location", "value": "/login"}, {"name": "Content-Type", "value": "image/png"}], "redirectURL": "/login",
			"content": {"size": 2, "mimeType": "image/png", "text": "/wA=", "encoding": "base64"}}},
		{"startedDateTime": "2026-01-02T03:04:05Z", "time": 0, "cache": {}, "timings": {"send": 0, "wait": 0, "receive": 0}, "comment": "anonymous",
		 "request": {"method": "GET", "url": "http://p/", "httpVersion": "", "cookies": [], "headers": [], "queryString": [], "headersSize": -1, "bodySize": 0},
		 "response": {"status": 0, "statusText": "", "httpVersion": "", "cookies": [], "headers": [], "redirectURL": "", "headersSize": -1, "bodySize": -1,
			"content": {"size": 0, "mimeType": "x-unknown"}, "_error": "connection reset"}}
	]}}`), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("HAR (-want +got):\n%s", diff)
	}
}
