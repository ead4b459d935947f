package journal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func open(t *testing.T, path string) *Journal {
	t.Helper()
	j, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func sample(what string) Entry {
	return Entry{
		Target: "staging", Kind: Create, What: what, Who: "alice", Method: "POST", Path: "/api/invoices", Tag: "lrc-abcdefghijkl",
		Find: &Find{Path: "/api/invoices", Tag: "lrc-abcdefghijkl"},
	}
}

func TestReadBackWhatWasWritten(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), File)
	j := open(t, path)
	first := must[int](t)(j.Before(sample("first")))
	second := must[int](t)(j.Before(sample("second")))
	third := must[int](t)(j.Before(sample("third")))
	undo := &Request{Who: "alice", Method: "DELETE", Path: "/api/invoices/7"}
	verify := &Verify{Path: "/api/invoices/7", Expect: Gone}
	for _, err := range []error{
		j.Done(second, "201", &Entry{Undo: undo, Verify: verify}),
		j.Undone(first),
		j.Left(third, "answered 500"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	got := must[[]Entry](t)(Read(path))
	want := []Entry{sample("first"), sample("second"), sample("third")}
	for i := range want {
		want[i].ID = i + 1
	}
	want[0].State = Undone
	want[1].State, want[1].Note, want[1].Undo, want[1].Verify = Done, "201", undo, verify
	want[2].State, want[2].Note = Left, "answered 500"
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Entry{}, "At")); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(got, j.Entries()); diff != "" {
		t.Errorf("memory and file differ: %s", diff)
	}
	var open []int
	for _, e := range j.Outstanding() {
		open = append(open, e.ID)
	}
	if diff := cmp.Diff([]int{third, second}, open); diff != "" {
		t.Errorf("outstanding: %s", diff)
	}
	if mode := must[os.FileInfo](t)(os.Stat(path)).Mode().Perm(); mode != 0o600 {
		t.Errorf("mode %o", mode)
	}
}

func TestTornAndDamagedFiles(t *testing.T) {
	t.Parallel()
	whole := `{"id":1,"at":"2026-01-01T00:00:00Z","state":"planned","entry":{"id":1,"kind":"create"}}` + "\n"
	for name, test := range map[string]struct {
		content string
		entries int
		bad     bool
	}{
		"empty":              {"", 0, false},
		"one":                {whole, 1, false},
		"torn":               {whole + `{"id":2,"at":"20`, 1, false},
		"torn at its end":    {whole + strings.TrimSuffix(strings.Replace(whole, `"id":1`, `"id":2`, 1), "\n"), 1, false},
		"lost block":         {whole + "\x00\x00\x00\n", 1, false},
		"damaged inside":     {"garbage\n" + whole, 0, true},
		"numbers that skip":  {strings.ReplaceAll(whole, `"id":1`, `"id":2`), 0, true},
		"outcome of nothing": {whole + `{"id":4,"at":"2026-01-01T00:00:00Z","state":"done"}` + "\n", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), File)
			if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := Read(path)
			if (err != nil) != test.bad || len(got) != test.entries {
				t.Fatalf("%d entries, error %v", len(got), err)
			}
			j, err := Open(path)
			if test.bad {
				if err == nil {
					t.Error("a damaged journal was opened")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if id := must[int](t)(j.Before(sample("next"))); id != test.entries+1 {
				t.Errorf("next id %d", id)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			if again := must[[]Entry](t)(Read(path)); len(again) != test.entries+1 {
				t.Errorf("after appending: %d entries", len(again))
			}
		})
	}
}

