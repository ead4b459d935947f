package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/checks"
	"github.com/launchready/launchready/internal/engine"
	"github.com/launchready/launchready/internal/verdict"
	"github.com/launchready/launchready/portal"
)

// runsDir is where audits keep their bundles unless --run says otherwise.
const runsDir = "launchready-runs"

// auditFlags are the flags of audit, also used by demo.
type auditFlags struct {
	config, target, run, format, output string
	only                                []string
	quick, quiet                        bool
	limit                               int
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
	c.Flags().StringSliceVar(&f.only, "only", nil, "judge these rows alone, such as authn,authz")
	c.Flags().BoolVar(&f.quick, "quick", false, "about a quarter of the requests; what is left out is unproven")
	c.Flags().IntVar(&f.limit, "limit", 0, "stop after so many requests (what is left is unproven)")
	c.Flags().StringVar(&f.run, "run", "", "run folder (default "+runsDir+"/<run>)")
	outputFlags(c, &f.format, &f.output)
	c.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "no progress, only the report")
	return c
}

func configFlags(c *cobra.Command, f *auditFlags) {
	c.Flags().StringVarP(&f.config, "config", "c", "portal.yaml", "the portal's description")
	c.Flags().StringVar(&f.target, "target", "", "the target of portal.yaml to act on (default: the first that is not production)")
}

// subject is a loaded portal.yaml and the target chosen in it.
type subject struct {
	portal *portal.Portal
	target *portal.Target
}

func load(f auditFlags) (subject, error) {
	p, err := portal.Load(f.config)
	if err != nil {
		if os.IsNotExist(err) {
			return subject{}, usage("write one with 'launchready init https://staging.example.com', or name it with --config", "%w", err)
		}
		return subject{}, exitError{code: exitUsage, err: err}
	}
	t, err := p.Target(f.target)
	if err != nil {
		return subject{}, exitError{code: exitUsage, err: err}
	}
	return subject{p, t}, nil
}

// selected picks the checks of the given rows; every name must be a row.
func selected(only []string) ([]check.Check, error) {
	all := checks.Suite()
	if len(only) == 0 {
		return all, nil
	}
	var picked []check.Check
	for _, name := range only {
		if !isRow(name) {
			return nil, usage("rows are "+strings.Join(rowIDs(), ", "), "there is no row %q", name)
		}
		n := len(picked)
		for _, c := range all {
			if c.Row() == name {
				picked = append(picked, c)
			}
		}
		if len(picked) == n {
			return nil, usage("rows with checks are authn and authz", "row %s has no check yet", name)
		}
	}
	return picked, nil
}

func rowIDs() []string {
	var ids []string
	for _, r := range verdict.Rows() {
		ids = append(ids, r.ID)
	}
	return ids
}

func isRow(name string) bool {
	for _, id := range rowIDs() {
		if id == name {
			return true
		}
	}
	return false
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
	if err := s.portal.NeedTenants(); err != nil && hasRow(picked, "authz") {
		return exitError{code: exitUsage, err: err, hint: "add an identity of another tenant, or audit --only authn"}
	}
	write, err := writerFor(f.format)
	if err != nil {
		return err
	}
	o, err := conduct(c.Context(), s, picked, f, progressFor(c.ErrOrStderr(), f.quiet))
	if err != nil {
		return err
	}
	if err := emit(c.OutOrStdout(), f.output, func(w io.Writer) error { return write(w, o) }); err != nil {
		return failed(err)
	}
	return o.exit(c.Context())
}

func hasRow(cs []check.Check, row string) bool {
	for _, c := range cs {
		if c.Row() == row {
			return true
		}
	}
	return false
}

// conduct runs the audit, judges it, and writes the run folder with its reports.
func conduct(ctx context.Context, s subject, picked []check.Check, f auditFlags, p *progress) (*outcome, error) {
	dir := f.run
	if dir == "" {
		dir = filepath.Join(runsDir, time.Now().UTC().Format("20060102-150405"))
	}
	defer p.done()
	res, err := engine.Run(ctx, engine.Config{
		Portal: s.portal, Target: s.target, Gatherers: gatherers(), Checks: picked, Only: f.only,
		Quick: f.quick, Dir: dir, Limit: f.limit, Version: version(), Handles: handles(), Progress: p.show,
	})
	if err != nil {
		return nil, exitError{code: exitFailed, err: err, hint: hintOf(err)}
	}
	return conclude(s.portal, dir, res, picked)
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
