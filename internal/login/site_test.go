package login

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/pquerna/otp/totp"

	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

const (
	user     = "alice@acme.test"
	password = "correct horse"
	apiToken = "tok-7f3a9c21d4"
	apiKey   = "key-0b8e6d5512"
	seed     = "JBSWY3DPEHPK3PXP"
	userID   = "usr_81f0c2"
)

// site is a portal with every way to log in that the recipes know.
type site struct {
	*httptest.Server
	mux *http.ServeMux

	mu       sync.Mutex
	sessions map[string]string // cookie → CSRF token
	codes    map[string]bool   // one-time codes that were used
	now      time.Time         // of one-time codes
	written  []string          // notes posted
	seen     []string          // "METHOD path" of every request

	spend   bool // a CSRF token may be used once
	rotate  bool // the session cookie changes on each answer
	silent  bool // a CSRF refusal does not say so
	quit    int  // sessions die after so many signed-in answers; 0: never
	answers int
}

func open(t *testing.T) *site {
	t.Helper()
	s := &site{mux: http.NewServeMux(), sessions: map[string]string{}, codes: map[string]bool{}, now: time.Unix(1_790_000_005, 0)}
	s.pages()
	s.apis()
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.seen = append(s.seen, r.Method+" "+r.URL.Path)
		s.mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func random() string {
	b := make([]byte, 12)
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

func (s *site) begin(w http.ResponseWriter) {
	id := random()
	s.sessions[id] = random()
	http.SetCookie(w, &http.Cookie{Name: "sid", Value: id, Path: "/", HttpOnly: true, Secure: true})
}

// caller returns the signed-in session id, or "".
func (s *site) caller(w http.ResponseWriter, r *http.Request) string {
	c, err := r.Cookie("sid")
	if err != nil || s.sessions[c.Value] == "" {
		return ""
	}
	if s.answers++; s.quit > 0 && s.answers%s.quit == 0 {
		clear(s.sessions)
		return ""
	}
	if !s.rotate {
		return c.Value
	}
	token := s.sessions[c.Value]
	delete(s.sessions, c.Value)
	id := random()
	s.sessions[id] = token
	http.SetCookie(w, &http.Cookie{Name: "sid", Value: id, Path: "/"})
	return id
}

const loginForm = `<html><body><p>%s</p><form method="post" action="%s">
<input name="email"><input type="password" name="password"><input type="hidden" name="csrf_token" value="%s"><button>Log in</button></form></body></html>`

func (s *site) pages() {
	tokens := map[string]bool{}
	s.mux.HandleFunc("GET /login", func(w http.ResponseWriter, _ *http.Request) {
		token := random()
		tokens[token] = true
		http.SetCookie(w, &http.Cookie{Name: "pre", Value: token, Path: "/"})
		show(w, 200, fmt.Sprintf(loginForm, "", "/login", token))
	})
	s.mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		pre, err := r.Cookie("pre")
		switch {
		case err != nil || r.FormValue("csrf_token") != pre.Value || !tokens[pre.Value]:
			show(w, 403, "CSRF token missing")
		case r.FormValue("email") != user || r.FormValue("password") != password:
			show(w, 200, fmt.Sprintf(loginForm, "Incorrect password", "/login", pre.Value))
		default:
			s.begin(w)
			http.Redirect(w, r, "/home", http.StatusFound)
		}
	})
	s.mux.HandleFunc("POST /bounce", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("email") == user && r.FormValue("password") == password {
			s.begin(w)
			http.Redirect(w, r, "/home", http.StatusFound)
			return
		}
		http.Redirect(w, r, "/login?error=1", http.StatusFound)
	})
	s.mux.HandleFunc("GET /home", func(w http.ResponseWriter, r *http.Request) {
		id := s.caller(w, r)
		if id == "" {
			http.Redirect(w, r, "/login", http.StatusFound)
			return
		}
		if s.spend {
			s.sessions[id] = random()
		}
		show(w, 200, `<html><head><meta name="csrf-token" content="`+s.sessions[id]+`"></head><body>Welcome alice&#64;acme.test, these are your projects and invoices</body></html>`)
	})
	s.mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		delete(s.sessions, s.caller(w, r))
		http.Redirect(w, r, "/login", http.StatusFound)
	})
	s.mux.HandleFunc("POST /notes", func(w http.ResponseWriter, r *http.Request) {
		id := s.caller(w, r)
		if id == "" {
			reply(w, 401, map[string]any{"error": "sign in"})
			return
		}
		if r.Header.Get("X-CSRF-Token") != s.sessions[id] || r.Header.Get("Sec-Fetch-Site") != "same-origin" {
			text := "invalid CSRF token"
			if s.silent {
				text = "no"
			}
			reply(w, 403, map[string]any{"error": text})
			return
		}
		if s.spend {
			s.sessions[id] = random()
		}
		body, _ := io.ReadAll(r.Body)
		s.written = append(s.written, string(body))
		reply(w, 201, map[string]any{"id": "note_1"})
	})
}

