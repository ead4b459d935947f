package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// tlsConfig trusts the system's authorities and, when given, those of one PEM file.
func tlsConfig(ca, dir string) (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca == "" {
		return conf, nil
	}
	if !filepath.IsAbs(ca) {
		ca = filepath.Join(dir, ca)
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("read certificate authority: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read certificate authority: no certificate in %s", ca)
	}
	conf.RootCAs = pool
	return conf, nil
}

// resolved returns the address portal.yaml maps a host to, with a port.
func resolved(resolve map[string]string, host, port string) (string, bool) {
	for name, to := range resolve {
		h, p, err := net.SplitHostPort(name)
		if err != nil {
			h, p = strings.Trim(name, "[]"), port
		}
		if normal, err := normalHost(h); err == nil {
			h = normal
		}
		if h != host || p != port {
			continue
		}
		if _, _, err := net.SplitHostPort(to); err != nil {
			to = net.JoinHostPort(strings.Trim(to, "[]"), port)
		}
		return to, true
	}
	return "", false
}

// dial connects to an origin in scope. A name that turns out to be this machine
// or its neighbourhood is refused: whoever owns the name could otherwise aim the
// audit at what only we can reach.
func (c *Client) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	return c.dialFrom(ctx, netip.Addr{}, addr)
}

// dialFrom is dial from a certain address of this machine.
func (c *Client) dialFrom(ctx context.Context, from netip.Addr, addr string) (net.Conn, error) {
	if err := c.mayLeave(from); err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	if normal, err := normalHost(host); err == nil {
		host = normal
	}
	d := net.Dialer{Timeout: c.bounds.waiting}
	if from.IsValid() {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
	}
	if to, ok := resolved(c.config.Target.Resolve, host, port); ok {
		addr = to
	} else if _, err := netip.ParseAddr(host); err != nil && !loopbackHost(host) {
		d.Control = func(_, address string, _ syscall.RawConn) error { return checkAddress(host, address) }
	}
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, &dialError{err}
	}
	return conn, nil
}

// checkAddress refuses what a public name has no business to resolve to.
func checkAddress(host, address string) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s resolves to %s", ErrScope, host, address)
	}
	a := ap.Addr().WithZone("").Unmap()
	if nat64 := netip.MustParsePrefix("64:ff9b::/96"); nat64.Contains(a) { // RFC 6052 §2.1
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || metadata(a) {
		return fmt.Errorf("%w: %s resolves to %s; name the address under resolve: if that is meant", ErrScope, host, a)
	}
	return nil
}

// metadata reports the addresses beside 169.254.0.0/16 where clouds hand out credentials.
func metadata(a netip.Addr) bool {
	switch a.String() {
	case "fd00:ec2::254", "100.100.100.200", "192.0.0.192":
		return true
	}
	return false
}

// dialError marks a connection that never came to be.
type dialError struct{ err error }

func (e *dialError) Error() string { return e.err.Error() }
func (e *dialError) Unwrap() error { return e.err }

// handshake secures a connection for the raw writer.
func (c *Client) handshake(ctx context.Context, conn net.Conn, host string) (net.Conn, error) {
	conf := c.tls.Clone()
	conf.ServerName = host
	conf.NextProtos = []string{"http/1.1"}
	ctx, cancel := context.WithTimeout(ctx, c.bounds.waiting)
	defer cancel()
	t := tls.Client(conn, conf)
	if err := t.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, &dialError{err}
	}
	return t, nil
}

// explain makes the errors people meet readable. Whatever says of itself that it
// timed out has waited for the target here: a caller's own deadline is the
// context's cause and comes no further.
func explain(err error, host string) error {
	var unverified *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &unverified):
		return fmt.Errorf("verify the certificate of %s: %w", host, unverified.Err)
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("%w: %w", errTimeout, err)
	}
	return err
}

// errTimeout says that an answer did not arrive in time.
var errTimeout = fmt.Errorf("no answer in time: %w", os.ErrDeadlineExceeded)

// within bounds a request's time by its own wish and by ours.
func within(wish, most time.Duration) time.Duration {
	if wish > 0 && wish < most {
		return wish
	}
	return most
}
