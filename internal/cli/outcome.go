package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/term"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/bundle"
	"github.com/launchready/launchready/internal/engine"
	"github.com/launchready/launchready/internal/journal"
	"github.com/launchready/launchready/internal/replay"
	"github.com/launchready/launchready/internal/report"
	"github.com/launchready/launchready/internal/verdict"
	"github.com/launchready/launchready/portal"
)

// waived is the handle of the waivers a run was judged with, kept in its bundle.
var waived = check.NewArtifact[[]verdict.Waiver]("waivers")

// pageFile is the report as a page, beside the bundle.
const pageFile = "report.html"

// outcome is a judged run and where to find it.
type outcome struct {
	report    *verdict.Report
	exchanges func(evidence.Ref) (*evidence.Exchange, error)
	dir       string
	html      string // path of the HTML report; "" when none was written
}

// conclude judges a run that has just ended and writes its reports beside it.
func conclude(s subject, dir string, res *engine.Result, picked []check.Check) (*outcome, error) {
	w := res.Writer
	if err := w.Artifact(waived.Name(), s.waivers); err != nil {
		return nil, failed(err)
	}
	digest, err := w.Close(res.Manifest)
	if err != nil {
		return nil, failed(err)
	}
	o := &outcome{dir: dir, exchanges: w.Exchange, html: filepath.Join(dir, pageFile)}
	o.report = fold(folding{
		manifest: res.Manifest, digest: digest, checks: picked, findings: res.Findings,
		broken: res.Broken, inventory: made[artifact.Inventory](res, artifact.Inventories.Name()),
		latency: made[artifact.Latency](res, artifact.Latencies.Name()),
		waivers: s.waivers, left: res.Left, exchanges: w.Exchange,
	})
	var doc bytes.Buffer
	if err := report.JSON(&doc, o.report); err != nil {
		return nil, failed(err)
	}
	if err := w.Report(doc.Bytes()); err != nil {
		return nil, failed(err)
	}
	err = emit(io.Discard, o.html, func(f io.Writer) error { return report.HTML(f, o.report, o.exchanges) })
	if err != nil {
		return nil, failed(err)
	}
	return o, nil
}

// folding is what a verdict needs, live or from a bundle.
type folding struct {
	manifest  bundle.Manifest
	digest    string
	checks    []check.Check
	findings  []check.Finding
	broken    []string
	inventory *artifact.Inventory
	latency   *artifact.Latency
	waivers   []verdict.Waiver
	left      []journal.Entry
	exchanges func(evidence.Ref) (*evidence.Exchange, error)
}

func fold(f folding) *verdict.Report {
	var left []string
	for _, e := range f.left {
		left = append(left, e.String())
	}
	m := f.manifest
	return verdict.Fold(verdict.Input{
		Facts: verdict.Facts{
			Tool: m.Tool, Run: m.Run, Portal: m.Portal, Target: m.Target, URL: m.URL,
			StartedAt: m.StartedAt, Took: m.Took, Errors: slices.Concat(m.Errors, f.broken), Notes: m.Notes, Leftovers: left, Interrupted: m.Interrupted,
			Requests: verdict.Requests{Sent: m.Requests.Sent, Refused: m.Requests.Refused}, Bundle: f.digest,
		},
		Checks: f.checks, Findings: f.findings, Inventory: f.inventory, Latency: f.latency, Waivers: f.waivers,
		Only: m.Only, Now: m.StartedAt,
		Curl: func(ref evidence.Ref) string {
			ex, err := f.exchanges(ref)
			if err != nil || ex == nil {
				return ""
			}
			return replay.Curl(ex)
		},
	})
}

func waiversOf(p *portal.Portal) ([]verdict.Waiver, error) {
	waivers := []verdict.Waiver{}
	if p.Waivers == "" {
		return waivers, nil
	}
	list, err := portal.LoadWaivers(configDir(p, p.Waivers))
	if err != nil {
		return nil, err
	}
	for _, w := range list {
		waivers = append(waivers, verdict.Waiver{
			Finding: w.Finding, Check: w.Check, Subject: w.Subject, By: w.By, Reason: w.Reason, At: w.Date, Until: w.Expires, Outcome: check.Outcome(w.Outcome),
		})
	}
	return waivers, nil
}

