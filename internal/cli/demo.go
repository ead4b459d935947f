package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/launchready/launchready/internal/lab"
	"github.com/launchready/launchready/internal/report"
)

func demoCommand() *cobra.Command {
	var f auditFlags
	c := &cobra.Command{
		Use:   "demo",
		Short: "Audit a flawed portal on loopback and show what a report looks like",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			w, err := lab.Start(c.Context(), lab.Config{Flaws: lab.DemoFlaws(), Seed: 1})
			if err != nil {
				return failed(err)
			}
			defer func() { _ = w.Close() }()
			dir, err := os.MkdirTemp("", "launchready-demo-")
			if err != nil {
				return failed(err)
			}
			f.config = filepath.Join(dir, "portal.yaml")
			if err := os.WriteFile(f.config, w.PortalYAML(), 0o600); err != nil {
				return failed(err)
			}
			if f.run == "" {
				f.run = filepath.Join(dir, "run")
			}
			return demo(c, f)
		},
	}
	c.Flags().StringVar(&f.run, "run", "", "run folder (default: a temporary one)")
	c.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "no progress")
	return c
}

// demo shows a verdict; that the lab is not ready is what it is for, so it ends with 0.
func demo(c *cobra.Command, f auditFlags) error {
	s, err := load(f)
	if err != nil {
		return err
	}
	f.only = []string{"authn", "authz"}
	picked, err := selected(f.only)
	if err != nil {
		return err
	}
	o, err := conduct(c.Context(), s, picked, f, progressFor(c.ErrOrStderr(), f.quiet))
	if err != nil {
		return err
	}
	out := c.OutOrStdout()
	if err := report.Terminal(out, o.report, o.terminal(out)); err != nil {
		return failed(err)
	}
	if c.Context().Err() != nil {
		return exit(exitInterrupted)
	}
	_, err = fmt.Fprintf(out, "\nThe portal was a lab with %d flaws switched on; yours is one portal.yaml away: launchready init URL\n", len(lab.DemoFlaws()))
	return err
}
