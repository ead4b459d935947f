package input

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/checks/input/accepted"
	"github.com/launchready/launchready/checks/input/crash"
	"github.com/launchready/launchready/checks/input/injection"
	"github.com/launchready/launchready/checks/input/persisted"
	"github.com/launchready/launchready/checks/input/reflected"
	"github.com/launchready/launchready/checks/input/sideeffects"
	"github.com/launchready/launchready/internal/gather/baseline"
	"github.com/launchready/launchready/internal/gather/gathertest"
	"github.com/launchready/launchready/internal/gather/harvest"
	"github.com/launchready/launchready/internal/journal"
)

// shop is a small portal of another make than the lab: orders, as JSON or as
// pages with forms. It is well kept but for its flaw.
type shop struct {
	flaw  string
	pages bool
	// says is how it refuses: 422, 200 with an error in it, or 500.
	says int
	die  int // after so many requests it answers 500 to everything; 0: never

	mu     sync.Mutex
	orders map[int]map[string]any
	next   int
	served int
}

func newShop(s *shop) *shop {
	s.next = 41
	s.orders = map[int]map[string]any{}
	for range 2 {
		s.add(map[string]any{"title": fmt.Sprintf("Crane overhaul number %d", s.next), "amount": 12.5 + float64(s.next), "state": "new"})
	}
	return s
}

func (s *shop) add(o map[string]any) int {
	s.next++
	o["id"] = s.next
	s.orders[s.next] = o
	return s.next
}

func (s *shop) is(flaw string) bool { return s.flaw == flaw }

