package crossorigin

import (
	"net/netip"
	"net/url"
	"strings"
)

// Sendable reports whether some browser could write that value into Origin: an
// origin as it is serialised (HTML, "serialization of an origin"). What no
// browser sends, no victim's browser sends.
func Sendable(origin string) bool {
	if origin == "null" {
		return true
	}
	scheme, host, ok := strings.Cut(origin, "://")
	if !ok || scheme != strings.ToLower(scheme) {
		return false
	}
	switch scheme {
	case "file": // web views that may read other origins
		return host == ""
	case "http", "https":
	default: // extensions and apps
		return host != "" && !strings.ContainsAny(host, "/ @?#")
	}
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		name, port = host[:i], host[i+1:]
		if port == "" || port[0] == '0' || len(port) > 5 || strings.Trim(port, "0123456789") != "" {
			return false
		}
		if scheme == "https" && port == "443" || scheme == "http" && port == "80" {
			return false
		}
	}
	return hostname(name)
}

// hostname reports a host as the URL standard serialises it.
func hostname(name string) bool {
	if rest, ok := strings.CutPrefix(name, "["); ok {
		a, err := netip.ParseAddr(strings.TrimSuffix(rest, "]"))
		return err == nil && a.Is6()
	}
	if name == "" || name != strings.ToLower(name) || strings.Contains(name, "..") || name[0] == '.' {
		return false
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`#%/:<>?@[\]^|`, r) }) {
		return false
	}
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	last := labels[len(labels)-1]
	if last != "" && strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") && strings.Trim(last[2:], "0123456789abcdef") == "" {
		a, err := netip.ParseAddr(name) // it ends in a number: an address, or nothing
		return err == nil && a.Is4()
	}
	return true
}

// Serialise returns the origin of a URL as a browser sends it, or "".
func Serialise(ref string) string {
	u, err := url.Parse(ref)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	host := strings.ToLower(u.Host)
	host = strings.TrimSuffix(host, map[string]string{"http": ":80", "https": ":443"}[u.Scheme])
	return u.Scheme + "://" + host
}
