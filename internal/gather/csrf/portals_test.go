package csrf_test

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/check"
)

// board is a small portal of notes, with a defence that is a part of it.
type board struct {
	mu       sync.Mutex
	sessions map[string]string // id → user
	notes    map[string]string
	next     int

	sameSite string // of the session's cookie
	bearer   bool   // tokens instead of cookies
	basic    bool
	strict   bool // takes JSON only when the content type says so
	guard    func(*http.Request) bool
}

func (b *board) user(r *http.Request) string {
	if b.basic {
		user, password, _ := r.BasicAuth()
		if password != "a long password" {
			return ""
		}
		return user
	}
	id := ""
	if b.bearer {
		id = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	} else if k, err := r.Cookie("sid"); err == nil {
		id = k.Value
	}
	return b.sessions[id]
}

func (b *board) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if r.URL.Path == "/in" && r.Method == http.MethodPost {
		b.enter(w, r, body)
		return
	}
	if r.URL.Path == "/openapi.json" {
		fmt.Fprint(w, contract)
		return
	}
	user := b.user(r)
	if user == "" {
		w.Header().Set("WWW-Authenticate", "Basic")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":"sign in"}`)
		return
	}
	if r.Method != http.MethodGet && b.guard != nil && !b.guard(r) {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"error":"from elsewhere"}`)
		return
	}
	b.serve(w, r, user, body)
}

func (b *board) enter(w http.ResponseWriter, r *http.Request, body []byte) {
	var in struct{ Email, Password string }
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media != "application/json" || json.Unmarshal(body, &in) != nil || in.Password != "a long password" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var raw [16]byte
	_, _ = rand.Read(raw[:])
	id := hex.EncodeToString(raw[:])
	b.sessions[id] = in.Email
	if b.bearer {
		fmt.Fprintf(w, `{"token":%q}`, id)
		return
	}
	w.Header().Set("Set-Cookie", "sid="+id+"; Path=/; Secure; HttpOnly"+b.sameSite)
	fmt.Fprint(w, `{}`)
}

func (b *board) serve(w http.ResponseWriter, r *http.Request, user string, body []byte) {
	path, id := r.URL.Path, strings.TrimPrefix(r.URL.Path, "/notes/")
	switch {
	case path == "/me":
		fmt.Fprintf(w, `{"email":%q}`, user)
	case path == "/out" && r.Method == http.MethodPost:
		if k, err := r.Cookie("sid"); err == nil {
			delete(b.sessions, k.Value)
		}
		w.WriteHeader(http.StatusNoContent)
	case path == "/notes" && r.Method == http.MethodGet:
		items := []map[string]string{}
		for id, text := range b.notes {
			items = append(items, map[string]string{"id": id, "text": text})
		}
		slices.SortFunc(items, func(x, y map[string]string) int { return strings.Compare(x["id"], y["id"]) })
		_ = json.NewEncoder(w).Encode(items)
	case path == "/notes" && r.Method == http.MethodPost:
		text, ok := b.text(r, body)
		if !ok {
			w.WriteHeader(http.StatusUnsupportedMediaType)
			return
		}
		b.next++
		id := fmt.Sprint(5100 + b.next)
		b.notes[id] = text
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"id":%q,"text":%q}`, id, text)
	case b.notes[id] == "":
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodDelete:
		delete(b.notes, id)
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodPatch:
		if text, ok := b.text(r, body); ok {
			b.notes[id] = text
		}
		w.WriteHeader(http.StatusNoContent)
	default:
		fmt.Fprintf(w, `{"id":%q,"text":%q}`, id, b.notes[id])
	}
}

func (b *board) text(r *http.Request, body []byte) (string, bool) {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var in struct{ Text string }
	if b.strict && media != "application/json" || json.Unmarshal(body, &in) != nil || in.Text == "" {
		return "", false
	}
	return in.Text, true
}

const contract = `{"openapi":"3.0.3","info":{"title":"board","version":"1"},"paths":{
"/me":{"get":{"responses":{"200":{"description":"ok"}}}},
"/notes":{"get":{"responses":{"200":{"description":"ok"}}},"post":{"requestBody":{"content":{"application/json":{"schema":{"type":"object","required":["text"],"properties":{"text":{"type":"string"}}}}}},"responses":{"201":{"description":"ok"}}}},
"/notes/{id}":{"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"get":{"responses":{"200":{"description":"ok"}}},"patch":{"requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"text":{"type":"string"}}}}}},"responses":{"204":{"description":"ok"}}},"delete":{"responses":{"204":{"description":"ok"}}}}}}`

const boardYAML = `version: 1
portal: board
targets:
  lab:
    url: %s
    allow: [look, sign-in, write]
login:
  %s
  alive:
    request: GET /me
    contains: ${user}
  logout: POST /out
identities:
  ann:
    tenant: acme
    role: admin
    user: ann@acme.test
    password: a long password
  bob:
    tenant: globex
    role: admin
    user: bob@globex.test
    password: a long password
routes:
  from:
    - openapi: /openapi.json
`

