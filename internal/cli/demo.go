package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/launchready/launchready/internal/lab"
	"github.com/launchready/launchready/internal/report"
	"github.com/launchready/launchready/portal"
)

// The demo's portal is this process: nobody else's machine is to be spared.
const (
	demoRate     = 2000
	demoInFlight = 8
)

func demoCommand() *cobra.Command {
	var f auditFlags
	c := &cobra.Command{
		Use:   "demo",
		Short: "Audit a flawed portal on loopback and show what a report looks like",
		Long: "demo starts a client portal with a handful of flaws on loopback, audits it as 'launchready audit'\n" +
			"would, and keeps the run, so that its findings can be explained and replayed.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return demo(c, f) },
	}
	c.Flags().StringVar(&f.run, "run", "", "run folder (default "+runsDir+"/<run>)")
	c.Flags().BoolVarP(&f.show.verbose, "verbose", "v", false, "list every subject")
	c.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "no progress")
	return c
}

// demo shows a verdict; that the lab is not ready is what it is for, so it ends with 0.
func demo(c *cobra.Command, f auditFlags) error {
	w, err := lab.Start(c.Context(), lab.Config{Flaws: lab.DemoFlaws(), Seed: 1})
	if err != nil {
		return failed(err)
	}
	defer func() { _ = w.Close() }()
	p, err := portal.Parse("portal.yaml", w.PortalYAML(), os.LookupEnv)
	if err != nil {
		return failed(err)
	}
	s, err := subjectOf(p, "")
	if err != nil {
		return err
	}
	s.target.Rate, s.target.InFlight = demoRate, demoInFlight
	f.only = examinable()
	picked, err := selected(f.only)
	if err != nil {
		return err
	}
	o, err := conduct(c.Context(), s, picked, f, progressFor(c.ErrOrStderr(), f.quiet))
	if err != nil {
		return err
	}
	out := c.OutOrStdout()
	show := o.terminal(out, f.show.verbose)
	if err := report.Terminal(out, o.report, show); err != nil {
		return failed(err)
	}
	if c.Context().Err() != nil {
		return exit(exitInterrupted)
	}
	_, err = fmt.Fprintf(out, "\nThe portal was a lab with %d flaws switched on. Next:\n%s", len(lab.DemoFlaws()), next(o, show))
	return err
}

// next are the commands worth typing after a demo.
func next(o *outcome, show report.Options) string {
	text := "  open " + o.html + "\n"
	for _, f := range o.report.Findings {
		if f.Check == "authz/tenantswap" && f.Open() {
			text += "  launchready explain " + f.Check + "\n  launchready replay " + f.ID
			if show.Run != "" {
				text += " " + show.Run
			}
			text += "\n"
			break
		}
	}
	return text + "  launchready init URL      # yours is one portal.yaml away\n"
}
