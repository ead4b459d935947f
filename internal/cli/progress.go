package cli

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/launchready/launchready/internal/engine"
)

// every is how often a terminal's progress line is redrawn.
const every = 100 * time.Millisecond

// progress shows a run: one line redrawn on a terminal, plain lines elsewhere.
type progress struct {
	mu    sync.Mutex
	w     io.Writer
	live  bool
	quiet bool
	last  time.Time
	phase string
}

func progressFor(w io.Writer, quiet bool) *progress {
	f, isFile := w.(*os.File)
	return &progress{w: w, quiet: quiet, live: isFile && term.IsTerminal(int(f.Fd()))}
}

func (p *progress) show(at engine.Progress) {
	if p.quiet {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case at.Line != "":
		p.line(at.Line)
	case at.Gatherer != p.phase:
		p.phase = at.Gatherer
		if !p.live {
			p.line(fmt.Sprintf("[%d/%d] %-10s %s", at.Step, at.Steps, at.Gatherer, at.Doc))
		}
	}
	if p.live && time.Since(p.last) >= every {
		p.last = time.Now()
		_, _ = fmt.Fprintf(p.w, "\r\x1b[K[%d/%d] %-10s %s", at.Step, at.Steps, at.Gatherer, p.spent(at))
	}
}

// spent tells requests of the budget and the time left at the granted rate.
func (p *progress) spent(at engine.Progress) string {
	s := fmt.Sprintf("%d", at.Sent)
	if at.Budget > 0 {
		s += fmt.Sprintf(" of at most %d", at.Budget)
	}
	s += " requests"
	if at.Left > 0 {
		s += fmt.Sprintf(", at most %s left", at.Left.Round(time.Second))
	}
	return s
}

func (p *progress) line(s string) {
	if p.live {
		_, _ = fmt.Fprintf(p.w, "\r\x1b[K%s\n", s)
		return
	}
	_, _ = fmt.Fprintln(p.w, s)
}

// done clears the progress line.
func (p *progress) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.live && !p.quiet {
		_, _ = fmt.Fprint(p.w, "\r\x1b[K")
	}
}
