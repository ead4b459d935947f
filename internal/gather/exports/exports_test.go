package exports

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather/gathertest"
	"github.com/launchready/launchready/internal/journal"
)

// site takes export jobs and hands out their files, also by signed link.
type site struct {
	mu    sync.Mutex
	jobs  map[string]*job2 // by id
	asked []string
}

type job2 struct {
	tenant, name string
	polls        int
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	tenant := map[string]string{"alice": "acme", "bob": "globex"}[who]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, who+" "+r.Method+" "+r.URL.RequestURI())
	segs := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	var j *job2
	if len(segs) > 1 {
		j = s.jobs[segs[1]]
	}
	switch {
	case segs[0] == "files" && j != nil && r.URL.Query().Get("signature") == sign(segs[1]):
		_, _ = io.WriteString(w, "name\nledger of "+j.tenant+"\n")
	case segs[0] == "files":
		w.WriteHeader(http.StatusForbidden)
	case tenant == "":
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/me":
		reply(w, 200, map[string]any{"name": who})
	case r.Method == http.MethodPost:
		var body struct{ Name string }
		_ = json.NewDecoder(r.Body).Decode(&body)
		id := fmt.Sprintf("5b0c9a4e-3f7d-4f5e-8f0e-6f1c2d3e4a5%d", len(s.jobs))
		s.jobs[id] = &job2{tenant: tenant, name: body.Name}
		reply(w, 202, map[string]any{"id": id, "state": "running"})
	case j == nil || j.tenant != tenant:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodDelete:
		delete(s.jobs, segs[1])
		w.WriteHeader(http.StatusNoContent)
	case len(segs) == 3:
		_, _ = io.WriteString(w, "name\nledger of "+j.tenant+"\n")
	default:
		state := map[string]any{"id": segs[1], "name": j.name, "state": "running"}
		if j.polls++; j.polls > 1 {
			state["state"] = "done"
			state["downloadUrl"] = fmt.Sprintf("/files/%s?expires=%d&signature=%s", segs[1], time.Now().Add(10*time.Minute).Unix(), sign(segs[1]))
		}
		reply(w, 200, state)
	}
}

func sign(id string) string { return strings.ReplaceAll(id, "-", "")[:32] }

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func jobRoutes() []artifact.Route {
	return []artifact.Route{
		{
			ID: "POST /exports", Method: "POST", Template: "/exports", Kind: "create", Noun: "export",
			BodySchema: json.RawMessage(`{"type":"object","properties":{"name":{"type":"string"},"size":{"type":"integer"}},"required":["name"]}`),
		},
		{ID: "GET /exports/{id}", Method: "GET", Template: "/exports/{id}", Kind: "detail", Noun: "export"},
		{ID: "GET /exports/{id}/download", Method: "GET", Template: "/exports/{id}/download", Kind: "export", Noun: "export"},
		{ID: "DELETE /exports/{id}", Method: "DELETE", Template: "/exports/{id}", Kind: "delete", Noun: "export"},
		{ID: "GET /files/{id}", Method: "GET", Template: "/files/{id}", Kind: "detail", Public: "security"},
	}
}

func start(t *testing.T, s *site, allow string) *gathertest.Run {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	r := gathertest.Start(t, `version: 1
portal: Ferry yard
targets:
  test:
    url: `+srv.URL+`
    allow: [`+allow+`]
login:
  send: bearer ${token}
  alive:
    request: GET /me
    contains: ${user}
identities:
  alice: {tenant: acme, role: admin, user: alice, token: alice}
  bob: {tenant: globex, role: admin, user: bob, token: bob}
`)
	j, err := journal.Open(filepath.Join(t.TempDir(), journal.File))
	if err != nil {
		t.Fatal(err)
	}
	r.Journal = j
	r.Put("inventory", &artifact.Inventory{Routes: jobRoutes()})
	r.Put("corpus", &artifact.Corpus{Isolates: true})
	return r
}

func TestJobIsFollowedAndTried(t *testing.T) {
	t.Parallel()
	s := &site{jobs: map[string]*job2{}}
	r := start(t, s, "look, sign-in, write")
	made := r.Gather(t, Gatherer()).(*artifact.Exports)
	for _, route := range []string{"GET /exports/{id}", "GET /exports/{id}/download"} {
		i := slices.IndexFunc(made.Trials, func(e artifact.ExportTrial) bool { return e.Route == route && e.Owner == "alice" })
		if i < 0 {
			t.Fatalf("no trial of %s in %+v", route, made.Trials)
		}
		trial := made.Trials[i]
		var names []string
		for _, a := range trial.Core {
			names = append(names, a.Name)
		}
		if diff := cmp.Diff([]string{"P", "P2", "X", "N", "Q", "A"}, names); diff != "" {
			t.Errorf("%s: attempts (-want +got):\n%s", route, diff)
		}
		if !trial.Submit.Sent() || len(trial.Polls) != 2 || !strings.HasPrefix(trial.Marker, "lrc-") {
			t.Errorf("%s: submit %v, %d polls, marker %q", route, trial.Submit.Sent(), len(trial.Polls), trial.Marker)
		}
	}
	if left := r.Undo(t.Context()); len(left) > 0 || len(s.jobs) > 0 {
		t.Errorf("left behind: %v, %v", left, s.jobs)
	}
}

