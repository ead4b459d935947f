package latency

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/gather/gathertest"
	"github.com/launchready/launchready/internal/journal"
)

// pad is a portal where notes are kept, below a site's login.
type pad struct {
	*site
	waits  time.Duration // of each note made
	most   int           // notes made before it says to slow down; 0: any
	unique bool          // a second note of the same author is refused
	page   bool          // a form that leads back, rather than an API
	onPost func(n int)

	mu    sync.Mutex
	notes map[string]string // id → text
	next  int
	posts int
}

func newPad() *pad {
	return &pad{site: &site{bearer: true}, notes: map[string]string{"1": "Mind the third rung."}, next: 1}
}

func (p *pad) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, below := strings.CutPrefix(r.URL.Path, "/notes/")
	if r.URL.Path != "/notes" && !below {
		p.site.ServeHTTP(w, r)
		return
	}
	if p.who(r) == "" {
		p.stranger(w, r)
		return
	}
	if r.Method == http.MethodPost {
		time.Sleep(p.waits)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case r.Method == http.MethodPost && !below:
		p.make(w, r)
	case r.Method == http.MethodGet && !below:
		p.list(w)
	case p.notes[id] == "":
		p.json(w, http.StatusNotFound, map[string]any{"error": "there is no such note"})
	case r.Method == http.MethodPatch:
		p.notes[id] = p.text(r)
		p.show(w, http.StatusOK, id)
	case r.Method == http.MethodDelete:
		delete(p.notes, id)
		w.WriteHeader(http.StatusNoContent)
	default:
		p.show(w, http.StatusOK, id)
	}
}

func (p *pad) make(w http.ResponseWriter, r *http.Request) {
	p.posts++
	if p.onPost != nil {
		p.onPost(p.posts)
	}
	switch {
	case p.most > 0 && p.posts > p.most:
		p.json(w, http.StatusTooManyRequests, map[string]any{"error": "too many requests"})
		return
	case p.unique && p.posts > 1:
		p.json(w, http.StatusConflict, map[string]any{"error": "one note is enough"})
		return
	}
	p.next++
	id := fmt.Sprint(p.next)
	p.notes[id] = p.text(r)
	if p.page {
		http.Redirect(w, r, "/notes/"+id, http.StatusSeeOther)
		return
	}
	p.show(w, http.StatusCreated, id)
}

func (p *pad) text(r *http.Request) string {
	body, _ := io.ReadAll(r.Body)
	var note struct{ Text string }
	_ = json.Unmarshal(body, &note)
	return note.Text
}

func (p *pad) list(w http.ResponseWriter) {
	items := []any{}
	for id, text := range p.notes {
		items = append(items, map[string]any{"id": id, "text": text})
	}
	p.json(w, http.StatusOK, map[string]any{"notes": items})
}

func (p *pad) show(w http.ResponseWriter, status int, id string) {
	p.json(w, status, map[string]any{"id": id, "text": p.notes[id], "author": "the office"})
}

func (p *pad) json(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// keep is everything that is noted.
func (p *pad) keep() map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string]string{}
	for id, text := range p.notes {
		out[id] = text
	}
	return out
}

// openPad starts a pad with a journal, and signs its one author in.
func openPad(t *testing.T, p *pad, allow, policy string, erases bool) *gathertest.Run {
	t.Helper()
	srv := httptest.NewServer(p)
	t.Cleanup(srv.Close)
	r := gathertest.Start(t, `version: 1
portal: Notes of the ladder works
targets:
  test:
    url: `+srv.URL+`
    allow: [`+allow+`]
login:
  steps:
    - request: POST /login
      form:
        email: ${user}
        password: ${password}
      capture:
        token: /token
  send: bearer ${token}
  alive:
    request: GET /me
    contains: ${user}
identities:
  ada: {tenant: pier, role: admin, user: ada@pier.test, password: right-pass-2026}
policy:
  latency: `+policy+`
`)
	j, err := journal.Open(filepath.Join(t.TempDir(), journal.File))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	r.Journal = j
	schema := json.RawMessage(`{"type":"object","required":["text"],"properties":{"text":{"type":"string"}}}`)
	id := []artifact.Param{{Name: "id", In: "path", Type: "string", Required: true}}
	inv := &artifact.Inventory{Routes: []artifact.Route{
		{ID: "GET /me", Method: "GET", Template: "/me", Kind: "detail"},
		{ID: "GET /notes", Method: "GET", Template: "/notes", Kind: "list", Noun: "note"},
		{ID: "GET /notes/{id}", Method: "GET", Template: "/notes/{id}", Kind: "detail", Noun: "note", Params: id},
		{ID: "PATCH /notes/{id}", Method: "PATCH", Template: "/notes/{id}", Kind: "update", Noun: "note", Params: id, BodyType: "application/json", BodySchema: schema},
		{ID: "POST /notes", Method: "POST", Template: "/notes", Kind: "create", Noun: "note", BodyType: "application/json", BodySchema: schema},
	}}
	if erases {
		erase := artifact.Route{ID: "DELETE /notes/{id}", Method: "DELETE", Template: "/notes/{id}", Kind: "delete", Noun: "note", Params: id}
		inv.Routes = append([]artifact.Route{erase}, inv.Routes...)
	}
	r.Put("inventory", inv)
	return r
}

