package limits

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather/gathertest"
)

// site is a small portal with a login, and manners of limiting it.
type site struct {
	form    bool     // a page and a cookie; else JSON and a bearer token
	by      []string // what is counted: ip, account, pair, all
	most    int      // failures until it is limited
	window  time.Duration
	says    string        // 429, page, lock, captcha, delay, reset, silent, 503
	wait    int           // Retry-After; 0: none
	delay   time.Duration // of "delay"
	forward bool          // believes X-Forwarded-For
	typed   bool          // counts the name as it was typed
	works   bool          // the right password works all the same
	clears  bool          // a success clears what was counted for its address
	every   bool          // counts every attempt, successes too
	workers int           // counts apart in so many places, in turn
	exact   bool          // counts only at the very path /login
	moody   bool          // its pages never look the same
	leads   bool          // a refusal redirects to the form
	tells   bool          // announces what is left
	cookie  bool          // counts by a cookie that it sets

	mu    sync.Mutex
	hits  map[string]*hits
	turns int
}

// hits are failures, and when the last was: a window ends when nobody has
// failed for so long, so that a slow machine changes nothing.
type hits struct {
	n    int
	last time.Time
}

const rightPass = "right-pass-2026"

var people = []string{"alice@acme.test", "dora@acme.test", "bob@globex.test"}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	if !s.exact {
		path = strings.TrimSuffix(path, "/")
	}
	switch path = strings.ToLower(strings.TrimSuffix(path, "/")); r.Method + " " + path {
	case "GET /login":
		w.Header().Set("Content-Type", "text/html")
		if _, err := r.Cookie("visitor"); err != nil && s.cookie {
			http.SetCookie(w, &http.Cookie{Name: "visitor", Value: fmt.Sprint(time.Now().UnixNano()), Path: "/"})
		}
		if s.leads && r.URL.Query().Get("e") != "" {
			_, _ = fmt.Fprintf(w, "<p>%s</p>", map[string]string{"1": "Wrong.", "2": "Too many attempts."}[r.URL.Query().Get("e")])
		}
		_, _ = w.Write([]byte(`<form method="post" action="/login"><input name="email"><input type="password" name="password"></form>`))
	case "POST /login":
		s.login(w, r)
	case "GET /me":
		s.me(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (s *site) login(w http.ResponseWriter, r *http.Request) {
	user, password := s.sent(r)
	account := strings.ToLower(strings.TrimSpace(user))
	keys := s.keys(r, user, account)
	over := s.over(keys)
	right := s.right(account, password)
	switch {
	case over && s.says == "delay":
		time.Sleep(s.delay)
	case over && (!s.works || !right):
		if !right {
			s.refresh(keys)
		}
		s.refuse(w)
		return
	}
	if !right || s.every {
		s.count(keys)
	}
	if !right {
		s.wrong(w)
		return
	}
	if s.clears {
		s.forget("ip " + s.ip(r))
	}
	if s.form {
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: url.QueryEscape("session of " + account), Path: "/"})
		http.Redirect(w, r, "/me", http.StatusSeeOther)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"token": "token-of-" + account})
}

func (s *site) sent(r *http.Request) (user, password string) {
	if strings.Contains(r.Header.Get("Content-Type"), "json") {
		var body struct{ Email, Password string }
		_ = json.NewDecoder(r.Body).Decode(&body)
		return body.Email, body.Password
	}
	return r.PostFormValue("email"), r.PostFormValue("password")
}

func (s *site) right(account, password string) bool {
	for _, p := range people {
		if p == account {
			return password == rightPass
		}
	}
	return false
}