const steps = `steps:
    - request: POST /in
      json:
        email: ${user}
        password: ${password}`

// fetchMetadata lets unsafe requests in from the portal's own pages only.
func fetchMetadata(r *http.Request) bool { return r.Header.Get("Sec-Fetch-Site") == "same-origin" }

func originOnly(r *http.Request) bool {
	return r.Header.Get("Origin") == "http://"+r.Host
}

// looseOrigin looks for the host anywhere in the Origin, and only where there is one.
func looseOrigin(r *http.Request) bool {
	return r.Header.Get("Origin") == "" || strings.HasPrefix(r.Header.Get("Origin"), "http")
}

func TestPortals(t *testing.T) {
	t.Parallel()
	const none, lax, strict = "; SameSite=None", "; SameSite=Lax", "; SameSite=Strict"
	for _, tc := range []struct {
		name  string
		b     *board
		login string
		want  []string
		says  string // in some finding of session/csrf
		not   check.Outcome
	}{
		{name: "no defence, cookies everywhere", b: &board{sameSite: none}, want: []string{"session/csrf POST /notes", "session/logincsrf logout: POST /out"}, says: "confirmed in Chromium"},
		{name: "fetch metadata", b: &board{sameSite: none, guard: fetchMetadata}, says: "nothing changes", not: check.Unproven},
		{name: "Origin", b: &board{sameSite: none, guard: originOnly}, says: "nothing changes", not: check.Unproven},
		{name: "an Origin check that is none", b: &board{sameSite: none, guard: looseOrigin}, want: []string{"session/csrf POST /notes", "session/logincsrf logout: POST /out"}},
		{name: "SameSite=Strict without tokens", b: &board{sameSite: strict}, says: "it hangs on SameSite alone", not: check.Unproven},
		{name: "SameSite=Lax without tokens", b: &board{sameSite: lax}, says: "it hangs on SameSite alone", not: check.Unproven},
		{name: "no SameSite", b: &board{}, says: "it has no SameSite"},
		{
			name: "JSON only", b: &board{sameSite: none, strict: true}, want: []string{"session/logincsrf logout: POST /out"},
			says: "nothing changes", not: check.Unproven,
		},
		{name: "bearer", b: &board{bearer: true}, login: steps + "\n      capture:\n        token: /token\n  send: bearer ${token}", says: "sign nobody in", not: check.Unproven},
		{name: "Basic without a defence", b: &board{basic: true}, login: "send: basic", want: []string{"session/csrf POST /notes"}},
		{name: "Basic with fetch metadata", b: &board{basic: true, guard: fetchMetadata}, login: "send: basic", says: "nothing changes", not: check.Unproven},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.b.sessions, tc.b.notes = map[string]string{}, map[string]string{"5001": "first note of all", "5002": "second note of all"}
			server := httptest.NewServer(tc.b)
			t.Cleanup(server.Close)
			login := tc.login
			if login == "" {
				login = steps
			}
			found := audit(t, fmt.Sprintf(boardYAML, server.URL, login))
			if diff := cmp.Diff(tc.want, failing(found)); diff != "" {
				t.Errorf("failing (-want +got):\n%s", diff)
			}
			said := ""
			for _, f := range found["session/csrf"] {
				said += f.Message + "\n"
				if tc.not != "" && f.Outcome == tc.not {
					t.Errorf("%s: %s %s: %s", f.Subject, f.Outcome, f.Reason, f.Message)
				}
			}
			if !strings.Contains(said, tc.says) {
				t.Errorf("no finding says %q:\n%s", tc.says, said)
			}
			tc.b.mu.Lock()
			defer tc.b.mu.Unlock()
			if len(tc.b.notes) != 2 {
				t.Errorf("notes left behind: %v", tc.b.notes)
			}
		})
	}
}

// TestWithoutWrite wants nothing sent that could change anything, and nothing called ok.
func TestWithoutWrite(t *testing.T) {
	t.Parallel()
	b := &board{sameSite: "; SameSite=None", sessions: map[string]string{}, notes: map[string]string{"5001": "first note of all", "5002": "second note of all"}}
	b.guard = func(r *http.Request) bool {
		if r.URL.Path != "/out" {
			t.Errorf("%s %s was sent", r.Method, r.URL.Path)
		}
		return true
	}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	found := audit(t, strings.Replace(fmt.Sprintf(boardYAML, server.URL, steps), ", write]", "]", 1))
	for _, f := range found["session/csrf"] {
		if f.Outcome != check.Unproven || f.Reason != check.EffectRefused {
			t.Errorf("%s: %s %s: %s", f.Subject, f.Outcome, f.Reason, f.Message)
		}
	}
}