func TestSignedLinksAreBent(t *testing.T) {
	t.Parallel()
	r := start(t, &site{jobs: map[string]*job2{}}, "look, sign-in, write")
	made := r.Gather(t, Gatherer()).(*artifact.Exports)
	if len(made.Links) != 2 {
		t.Fatalf("%d links, want one of each owner: %+v", len(made.Links), made.Links)
	}
	for _, l := range made.Links {
		if l.Route != "GET /files/{id}" || l.Param != "signature" || l.Lifetime < 590 || l.Lifetime > 610 {
			t.Errorf("link %+v: want a signature that lives ten minutes", l)
		}
		for want, a := range map[int][]artifact.Attempt{200: {l.Open, l.Expired}, 403: {l.Broken, l.Altered}} {
			for _, a := range a {
				ex, err := r.Exchange(a.Ref)
				if err != nil || ex.Status() != want || ex.Who != evidence.Anonymous {
					t.Errorf("%s as %s answered %d (%v), want %d", a.Name, ex.Who, ex.Status(), err, want)
				}
			}
		}
	}
}

func TestWithoutWriteNothingIsSubmitted(t *testing.T) {
	t.Parallel()
	s := &site{jobs: map[string]*job2{}}
	made := start(t, s, "look, sign-in").Gather(t, Gatherer()).(*artifact.Exports)
	var skipped []string
	for _, trial := range made.Trials {
		if trial.Skipped.Reason == check.EffectRefused {
			skipped = append(skipped, trial.Route)
		}
	}
	slices.Sort(skipped)
	if diff := cmp.Diff([]string{"GET /exports/{id}", "GET /exports/{id}/download", "POST /exports"}, skipped); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
	if len(s.jobs) > 0 {
		t.Errorf("submitted %v", s.jobs)
	}
}

func TestExpiryOfLinks(t *testing.T) {
	t.Parallel()
	issued := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	tests := []struct {
		name, target, key string
		lifetime          int64
	}{
		{"unix", fmt.Sprintf("/f?expires=%d&signature=x", issued.Unix()+600), "expires", 600},
		{"milliseconds", fmt.Sprintf("/f?exp=%d", (issued.Unix()+600)*1000), "exp", 600},
		{"relative", "/f?expires=900", "expires", 900},
		{"amazon", "/f?X-Amz-Date=20260302T080000Z&X-Amz-Expires=300&X-Amz-Signature=x", "X-Amz-Expires", 300},
		{"azure", "/f?se=2026-03-02T09%3A00%3A00Z&sig=x", "se", 3600},
		{"token", "/f?token=eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3NzI0Mzg3MDB9.c2ln", "", 300},
		{"none", "/f?signature=x", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			key, at := expiryOf(tt.target, issued)
			life := int64(0)
			if at > 0 {
				life = at - issued.Unix()
			}
			if key != tt.key || life != tt.lifetime {
				t.Errorf("expiryOf(%q) = %q, %d s; want %q, %d s", tt.target, key, life, tt.key, tt.lifetime)
			}
		})
	}
}

func TestSampleBodies(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, schema, sample, want string }{
		{"required and enumerated", `{"type":"object","properties":{"name":{"type":"string"},"what":{"enum":["invoices"]},"limit":{"type":"integer"},"state":{"type":"string","readOnly":true}},"required":["name"]}`, "", `{"name":"M","what":"invoices"}`},
		{"seen", "", `{"what":"ledger"}`, `{"what":"ledger"}`},
		{"nothing known", "", "", `{}`},
		{"nested", `{"properties":{"range":{"properties":{"from":{"type":"string","format":"date"}},"required":["from"]}},"required":["range"]}`, "", `{"range":{"from":"2026-01-01"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, media := sample(artifact.Route{BodySchema: json.RawMessage(tt.schema), BodySample: json.RawMessage(tt.sample)}, "M")
			if string(got) != tt.want || media != "application/json" {
				t.Errorf("sample = %s (%s), want %s", got, media, tt.want)
			}
		})
	}
}
