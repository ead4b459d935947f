package badday

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/journal"
)

// slow is a rate at which the writes of an audit take many seconds.
const slow = "rate: 150/s\n    allow: ["

// writing starts an audit and waits until it is in the middle of its writes.
func writing(t *testing.T, w *world) *running {
	t.Helper()
	r := start(t, w, "audit", "-c", w.config, "--run", filepath.Join(w.dir, "run"), "--only", "authz")
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		raw, _ := os.ReadFile(filepath.Join(w.dir, "run", journal.File))
		if bytes.Count(raw, []byte(`"state":"planned"`)) >= 6 && w.Digest() != w.pristine {
			return r
		}
		select {
		case <-r.done:
			t.Fatalf("it ended before it wrote: %v", r.end(t))
		default:
		}
	}
	t.Fatal("it never wrote")
	return nil
}

// TestInterrupt presses Ctrl-C in the middle of the writes: what was changed
// is put back, and what was gathered is kept and can be judged.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	w := open(t, nil, "allow: [", slow)
	r := writing(t, w)
	if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	e := r.end(t)
	if e.code != 130 {
		t.Errorf("want exit 130: %v", e)
	}
	if w.Digest() != w.pristine {
		t.Errorf("what was written was not put back: %v", e)
	}
	report := w.report(t)
	if report == nil || !report.Interrupted || len(report.Leftovers) > 0 {
		t.Fatalf("the report does not say that it was interrupted and left nothing: %+v", report)
	}
	for _, f := range report.Findings {
		if f.Outcome == check.Fail {
			t.Errorf("invented: %s %s: %s", f.Check, f.Subject, f.Message)
		}
	}
	again := start(t, w, "judge", filepath.Join(w.dir, "run")).end(t)
	if again.code == 0 || !strings.Contains(again.out, "NOT PROVEN") {
		t.Errorf("the bundle cannot be judged: %v", again)
	}
	if got := start(t, w, "cleanup", filepath.Join(w.dir, "run"), "-c", w.config).end(t); got.code != 0 {
		t.Errorf("cleanup of a run that left nothing: %v", got)
	}
}

// TestInterruptTwice presses Ctrl-C again while the first one's restoring
// cannot get on: it ends at once, and cleanup does the rest.
func TestInterruptTwice(t *testing.T) {
	t.Parallel()
	w := open(t, nil, "allow: [", slow)
	gate := before(t, w)
	r := writing(t, w)
	gate.set(stuck)
	for ended := false; !ended; { // the first is heard when it is heard; the next one ends it
		_ = r.cmd.Process.Signal(os.Interrupt)
		select {
		case <-r.done:
			ended = true
		case <-time.After(200 * time.Millisecond):
		}
	}
	if e := r.end(t); e.code != -1 {
		t.Errorf("want it ended by the signal, not by itself: %v", e)
	}
	gate.set(ajar)
	w.cleaned(t, 0)
}

// TestKill kills the process in the middle of the writes; cleanup, which has
// the journal alone, puts everything back, be it at the second try.
func TestKill(t *testing.T) {
	t.Parallel()
	w := open(t, nil, "allow: [", slow)
	gate := before(t, w)
	r := writing(t, w)
	if err := r.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if e := r.end(t); e.code != -1 {
		t.Fatalf("it was not killed: %v", e)
	}
	gate.set(shut)
	if e := w.cleaned(t, 4); !strings.Contains(e.out, "left: create ") {
		t.Errorf("while the portal is down, want a list of what is left: %v", e)
	}
	gate.set(ajar)
	w.cleaned(t, 0)
	if w.Digest() != w.pristine {
		t.Error("cleanup says that all is undone, and the portal's data differs")
	}
	if e := w.cleaned(t, 0); !strings.Contains(e.out, "nothing is left") {
		t.Errorf("a second cleanup finds something: %v", e)
	}
}

// TestDiesWhileWriting takes the portal away in the middle of the writes: the
// run says what it left, and cleanup puts it back when the portal is there again.
func TestDiesWhileWriting(t *testing.T) {
	t.Parallel()
	w := open(t, nil, "allow: [", slow)
	gate := before(t, w)
	r := writing(t, w)
	gate.set(shut)
	e := r.end(t)
	if e.code != 4 || !strings.Contains(e.out, "Left behind") {
		t.Errorf("want exit 4 and what was left: %v", e)
	}
	says(t, e, "cannot be reached")
	gate.set(ajar)
	w.cleaned(t, 0)
	if w.Digest() != w.pristine {
		t.Error("cleanup says that all is undone, and the portal's data differs")
	}
}

// cleaned runs cleanup and wants its exit code.
func (w *world) cleaned(t *testing.T, code int) ended {
	t.Helper()
	e := start(t, w, "cleanup", filepath.Join(w.dir, "run"), "-c", w.config).end(t)
	if e.code != code {
		t.Errorf("cleanup: want exit %d: %v", code, e)
	}
	return e
}
