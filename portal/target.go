package portal

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// What a target may be sent when the file does not say: slow enough for a
// shared staging machine, and what a loopback portal bears.
const (
	defaultRate      = 10
	defaultInFlight  = 4
	loopbackRate     = 200
	loopbackInFlight = 16
)

func targetForm() form[Target] {
	return mapping("target", []key[Target]{
		at("url", address(true), func(t *Target) *string { return &t.URL }, "origin, with a base path if the portal has one").must(),
		at("also", many(address(false)), func(t *Target) *[]string { return &t.Also }, "other origins in scope; everything else is refused, whatever a contract or a redirect says"),
		at("allow", many(choice(Effects)), func(t *Target) *[]Effect { return &t.Allow }, "what an audit may do here").or("[look, sign-in]"),
		at("rate", rate(), func(t *Target) *float64 { return &t.Rate }, "requests per second").or("10/s; 200/s on loopback"),
		at("in-flight", number(1, 1000), func(t *Target) *int { return &t.InFlight }, "requests at the same time").or("4; 16 on loopback"),
		at("headers", headers(), func(t *Target) *[]Header { return &t.Headers }, "sent with every request, the anonymous ones too: an outer gate, never the portal's own login"),
		at("ca", text(), func(t *Target) *string { return &t.CA }, "PEM file of a further certificate authority"),
		at("resolve", byName("host", endpoint()), func(t *Target) *map[string]string { return &t.Resolve }, "where a host is really reached: host: address or address:port"),
		at("egress", many(source()), func(t *Target) *[]string { return &t.Egress }, "further addresses of the auditing machine that connections may leave from, to try limits from several clients"),
	}, nil)
}

func targets() form[[]*Target] {
	return named("target", targetForm(), func(r *reader, e entry) (Target, bool) {
		return Target{Name: e.name}, true
	})
}

// address reads an http or https URL; a base path only where one makes sense.
func address(withPath bool) form[string] {
	return parsed(text(), "URL", `^https?://[^\s?#@]+$`, func(t string) (string, string, string) {
		u, err := url.Parse(t)
		switch {
		case err != nil:
			return "", fmt.Sprintf("%q is no URL", t), "write https://host"
		case u.Scheme == "" || u.Opaque != "":
			return "", fmt.Sprintf("%q has no scheme", t), "write https://" + t
		case u.Scheme != "http" && u.Scheme != "https":
			return "", fmt.Sprintf("the scheme %q is neither http nor https", u.Scheme), ""
		case u.User != nil:
			return "", "a URL here holds no user and password", "an outer gate goes under headers: Authorization"
		case u.Hostname() == "":
			return "", fmt.Sprintf("%q names no host", t), "write https://host"
		case strings.Contains(u.Host, "*"):
			return "", "a host here is one host, without *", "list each origin"
		case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
			return "", "a URL here holds no ? and no #", ""
		case !withPath && strings.Trim(u.Path, "/") != "":
			return "", fmt.Sprintf("%q is more than an origin", t), "write " + u.Scheme + "://" + u.Host
		}
		u.Host = strings.ToLower(u.Host)
		return strings.TrimRight(u.String(), "/"), "", ""
	})
}

// headers reads header fields in file order.
func headers() form[[]Header] {
	value := secret()
	return form[[]Header]{shape: &shape{kind: kindNamed, word: "header", of: value.shape}, read: func(r *reader, n ast.Node, into *[]Header) {
		entries, ok := r.entries(n)
		if !ok {
			r.notMapping(n, "write one header a line: Name: value")
			return
		}
		for _, e := range entries {
			if !isToken(e.name) {
				r.fail(e.key, "", "%q is no header name", e.name)
				continue
			}
			h := Header{Name: e.name}
			r.under(e.name, func() { value.read(r, e.value, &h.Value) })
			*into = append(*into, h)
		}
	}}
}

// isToken reports whether s is a token of RFC 9110 §5.6.2.
func isToken(s string) bool {
	return s != "" && strings.IndexFunc(s, func(c rune) bool {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
	}) < 0
}

// endpoint reads an IP address, with or without a port.
func endpoint() form[string] {
	return parsed(text(), "address or address:port", "", func(t string) (string, string, string) {
		if _, err := netip.ParseAddr(strings.Trim(t, "[]")); err == nil {
			return strings.Trim(t, "[]"), "", ""
		}
		if _, err := netip.ParseAddrPort(t); err == nil {
			return t, "", ""
		}
		return "", fmt.Sprintf("%q is no address", t), "write 127.0.0.1, 127.0.0.1:8443 or [::1]:8443"
	})
}

// settleTarget fills in defaults and looks at what one key cannot tell.
func (r *reader) settleTarget(t *Target) {
	path := "targets." + t.Name
	if t.Allow == nil {
		t.Allow = []Effect{Look, SignIn}
	}
	loopback := t.loopback()
	if t.Rate == 0 {
		t.Rate = defaultRate
		if loopback {
			t.Rate = loopbackRate
		}
	}
	if t.InFlight == 0 {
		t.InFlight = defaultInFlight
		if loopback {
			t.InFlight = loopbackInFlight
		}
	}
	if t.CA != "" {
		written := t.CA
		t.CA = r.abs(t.CA)
		if info, err := os.Stat(t.CA); err != nil || info.IsDir() {
			r.failAt(r.marks[path+".ca"], "the path starts from the folder of "+base(r.file), "%s.ca: there is no file %s", path, written)
		}
	}
	hosts := map[string]bool{}
	for _, origin := range append([]string{t.URL}, t.Also...) {
		hosts[hostOf(origin)] = true
	}
	for _, host := range sortedKeys(t.Resolve) {
		if !hosts[strings.ToLower(host)] {
			r.warnAt(r.marks[path+".resolve."+host], "", "%s.resolve: %s is not in scope, so it is never asked", path, host)
		}
	}
}

// loopback reports whether the target's requests stay on this machine.
func (t *Target) loopback() bool {
	host := hostOf(t.URL)
	for name, address := range t.Resolve {
		if strings.EqualFold(name, host) {
			host = address
			if h, _, err := net.SplitHostPort(address); err == nil {
				host = h
			}
		}
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func hostOf(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// source reads an IP address that this machine can send from.
func source() form[string] {
	return parsed(text(), "IP address", `^[0-9A-Fa-f.:]+$`, func(t string) (string, string, string) {
		a, err := netip.ParseAddr(t)
		if err != nil || a.Zone() != "" || a.IsUnspecified() || a.IsMulticast() {
			return "", fmt.Sprintf("%q is no address that a connection can leave from", t), "write one of this machine's own, as 192.0.2.10"
		}
		return a.Unmap().String(), "", ""
	})
}
