package bundle_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/bundle"
)

// handles are what the tests' checks would read.
func handles() []check.Need {
	return []check.Need{artifact.Inventories, artifact.SignIns}
}

func facts() bundle.Manifest {
	return bundle.Manifest{
		Tool: "v0", Run: "r1", Portal: "Northwind", Target: "staging", URL: "http://127.0.0.1:1",
		StartedAt: time.Date(2026, 3, 4, 5, 6, 7, 891, time.FixedZone("", 3600)), Took: 1500 * time.Millisecond,
		Effects:  map[string]string{"look": "granted", "write": "not allowed on staging"},
		Requests: bundle.Requests{Sent: 3, Refused: 1, By: map[string]int{"anon": 3}},
	}
}

func exchange(i int) *evidence.Exchange {
	return &evidence.Exchange{
		At: time.Unix(1700000000, int64(i)).UTC(), Took: time.Duration(i), Who: "alice", By: "swap", For: "P",
		Request: evidence.Request{Method: "GET", URL: fmt.Sprintf("http://127.0.0.1:1/api/invoices/%d", i)},
		Response: &evidence.Response{
			Status: 200, Header: []evidence.Field{{Name: "Content-Type", Value: "application/json"}},
			Body: evidence.Body(fmt.Sprintf(`{"id":%d,"note":"<b> \u2028 é"}`, i)), Size: 30,
		},
	}
}

// create returns a writer that holds n exchanges, two artifacts and a portal.
func create(t testing.TB, n int) (*bundle.Writer, []evidence.Ref) {
	t.Helper()
	w, err := bundle.Create(filepath.Join(t.TempDir(), "run"))
	must(t, err)
	must(t, w.Begin(facts()))
	must(t, w.Portal([]byte(`{"name":"Northwind"}`)))
	var refs []evidence.Ref
	for i := range n {
		ref, err := w.Record(exchange(i))
		must(t, err)
		refs = append(refs, ref)
	}
	must(t, w.Artifact("inventory", artifact.Inventory{Routes: []artifact.Route{{ID: "GET /a", Method: "GET", Template: "/a"}}}))
	return w, refs
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	w, refs := create(t, 3)
	w.Missing("sessions", check.Missing{Reason: check.SessionDead, Why: "alice could not sign in"})
	live := w.Source(handles())
	digest, err := w.Close(facts())
	must(t, err)
	must(t, w.Report([]byte(`{"bundle":"`+digest+`"}`)))

	r, err := bundle.Open(w.Dir())
	must(t, err)
	if r.Manifest.Digest != digest {
		t.Errorf("digest after opening = %s, want %s", r.Manifest.Digest, digest)
	}
	if diff := cmp.Diff(refs, r.Refs()); diff != "" {
		t.Errorf("refs in order recorded (-want +got):\n%s", diff)
	}
	for name, src := range map[string]check.Source{"live": live, "offline": r.Source(handles())} {
		for i, ref := range refs {
			got, err := src.Exchange(ref)
			must(t, err)
			want := exchange(i)
			want.Seq = int64(i + 1)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: exchange %d (-want +got):\n%s", name, i, diff)
			}
		}
		inv, missing := src.Artifact("inventory")
		if missing != nil || inv.(*artifact.Inventory).Routes[0].ID != "GET /a" {
			t.Errorf("%s: inventory = %+v, missing %+v", name, inv, missing)
		}
		_, missing = src.Artifact("sessions")
		if diff := cmp.Diff(&check.Missing{Reason: check.SessionDead, Why: "alice could not sign in"}, missing); diff != "" {
			t.Errorf("%s: missing sessions (-want +got):\n%s", name, diff)
		}
		_, missing = src.Artifact("swaps")
		if missing == nil || missing.Reason != check.RunError {
			t.Errorf("%s: an artifact without a handle is missing as %+v, want run-error", name, missing)
		}
	}
	if doc, err := r.Report(); err != nil || string(doc) != `{"bundle":"`+digest+`"}` {
		t.Errorf("report = %q, %v", doc, err)
	}
	if doc, err := r.Portal(); err != nil || string(doc) != `{"name":"Northwind"}` {
		t.Errorf("portal = %q, %v", doc, err)
	}
}

func TestNothingGathered(t *testing.T) {
	t.Parallel()
	w, _ := create(t, 0)
	_, missing := w.Source(handles()).Artifact("sessions")
	want := &check.Missing{Reason: check.NotExamined, Why: "nothing was gathered for it"}
	if diff := cmp.Diff(want, missing); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
	if _, err := w.Exchange(evidence.RefOf([]byte("never recorded"))); err == nil {
		t.Error("an exchange that was never recorded was found")
	}
}

func TestPartialArtifactIsNotMissing(t *testing.T) {
	t.Parallel()
	w, _ := create(t, 0)
	w.Missing("inventory", check.Missing{Reason: check.RunError, Why: "ended half way"})
	if _, missing := w.Source(handles()).Artifact("inventory"); missing != nil {
		t.Errorf("a partial artifact that was written is missing: %+v", missing)
	}
}

