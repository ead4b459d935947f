package logs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/portal"
)

// Bounds on a command whose output is a log.
const (
	commandTime = 3 * time.Minute  // from its start to its end
	againTime   = 20 * time.Second // of one that ended by itself, and is run again at the end
	endTime     = 2 * time.Second  // from asking it to end to ending it
)

// command is a source that a command prints: one that follows a log is started
// before anything is planted and ended afterwards; one that prints and ends is
// run again at the end.
type command struct {
	text, dir string
	tally     *tally

	mu     sync.Mutex
	waits  []printed // until it is known what to look for
	ready  bool
	fresh  bool // what comes from now on is new
	first  int64
	lines  int64
	bytes  int64
	ended  bool
	failed string
	done   chan struct{}
	proc   *exec.Cmd
	cancel context.CancelFunc
}

// outside are the values from the environment and from files that a command names.
var outside = regexp.MustCompile(`\$\{((?:env|file):[^{}]+)\}`)

// newCommand returns the source of a command.
func newCommand(p *portal.Portal, text string, t *tally) *command {
	text = outside.ReplaceAllStringFunc(text, func(m string) string {
		if v, ok := p.Held[m[2:len(m)-1]]; ok {
			return v.Reveal()
		}
		return m
	})
	return &command{text: text, dir: p.Dir, tally: t}
}

// start runs the command in a process group of its own.
func (c *command) start(ctx context.Context, most time.Duration) error {
	ctx, c.cancel = context.WithTimeout(ctx, most)
	c.proc = exec.CommandContext(ctx, "/bin/sh", "-c", c.text)
	c.proc.Dir = c.dir
	c.proc.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.proc.Cancel = func() error { return syscall.Kill(-c.proc.Process.Pid, syscall.SIGTERM) }
	c.proc.WaitDelay = endTime
	out, in := io.Pipe()
	c.proc.Stdout, c.proc.Stderr = in, in
	c.done = make(chan struct{})
	if err := c.proc.Start(); err != nil {
		c.cancel()
		close(c.done)
		c.ended = true
		return fmt.Errorf("run the log command: %w", err)
	}
	var reading sync.WaitGroup
	reading.Go(func() { c.follow(out) })
	go func() {
		defer close(c.done)
		err := c.proc.Wait()
		_ = in.Close()
		reading.Wait()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ended = true
		if err != nil && ctx.Err() == nil {
			c.failed = "the command failed: " + err.Error()
		}
	}()
	return nil
}

// follow looks at each line as it comes.
func (c *command) follow(out io.Reader) {
	b := bufio.NewReaderSize(out, mostLine)
	for {
		raw, err := b.ReadSlice('\n')
		if len(raw) > 0 {
			c.note(strings.TrimRight(string(raw), "\r\n"))
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			// Whatever else comes is thrown away, so that the command is not held up.
			_, _ = io.Copy(io.Discard, out)
			return
		}
	}
}

// printed is a line that a command printed.
type printed struct {
	text  string
	line  int64
	fresh bool
}

func (c *command) note(line string) {
	c.mu.Lock()
	c.lines++
	c.bytes += int64(len(line))
	p := printed{line, c.lines, c.fresh && c.lines > c.first}
	ready, over := c.ready, c.bytes > mostBytes
	if !ready && !over && line != "" {
		c.waits = append(c.waits, p)
	}
	c.mu.Unlock()
	if ready && !over && line != "" {
		c.look(p)
	}
}

func (c *command) look(p printed) { c.tally.see(p.text, fmt.Sprintf("line %d", p.line), p.fresh) }

// release looks at what was printed so far, now that it is known what to look for.
func (c *command) release() {
	c.mu.Lock()
	waits := c.waits
	c.waits, c.ready = nil, true
	c.mu.Unlock()
	for _, p := range waits {
		c.look(p)
	}
}

// begun says that what is planted comes now.
func (c *command) begun() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fresh = true
}

// over reports whether the command has ended by itself.
func (c *command) over() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

// end ends the command and waits for it.
func (c *command) end() {
	if c.cancel == nil {
		return
	}
	c.cancel()
	<-c.done
	if c.proc.Process != nil {
		_ = syscall.Kill(-c.proc.Process.Pid, syscall.SIGKILL) // whoever of its group is left
	}
}

// again runs a command that ended by itself once more, to its end: what it
// printed first was printed before anything was planted.
func (c *command) again(ctx context.Context, t *tally) *command {
	n := &command{text: c.text, dir: c.dir, tally: t, ready: true, fresh: true, first: c.lines}
	if err := n.start(ctx, againTime); err != nil {
		n.failed = err.Error()
		return n
	}
	<-n.done
	n.end()
	return n
}

// made describes the source.
func (c *command) made(src *artifact.LogSource) {
	src.Command = true
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != "" && c.lines == 0 {
		src.Skipped = artifact.Skip{Reason: check.NotExamined, Why: c.failed}
	}
	if c.bytes > mostBytes {
		src.Files = append(src.Files, artifact.LogFile{Path: "output", Size: c.bytes, Skipped: artifact.Skip{Reason: check.BudgetSpent, Why: "only its first 64 MB were read"}})
		src.Skipped = artifact.Skip{Reason: check.BudgetSpent, Why: "it printed more than 64 MB"}
	}
}
