package lab

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	sessionCookie = "__Host-nw_session"
	loginCookie   = "__Host-nw_login" // ties the login form to its token before there is a session
	sessionLife   = 8 * time.Hour
	// rotationGrace keeps a replaced session cookie alive for requests already under way.
	rotationGrace = 5 * time.Second
)

var (
	errBadToken      = errors.New("the bearer token is not valid")
	errForeignTenant = errors.New("the caller is no member of the selected tenant")
)

// principal is who a request acts as: a user in one tenant with one role.
type principal struct {
	user       *row
	tenant     string
	role       string
	session    *session // nil for bearer tokens
	grant      *grant   // of an access token
	everywhere bool     // a defect let the caller in: objects are found in every tenant
}

type session struct {
	id, user, csrf string
	role           string // of the user when it began
	expires        time.Time
	seen           time.Time            // when it was used last
	old            map[string]time.Time // replaced ids and until when they still work
}

type token struct{ id, user, hint, label string }

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // crypto/rand never fails
	return b
}

func randomText(n int) string { return base64.RawURLEncoding.EncodeToString(randomBytes(n)) }

// authenticate finds the caller by bearer token or session cookie, then applies the tenant selector.
func (w *World) authenticate(r *http.Request) (*principal, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	who, err := w.credential(r)
	if who == nil || err != nil {
		return nil, err
	}
	wanted := r.Header.Get("X-Tenant-Id")
	if wanted == "" || wanted == who.tenant {
		return who, nil
	}
	if role := w.membership(who.user, wanted); role != "" {
		who.tenant, who.role = wanted, role
		return who, nil
	}
	if w.flaw("selector") && !unsafe(r.Method) && w.tenant(wanted) != nil {
		who.tenant = wanted
		return who, nil
	}
	return nil, errForeignTenant
}

func (w *World) credential(r *http.Request) (*principal, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return w.sessionOf(r), nil
	}
	value, bearer := strings.CutPrefix(header, "Bearer ")
	if known, exists := w.tokens[strings.TrimSpace(value)]; bearer && exists {
		return w.principal(known.user), nil
	}
	if bearer {
		if who := w.bearer(strings.TrimSpace(value)); who != nil {
			return who, nil
		}
	}
	forecast := r.URL.Path == "/api/reports/forecast"
	if bearer && forecast && w.flaw("badtoken") {
		return w.first(), nil
	}
	if header == "Bearer" && forecast && w.flaw("badtoken-empty") {
		return w.first(), nil
	}
	return nil, errBadToken
}

func (w *World) bySession(r *http.Request) *principal {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sessionOf(r)
}

func (w *World) sessionOf(r *http.Request) *principal {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	for _, s := range w.sessions {
		if !s.answers(cookie.Value) && !w.cut(s, cookie.Value) || w.over(s) {
			continue
		}
		s.seen = time.Now()
		who := w.principal(s.user)
		if who != nil {
			who.session, who.role = s, w.roleKept(s, who.role)
		}
		return who
	}
	return nil
}

func (s *session) answers(id string) bool {
	return s.id == id || time.Now().Before(s.old[id])
}

// principal is the user at home: in the own tenant, with the own role.
func (w *World) principal(user string) *principal {
	u := w.shelf("users").find(user, "")
	if u == nil {
		return nil
	}
	return &principal{user: u, tenant: u.tenant, role: u.text("role")}
}

// first is the user a careless fallback ends up with.
func (w *World) first() *principal {
	return w.principal(w.shelf("users").rows[0].id)
}

// fallback is who a request acts as once a defect has let it past the gate.
func (w *World) fallback() *principal {
	w.mu.Lock()
	defer w.mu.Unlock()
	who := w.first()
	who.everywhere = true
	return who
}

// open starts a session and returns its cookie.
func (w *World) open(user string) *http.Cookie {
	s := &session{id: w.identifier(), user: user, csrf: randomText(18), expires: time.Now().Add(w.lifespan()), seen: time.Now(), old: map[string]time.Time{}}
	if u := w.shelf("users").find(user, ""); u != nil {
		s.role = u.text("role")
	}
	w.sessions[s.id] = s
	return w.stay(s.id)
}

func sessionCookieFor(value string, age int) *http.Cookie {
	return &http.Cookie{Name: sessionCookie, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: age}
}

func (w *World) rotate(s *session) *http.Cookie {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, alive := w.sessions[s.id]; !alive {
		return nil
	}
	delete(w.sessions, s.id)
	for id, until := range s.old {
		if time.Now().After(until) {
			delete(s.old, id)
		}
	}
	s.old[s.id] = time.Now().Add(rotationGrace)
	s.id = randomText(24)
	w.sessions[s.id] = s
	return sessionCookieFor(s.id, int(sessionLife.Seconds()))
}

// sameSite checks the cross-site token of a request that a cookie authenticated.
func (w *World) sameSite(c *call) bool {
	if w.trusting(c) {
		return true
	}
	sent := c.r.Header.Get("X-CSRF-Token")
	if sent == "" && c.route.page && c.read() {
		sent = c.formValue("csrf_token")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	s := c.who.session
	good := subtle.ConstantTimeCompare([]byte(sent), []byte(s.csrf)) == 1
	if good && w.quirk("rotating-csrf") {
		s.csrf = randomText(18)
	}
	return good
}

// formValue is one field of a posted form.
func (c *call) formValue(name string) string {
	values, err := url.ParseQuery(string(c.body))
	if err != nil {
		return ""
	}
	return values.Get(name)
}