// exit is how the process ends after this outcome.
func (o *outcome) exit(ctx context.Context) error {
	if ctx.Err() != nil || o.report.Interrupted {
		return exit(exitInterrupted)
	}
	return exit(o.report.ExitCode())
}

// writer writes a report in one format.
type writer func(io.Writer, *outcome) error

func (f showFlags) writer() (writer, error) {
	switch f.format {
	case "", "text":
		return func(w io.Writer, o *outcome) error { return report.Terminal(w, o.report, o.terminal(w, f.verbose)) }, nil
	case "json":
		return func(w io.Writer, o *outcome) error { return report.JSON(w, o.report) }, nil
	case "html":
		return func(w io.Writer, o *outcome) error { return report.HTML(w, o.report, o.exchanges) }, nil
	}
	return nil, usage("formats are text, json and html", "there is no format %q", f.format)
}

// terminal says how a text report looks on w.
func (o *outcome) terminal(w io.Writer, verbose bool) report.Options {
	opt := report.Options{Width: 80, Verbose: verbose, Path: o.html}
	if latest, err := latestRun(); err != nil || filepath.Clean(o.dir) != latest {
		opt.Run = o.dir
	}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		opt.Color = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			opt.Width = width
		}
	}
	return opt
}

// latestRun is the newest run folder below runsDir.
func latestRun() (string, error) {
	entries, err := os.ReadDir(runsDir)
	for i := len(entries) - 1; err == nil && i >= 0; i-- {
		if dir := filepath.Join(runsDir, entries[i].Name()); bundle.IsRun(dir) {
			return dir, nil
		}
	}
	return "", usage("run 'launchready audit' or 'launchready demo' first, or name the run folder", "there is no run in %s", runsDir)
}

// runFolder is the run a command is about: the one named, or the latest.
func runFolder(args []string) (string, error) {
	if len(args) == 0 || args[0] == "" {
		return latestRun()
	}
	if !bundle.IsRun(args[0]) {
		return "", usage("name a folder that 'launchready audit' wrote, such as those in "+runsDir, "%s is no run folder", args[0])
	}
	return filepath.Clean(args[0]), nil
}

// rejudge opens a bundle, verifies it, and judges it as this version does.
func rejudge(dir string) (*outcome, error) {
	run, err := bundle.Open(dir)
	if err != nil {
		return nil, unreadable(dir, err)
	}
	picked, err := selected(run.Manifest.Only)
	if err != nil {
		return nil, err
	}
	src := run.Source(handles())
	findings, broken := engine.Judge(picked, src)
	left, err := leftovers(dir)
	if err != nil {
		return nil, failed(err)
	}
	o := &outcome{dir: dir, exchanges: run.Exchange}
	if page := filepath.Join(dir, pageFile); exists(page) {
		o.html = page
	}
	o.report = fold(folding{
		manifest: run.Manifest, digest: run.Manifest.Digest, checks: picked, findings: findings, broken: broken, left: left,
		inventory: read[artifact.Inventory](src, artifact.Inventories.Name()),
		latency:   read[artifact.Latency](src, artifact.Latencies.Name()),
		waivers:   deref(read[[]verdict.Waiver](src, waived.Name())), exchanges: run.Exchange,
	})
	return o, nil
}

// unreadable is a run folder that cannot be judged, and what can be done instead.
func unreadable(dir string, err error) error {
	hint := ""
	switch {
	case errors.Is(err, bundle.ErrTorn):
		hint = "nothing can be proven from it; undo what it left with 'launchready cleanup " + dir + "', then audit again"
	case errors.Is(err, bundle.ErrChanged):
		hint = "a changed run proves nothing: restore the folder as it was written, or audit again"
	}
	return exitError{code: exitFailed, err: err, hint: hint}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func read[T any](src check.Source, name string) *T {
	v, missing := src.Artifact(name)
	if missing != nil {
		return nil
	}
	t, _ := v.(*T)
	return t
}

func deref[T any](p *[]T) []T {
	if p == nil {
		return nil
	}
	return *p
}

// leftovers are the changes a run's journal still holds open.
func leftovers(dir string) ([]journal.Entry, error) {
	entries, err := journal.Read(filepath.Join(dir, journal.File))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	return journal.Outstanding(entries), nil
}
