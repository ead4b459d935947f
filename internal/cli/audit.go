package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/checks"
	"github.com/launchready/launchready/internal/bundle"
	"github.com/launchready/launchready/internal/engine"
	"github.com/launchready/launchready/internal/verdict"
	"github.com/launchready/launchready/portal"
)

// runsDir is where audits keep their bundles unless --run says otherwise.
const runsDir = "launchready-runs"

// auditFlags are the flags of audit, also used by demo.
type auditFlags struct {
	config, target, run string
	only                []string
	quick, quiet        bool
	limit               int
	show                showFlags
}

func auditCommand() *cobra.Command {
	var f auditFlags
	c := &cobra.Command{
		Use:   "audit",
		Short: "Try the portal and give a verdict with evidence",
		Long: "audit acts on the target within what portal.yaml allows, keeps everything it saw in a\n" +
			"run folder, and prints the verdict.\n\nExit codes: 0 ready, 1 not ready, 2 not proven, 3 usage or configuration,\n4 the run itself failed, 130 interrupted (bundle kept, restore done).",
		Example: "  launchready audit --only authn,authz\n  launchready audit -c staging.yaml --format json --output report.json",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return audit(c, f) },
	}
	configFlags(c, &f)
	onlyFlag(c, &f.only)
	c.Flags().BoolVar(&f.quick, "quick", false, "about a quarter of the requests; what is left out is unproven")
	c.Flags().IntVar(&f.limit, "limit", 0, "stop after so many requests (what is left is unproven)")
	c.Flags().StringVar(&f.run, "run", "", "run folder (default "+runsDir+"/<run>)")
	outputFlags(c, &f.show)
	c.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "no progress, only the report")
	return c
}

func configFlags(c *cobra.Command, f *auditFlags) {
	c.Flags().StringVarP(&f.config, "config", "c", "portal.yaml", "the portal's description")
	c.Flags().StringVar(&f.target, "target", "", "the target of portal.yaml to act on (default: the first that is not production)")
	complete(c, "target", func() []string {
		p, err := portal.Load(f.config)
		if err != nil {
			return nil
		}
		var names []string
		for _, t := range p.Targets {
			names = append(names, t.Name)
		}
		return names
	})
}

func onlyFlag(c *cobra.Command, only *[]string) {
	c.Flags().StringSliceVar(only, "only", nil, "judge these rows alone, such as authn,authz")
	complete(c, "only", examinable)
}

// complete offers values of a flag in the shell.
func complete(c *cobra.Command, flag string, values func() []string) {
	// It fails only for a flag that does not exist, which no user can cause.
	_ = c.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return values(), cobra.ShellCompDirectiveNoFileComp
	})
}

// subject is a loaded portal.yaml, the target chosen in it, and what was accepted.
type subject struct {
	portal  *portal.Portal
	target  *portal.Target
	waivers []verdict.Waiver
}

// load reads all configuration, so that what is wrong with it shows before
// anything is sent.
func load(f auditFlags) (subject, error) {
	p, err := portal.Load(f.config)
	if err != nil {
		return subject{}, exitError{code: exitUsage, err: err}
	}
	return subjectOf(p, f.target)
}

func subjectOf(p *portal.Portal, target string) (subject, error) {
	t, err := p.Target(target)
	if err != nil {
		return subject{}, exitError{code: exitUsage, err: err}
	}
	waivers, err := waiversOf(p)
	if err != nil {
		return subject{}, exitError{code: exitUsage, err: err}
	}
	return subject{p, t, waivers}, nil
}

// selected picks the checks of the given rows; every name must be a row.
func selected(only []string) ([]check.Check, error) {
	all := checks.Suite()
	if len(only) == 0 {
		return all, nil
	}
	for _, name := range only {
		switch {
		case !slices.Contains(rowIDs(), name):
			return nil, usage("rows with checks are "+listed(examinable()), "there is no row %q", name)
		case !slices.Contains(examinable(), name):
			return nil, usage("rows with checks are "+listed(examinable()), "row %s has no check yet", name)
		}
	}
	return slices.DeleteFunc(all, func(c check.Check) bool { return !slices.Contains(only, c.Row()) }), nil
}

// listed is a list as a sentence has it.
func listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

func rowIDs() []string {
	var ids []string
	for _, r := range verdict.Rows() {
		ids = append(ids, r.ID)
	}
	return ids
}

// examinable are the rows that have checks.
func examinable() []string {
	var ids []string
	for _, c := range checks.Suite() {
		ids = append(ids, c.Row())
	}
	return slices.Compact(ids)
}

func audit(c *cobra.Command, f auditFlags) error {
	s, err := load(f)
	if err != nil {
		return err
	}
	picked, err := selected(f.only)
	if err != nil {
		return err
	}
	warn(c.ErrOrStderr(), s.portal)
	if err := s.portal.NeedTenants(); err != nil && hasRow(picked, "authz") {
		return exitError{code: exitUsage, err: err, hint: "add an identity of another tenant, or audit --only authn"}
	}
	write, err := f.show.writer()
	if err != nil {
		return err
	}
	o, err := conduct(c.Context(), s, picked, f, progressFor(c.ErrOrStderr(), f.quiet))
	if err != nil {
		return err
	}
	if err := emit(c.OutOrStdout(), f.show.output, func(w io.Writer) error { return write(w, o) }); err != nil {
		return exitError{code: exitFailed, err: err, hint: "the run is kept: launchready report " + o.dir}
	}
	return o.exit(c.Context())
}

func hasRow(cs []check.Check, row string) bool {
	return slices.ContainsFunc(cs, func(c check.Check) bool { return c.Row() == row })
}

// conduct runs the audit, judges it, and writes the run folder with its reports.
func conduct(ctx context.Context, s subject, picked []check.Check, f auditFlags, p *progress) (*outcome, error) {
	dir := f.run
	if dir == "" {
		dir = newRunFolder()
	}
	defer p.done()
	res, err := engine.Run(ctx, engine.Config{
		Portal: s.portal, Target: s.target, Gatherers: gatherers(), Checks: picked, Only: f.only,
		Quick: f.quick, Dir: dir, Limit: f.limit, Version: version(), Handles: handles(), Progress: p.show,
	})
	if errors.Is(err, bundle.ErrNotEmpty) {
		return nil, usage("name a new folder with --run, or leave it out", "%w", err)
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil, exitError{code: exitFailed, err: err, hint: "name a folder you may write to with --run"}
	}
	if err != nil {
		return nil, exitError{code: exitFailed, err: err, hint: hintOf(err)}
	}
	return conclude(s, dir, res, picked)
}

// newRunFolder names a folder for a run that begins now; names sort by time.
func newRunFolder() string {
	base := filepath.Join(runsDir, time.Now().UTC().Format("20060102-150405"))
	dir := base
	for n := 2; ; n++ {
		if _, err := os.Stat(dir); err != nil {
			return dir
		}
		dir = fmt.Sprintf("%s-%d", base, n)
	}
}

// configDir is the folder relative paths of a portal.yaml start from.
func configDir(p *portal.Portal, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(p.Dir, path)
}

// emit writes to the named file, or to out when there is none.
func emit(out io.Writer, path string, write func(io.Writer) error) error {
	if path == "" || path == "-" {
		return write(out)
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := write(file); err != nil {
		_ = file.Close()
		return fmt.Errorf("write %s: %w", path, err)
	}
	return file.Close()
}
