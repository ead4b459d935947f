package badday

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/lab"
	"github.com/launchready/launchready/internal/verdict"
)

// patience is when a run is taken for hung; nothing is judged by time.
const patience = 4 * time.Minute

// mostMemory is what a run may hold, whatever the portal sends.
const mostMemory = 300 << 20

// program is the launchready binary under test, as it is shipped.
var program string

func TestMain(m *testing.M) { os.Exit(tested(m)) }

func tested(m *testing.M) int {
	dir, err := os.MkdirTemp("", "badday-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program = filepath.Join(dir, "launchready")
	build := exec.Command("go", "build", "-o", program, "../../cmd/launchready")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// world is a lab with a folder that describes it.
type world struct {
	*lab.World
	dir, config string
	pristine    string // digest of its data before anybody audits it
}

// open starts a lab; change edits its portal.yaml.
func open(t testing.TB, quirks []string, change ...string) *world {
	t.Helper()
	w, err := lab.Start(context.Background(), lab.Config{Quirks: quirks, Seed: 11})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	out := &world{World: w, dir: t.TempDir(), pristine: w.Digest()}
	out.config = filepath.Join(out.dir, "portal.yaml")
	out.describe(t, change...)
	return out
}

// describe writes the portal.yaml, with every other text of change put in the
// place of the one before.
func (w *world) describe(t testing.TB, change ...string) {
	t.Helper()
	description := string(w.PortalYAML())
	for i := 0; i+1 < len(change); i += 2 {
		if !strings.Contains(description, change[i]) {
			t.Fatalf("the description has no %q to change", change[i])
		}
		description = strings.ReplaceAll(description, change[i], change[i+1])
	}
	if err := os.WriteFile(w.config, []byte(description), 0o600); err != nil {
		t.Fatal(err)
	}
}

// ended is what is left of a process.
type ended struct {
	code        int // -1: killed by a signal
	out, errOut string
	memory      int64 // bytes, at most held
}

func (e ended) String() string {
	return fmt.Sprintf("exit %d, %d MB\nstdout:\n%s\nstderr:\n%s", e.code, e.memory>>20, e.out, e.errOut)
}

// running is a process that has not ended yet.
type running struct {
	cmd         *exec.Cmd
	out, errOut bytes.Buffer
	memory      int64 // written before done is closed
	done        chan struct{}
}

func start(t testing.TB, w *world, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	r := &running{cmd: exec.CommandContext(ctx, program, args...), done: make(chan struct{})}
	r.cmd.Dir, r.cmd.Stdout, r.cmd.Stderr = w.dir, &r.out, &r.errOut
	r.cmd.Env = append(os.Environ(), "NO_COLOR=1")
	if err := r.cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	go func() {
		defer close(r.done)
		watched := make(chan struct{})
		gone := make(chan struct{})
		go func() { defer close(watched); r.watch(gone) }()
		_ = r.cmd.Wait() // its state says how it ended
		close(gone)
		<-watched
	}()
	t.Cleanup(func() { cancel(); <-r.done })
	return r
}

// watch notes the most memory a process holds until it is gone. The kernel's
// own count for an ended child begins with what its parent held at the fork.
func (r *running) watch(gone <-chan struct{}) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.cmd.Process.Pid))
		if _, peak, found := strings.Cut(string(raw), "VmHWM:"); err == nil && found {
			var kb int64
			if _, err := fmt.Sscan(peak, &kb); err == nil {
				r.memory = max(r.memory, kb<<10)
			}
		}
		select {
		case <-gone:
			return
		case <-tick.C:
		}
	}
}

// end waits for a process.
func (r *running) end(t testing.TB) ended {
	t.Helper()
	<-r.done
	e := ended{code: r.cmd.ProcessState.ExitCode(), out: r.out.String(), errOut: r.errOut.String(), memory: r.memory}
	if e.memory == 0 || e.memory > mostMemory {
		t.Errorf("it held %d MB, want at most %d", e.memory>>20, mostMemory>>20)
	}
	return e
}

// audit runs an audit to its end. Its report is nil when none was written.
func (w *world) audit(t *testing.T, args ...string) (ended, *verdict.Report) {
	t.Helper()
	e := start(t, w, append([]string{"audit", "-c", w.config, "--run", filepath.Join(w.dir, "run"), "-q"}, args...)...).end(t)
	return e, w.report(t)
}

func (w *world) report(t *testing.T) *verdict.Report {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(w.dir, "run", "report.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	var r verdict.Report
	if err == nil {
		err = json.Unmarshal(raw, &r)
	}
	if err != nil {
		t.Fatalf("read the report: %v", err)
	}
	return &r
}

// clean wants the portal's data as it was: at once, or after the list of what
// is left was cleaned up.
func (w *world) clean(t *testing.T, e ended) {
	t.Helper()
	if w.Digest() == w.pristine {
		return
	}
	if e.code != 4 || !strings.Contains(e.out, "Left behind") {
		t.Errorf("the portal's data changed, and nobody says so: %v", e)
	}
	got := start(t, w, "cleanup", filepath.Join(w.dir, "run"), "-c", w.config).end(t)
	if got.code != 0 || w.Digest() != w.pristine {
		t.Errorf("cleanup leaves the portal changed: %v", got)
	}
}

// holds wants what is true of every bad day.
func (w *world) holds(t *testing.T, e ended, r *verdict.Report) {
	t.Helper()
	if e.code == 0 || e.code == -1 {
		t.Errorf("want an exit code that says it is not proven: %v", e)
	}
	if r != nil {
		for _, f := range r.Findings {
			if f.Outcome == check.Fail {
				t.Errorf("invented: %s %s: %s", f.Check, f.Subject, f.Message)
			}
		}
	}
	w.clean(t, e)
}

// says wants a line of its own for what happened.
func says(t *testing.T, e ended, want string) {
	t.Helper()
	if text := strings.Join(strings.Fields(e.out+e.errOut), " "); !strings.Contains(text, want) {
		t.Errorf("want %q to be said: %v", want, e)
	}
}

// oks lists what a report calls ok.
func oks(r *verdict.Report, checks ...string) []string {
	var out []string
	for _, f := range r.Findings {
		for _, id := range checks {
			if f.Outcome == check.OK && (id == "" || f.Check == id) {
				out = append(out, f.Check+" "+f.Subject+": "+f.Message)
			}
		}
	}
	return out
}
