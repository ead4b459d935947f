package wire

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/launchready/launchready/evidence"
)

// errHeader says that the header of an answer is too long.
var errHeader = errors.New("response header exceeds its bound")

// checkTarget refuses a request target that leaves the scope: an intermediary
// would follow an absolute form (RFC 9112 §3.2.2).
func (c *Client) checkTarget(target string) error {
	if target == "" || target == "*" || strings.HasPrefix(target, "/") {
		return nil
	}
	u, err := url.Parse(target)
	if err != nil || u.Scheme == "" {
		return nil //nolint:nilerr // a target without a scheme names no other place
	}
	if u.User != nil {
		return fmt.Errorf("%w: credentials in a url", ErrScope)
	}
	o, err := originOf(u)
	if err != nil {
		return err
	}
	if !c.scope.origins[o] {
		return fmt.Errorf("%w: %s is no origin of the target", ErrScope, o)
	}
	return nil
}

// sendRaw makes the trip over a connection of its own, with the request line
// and header exactly as asked for.
func (a *Agent) sendRaw(ctx context.Context, t *trip) *trip {
	c := a.client
	ctx, cancel := t.timed(ctx, c.bounds.total)
	defer cancel()
	conn, err := a.one.DialContext(ctx, "tcp", t.origin.hostPort())
	if err == nil && t.origin.scheme == "https" {
		conn, err = c.handshake(ctx, conn, t.origin.host)
	}
	if err != nil {
		return c.fail(ctx, t, err)
	}
	defer conn.Close()
	unhook := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer unhook()
	t.fields = t.rawFields()
	if _, err := conn.Write(t.rawRequest()); err != nil {
		return c.fail(ctx, t, fmt.Errorf("write request: %w", err))
	}
	if err := c.rawAnswer(ctx, t, conn); err != nil {
		return c.fail(ctx, t, err)
	}
	t.took = time.Since(t.at)
	return t
}

// rawFields completes the header: Host first unless the caller placed it, and
// the framing the body needs.
func (t *trip) rawFields() []evidence.Field {
	fields := slices.Clone(t.fields)
	has := func(name string) bool { return len(evidence.Values(fields, name)) > 0 }
	if !has("Host") {
		fields = append([]evidence.Field{{Name: "Host", Value: t.host}}, fields...)
	}
	if !has("Connection") {
		fields = append(fields, evidence.Field{Name: "Connection", Value: "close"})
	}
	bodyless := len(t.request.Body) == 0 && effectOf([]string{strings.ToUpper(t.request.Method)}) == "look"
	if !has("Content-Length") && !has("Transfer-Encoding") && !bodyless {
		fields = append(fields, evidence.Field{Name: "Content-Length", Value: strconv.Itoa(len(t.request.Body))})
	}
	return fields
}

// rawRequest is what goes onto the wire.
func (t *trip) rawRequest() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", t.request.Method, t.request.Target)
	for _, f := range t.fields {
		fmt.Fprintf(&b, "%s: %s\r\n", f.Name, f.Value)
	}
	b.WriteString("\r\n")
	if strings.EqualFold(evidence.Get(t.fields, "Transfer-Encoding"), "chunked") {
		if len(t.request.Body) > 0 {
			fmt.Fprintf(&b, "%x\r\n%s\r\n", len(t.request.Body), t.request.Body)
		}
		b.WriteString("0\r\n\r\n")
	} else {
		b.Write(t.request.Body)
	}
	return b.Bytes()
}

// rawAnswer reads the answer within the bounds.
func (c *Client) rawAnswer(ctx context.Context, t *trip, conn net.Conn) error {
	limited := &io.LimitedReader{R: conn, N: c.bounds.header}
	in := bufio.NewReader(limited)
	timer := time.AfterFunc(c.bounds.waiting, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	defer timer.Stop()
	resp, err := readHeader(in, t.request.Method)
	if err != nil {
		if limited.N <= 0 {
			return errHeader
		}
		return fmt.Errorf("read header: %w", err)
	}
	if !timer.Stop() && ctx.Err() == nil {
		return errTimeout
	}
	defer resp.Body.Close()
	t.arrived(resp)
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return nil
	}
	limited.N = 1 << 62 // the body has bounds of its own
	return c.read(t, resp.Body)
}

// readHeader skips a few interim answers (RFC 9110 §15.2).
func readHeader(in *bufio.Reader, method string) (*http.Response, error) {
	for range 5 {
		resp, err := http.ReadResponse(in, &http.Request{Method: method})
		if err != nil {
			return nil, err
		}
		if resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, nil
		}
	}
	return nil, errors.New("only interim answers")
}
