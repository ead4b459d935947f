package e2e

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// logTail bounds how much of a server's log a failed test prints.
const logTail = 4 << 10

// process is a server that a test started and stops by its own handle.
type process struct {
	cancel context.CancelFunc
	ended  chan struct{}
	log    bytes.Buffer // safe to read once ended is closed
}

// start runs a server and returns once base answers any HTTP request. The server ends with the test.
func start(t *testing.T, base, name string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p := &process{cancel: cancel, ended: make(chan struct{})}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = t.TempDir()
	cmd.Stdout, cmd.Stderr = &p.log, &p.log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second // then it is killed
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatalf("start %s: %v", name, err)
	}
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // a server that we terminate always ends with an error
	}()
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("log of %s:\n%s", filepath.Base(name), p.tail())
		}
	})
	p.awaitAlive(t, base)
	return p
}

// stop terminates the server and waits until it is gone; stopping twice is harmless.
func (p *process) stop() {
	p.cancel()
	<-p.ended
}

func (p *process) tail() []byte {
	log := p.log.Bytes()
	return log[max(0, len(log)-logTail):]
}

func (p *process) awaitAlive(t *testing.T, base string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	client := &http.Client{Timeout: time.Second}
	for {
		select {
		case <-p.ended:
			t.Fatalf("the server at %s ended before it answered", base)
		case <-ctx.Done():
			t.Fatalf("the server at %s did not answer in 30 s", base)
		case <-tick.C:
			if res, err := client.Get(base); err == nil {
				_ = res.Body.Close()
				return
			}
		}
	}
}

// freeAddr returns a loopback host and port that nothing listens on. It stays below the ports that systems
// hand to outgoing connections, so that a server can come back to its address after a restart.
func freeAddr(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(12000)))
		if err == nil {
			defer func() { _ = l.Close() }()
			return l.Addr().String()
		}
	}
	t.Fatal("no free port on loopback")
	return ""
}

// output runs a command without cgo in dir and returns what it printed on stdout.
func output(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, stderr.Bytes())
	}
	return strings.TrimSpace(string(out))
}
