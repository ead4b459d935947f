package cli

import (
	"io"

	"github.com/spf13/cobra"
)

// showFlags say how a report is shown.
type showFlags struct {
	format, output string
	verbose        bool
}

func outputFlags(c *cobra.Command, f *showFlags) {
	c.Flags().StringVar(&f.format, "format", "text", "text, json or html")
	c.Flags().StringVarP(&f.output, "output", "o", "", "write the report to this file (- is standard output)")
	c.Flags().BoolVarP(&f.verbose, "verbose", "v", false, "list every subject in a text report")
	complete(c, "format", func() []string { return []string{"text", "json", "html"} })
}

func judgeCommand() *cobra.Command {
	var f showFlags
	c := &cobra.Command{
		Use:     "judge [RUN]",
		Short:   "Judge a run again, offline",
		Long:    "judge verifies a run folder and judges it again without touching the portal: the same\nversion gives the same report, a newer one applies what it learned. RUN is the latest by default.\nIt exits as audit does.",
		Example: "  launchready judge launchready-runs/20261123-101500",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o, err := shown(c, args, f)
			if err != nil {
				return err
			}
			return o.exit(c.Context())
		},
		ValidArgsFunction: folders,
	}
	outputFlags(c, &f)
	return c
}

func reportCommand() *cobra.Command {
	var f showFlags
	c := &cobra.Command{
		Use:     "report [RUN]",
		Short:   "Show a run's report in another format",
		Long:    "report shows a run's report as text, JSON or a page; RUN is the latest by default. Whatever\nthe verdict, it exits 0 when the report was written.",
		Example: "  launchready report --format html -o report.html",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			_, err := shown(c, args, f)
			return err
		},
		ValidArgsFunction: folders,
	}
	outputFlags(c, &f)
	return c
}

// folders lets the shell complete a run folder.
func folders(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// shown judges the named run and writes its report.
func shown(c *cobra.Command, args []string, f showFlags) (*outcome, error) {
	write, err := f.writer()
	if err != nil {
		return nil, err
	}
	dir, err := runFolder(args)
	if err != nil {
		return nil, err
	}
	o, err := rejudge(dir)
	if err != nil {
		return nil, err
	}
	if err := emit(c.OutOrStdout(), f.output, func(w io.Writer) error { return write(w, o) }); err != nil {
		return nil, failed(err)
	}
	return o, nil
}