func TestUndecodableArtifactIsMissing(t *testing.T) {
	t.Parallel()
	w, _ := create(t, 0)
	must(t, w.Artifact("sessions", []string{"not a sessions document"}))
	v, missing := w.Source(handles()).Artifact("sessions")
	if missing == nil || missing.Reason != check.RunError || v != nil {
		t.Errorf("got %v, missing %+v; want run-error", v, missing)
	}
}

func TestDigest(t *testing.T) {
	t.Parallel()
	closed := func(m bundle.Manifest, more func(*bundle.Writer)) string {
		w, _ := create(t, 2)
		more(w)
		d, err := w.Close(m)
		must(t, err)
		return d
	}
	base := closed(facts(), func(*bundle.Writer) {})
	later := facts()
	later.Errors = []string{"gatherer swap: ran out of memory"}
	tests := []struct {
		name string
		got  string
		same bool
	}{
		{"the same run", closed(facts(), func(*bundle.Writer) {}), true},
		{"a report does not count", closed(facts(), func(w *bundle.Writer) { must(t, w.Report([]byte("{}"))) }), true},
		{"another artifact", closed(facts(), func(w *bundle.Writer) { must(t, w.Artifact("lists", 1)) }), false},
		{"another exchange", closed(facts(), func(w *bundle.Writer) { _, err := w.Record(exchange(9)); must(t, err) }), false},
		{"another error", closed(later, func(*bundle.Writer) {}), false},
		{"another missing", closed(facts(), func(w *bundle.Writer) { w.Missing("x", check.Missing{}) }), false},
	}
	for _, tt := range tests {
		if (tt.got == base) != tt.same {
			t.Errorf("%s: digest %s against %s, want same %v", tt.name, tt.got, base, tt.same)
		}
	}
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "thesis.txt"), nil, 0o600))
	if _, err := bundle.Create(dir); !errors.Is(err, bundle.ErrNotEmpty) {
		t.Errorf("create in a folder that holds something: %v, want ErrNotEmpty", err)
	}
	w, _ := create(t, 0)
	for _, name := range []string{"", "../x", "a/b", "A", ".x"} {
		if err := w.Artifact(name, 1); err == nil {
			t.Errorf("artifact name %q was accepted", name)
		}
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	w, _ := create(t, 1)
	_, err := w.Close(facts())
	must(t, err)
	if _, err := w.Record(exchange(1)); err == nil {
		t.Error("an exchange was recorded after Close")
	}
	if err := w.Artifact("inventory", 1); err == nil {
		t.Error("an artifact was written after Close")
	}
	if _, err := bundle.Open(w.Dir()); err != nil {
		t.Errorf("the refused writes broke the bundle: %v", err)
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() // exists, open to all
	w, err := bundle.Create(dir)
	must(t, err)
	must(t, w.Artifact("inventory", 1))
	_, err = w.Close(facts())
	must(t, err)
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		must(t, err)
		info, err := d.Info()
		must(t, err)
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
		return nil
	}))
}

func TestTampering(t *testing.T) {
	t.Parallel()
	edit := func(name, from, to string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, name)
			b, err := os.ReadFile(path)
			must(t, err)
			changed := strings.Replace(string(b), from, to, 1)
			if changed == string(b) {
				t.Fatalf("%s does not hold %q", name, from)
			}
			must(t, os.WriteFile(path, []byte(changed), 0o600))
		}
	}
	tests := []struct {
		name   string
		change func(t *testing.T, dir string)
		want   string // in the error
	}{
		{"evidence edited", edit("evidence.ndjson", `"status":200`, `"status":401`), "evidence.ndjson"},
		{"evidence cut", func(t *testing.T, dir string) {
			must(t, os.Truncate(filepath.Join(dir, "evidence.ndjson"), 40))
		}, "evidence.ndjson"},
		{"artifact edited", edit("artifacts/inventory.json", "GET /a", "GET /b"), "artifacts/inventory.json"},
		{"artifact gone", func(t *testing.T, dir string) {
			must(t, os.Remove(filepath.Join(dir, "artifacts/inventory.json")))
		}, "artifacts/inventory.json is gone"},
		{"artifact added", func(t *testing.T, dir string) {
			must(t, os.WriteFile(filepath.Join(dir, "artifacts/swaps.json"), []byte("{}"), 0o600))
		}, "artifacts/swaps.json was added"},
		{"portal edited", edit("portal.json", "Northwind", "Southwind"), "portal.json"},
		{"report edited", edit("report.json", "not-ready", "ready"), "report.json"},
		{"error taken out", edit("run.json", "swap broke", "all is well"), "run.json"},
		{"artifact swapped for a link", func(t *testing.T, dir string) {
			must(t, os.Remove(filepath.Join(dir, "portal.json")))
			must(t, os.Symlink("/etc/hostname", filepath.Join(dir, "portal.json")))
		}, "portal.json"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, _ := create(t, 3)
			m := facts()
			m.Errors = []string{"swap broke"}
			_, err := w.Close(m)
			must(t, err)
			must(t, w.Report([]byte(`{"verdict":"not-ready"}`)))
			_, err = bundle.Open(w.Dir())
			must(t, err)
			tt.change(t, w.Dir())
			_, err = bundle.Open(w.Dir())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Open: %v; want an error naming %q", err, tt.want)
			}
		})
	}
}