func (s *shop) refuse(w http.ResponseWriter, status int, why string) {
	switch {
	case s.pages:
		page(w, status, "<p class=error>"+html.EscapeString(why)+"</p>")
	case s.says == 200:
		write(w, 200, map[string]any{"ok": false, "error": why})
	case s.says == 500:
		write(w, 500, map[string]any{"error": "refused"})
	default:
		write(w, status, map[string]any{"error": why})
	}
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func page(w http.ResponseWriter, status int, inner string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "<!doctype html><html><head><title>Shop</title></head><body><h1>Orders of the ferry yard</h1>"+inner+"</body></html>")
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.served++
	if s.die > 0 && s.served > s.die {
		write(w, 500, map[string]any{"error": "down"})
		return
	}
	if r.Header.Get("Authorization") != "Bearer alice" && r.Header.Get("Authorization") != "Bearer bob" {
		s.refuse(w, 401, "sign in")
		return
	}
	if r.Header.Get("Authorization") == "Bearer bob" && r.URL.Path != "/me" {
		if r.URL.Path == "/orders" {
			write(w, 200, map[string]any{"items": []any{map[string]any{"id": 7, "title": "Only of bob's own yard"}}})
			return
		}
		s.refuse(w, 404, "no such order")
		return
	}
	id, below := strings.CutPrefix(r.URL.Path, "/orders/")
	switch {
	case r.URL.Path == "/me":
		write(w, 200, map[string]any{"name": strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")})
	case r.URL.Path == "/orders" && r.Method == "GET":
		s.list(w, r)
	case r.URL.Path == "/orders" && r.Method == "POST":
		s.store(w, r, 0)
	case below:
		s.one(w, r, id)
	default:
		s.refuse(w, 404, "nothing here")
	}
}

func (s *shop) list(w http.ResponseWriter, r *http.Request) {
	state := r.URL.Query().Get("state")
	wanted, holds := state, true
	if before, rest, is := strings.Cut(state, "' AND '"); is && s.is("sql") {
		a, b, _ := strings.Cut(rest, "'='")
		wanted, holds = before, a == b
	}
	var items []any
	for _, id := range slices.Sorted(mapKeys(s.orders)) {
		o := s.orders[id]
		if holds && (wanted == "" || o["state"] == wanted) {
			items = append(items, o)
		}
	}
	if state != "" && !slices.Contains([]string{"new", "paid"}, state) && !s.is("sql") && !s.is("echo") {
		s.refuse(w, 422, "unknown state")
		return
	}
	if !s.pages {
		write(w, 200, map[string]any{"items": items, "total": len(items)})
		return
	}
	var out strings.Builder
	shown := html.EscapeString(state)
	if s.is("echo") {
		shown = state
	}
	out.WriteString("<p>State: " + shown + "</p><ul>")
	for _, o := range items {
		m := o.(map[string]any)
		fmt.Fprintf(&out, "<li><a href=\"/orders/%d\">%s</a></li>", m["id"], html.EscapeString(fmt.Sprint(m["title"])))
	}
	page(w, 200, out.String()+"</ul>")
}

func mapKeys(m map[int]map[string]any) func(func(int) bool) {
	return func(yield func(int) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (s *shop) one(w http.ResponseWriter, r *http.Request, text string) {
	id, err := strconv.Atoi(text)
	if err != nil && s.is("id") {
		write(w, 500, map[string]any{"error": "Internal Server Error"})
		return
	}
	o := s.orders[id]
	if err != nil || o == nil {
		s.refuse(w, 404, "no such order")
		return
	}
	switch r.Method {
	case "DELETE":
		delete(s.orders, id)
		w.WriteHeader(204)
	case "PATCH":
		s.store(w, r, id)
	default:
		if !s.pages {
			write(w, 200, o)
			return
		}
		title := html.EscapeString(fmt.Sprint(o["title"]))
		if s.is("stored") {
			title = fmt.Sprint(o["title"])
		}
		page(w, 200, fmt.Sprintf("<h2>%s</h2><p>Amount %v, %s</p>", title, o["amount"], html.EscapeString(fmt.Sprint(o["state"]))))
	}
}

// store makes or changes an order.
func (s *shop) store(w http.ResponseWriter, r *http.Request, id int) {
	raw, _ := io.ReadAll(r.Body)
	in, ok := s.parse(r, raw)
	if !ok {
		s.refuse(w, 400, "no object")
		return
	}
	o := map[string]any{"state": "new"}
	if id > 0 {
		o = s.orders[id]
	}
	why := ""
	if _, has := in["title"]; !has && id == 0 {
		why = "title is required"
	}
	for _, name := range []string{"title", "amount", "state"} {
		v, has := in[name]
		if !has {
			continue
		}
		if name == "amount" && s.is("amount") {
			if _, number := v.(float64); !number {
				panic(http.ErrAbortHandler)
			}
		}
		if !fits(name, v) && !(s.is("anything") && name != "title") && !(s.is("negative") && name == "amount" && isNumber(v)) {
			why = name + " is wrong"
			continue
		}
		if id > 0 && s.is("half") {
			o[name] = v
		}
	}
	if why != "" {
		s.refuse(w, 422, why)
		return
	}
	for name, v := range in {
		if slices.Contains([]string{"title", "amount", "state"}, name) {
			o[name] = v
		}
	}
	if id == 0 {
		id = s.add(o)
	}
	if s.pages {
		w.Header().Set("Location", fmt.Sprintf("/orders/%d", id))
		w.WriteHeader(303)
		return
	}
	write(w, 201, o)
}

func (s *shop) parse(r *http.Request, raw []byte) (map[string]any, bool) {
	in := map[string]any{}
	if !s.pages {
		return in, json.Unmarshal(raw, &in) == nil && in != nil && !strings.Contains(string(raw), "\xff")
	}
	form, err := url.ParseQuery(string(raw))
	if err != nil || !strings.Contains(r.Header.Get("Content-Type"), "form") {
		return nil, false
	}
	for name := range form {
		in[name] = form.Get(name)
		if n, err := strconv.ParseFloat(form.Get(name), 64); name == "amount" && err == nil {
			in[name] = n
		}
	}
	return in, true
}

func isNumber(v any) bool { _, is := v.(float64); return is }

func fits(name string, v any) bool {
	text, isText := v.(string)
	switch name {
	case "amount":
		n, is := v.(float64)
		return is && n >= 0 && n <= 1e6
	case "state":
		return isText && (text == "new" || text == "paid")
	}
	return isText && text != "" && len(text) <= 200 && !strings.Contains(text, "\x00")
}

const contract = `{"type":"object","required":["title"],"properties":{"title":{"type":"string","minLength":1,"maxLength":200},
 "amount":{"type":"number","minimum":0,"maximum":1000000},"state":{"type":"string","enum":["new","paid"]}}}`

// routes are the shop's, with a contract or as visitors were seen to use them.
func (s *shop) routes(promised bool) []artifact.Route {
	state := artifact.Param{Name: "state", In: "query", Example: "new"}
	id := artifact.Param{Name: "id", In: "path", Noun: "order"}
	body := artifact.Route{BodyType: jsonType, BodySample: json.RawMessage(`{"title":"Crane","amount":12.5,"state":"new"}`)}
	if promised {
		state.Type, state.Enum, id.Type = "string", []string{"new", "paid"}, "integer"
		body.BodySchema = json.RawMessage(contract)
	}
	kind := "list"
	if s.pages {
		body.BodyType, kind = formType, "page"
		body.BodySample = json.RawMessage(`{"title":"Crane","amount":"12.5","state":"new"}`)
	}
	with := func(id, method, template, kind string, params ...artifact.Param) artifact.Route {
		r := artifact.Route{ID: id, Method: method, Template: template, Kind: kind, Noun: "order", Params: params, Sources: []string{"har"}, Resource: "orders"}
		if method == "POST" || method == "PATCH" {
			r.BodyType, r.BodySample, r.BodySchema = body.BodyType, body.BodySample, body.BodySchema
		}
		return r
	}
	return []artifact.Route{
		with("DELETE /orders/{id}", "DELETE", "/orders/{id}", "delete", id),
		with("GET /orders", "GET", "/orders", kind, state),
		with("GET /orders/{id}", "GET", "/orders/{id}", "detail", id),
		with("PATCH /orders/{id}", "PATCH", "/orders/{id}", "update", id),
		with("POST /orders", "POST", "/orders", "create"),
	}
}

const description = `version: 1
portal: Ferry yard
targets:
  test:
    url: %s
    allow: [look, sign-in, write]
login:
  send: bearer ${token}
  alive:
    request: GET /me
    contains: ${user}
identities:
  alice: {tenant: acme, role: admin, user: alice, token: alice}
  bob: {tenant: globex, role: admin, user: bob, token: bob}
`

// fed runs the gatherer on a shop and returns what fails and what is unproven.
func fed(t *testing.T, s *shop, promised bool, extra ...string) (failing []string, unproven map[string]check.Reason, r *gathertest.Run) {
	t.Helper()
	srv := httptest.NewServer(newShop(s))
	srv.Config.ErrorLog = nil
	t.Cleanup(srv.Close)
	r = gathertest.Start(t, fmt.Sprintf(description, srv.URL)+strings.Join(extra, ""))
	var err error
	if r.Journal, err = journal.Open(filepath.Join(t.TempDir(), journal.File)); err != nil {
		t.Fatal(err)
	}
	r.Put(artifact.Inventories.Name(), &artifact.Inventory{Routes: s.routes(promised)})
	r.Gather(t, baseline.Gatherer())
	r.Gather(t, harvest.Gatherer())
	before := s.state()
	r.Put(artifact.Fed.Name(), newFeeder(r.For("input"), 3*time.Second).feed(t.Context()))
	unproven = map[string]check.Reason{}
	for _, c := range []check.Check{crash.Check, injection.Check, persisted.Check, reflected.Check, sideeffects.Check, accepted.Check} {
		for _, f := range r.Judge(t, c) {
			switch f.Outcome {
			case check.Fail:
				failing = append(failing, c.ID+" "+f.Subject)
				t.Logf("%s %s: %s", c.ID, f.Subject, f.Message)
			case check.Unproven:
				unproven[c.ID+" "+f.Subject] = f.Reason
				t.Logf("%s %s unproven: %s: %s", c.ID, f.Subject, f.Reason, f.Message)
			}
		}
	}
	slices.Sort(failing)
	if s.die == 0 {
		if left := r.Undo(t.Context()); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		if after := s.state(); after != before {
			t.Errorf("the shop holds %s, held %s", after, before)
		}
	}
	return failing, unproven, r
}

func (s *shop) state() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, _ := json.Marshal(s.orders)
	return string(b)
}