// TestWrites measures actions that write, and holds that nothing is left of
// them and that what was there is as it was.
func TestWrites(t *testing.T) {
	t.Parallel()
	const every, making = "look, sign-in, load, write", "{rate: 150/s, for: 500ms, actions: [POST /notes]}"
	for _, tc := range []struct {
		name   string
		pad    func(*pad)
		allow  string
		policy string
		erases bool
		want   string
	}{
		{"makes", func(*pad) {}, every, making, true, "ok ok ok"},
		{"makes by a form that leads on", func(p *pad) { p.page = true }, every, making, true, "ok ok ok"},
		{"changes, and never what was there", func(*pad) {}, every, "{rate: 150/s, for: 500ms, actions: [PATCH /notes/1]}", true, "ok ok ok"},
		{"is slow", func(p *pad) { p.waits = 150 * time.Millisecond }, every, "{p95: 100ms, rate: 150/s, for: 500ms, actions: [POST /notes]}", true, "fail ok ok"},
		{"throttles", func(p *pad) { p.most = 40 }, every, making, true, "throttled throttled throttled"},
		{"takes one only", func(p *pad) { p.unique = true }, every, making, true, "no-positive-control no-positive-control no-positive-control"},
		{"without write", func(*pad) {}, "look, sign-in, load", making, true, "effect-refused effect-refused effect-refused"},
		{"what is made stays", func(*pad) {}, every, making, false, "effect-refused effect-refused effect-refused"},
		{"would write too often", func(*pad) {}, every, "{rate: 150/s, for: 5s, actions: [POST /notes]}", true, "budget-spent budget-spent budget-spent"},
		{"beside a read", func(*pad) {}, every, "{rate: 250/s, for: 500ms, actions: [GET /notes, POST /notes]}", true, "ok ok ok"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for left := tries; ; left-- {
				p := newPad()
				tc.pad(p)
				before := p.keep()
				r := openPad(t, p, tc.allow, tc.policy, tc.erases)
				l := r.Gather(t, Gatherer()).(*artifact.Latency)
				if over := r.Undo(t.Context()); len(over) > 0 {
					t.Fatalf("left behind: %v", over)
				}
				if diff := cmp.Diff(before, p.keep()); diff != "" {
					t.Fatalf("the notes are not as they were (-want +got):\n%s", diff)
				}
				if busy(l) && left > 0 {
					continue
				}
				if got, said := judged(t, r); got != tc.want {
					t.Errorf("p95, errors, spread: %s, want %s\n%s", got, tc.want, said)
				}
				return
			}
		})
	}
}

// TestInterruptedWrites ends a run in its midst: what was made until then is
// known to the journal.
func TestInterruptedWrites(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p := newPad()
	p.onPost = func(n int) {
		if n == 30 {
			cancel()
		}
	}
	before := p.keep()
	r := openPad(t, p, "look, sign-in, load, write", "{rate: 150/s, for: 1s, actions: [POST /notes]}", true)
	if _, err := Gatherer().Gather(ctx, r.For("latency")); err == nil {
		t.Error("an interrupted run says that it was whole")
	}
	if n := len(r.Journal.Outstanding()); n < 20 || n > 60 {
		t.Errorf("%d writes are open in the journal after about 30", n)
	}
	if over := r.Undo(t.Context()); len(over) > 0 {
		t.Errorf("left behind: %v", over)
	}
	if diff := cmp.Diff(before, p.keep()); diff != "" {
		t.Errorf("the notes are not as they were (-want +got):\n%s", diff)
	}
}
