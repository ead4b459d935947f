package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/launchready/launchready/evidence"
)

// trip is one request on its way: where it goes, and what came of it.
type trip struct {
	request Request
	url     *url.URL
	origin  origin
	who     string
	host    string // the Host header
	fields  []evidence.Field

	at       time.Time
	took     time.Duration
	response *received // nil: nothing came
	header   http.Header
	body     []byte
	err      error // why no (whole) answer came
}

// received is what came back beside header and body.
type received struct {
	status    int
	proto     string
	size      int64
	digest    string
	truncated bool
}

// timed returns the context of one exchange.
func (t *trip) timed(ctx context.Context, most time.Duration) (context.Context, context.CancelFunc) {
	t.at = time.Now()
	return context.WithTimeoutCause(ctx, within(t.request.Timeout, most), errTimeout)
}

// fail notes why a trip failed; a context's own cause tells more than what it broke.
func (c *Client) fail(ctx context.Context, t *trip, err error) *trip {
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	} else {
		err = explain(withoutURL(err), t.url.Hostname())
	}
	t.err = fmt.Errorf("%s: %w", c.name(t.request.Method, t.url), err)
	t.took = time.Since(t.at)
	return t
}

// name names a request in an error, which may be printed: without its query
// and without credentials in its path.
func (c *Client) name(method string, u *url.URL) string {
	return method + " " + c.config.Redactor.String(u.EscapedPath())
}

// send makes the trip over net/http.
func (a *Agent) send(ctx context.Context, t *trip) *trip {
	c := a.client
	ctx, cancel := t.timed(ctx, c.bounds.total)
	defer cancel()
	resp, err := a.open(ctx, t)
	if err != nil {
		return c.fail(ctx, t, err)
	}
	defer resp.Body.Close()
	t.arrived(resp)
	if resp.StatusCode == http.StatusSwitchingProtocols {
		t.took = time.Since(t.at)
		return t
	}
	if err := c.read(t, resp.Body); err != nil {
		return c.fail(ctx, t, err)
	}
	t.took = time.Since(t.at)
	return t
}

// open sends the request and waits for the header of the answer.
func (a *Agent) open(ctx context.Context, t *trip) (*http.Response, error) {
	r := t.request
	var body io.Reader
	if len(r.Body) > 0 {
		body = bytes.NewReader(r.Body)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, t.url.String(), body)
	if err != nil {
		return nil, err
	}
	req.URL, req.Host = t.url, t.host
	for _, f := range t.fields {
		req.Header.Add(f.Name, f.Value)
	}
	if strings.EqualFold(req.Header.Get("Connection"), "close") {
		req.Close = true
	}
	if r.HTTP1 || req.Header.Get("Upgrade") != "" {
		return a.one.RoundTrip(req)
	}
	return a.both.RoundTrip(req)
}

// arrived notes the header of an answer.
func (t *trip) arrived(resp *http.Response) {
	t.response = &received{status: resp.StatusCode, proto: resp.Proto}
	t.header = resp.Header
}

// exchange writes the trip down. Bodies keep a margin over the recording bound,
// so that a secret that lies across it is whole when the redactor sees it.
func (t *trip) exchange(seq int64, recorded int) *evidence.Exchange {
	most := recorded + margin
	e := &evidence.Exchange{
		Seq: seq, At: t.at.UTC(), Took: t.took, Who: t.who, By: t.request.By, For: t.request.For,
		Request: evidence.Request{
			Method: t.request.Method, URL: t.url.String(), Proto: "HTTP/1.1",
			Header: slices.Clone(t.fields), Body: head(t.request.Body, most),
		},
	}
	if t.request.Target != "" && t.request.Target != t.url.RequestURI() {
		e.Request.Target = t.request.Target
	}
	if t.host != t.url.Host && evidence.Get(t.fields, "Host") == "" {
		e.Request.Header = append([]evidence.Field{{Name: "Host", Value: t.host}}, e.Request.Header...)
	}
	if t.err != nil {
		e.Error = t.err.Error()
	}
	if in := t.response; in != nil {
		e.Request.Proto = in.proto
		e.Response = &evidence.Response{
			Status: in.status, Proto: in.proto, Header: fieldsOf(t.header), Body: head(t.body, most),
			Size: in.size, Digest: in.digest, Truncated: in.truncated,
		}
	}
	return e
}

// fieldsOf sorts by name: net/http does not keep the order received.
func fieldsOf(h http.Header) []evidence.Field {
	var out []evidence.Field
	for name, values := range h {
		for _, v := range values {
			out = append(out, evidence.Field{Name: name, Value: v})
		}
	}
	slices.SortStableFunc(out, func(a, b evidence.Field) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func head(b []byte, n int) []byte { return b[:min(n, len(b))] }

// wellFormed refuses what would end a header field or the request line early:
// smuggled requests are none of our business (RFC 9112 §11.1).
func wellFormed(r Request) error {
	if !token(r.Method) {
		return fmt.Errorf("malformed method %q", r.Method)
	}
	if strings.EqualFold(r.Method, http.MethodConnect) {
		return fmt.Errorf("%w: CONNECT", ErrRefused)
	}
	if strings.ContainsFunc(r.Target, func(c rune) bool { return c <= ' ' || c == 0x7f }) {
		return errors.New("malformed request target: space or control character")
	}
	if strings.ContainsAny(r.Host, "\r\n\x00 /") {
		return errors.New("malformed host")
	}
	for _, f := range r.Header {
		if !token(f.Name) || strings.ContainsAny(f.Value, "\r\n\x00") {
			return fmt.Errorf("malformed header field %q", f.Name)
		}
	}
	if len(evidence.Values(r.Header, "Content-Length")) > 0 && len(evidence.Values(r.Header, "Transfer-Encoding")) > 0 {
		return fmt.Errorf("%w: both a length and a transfer encoding", ErrRefused)
	}
	return nil
}

// token reports whether s is a token (RFC 9110 §5.6.2).
func token(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		alnum := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		return !alnum && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
	})
}
