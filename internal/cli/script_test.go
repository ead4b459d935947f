package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/launchready/launchready/internal/lab"
	"github.com/launchready/launchready/portal"
)

// TestMain lets scripts run this test binary as launchready.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"launchready": func() { os.Exit(Main()) }})
}

// TestScripts runs one story of a user a file. Beside the commands of
// testscript there are
//
//	lab [-whole] [-quirk NAME] [FLAW…]   starts a lab and describes it in portal.yaml; a few routes of it unless -whole
//	exits CODE COMMAND…                  runs a command that ends with exactly this code
//	cut SIGNAL N RUN COMMAND…            runs a command until the journal of RUN has N lines, then sends it the signal
//	untouched                            the lab was sent nothing
//	restored                             the lab holds what it held at its start
//	nosecrets PATH…                      no password or token of portal.yaml stands in these files and folders
func TestScripts(t *testing.T) {
	t.Parallel()
	contract, err := os.ReadFile("testdata/contract.yaml")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Values[stageKey{}] = &stage{}
			e.Setenv("NO_COLOR", "1")
			return os.WriteFile(filepath.Join(e.WorkDir, "contract.yaml"), contract, 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"lab": startLab, "exits": exits, "cut": cut, "untouched": untouched, "restored": restored, "nosecrets": noSecrets,
		},
	})
}

// stage is the lab of a script.
type stage struct {
	world  *lab.World
	digest string
}

type stageKey struct{}

func stageOf(ts *testscript.TestScript) *stage { return ts.Value(stageKey{}).(*stage) }

func startLab(ts *testscript.TestScript, _ bool, args []string) {
	conf, whole := lab.Config{Seed: 7}, false
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-whole":
			whole = true
		case "-quirk":
			args = args[1:]
			conf.Quirks = append(conf.Quirks, args[0])
		}
		args = args[1:]
	}
	conf.Flaws = args
	w, err := lab.Start(context.Background(), conf)
	ts.Check(err)
	ts.Defer(func() { _ = w.Close() })
	*stageOf(ts) = stage{world: w, digest: w.Digest()}
	ts.Setenv("LAB", w.URL)
	text := strings.Replace(string(w.PortalYAML()), "    allow:", "    rate: 2000/s\n    allow:", 1)
	if !whole {
		text = strings.Replace(text, "openapi: /openapi.json\n    - crawl: true", "openapi: contract.yaml\n    - crawl: false", 1)
	}
	ts.Check(os.WriteFile(ts.MkAbs("portal.yaml"), []byte(text), 0o600))
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := exitCode(ts, ts.Exec(args[1], args[2:]...)); got != want {
		ts.Fatalf("%s ends with %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

func exitCode(ts *testscript.TestScript, err error) int {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		ts.Check(err)
		return 0
	}
	return exit.ExitCode()
}

// cut runs a command and interrupts it in the middle of its writes.
func cut(ts *testscript.TestScript, _ bool, args []string) {
	signal := map[string]syscall.Signal{"INT": syscall.SIGINT, "KILL": syscall.SIGKILL}[args[0]]
	lines, err := strconv.Atoi(args[1])
	ts.Check(err)
	journal := filepath.Join(ts.MkAbs(args[2]), "journal.ndjson")
	program, err := exec.LookPath(args[3])
	ts.Check(err)
	c := exec.Command(program, args[4:]...)
	c.Dir, c.Stdout, c.Stderr = ts.MkAbs("."), ts.Stdout(), ts.Stderr()
	c.Env = append(os.Environ(), "NO_COLOR=1")
	ts.Check(c.Start())
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for {
		select {
		case err := <-ended:
			ts.Fatalf("the run ended by itself: %v", err)
		case <-time.After(time.Millisecond):
		}
		written, err := os.ReadFile(journal)
		if err == nil && strings.Count(string(written), "\n") >= lines {
			break
		}
	}
	ts.Check(c.Process.Signal(signal))
	err = <-ended
	if want := map[syscall.Signal]int{syscall.SIGINT: exitInterrupted, syscall.SIGKILL: -1}[signal]; exitCode(ts, err) != want {
		ts.Fatalf("cut off by %s it ends with %v, want %d", args[0], err, want)
	}
}

func untouched(ts *testscript.TestScript, _ bool, _ []string) {
	if n := stageOf(ts).world.Requests(); n != 0 {
		ts.Fatalf("the lab was sent %d requests, want none", n)
	}
}

func restored(ts *testscript.TestScript, neg bool, _ []string) {
	s := stageOf(ts)
	if same := s.world.Digest() == s.digest; same == neg {
		ts.Fatalf("the lab holds what it held: %t, want %t", same, !neg)
	}
}

func noSecrets(ts *testscript.TestScript, _ bool, args []string) {
	p, err := portal.Load(ts.MkAbs("portal.yaml"))
	ts.Check(err)
	if len(p.Secret) == 0 {
		ts.Fatalf("portal.yaml holds no secret to look for")
	}
	for _, arg := range args {
		if arg == "stdout" || arg == "stderr" {
			lookFor(ts, p, arg, ts.ReadFile(arg))
			continue
		}
		files := 0
		ts.Check(filepath.WalkDir(ts.MkAbs(arg), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files++
			lookFor(ts, p, path, ts.ReadFile(path))
			return nil
		}))
		if files == 0 {
			ts.Fatalf("%s holds no file", arg)
		}
	}
}

func lookFor(ts *testscript.TestScript, p *portal.Portal, where, text string) {
	for _, secret := range p.Secret {
		if at := strings.Index(text, secret.Reveal()); at >= 0 {
			ts.Fatalf("%s holds a secret of portal.yaml at byte %d", where, at)
		}
	}
}