func TestChangedAfterOpening(t *testing.T) {
	t.Parallel()
	w, refs := create(t, 1)
	_, err := w.Close(facts())
	must(t, err)
	r, err := bundle.Open(w.Dir())
	must(t, err)
	for _, name := range []string{"evidence.ndjson", "artifacts/inventory.json"} {
		path := filepath.Join(w.Dir(), name)
		b, err := os.ReadFile(path)
		must(t, err)
		b[len(b)/2]++
		must(t, os.WriteFile(path, b, 0o600))
	}
	if _, err := r.Exchange(refs[0]); err == nil {
		t.Error("changed evidence was handed out")
	}
	if _, missing := r.Source(handles()).Artifact("inventory"); missing == nil {
		t.Error("a changed artifact was handed out")
	}
}

func TestTorn(t *testing.T) {
	t.Parallel()
	w, refs := create(t, 3)
	path := filepath.Join(w.Dir(), "evidence.ndjson")
	info, err := os.Stat(path)
	must(t, err)
	must(t, os.Truncate(path, info.Size()-10))

	if _, err := bundle.Open(w.Dir()); !errors.Is(err, bundle.ErrTorn) {
		t.Errorf("Open: %v, want ErrTorn", err)
	}
	r, err := bundle.OpenTorn(w.Dir())
	must(t, err)
	if diff := cmp.Diff(refs[:2], r.Refs()); diff != "" {
		t.Errorf("whole lines (-want +got):\n%s", diff)
	}
	if m := r.Manifest; !m.Interrupted || m.Run != "r1" || len(m.Errors) == 0 {
		t.Errorf("manifest of a torn run: %+v", m)
	}
	if _, missing := r.Source(handles()).Artifact("inventory"); missing != nil {
		t.Errorf("the artifact that was written is missing: %+v", missing)
	}
}

func TestOpenWhatIsNoBundle(t *testing.T) {
	t.Parallel()
	if _, err := bundle.OpenTorn(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("OpenTorn of an empty folder: %v, want not exist", err)
	}
	w, _ := create(t, 0)
	must(t, os.WriteFile(filepath.Join(w.Dir(), "run.json"), []byte(`{"format": 2}`), 0o600))
	if _, err := bundle.Open(w.Dir()); err == nil || !strings.Contains(err.Error(), "format 2") {
		t.Errorf("Open of a later format: %v", err)
	}
}

func TestRecordConcurrently(t *testing.T) {
	t.Parallel()
	const writers, each = 8, 50
	w, _ := create(t, 0)
	var wg sync.WaitGroup
	for g := range writers {
		wg.Go(func() {
			for i := range each {
				ref, err := w.Record(exchange(g*each + i))
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := w.Exchange(ref); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	_, err := w.Close(facts())
	must(t, err)
	r, err := bundle.Open(w.Dir())
	must(t, err)
	seen := map[int64]bool{}
	for _, ref := range r.Refs() {
		ex, err := r.Exchange(ref)
		must(t, err)
		seen[ex.Seq] = true
	}
	if len(seen) != writers*each {
		t.Errorf("%d different sequence numbers, want %d", len(seen), writers*each)
	}
}

func TestCacheKeepsWhatIsUsed(t *testing.T) {
	t.Parallel()
	w, _ := create(t, 0)
	var refs []evidence.Ref
	for i := range 5 {
		ex := exchange(i)
		ex.Response.Body = []byte(strings.Repeat("x", 10<<20))
		ref, err := w.Record(ex)
		must(t, err)
		refs = append(refs, ref)
	}
	first, err := w.Exchange(refs[0])
	must(t, err)
	again, err := w.Exchange(refs[0])
	must(t, err)
	if first != again {
		t.Error("a second read decoded the exchange again")
	}
	for _, ref := range refs[1:] {
		_, err := w.Exchange(ref)
		must(t, err)
	}
	if again, err = w.Exchange(refs[0]); err != nil || first == again {
		t.Errorf("50 MiB of exchanges were all kept (%v)", err)
	}
}

// BenchmarkOpen opens a bundle of 10,000 exchanges and reads each once.
func BenchmarkOpen(b *testing.B) {
	w, _ := create(b, 0)
	body := []byte(`{"items":[` + strings.Repeat(`{"id":1,"customer":"Acme","amount":12.5},`, 100) + `{}]}`)
	for i := range 10_000 {
		ex := exchange(i)
		ex.Response.Body = body
		_, err := w.Record(ex)
		must(b, err)
	}
	_, err := w.Close(facts())
	must(b, err)
	b.ReportAllocs()
	for b.Loop() {
		r, err := bundle.Open(w.Dir())
		must(b, err)
		for _, ref := range r.Refs() {
			_, err := r.Exchange(ref)
			must(b, err)
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	w, _ := create(b, 0)
	ex := exchange(1)
	ex.Response.Body = []byte(strings.Repeat(`{"id":1,"customer":"Acme"},`, 200))
	for b.Loop() {
		_, err := w.Record(ex)
		must(b, err)
	}
}
