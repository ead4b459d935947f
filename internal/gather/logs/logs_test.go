package logs

import (
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/checks/hygiene/logpersonal"
	"github.com/launchready/launchready/checks/hygiene/logsecrets"
	"github.com/launchready/launchready/internal/gather/gathertest"
)

// yard is a small portal with a form login and a token API; log is told of each
// request, after its answer.
type yard struct {
	mu  sync.Mutex
	log func(r *http.Request, body string, status int)
}

func (y *yard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	rec := httptest.NewRecorder()
	y.answer(rec, r, string(body))
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.log != nil {
		y.log(r, string(body), rec.Code)
	}
}

func (y *yard) answer(w http.ResponseWriter, r *http.Request, body string) {
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/api/login":
		var in map[string]string
		if json.Unmarshal([]byte(body), &in) != nil || in["password"] != "right-pass-2026" {
			http.Error(w, `{"title":"no"}`, http.StatusUnauthorized)
			return
		}
		_, _ = fmt.Fprintf(w, `{"token":"t0ken-of-%s"}`, in["email"])
	case !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer t0ken-of-"):
		http.Error(w, `{"title":"sign in"}`, http.StatusUnauthorized)
	case r.URL.Path == "/api/me":
		_, _ = fmt.Fprintf(w, `{"email":%q}`, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer t0ken-of-"))
	default:
		http.Error(w, `{"title":"not found"}`, http.StatusNotFound)
	}
}

// study runs both gatherers on a portal with these logs: entries.
func (y *yard) study(t *testing.T, dir, entries string) (*gathertest.Run, *artifact.LogStudy) {
	t.Helper()
	srv := httptest.NewServer(y)
	t.Cleanup(srv.Close)
	log := y.log
	y.log = nil
	r := gathertest.Start(t, `version: 1
portal: Boat yard
targets:
  test:
    url: `+srv.URL+`
    allow: [look, sign-in, write]
login:
  steps:
    - request: POST /api/login
      json:
        email: ${user}
        password: ${password}
      capture:
        token: /token
  send: bearer ${token}
  alive:
    request: GET /api/me
    contains: ${user}
identities:
  alice: {tenant: acme, role: admin, user: alice@acme.test, password: right-pass-2026}
`+entries)
	r.Portal.Dir = dir
	r.Tools.Run = "20260101-run-abcdef"
	r.Put("inventory", &artifact.Inventory{Routes: []artifact.Route{
		{ID: "GET /api/me", Method: "GET", Template: "/api/me", Kind: "read"},
		{ID: "GET /api/users", Method: "GET", Template: "/api/users", Kind: "list", Params: []artifact.Param{{Name: "email", In: "query"}}},
		{ID: "GET /api/reset", Method: "GET", Template: "/api/reset", Kind: "read", Public: "declared", Params: []artifact.Param{{Name: "token", In: "query"}}},
		{ID: "POST /api/items", Method: "POST", Template: "/api/items", BodyType: "application/json"},
	}})
	r.Gather(t, Marks())
	y.mu.Lock()
	y.log = log
	y.mu.Unlock()
	made := r.Gather(t, gatherer(1700*time.Millisecond)).(*artifact.LogStudy)
	for _, p := range made.Plants {
		if p.Try.Unproven != "" {
			t.Errorf("%s was not planted: %s", p.Place, p.Try.Why)
		}
	}
	return r, made
}

