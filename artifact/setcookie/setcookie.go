// Package setcookie reads Set-Cookie headers as browsers do (RFC 6265bis §5.6),
// with whatever servers write into them. Pure: the clock is a parameter.
package setcookie

import (
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact"
)

// Bounds of RFC 6265bis §5.6 and §5.5: longer ones are ignored.
const (
	mostPair      = 4096
	mostAttribute = 1024
	mostLife      = 400 * 24 * time.Hour
)

// Cookie is one header: the pair, and what is said about it.
type Cookie struct {
	Name, Value string
	artifact.CookieSet
}

// Parse reads the value of one Set-Cookie header that the URL answered at a
// time. ok is false when a browser ignores the header altogether; a cookie that
// it reads and then does not keep says why in Refused.
func Parse(line string, at *url.URL, now time.Time) (c Cookie, ok bool) {
	if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return c, false
	}
	pair, rest, _ := strings.Cut(line, ";")
	name, value, has := strings.Cut(pair, "=")
	if !has {
		name, value = "", pair
	}
	c.Name, c.Value = trim(name), trim(value)
	if c.Name == "" && c.Value == "" || len(c.Name)+len(c.Value) > mostPair {
		return c, false
	}
	c.URL = at.String()
	expires, aged := time.Time{}, false
	for attribute := range strings.SplitSeq(rest, ";") {
		name, value, _ := strings.Cut(attribute, "=")
		name, value = strings.ToLower(trim(name)), trim(value)
		if len(value) > mostAttribute {
			continue
		}
		switch name {
		case "expires":
			if t, ok := date(value); ok {
				expires = t
			}
		case "max-age":
			if d, ok := age(value); ok {
				c.Life, c.Drops, aged = d, d <= 0, true
			}
		case "domain":
			c.Domain = strings.ToLower(strings.TrimPrefix(value, "."))
		case "path":
			c.Path = ""
			if strings.HasPrefix(value, "/") {
				c.Path = value
			}
		case "secure":
			c.Secure = true
		case "httponly":
			c.HTTPOnly = true
		case "partitioned":
			c.Partitioned = true
		case "samesite":
			c.SameSite, c.Odd = sameSite(value)
		}
	}
	if !aged && !expires.IsZero() {
		c.Life = min(expires.Sub(now), mostLife)
		c.Drops = c.Life <= 0
	}
	if c.Drops {
		c.Life = 0
	}
	c.Refused = refusal(c, at)
	return c, true
}

func trim(s string) string { return strings.Trim(s, " \t") }

func sameSite(value string) (known, odd string) {
	switch strings.ToLower(value) {
	case "none":
		return "None", ""
	case "lax":
		return "Lax", ""
	case "strict":
		return "Strict", ""
	}
	return "", value
}

// age reads Max-Age: digits, perhaps after a minus (RFC 6265bis §5.6.2).
func age(value string) (time.Duration, bool) {
	digits, negative := strings.CutPrefix(value, "-")
	if digits == "" || strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) {
		return 0, false
	}
	digits = strings.TrimLeft(digits, "0")
	switch {
	case negative || digits == "":
		return 0, true
	case len(digits) > 9:
		return mostLife, true
	}
	seconds := 0
	for _, d := range digits {
		seconds = seconds*10 + int(d-'0')
	}
	return min(time.Duration(seconds)*time.Second, mostLife), true
}

// refusal says why a browser would not keep the cookie (RFC 6265bis §5.7), or "".
func refusal(c Cookie, at *url.URL) string {
	host, secure := strings.ToLower(at.Hostname()), Trustworthy(at)
	prefixed := c.Name
	if c.Name == "" {
		prefixed = c.Value // a nameless cookie must not pass for a prefixed one
	}
	prefix := Prefix(prefixed)
	switch {
	case c.Domain != "" && c.Domain != host && !strings.HasSuffix(host, "."+c.Domain):
		return "its Domain " + c.Domain + " is not the host's"
	case c.Domain != "" && c.Domain != host && isAddress(host):
		return "its Domain " + c.Domain + " is not the host's"
	case c.Secure && !secure:
		return "it is Secure, and was set over plain http"
	case c.SameSite == "None" && !c.Secure:
		return "SameSite=None demands Secure"
	case c.Partitioned && !c.Secure:
		return "Partitioned demands Secure"
	case prefix != "" && c.Name == "":
		return "it has no name, and its value looks like a prefix"
	case prefix != "" && !c.Secure:
		return "the prefix " + prefix + " demands Secure"
	case strings.HasPrefix(prefix, "__Host-") && (c.Domain != "" || c.Path != "/"):
		return "the prefix " + prefix + " demands Path=/ and no Domain"
	case strings.HasSuffix(prefix, "Http-") && !c.HTTPOnly:
		return "the prefix " + prefix + " demands HttpOnly"
	}
	return ""
}

// Prefix returns the prefix of a cookie's name that browsers hold it to, or "".
// They compare without regard to case.
func Prefix(name string) string {
	for _, p := range []string{"__Host-Http-", "__Host-", "__Http-", "__Secure-"} {
		if len(name) >= len(p) && strings.EqualFold(name[:len(p)], p) {
			return p
		}
	}
	return ""
}

// Trustworthy reports whether a browser keeps Secure cookies set by an address:
// https, or this machine.
func Trustworthy(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	if u.Scheme == "https" || u.Scheme == "wss" || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}