func TestUndoGoesBackwardsAndReportsWhatIsLeft(t *testing.T) {
	t.Parallel()
	j := open(t, filepath.Join(t.TempDir(), File))
	for _, what := range []string{"a", "b", "c", "d"} {
		must[int](t)(j.Before(sample(what)))
	}
	if err := j.NotSent(4, "refused"); err != nil {
		t.Fatal(err)
	}
	var order []string
	left := j.Undo(t.Context(), func(_ context.Context, e Entry) error {
		order = append(order, e.What)
		if e.What == "b" {
			return errors.New("answered 500")
		}
		return nil
	})
	if diff := cmp.Diff([]string{"c", "b", "a"}, order); diff != "" {
		t.Errorf("order: %s", diff)
	}
	if len(left) != 1 || left[0].What != "b" || left[0].Note != "answered 500" || left[0].State != Left {
		t.Errorf("left: %v", left)
	}
	if want := "create b as alice, look for lrc-abcdefghijkl (answered 500)"; left[0].String() != want {
		t.Errorf("got %q, want %q", left[0].String(), want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	left = j.Undo(ctx, func(context.Context, Entry) error { t.Error("undone after the end"); return nil })
	if len(left) != 1 || !strings.Contains(left[0].Note, "canceled") {
		t.Errorf("after cancel: %v", left)
	}
}

func TestCredentialsStayOutOfTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), File)
	j := open(t, path)
	j.Redact = func(_ string, b []byte) []byte {
		return []byte(strings.ReplaceAll(string(b), "hunter22", "[redacted:password:01234567]"))
	}
	e := sample("user hunter22")
	e.Undo = &Request{Method: "PUT", Path: "/u/1", ContentType: "application/json", Body: []byte(`{"password":"hunter22"}`)}
	e.Verify = &Verify{Path: "/u/1?k=hunter22", Expect: Equal, Pointer: "/password", Value: []byte(`"hunter22"`)}
	e.Snapshot = &Snapshot{Body: []byte(`{"password":"hunter22"}`)}
	id := must[int](t)(j.Before(e))
	if err := j.Done(id, "hunter22 came back", &Entry{Path: "/u/hunter22"}); err != nil {
		t.Fatal(err)
	}
	if b := must[[]byte](t)(os.ReadFile(path)); strings.Contains(string(b), "hunter22") {
		t.Errorf("credential in the file: %s", b)
	}
	if got := j.Entries()[0]; got.Masked || string(got.Undo.Body) != `{"password":"hunter22"}` {
		t.Errorf("this process lost what it needs: %+v", got)
	}
	if got := must[[]Entry](t)(Read(path)); !got[0].Masked {
		t.Errorf("an undo full of placeholders is not marked: %+v", got[0])
	}
}

func TestNothingAfterAFailedWrite(t *testing.T) {
	t.Parallel()
	j := open(t, filepath.Join(t.TempDir(), File))
	_ = j.file.Close()
	if _, err := j.Before(sample("x")); err == nil {
		t.Fatal("a line that could not be written was accepted")
	}
	if _, err := j.Before(sample("x")); err == nil || len(j.Entries()) != 0 {
		t.Fatal("the journal goes on after a failure")
	}
	if err := j.Undone(1); err == nil {
		t.Error("an unknown entry was settled")
	}
}

func TestConcurrentWriters(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), File)
	j := open(t, path)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 10 {
				id, err := j.Before(sample(fmt.Sprint(w, i)))
				if err == nil {
					err = j.Done(id, "", nil)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := must[[]Entry](t)(Read(path)); len(got) != 80 || len(Outstanding(got)) != 80 {
		t.Errorf("%d entries", len(got))
	}
}

// TestCrash kills a process amid its writes: whatever a server has seen stands
// in the journal.
func TestCrash(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[string]bool{}
	enough := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen[r.URL.Path] = true
		if len(seen) == 40 {
			close(enough)
		}
	}))
	t.Cleanup(s.Close)
	path := filepath.Join(t.TempDir(), File)
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashChild$", "-test.v")
	child.Env = append(os.Environ(), "JOURNAL_CRASH_FILE="+path, "JOURNAL_CRASH_ADDR="+strings.TrimPrefix(s.URL, "http://"))
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-enough:
	case <-time.After(30 * time.Second):
		t.Error("the child sends nothing")
	}
	_ = child.Process.Kill()
	_ = child.Wait()
	noted := map[string]bool{}
	for _, e := range must[[]Entry](t)(Read(path)) {
		noted[e.Path] = true
	}
	mu.Lock()
	defer mu.Unlock()
	for p := range seen {
		if !noted[p] {
			t.Errorf("%s was sent before it was noted", p)
		}
	}
	if j := open(t, path); len(j.Outstanding()) != len(noted) {
		t.Errorf("%d outstanding of %d", len(j.Outstanding()), len(noted))
	}
}