// outcomes are what both checks say, but for what is ok.
func outcomes(t *testing.T, r *gathertest.Run) []string {
	t.Helper()
	var out []string
	for _, c := range []check.Check{logsecrets.Check, logpersonal.Check} {
		for _, f := range r.Judge(t, c) {
			if f.Outcome == check.OK {
				continue
			}
			kind, _, _ := strings.Cut(f.Subject, " in ")
			word := string(f.Outcome)
			if f.Reason != "" {
				word, kind = string(f.Reason), strings.TrimPrefix(c.ID, "hygiene/")
			}
			if f.Severity == check.Advice {
				word = "advice"
			}
			out = append(out, word+" "+kind)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// file returns a logger that appends what line makes of a request.
func file(t *testing.T, path string, line func(r *http.Request, body string, status int) string) func(*http.Request, string, int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return func(r *http.Request, body string, status int) { _, _ = io.WriteString(f, line(r, body, status)) }
}

func combined(r *http.Request, _ string, status int) string {
	return fmt.Sprintf("127.0.0.1 - - [01/Jan/2026:10:00:00 +0000] %q %d 512 \"-\" %q\n", r.Method+" "+r.URL.RequestURI()+" HTTP/1.1", status, r.UserAgent())
}

func pathOnly(r *http.Request, _ string, status int) string {
	return fmt.Sprintf("127.0.0.1 - - [01/Jan/2026:10:00:00 +0000] %q %d 512\n", r.Method+" "+r.URL.Path, status)
}

func jsonLine(keep func(r *http.Request, body string) map[string]any) func(*http.Request, string, int) string {
	return func(r *http.Request, body string, status int) string {
		entry := map[string]any{"level": "info", "path": r.URL.Path, "status": status}
		for k, v := range keep(r, body) {
			entry[k] = v
		}
		b, _ := json.Marshal(entry)
		return string(b) + "\n"
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		line func(*http.Request, string, int) string
		want []string
	}{
		"combined with queries": {combined, []string{"fail email", "fail token"}},
		"combined without":      {pathOnly, nil},
		"json, bodies whole": {
			jsonLine(func(_ *http.Request, body string) map[string]any { return map[string]any{"body": body} }),
			[]string{"fail card", "fail email", "fail identity", "fail password"},
		},
		"json, bodies masked": {
			jsonLine(func(*http.Request, string) map[string]any {
				return map[string]any{"body": `{"email":"l***@example.invalid","password":"--redacted--","cardNumber":"************1234"}`}
			}), nil,
		},
		"json, headers in base64": {
			jsonLine(func(r *http.Request, _ string) map[string]any {
				return map[string]any{"h": base64.StdEncoding.EncodeToString([]byte(fmt.Sprint(r.Header)))}
			}), []string{"fail token"},
		},
		"many lines a request": {
			func(r *http.Request, body string, status int) string {
				return pathOnly(r, body, status) + "java.lang.IllegalStateException: sign-in failed\n\tat com.acme.A.b(A.java:7)\n\tbody was " + body + "\n\n"
			}, []string{"fail card", "fail email", "fail identity", "fail password"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			r, study := (&yard{log: file(t, filepath.Join(dir, "app.log"), test.line)}).study(t, dir, "logs:\n  - file: \"*.log\"\n")
			if got := outcomes(t, r); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q\n%+v", got, test.want, study)
			}
			shown, err := json.Marshal(study)
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{"Lr7-pw-", "lr7tok", "lr-someone-", "t0ken-of-", "right-pass-2026"} {
				if strings.Contains(string(shown), secret) {
					t.Errorf("the artifact holds %q: %s", secret, shown)
				}
			}
		})
	}
}

func TestUnproven(t *testing.T) {
	t.Parallel()
	other := func(*http.Request, string, int) string { return "10.0.0.9 - - GET /shop/cart 200\n" }
	for name, test := range map[string]struct {
		make func(t *testing.T, dir string) func(*http.Request, string, int)
		want string
	}{
		"another portal's": {func(t *testing.T, dir string) func(*http.Request, string, int) {
			return file(t, filepath.Join(dir, "app.log"), other)
		}, "no-positive-control"},
		"empty": {func(t *testing.T, dir string) func(*http.Request, string, int) {
			return file(t, filepath.Join(dir, "app.log"), func(*http.Request, string, int) string { return "" })
		}, "no-positive-control"},
		"missing": {func(*testing.T, string) func(*http.Request, string, int) { return nil }, "no-positive-control"},
		"no file": {func(t *testing.T, dir string) func(*http.Request, string, int) {
			if err := os.Symlink("/dev/zero", filepath.Join(dir, "app.log")); err != nil {
				t.Fatal(err)
			}
			return nil
		}, "not-examined"},
		"sparse": {func(t *testing.T, dir string) func(*http.Request, string, int) {
			path := filepath.Join(dir, "app.log")
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(path, 1<<30); err != nil {
				t.Fatal(err)
			}
			return nil
		}, "no-positive-control"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			r, _ := (&yard{log: test.make(t, dir)}).study(t, dir, "logs:\n  - file: app.log\n")
			want := []string{test.want + " logpersonal", test.want + " logsecrets"}
			if got := outcomes(t, r); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// TestTurned follows a log that is rotated and packed while it is written.
func TestTurned(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	if err := os.WriteFile(path, []byte("old line\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var lines []string
	n := 0
	y := &yard{log: func(r *http.Request, body string, status int) {
		lines = append(lines, pathOnly(r, body, status)+"body "+body+"\n")
		if n++; n == 5 { // what was logged so far is packed; a new file begins
			packed, err := os.Create(path + ".1.gz")
			if err != nil {
				t.Error(err)
				return
			}
			z := gzip.NewWriter(packed)
			_, _ = io.WriteString(z, "old line\n"+strings.Join(lines, ""))
			_ = z.Close()
			_ = packed.Close()
			lines = nil
		}
		_ = os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600)
	}}
	r, study := y.study(t, dir, "logs:\n  - file: app.log\n")
	got := outcomes(t, r)
	for _, want := range []string{"fail password", "fail email"} {
		if !slices.Contains(got, want) {
			t.Errorf("got %q, want %s among them\n%+v", got, want, study.Sources)
		}
	}
	if len(study.Sources[0].Files) != 2 {
		t.Errorf("read %+v, want the file and the packed one", study.Sources[0].Files)
	}
}

func TestCommands(t *testing.T) {
	t.Parallel()
	for name, command := range map[string]string{
		"follows":             "tail -n +1 -f app.log",
		"prints and ends":     "cat app.log",
		"leaves a child":      "sleep 600 & tail -n +1 -f app.log",
		"writes to stderr":    "tail -n +1 -f app.log >&2",
		"passes a filter":     "tail -n +1 -f app.log | cat",
		"ignores being ended": "trap '' TERM; tail -n +1 -f app.log",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			log := file(t, filepath.Join(dir, "app.log"), func(r *http.Request, body string, status int) string {
				return pathOnly(r, body, status) + body + "\n"
			})
			r, study := (&yard{log: log}).study(t, dir, "logs:\n  - command: "+fmt.Sprintf("%q", command)+"\n")
			if got := outcomes(t, r); !slices.Contains(got, "fail password") {
				t.Errorf("got %q, want the password\n%+v", got, study.Sources)
			}
		})
	}
}

func TestCommandFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r, study := (&yard{}).study(t, dir, "logs:\n  - command: no-such-program-here\n")
	// What the shell says of it is all it prints, and none of it is the run's.
	if got := outcomes(t, r); !slices.Equal(got, []string{"no-positive-control logpersonal", "no-positive-control logsecrets"}) {
		t.Errorf("got %q for a command that fails\n%+v", got, study.Sources)
	}
}

// TestLate waits for lines that a logger holds back for a while.
func TestLate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := file(t, filepath.Join(dir, "app.log"), func(r *http.Request, body string, status int) string {
		return pathOnly(r, body, status) + body + "\n"
	})
	var held sync.WaitGroup
	t.Cleanup(held.Wait)
	r, _ := (&yard{log: func(r *http.Request, body string, status int) {
		held.Go(func() {
			<-time.After(time.Second)
			write(r, body, status)
		})
	}}).study(t, dir, "logs:\n  - file: app.log\n")
	if got := outcomes(t, r); !slices.Contains(got, "fail password") {
		t.Errorf("got %q, want the password", got)
	}
}

// TestHistory holds what a mended portal once logged apart from what it logs.
func TestHistory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	if err := os.WriteFile(path, []byte(`{"msg":"sign-in","password":"hunter22"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, study := (&yard{log: file(t, path, pathOnly)}).study(t, dir, "logs:\n  - file: app.log\n")
	if got, want := outcomes(t, r), []string{"advice password"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q\n%+v", got, want, study)
	}
	if s, _ := json.Marshal(study); strings.Contains(string(s), "hunter22") {
		t.Errorf("the artifact holds a password: %s", s)
	}
}