func (s *site) apis() {
	good := func(r *http.Request) bool {
		var in struct {
			User struct{ Email, Password string }
		}
		return json.NewDecoder(r.Body).Decode(&in) == nil && in.User.Email == user && in.User.Password == password
	}
	s.mux.HandleFunc("POST /api/login", func(w http.ResponseWriter, r *http.Request) {
		if !good(r) {
			reply(w, 401, map[string]any{"message": "bad credentials"})
			return
		}
		s.begin(w)
		reply(w, 200, map[string]any{"user": map[string]any{"id": userID, "name": "Alice Marchetti"}})
	})
	s.mux.HandleFunc("POST /api/envelope", func(w http.ResponseWriter, r *http.Request) {
		if !good(r) {
			reply(w, 200, map[string]any{"success": false, "message": "bad credentials"})
			return
		}
		s.begin(w)
		reply(w, 200, map[string]any{"success": true, "error": nil})
	})
	s.mux.HandleFunc("POST /api/token", func(w http.ResponseWriter, r *http.Request) {
		if !good(r) {
			reply(w, 400, map[string]any{"error": "invalid_grant"})
			return
		}
		reply(w, 200, map[string]any{"data": map[string]any{"token": jot()}})
	})
	s.mux.HandleFunc("POST /first", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("email") != user || r.FormValue("password") != password {
			show(w, 401, "no")
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "half", Value: "in", Path: "/"})
		show(w, 200, `<form action="/second" method="post"><input name="code" autocomplete="one-time-code"></form>`)
	})
	s.mux.HandleFunc("POST /second", func(w http.ResponseWriter, r *http.Request) {
		code, half := r.FormValue("code"), ""
		if c, err := r.Cookie("half"); err == nil {
			half = c.Value
		}
		want, _ := totp.GenerateCode(seed, s.now)
		if half != "in" || code != want || s.codes[code] {
			show(w, 401, "wrong code")
			return
		}
		s.codes[code] = true
		s.begin(w)
		show(w, 200, "in")
	})
	s.mux.HandleFunc("/api/me", func(w http.ResponseWriter, r *http.Request) {
		if !s.knows(w, r) {
			reply(w, 401, map[string]any{"error": "sign in"})
			return
		}
		reply(w, 200, map[string]any{"id": userID, "email": user, "tenant": map[string]any{"id": "ten_44aa10"}})
	})
}

// knows reports whether a request carries any good credential.
func (s *site) knows(w http.ResponseWriter, r *http.Request) bool {
	if s.caller(w, r) != "" {
		return true
	}
	var rpc struct{ Auth string }
	if r.Method == http.MethodPost {
		_ = json.NewDecoder(r.Body).Decode(&rpc)
	}
	name, pass, basic := r.BasicAuth()
	bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	return basic && name == user && pass == password || bearer == apiToken || bearer == jot() ||
		r.Header.Get("X-Auth") == apiToken || r.URL.Query().Get("key") == apiToken || rpc.Auth == apiToken
}

func jot() string {
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": userID, "email": user, "org_id": "org_9b1c77"})
	text, err := t.SignedString([]byte("signing key of the test site"))
	if err != nil {
		panic(err)
	}
	return text
}

func show(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// way leads to a server with every effect granted.
func way(t *testing.T, url string) Way {
	t.Helper()
	target := &portal.Target{Name: "test", URL: url, Rate: 5000, InFlight: 16, Allow: []portal.Effect{portal.Look, portal.SignIn, portal.Write}}
	c, err := wire.New(wire.Config{Run: "test", Target: target})
	if err != nil {
		t.Fatalf("set up wire: %v", err)
	}
	t.Cleanup(c.Close)
	return Way{Client: c, Target: target}
}

func alice() *portal.Identity {
	return &portal.Identity{Name: "alice", Tenant: "acme", Role: "admin", User: user, Password: portal.NewSecret(password)}
}

// with returns alice changed.
func with(change func(*portal.Identity)) *portal.Identity {
	id := alice()
	change(id)
	return id
}

func call(line string) portal.Call {
	method, path, _ := strings.Cut(line, " ")
	return portal.Call{Method: method, Path: path}
}

func fill(line string, pairs ...string) portal.Step {
	step := portal.Step{Request: call(line), Form: []portal.Pair{}}
	for i := 0; i < len(pairs); i += 2 {
		step.Form = append(step.Form, portal.Pair{Name: pairs[i], Value: pairs[i+1]})
	}
	return step
}

func credentials(line string) portal.Step {
	return portal.Step{Request: call(line), JSON: map[string]any{"user": map[string]any{"email": "${user}", "password": "${password}"}}}
}

func cookieRecipe(steps ...portal.Step) *portal.Recipe {
	return &portal.Recipe{Steps: steps, Send: portal.Send{Kind: "cookie"}}
}
