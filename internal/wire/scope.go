package wire

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"

	"github.com/launchready/launchready/portal"
)

// origin is a scheme, host and port in their one normal form (RFC 6454 §4).
type origin struct{ scheme, host, port string }

// hostPort is the address as a dialler is given it.
func (o origin) hostPort() string {
	if strings.Contains(o.host, ":") {
		return "[" + o.host + "]:" + o.port
	}
	return o.host + ":" + o.port
}

func (o origin) String() string { return o.scheme + "://" + o.hostPort() }

// originOf normalises case, internationalised names, the trailing dot, address
// notation and the default port. WebSocket schemes count as their HTTP twins.
func originOf(u *url.URL) (origin, error) {
	o := origin{scheme: strings.ToLower(u.Scheme), port: u.Port()}
	switch o.scheme {
	case "ws":
		o.scheme = "http"
	case "wss":
		o.scheme = "https"
	case "http", "https":
	default:
		return o, fmt.Errorf("%w: scheme %q", ErrScope, u.Scheme)
	}
	if o.port == "" {
		o.port = map[string]string{"http": "80", "https": "443"}[o.scheme]
	}
	var err error
	o.host, err = normalHost(u.Hostname())
	return o, err
}

func normalHost(host string) (string, error) {
	if host == "" {
		return "", fmt.Errorf("%w: no host", ErrScope)
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap().String(), nil
	}
	host = strings.TrimSuffix(host, ".")
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil {
		// Names with an underscore are no host names, yet people use them.
		ascii = strings.ToLower(host)
		if strings.ContainsFunc(ascii, func(r rune) bool { return r > 0x7e || r <= ' ' }) {
			return "", fmt.Errorf("%w: host %q: %w", ErrScope, host, err)
		}
	}
	return ascii, nil
}

// scope is the set of origins that may be talked to.
type scope struct {
	base    *url.URL // the target's URL without a trailing slash
	origins map[origin]bool
}

func newScope(t *portal.Target) (*scope, error) {
	base, err := url.Parse(strings.TrimRight(t.URL, "/"))
	if err != nil {
		return nil, fmt.Errorf("read target url: %w", err)
	}
	s := &scope{base: base, origins: map[origin]bool{}}
	for _, raw := range append([]string{t.URL}, t.Also...) {
		u, err := url.Parse(raw)
		if err != nil {
			return nil, fmt.Errorf("read target url: %w", err)
		}
		if u.User != nil {
			return nil, fmt.Errorf("target %s://%s: credentials in a url are refused; put them under headers", u.Scheme, u.Host)
		}
		o, err := originOf(u)
		if err != nil {
			return nil, fmt.Errorf("target %s: %w", raw, err)
		}
		s.origins[o] = true
	}
	return s, nil
}

// resolve returns the URL a request goes to and its origin, or why it may not
// go there. A relative URL is a path below the target's base path; one that
// starts with the base path already stands as it is.
func (s *scope) resolve(raw string) (*url.URL, origin, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, origin{}, fmt.Errorf("%w: %w", ErrScope, withoutURL(err))
	}
	if u.User != nil {
		return nil, origin{}, fmt.Errorf("%w: credentials in a url", ErrScope)
	}
	if u.Opaque != "" {
		return nil, origin{}, fmt.Errorf("%w: not a web address", ErrScope)
	}
	if u.Scheme == "" && u.Host == "" {
		u = s.join(u)
	} else if u.Scheme == "" {
		u.Scheme = s.base.Scheme
	}
	u.Fragment, u.RawFragment = "", ""
	o, err := originOf(u)
	if err != nil {
		return nil, o, err
	}
	if !s.origins[o] {
		return nil, o, fmt.Errorf("%w: %s is no origin of the target", ErrScope, o)
	}
	u.Scheme = o.scheme
	if host := u.Hostname(); strings.ContainsFunc(host, func(r rune) bool { return r > 0x7e }) {
		u.Host = strings.Replace(u.Host, host, o.host, 1)
	}
	return u, o, nil
}

// join puts a relative reference below the target's base path.
func (s *scope) join(ref *url.URL) *url.URL {
	u := *s.base
	path, base := ref.EscapedPath(), s.base.EscapedPath()
	if path != "" && !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	if path != base && !strings.HasPrefix(path, base+"/") {
		path = base + path
	}
	if path == "" {
		path = "/"
	}
	if decoded, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = decoded, path
	}
	u.RawQuery, u.ForceQuery = ref.RawQuery, ref.ForceQuery
	return &u
}

// withoutURL drops the URL that url.Error repeats: it may hold a secret.
func withoutURL(err error) error {
	if e, ok := err.(*url.Error); ok { //nolint:errorlint // url.Parse returns it bare
		return e.Err
	}
	return err
}

// Loopback reports whether a URL names this machine: localhost, a name below
// it (RFC 6761 §6.3), or a loopback address.
func Loopback(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && loopbackHost(u.Hostname())
}

func loopbackHost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}
