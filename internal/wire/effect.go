package wire

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/portal"
)

// methods returns every method a server may take the request for: the one on
// the request line, and those that override it in a header, the query or a form.
func methods(r Request, u *url.URL) []string {
	ms := []string{strings.ToUpper(cmp.Or(r.Method, "GET"))}
	add := func(m string) {
		if m = strings.ToUpper(strings.TrimSpace(m)); m != "" && !slices.Contains(ms, m) {
			ms = append(ms, m)
		}
	}
	for _, name := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
		for _, v := range evidence.Values(r.Header, name) {
			add(v)
		}
	}
	queries := []string{u.RawQuery}
	if _, q, ok := strings.Cut(r.Target, "?"); ok {
		queries = append(queries, q)
	}
	switch kind := strings.ToLower(evidence.Get(r.Header, "Content-Type")); {
	case strings.Contains(kind, "x-www-form-urlencoded"):
		queries = append(queries, string(r.Body))
	case strings.Contains(kind, "json"):
		var body struct {
			Method string `json:"_method"`
		}
		if json.Unmarshal(r.Body, &body) == nil {
			add(body.Method)
		}
	}
	for _, q := range queries {
		values, _ := url.ParseQuery(q) // what could be read counts
		for _, v := range values["_method"] {
			add(v)
		}
	}
	return ms
}

// effectOf says what a request does when its sender does not.
func effectOf(ms []string) portal.Effect {
	for _, m := range ms {
		switch m {
		case "GET", "HEAD", "OPTIONS", "TRACE":
		default:
			return portal.Write
		}
	}
	return portal.Look
}

// Safe reports whether a request only looks, so that it may be sent twice:
// by its declared effect or else by every method it may be taken for.
func Safe(r Request) bool {
	if r.Effect != "" {
		return r.Effect == portal.Look
	}
	u, err := url.Parse(r.URL)
	return err == nil && effectOf(methods(r, u)) == portal.Look
}

// permit returns why a request may not be sent, or nil.
func (c *Client) permit(r Request, u *url.URL) error {
	ms, ps := methods(r, u), c.paths(r, u)
	for _, m := range ms {
		for _, p := range ps {
			if pat, ok := c.never(m, p); ok {
				return fmt.Errorf("%w: %s", ErrNever, pat)
			}
		}
	}
	effect := r.Effect
	if effect == "" {
		effect = effectOf(ms)
	}
	if !c.config.Target.Allows(effect) {
		return fmt.Errorf("%w: %s is not granted for target %s", ErrRefused, effect, c.config.Target.Name)
	}
	if err := c.permitLoad(r); err != nil {
		return err
	}
	if r.EndsSession {
		return nil
	}
	for _, p := range ps {
		if endsSession(ms, p) {
			return fmt.Errorf("%w: it would end the session", ErrRefused)
		}
	}
	return nil
}

// never compares without regard to case: a server may route so, and refusing
// one request too many is the safe side.
func (c *Client) never(method, p string) (portal.Pattern, bool) {
	for _, pat := range c.config.Never {
		low := portal.Pattern{Method: pat.Method, Path: strings.ToLower(pat.Path)}
		if low.Match(method, p) {
			return pat, true
		}
	}
	return portal.Pattern{}, false
}

// paths returns every path, in lower case, that some server in between may take
// the request for: as written, decoded, cleaned, without parameters and
// extension, below the base path, and named by a rewriting header.
func (c *Client) paths(r Request, u *url.URL) []string {
	var out []string
	add := func(p string) {
		if p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	starts := []string{u.EscapedPath()}
	if r.Target != "" {
		starts = append(starts, r.Target)
	}
	for _, name := range []string{"X-Original-URL", "X-Rewrite-URL"} {
		starts = append(starts, evidence.Values(r.Header, name)...)
	}
	base := strings.ToLower(c.scope.base.EscapedPath())
	for _, p := range starts {
		p, _, _ = strings.Cut(strings.ToLower(p), "?")
		for range 4 { // as written, and decoded up to three times
			for _, q := range readings(p) {
				add(q)
				if rest, ok := strings.CutPrefix(q, base+"/"); ok && base != "" {
					add("/" + rest)
				}
			}
			decoded, err := url.PathUnescape(p)
			if err != nil || decoded == p {
				break
			}
			p = decoded
		}
	}
	return out
}

// readings returns the ways servers read one path.
func readings(p string) []string {
	slashes := strings.NewReplacer(`\`, "/", "\uff0f", "/", "\u2215", "/", "\xc0\xaf", "/").Replace(p)
	if i := strings.Index(slashes, "://"); i >= 0 { // absolute form (RFC 9112 §3.2.2)
		_, rest, _ := strings.Cut(slashes[i+3:], "/")
		slashes = "/" + rest
	}
	plain, _, _ := strings.Cut(slashes, "#")
	plain, _, _ = strings.Cut(plain, "?")
	segs := strings.Split(plain, "/")
	for i, s := range segs {
		s, _, _ = strings.Cut(s, ";")
		segs[i] = strings.TrimRight(strings.Trim(s, " \t\x00"), ".\x00 ")
		if strings.Trim(s, ".") == "" {
			segs[i] = s // dot segments are for Clean
		}
	}
	cleaned := path.Clean("/" + strings.Join(segs, "/"))
	bare := strings.TrimSuffix(cleaned, path.Ext(cleaned))
	return []string{p, path.Clean("/" + slashes), cleaned, bare}
}

// endsSession reports whether a request would log its sender out or delete its account.
func endsSession(ms []string, p string) bool {
	segs := strings.Split(strings.Trim(p, "/"), "/")
	for _, s := range segs {
		switch strings.NewReplacer("-", "", "_", "").Replace(s) {
		case "logout", "signout", "logoff", "signoff", "endsession", "destroysession", "revokesession":
			return true
		}
	}
	last := segs[len(segs)-1]
	if last == "current" && len(segs) > 1 {
		last = segs[len(segs)-2]
	}
	switch last {
	case "me", "self", "session", "sessions", "account", "myself":
		return slices.Contains(ms, "DELETE")
	}
	return false
}