func (s *site) ip(r *http.Request) string {
	if claimed := r.Header.Get("X-Forwarded-For"); claimed != "" && s.forward {
		first, _, _ := strings.Cut(claimed, ",")
		return strings.TrimSpace(first)
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	return host
}

func (s *site) keys(r *http.Request, user, account string) []string {
	if s.typed {
		account = user
	}
	if s.exact && r.URL.EscapedPath() != "/login" {
		return nil
	}
	s.mu.Lock()
	worker := ""
	if s.turns++; s.workers > 1 {
		worker = fmt.Sprint(" at ", s.turns%s.workers)
	}
	s.mu.Unlock()
	var keys []string
	for _, by := range s.by {
		switch by {
		case "ip":
			keys = append(keys, "ip "+s.ip(r)+worker)
		case "account":
			keys = append(keys, "account "+account+worker)
		case "pair":
			keys = append(keys, "pair "+s.ip(r)+" "+account+worker)
		case "cookie":
			if k, err := r.Cookie("visitor"); err == nil {
				keys = append(keys, "cookie "+k.Value)
			}
		case "all":
			keys = append(keys, "all")
		}
	}
	return keys
}

func (s *site) over(keys []string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	over := false
	for _, k := range keys {
		h := s.hits[k]
		if h == nil || time.Since(h.last) > s.window {
			h = &hits{}
			s.hits[k] = h
		}
		most := s.most
		if strings.HasPrefix(k, "ip ") && len(s.by) > 1 {
			most += 4 // more people than one share an address
		}
		over = over || h.n >= most
	}
	return over
}

func (s *site) count(keys []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range keys {
		s.hits[k].n++
		s.hits[k].last = time.Now()
	}
}

// refresh keeps what is counted from being forgotten.
func (s *site) refresh(keys []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range keys {
		s.hits[k].last = time.Now()
	}
}

func (s *site) forget(prefix string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.hits {
		if strings.HasPrefix(k, prefix) {
			delete(s.hits, k)
		}
	}
}

func (s *site) wrong(w http.ResponseWriter) {
	if s.tells {
		w.Header().Set("X-RateLimit-Limit", "5")
		w.Header().Set("X-RateLimit-Remaining", "0")
	}
	if s.leads {
		w.Header().Set("Location", "/login?e=1")
		w.WriteHeader(http.StatusFound)
		return
	}
	if s.moody {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte("<p>Incorrect e-mail or password. Check the address that you have given us, and whether the key for capitals is on.</p><p>" + s.joke() + "</p>"))
		return
	}
	if s.form {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<p>Incorrect e-mail or password.</p><form method="post" action="/login"><input name="email"><input type="password" name="password"></form>`))
		return
	}
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = w.Write([]byte(`{"error":"wrong e-mail or password"}`))
}

func (s *site) refuse(w http.ResponseWriter) {
	if s.wait > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(s.wait))
	}
	page := func(status int, text string) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = w.Write([]byte("<html><body><p>" + text + "</p></body></html>"))
	}
	switch s.says {
	case "leads":
		w.Header().Set("Location", "/login?e=2")
		w.WriteHeader(http.StatusFound)
	case "429":
		w.WriteHeader(http.StatusTooManyRequests)
	case "503":
		w.WriteHeader(http.StatusServiceUnavailable)
	case "page":
		page(http.StatusOK, "Too many attempts. Come back later.")
	case "lock":
		page(http.StatusForbidden, "Your account is locked.")
	case "captcha":
		page(http.StatusOK, `Tick the box: <span class="g-recaptcha">I am not a robot</span>`)
	case "reset":
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	default:
		s.wrong(w)
	}
}

func (s *site) me(w http.ResponseWriter, r *http.Request) {
	who := ""
	if k, err := r.Cookie("sid"); err == nil {
		text, _ := url.QueryUnescape(k.Value)
		who = strings.TrimPrefix(text, "session of ")
	}
	if token, is := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer token-of-"); is {
		who = token
	}
	if who == "" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"email": who})
}

// joke is another one each time.
func (s *site) joke() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turns++
	return strings.Repeat("ha ", s.turns%7+1) + []string{"ferry", "crane", "winch", "quay", "buoy"}[s.turns%5]
}

// start signs everybody in on a site.
func start(t *testing.T, s *site, more string) *gathertest.Run {
	t.Helper()
	s.hits = map[string]*hits{}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	body, send := "json", "bearer ${token}\n"
	capture := "      capture:\n        token: /token\n"
	if s.form {
		body, send, capture = "form", "cookie\n", ""
	}
	r := gathertest.Start(t, `version: 1
portal: Ferry yard
targets:
  test:
    url: `+srv.URL+`
    allow: [look, sign-in, burst]
login:
  steps:
    - request: POST /login
      `+body+`:
        email: ${user}
        password: ${password}
`+capture+`  send: `+send+`  alive:
    request: GET /me
    contains: ${user}
identities:
  alice: {tenant: acme, role: admin, user: alice@acme.test, password: right-pass-2026}
  bob: {tenant: globex, role: admin, user: bob@globex.test, password: right-pass-2026}
  dora: {tenant: acme, role: member, user: dora@acme.test, password: right-pass-2026, disposable: true}
`+more)
	s.mu.Lock()
	s.hits = map[string]*hits{}
	s.mu.Unlock()
	r.Put("inventory", &artifact.Inventory{Routes: []artifact.Route{{ID: "GET /me", Method: "GET", Template: "/me", Kind: "read"}}})
	return r
}
