package wire

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// mostCookies bounds a jar: a server may set a new name on each answer.
const mostCookies = 300

// jar is a cookie jar that can be copied and listed. What to send is decided by
// net/http. A nil jar keeps nothing.
type jar struct {
	mu    sync.Mutex
	inner *cookiejar.Jar
	known []setCookie // in the order first set
}

// setCookie is one cookie as last set.
type setCookie struct {
	url    *url.URL
	cookie http.Cookie
}

func (s setCookie) same(t setCookie) bool {
	return s.cookie.Name == t.cookie.Name && s.path() == t.path() &&
		s.cookie.Domain == t.cookie.Domain && s.url.Host == t.url.Host
}

// path is the cookie's path or the folder that set it (RFC 6265 §5.1.4).
func (s setCookie) path() string {
	if strings.HasPrefix(s.cookie.Path, "/") {
		return s.cookie.Path
	}
	return path.Dir("/" + strings.TrimPrefix(s.url.Path, "/"))
}

// setCookies returns the cookies of a response. One whose value net/http thinks
// malformed is kept with the value as it stands, as browsers keep it.
func setCookies(h http.Header) []*http.Cookie {
	var out []*http.Cookie
	for _, line := range h.Values("Set-Cookie") {
		k, err := http.ParseSetCookie(line)
		if err != nil {
			pair, rest, _ := strings.Cut(line, ";")
			name, value, ok := strings.Cut(pair, "=")
			if !ok {
				continue
			}
			if k, err = http.ParseSetCookie(name + "=x;" + rest); err != nil {
				continue
			}
			k.Value = strings.TrimSpace(value)
		}
		out = append(out, k)
	}
	return out
}

func newJar() *jar { return &jar{inner: emptyJar()} }

func emptyJar() *cookiejar.Jar {
	inner, _ := cookiejar.New(nil) // fails only on options
	return inner
}

// storing is the URL the jar knows a target by. Browsers treat this machine as
// a secure context and send Secure cookies to it over plain HTTP.
func storing(u *url.URL) *url.URL {
	if u.Scheme != "http" || !loopbackHost(u.Hostname()) {
		return u
	}
	s := *u
	s.Scheme = "https"
	return &s
}

func (j *jar) set(u *url.URL, cookies []*http.Cookie) {
	if j == nil || len(cookies) == 0 {
		return
	}
	u = storing(u)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.inner.SetCookies(u, cookies)
	for _, k := range cookies {
		s := setCookie{url: u, cookie: *k}
		if k.MaxAge > 0 { // a copy made later must not live longer
			s.cookie.Expires, s.cookie.MaxAge = time.Now().Add(time.Duration(k.MaxAge)*time.Second), 0
		}
		if i := slices.IndexFunc(j.known, s.same); i >= 0 {
			j.known[i] = s
			continue
		}
		j.known = append(j.known, s)
	}
	for len(j.known) > mostCookies {
		old := j.known[0]
		old.cookie.MaxAge = -1
		j.inner.SetCookies(old.url, []*http.Cookie{&old.cookie})
		j.known = j.known[1:]
	}
}

func (j *jar) cookies(u *url.URL) []*http.Cookie {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.inner.Cookies(storing(u))
}

// header returns the Cookie field's value, or "".
func (j *jar) header(u *url.URL) string {
	var pairs []string
	for _, k := range j.cookies(u) {
		value := k.Value
		if k.Quoted {
			value = `"` + value + `"`
		}
		pairs = append(pairs, k.Name+"="+value)
	}
	return strings.Join(pairs, "; ")
}

func (j *jar) clear() {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.inner, j.known = emptyJar(), nil
}

func (j *jar) clone() *jar {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	to := newJar()
	for _, s := range j.known {
		to.inner.SetCookies(s.url, []*http.Cookie{&s.cookie})
	}
	to.known = slices.Clone(j.known)
	return to
}

// all returns every cookie that is still sent somewhere, each name once.
func (j *jar) all() []*http.Cookie {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []*http.Cookie
	for _, s := range j.known {
		at := *s.url
		if strings.HasPrefix(s.cookie.Path, "/") {
			at.Path, at.RawPath = s.cookie.Path, ""
		}
		for _, k := range j.inner.Cookies(&at) {
			if !slices.ContainsFunc(out, func(o *http.Cookie) bool { return o.Name == k.Name }) {
				out = append(out, k)
			}
		}
	}
	return out
}
