package login

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
)

const (
	mostHanded  = 12 // tokens of one sign-in; a login answer that names more is no login answer
	handedDepth = 5
	leastToken  = 8 // a shorter value is a type ("Bearer") or a state
)

// Handed is a token that an answer to signing in held, or a cookie that it set.
type Handed struct {
	Name  string // JSON member or cookie name
	Value string
	// Cookie is the Set-Cookie it came by; nil for a token in a body.
	Cookie *http.Cookie
	// Life is how long the answer says that it lives; 0: it does not say.
	Life time.Duration
	Ref  evidence.Ref
}

// Visited is one address that a sign-in led to, with what was told there.
type Visited struct {
	URL, Location string
	Page          string // text of an HTML page
	Policy        string // its Referrer-Policy
	Ref           evidence.Ref
}

// mostVisited and mostPage bound what is kept of a sign-in for reading once more.
const (
	mostVisited = 12
	mostPage    = 256 << 10
)

// handed collects what the answers of a sign-in hand out.
type handed struct {
	tokens, cookies []Handed
	visited         []Visited
}

// tokenName are the JSON members that hold a token which opens something.
var tokenName = regexp.MustCompile(`^(access|refresh|id|auth|session|api|bearer)?(token|jwt)$|^(sessionid|sid|sessionkey|ticket)$`)

// lifeName are the members beside a token that say how many seconds it lives.
var lifeName = regexp.MustCompile(`^(access|token)?(expiresin|expiresinseconds|maxage|ttl|lifetime)$`)

func (h *handed) note(a *wire.Answer, at *url.URL) {
	for _, k := range (&http.Response{Header: a.Header}).Cookies() {
		if k.Path == "" { // RFC 6265 §5.1.4: the folder that set it
			k.Path = at.Path[:max(1, strings.LastIndexByte(at.Path, '/'))]
		}
		c := Handed{Name: k.Name, Value: k.Value, Cookie: k, Ref: a.Ref}
		switch {
		case k.MaxAge > 0:
			c.Life = time.Duration(k.MaxAge) * time.Second
		case k.MaxAge == 0 && !k.Expires.IsZero():
			c.Life = max(0, time.Until(k.Expires).Round(time.Second))
		}
		h.cookies = slices.DeleteFunc(h.cookies, func(o Handed) bool { return o.Name == k.Name })
		h.cookies = append(h.cookies, c)
	}
	if doc, err := decode(a.Body); err == nil {
		h.collect(doc, a.Ref, 0)
	}
	if len(h.visited) < mostVisited {
		v := Visited{URL: at.String(), Location: a.Header.Get("Location"), Policy: a.Header.Get("Referrer-Policy"), Ref: a.Ref}
		if strings.Contains(a.Header.Get("Content-Type"), "html") && len(a.Body) <= mostPage {
			v.Page = string(a.Body)
		}
		h.visited = append(h.visited, v)
	}
}

func (h *handed) collect(v any, ref evidence.Ref, depth int) {
	object, ok := v.(map[string]any)
	if !ok || depth > handedDepth {
		return
	}
	life := time.Duration(0)
	for k, v := range object {
		if n, is := v.(json.Number); is && lifeName.MatchString(plainKey(k)) {
			if seconds, err := n.Int64(); err == nil && seconds > 0 && seconds < 1<<32 {
				life = time.Duration(seconds) * time.Second
			}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(object)) {
		text, is := object[k].(string)
		switch {
		case !is:
			h.collect(object[k], ref, depth+1)
		case tokenName.MatchString(plainKey(k)) && len(text) >= leastToken && len(h.tokens) < mostHanded:
			of := life
			if IsRefresh(k) {
				of = 0 // the answer speaks of the access token
			}
			h.tokens = slices.DeleteFunc(h.tokens, func(o Handed) bool { return o.Name == k })
			h.tokens = append(h.tokens, Handed{Name: k, Value: text, Life: of, Ref: ref})
		}
	}
}

// IsRefresh reports whether a token of that name is exchanged for others.
func IsRefresh(name string) bool { return strings.Contains(plainKey(name), "refresh") }

// HandedBy returns the tokens that one answer holds.
func HandedBy(a *wire.Answer) []Handed {
	var h handed
	h.note(a, &url.URL{Path: "/"})
	return h.tokens
}

// Tokens returns the tokens that the answers to signing in held.
func (s *Session) Tokens() []Handed {
	s.gate.RLock()
	defer s.gate.RUnlock()
	return slices.Clone(s.handed.tokens)
}

// SetCookies returns the cookies that the answers to signing in set, each as set last.
func (s *Session) SetCookies() []Handed {
	s.gate.RLock()
	defer s.gate.RUnlock()
	return slices.Clone(s.handed.cookies)
}

// Visited returns the addresses that signing in led to, in their order.
func (s *Session) Visited() []Visited {
	s.gate.RLock()
	defer s.gate.RUnlock()
	return slices.Clone(s.handed.visited)
}

// FreshFor is Fresh for a gatherer: its requests are booked to by, and brought
// stands in the cookie jar before the first step, as if the portal had set it.
func (s *Session) FreshFor(ctx context.Context, by string, brought ...*http.Cookie) (*Session, error) {
	n := newSession(s.Identity, s.Recipe, s.way, s.codes)
	n.way.By, n.brought = by, brought
	s.gate.RLock()
	n.Probe = s.Probe
	n.guard = guard{known: s.guard.known, how: s.guard.how, changing: s.guard.changing}
	n.rotating.Store(s.rotating.Load())
	s.gate.RUnlock()
	err := n.SignIn(ctx)
	return n, err // the session too: its steps tell why
}

// by is the gatherer that this session's own requests are booked to.
func (s *Session) by() string { return cmp.Or(s.way.By, gathererName) }
