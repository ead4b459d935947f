package cli

import (
	"io"

	"github.com/spf13/cobra"
)

func outputFlags(c *cobra.Command, format, output *string) {
	c.Flags().StringVar(format, "format", "text", "text, json or html")
	c.Flags().StringVarP(output, "output", "o", "", "write the report to this file")
}

func judgeCommand() *cobra.Command {
	var format, output string
	c := &cobra.Command{
		Use:     "judge [RUN]",
		Short:   "Judge a run again, offline",
		Long:    "judge verifies a run folder and judges it again without touching the portal: the same\nversion gives the same report, a newer one applies what it learned. RUN is the latest by default.",
		Example: "  launchready judge launchready-runs/20261123-101500",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o, err := shown(c, args, format, output)
			if err != nil {
				return err
			}
			return o.exit(c.Context())
		},
	}
	outputFlags(c, &format, &output)
	return c
}

func reportCommand() *cobra.Command {
	var format, output string
	c := &cobra.Command{
		Use:     "report [RUN]",
		Short:   "Show a run's report in another format",
		Example: "  launchready report --format html -o report.html",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			_, err := shown(c, args, format, output)
			return err
		},
	}
	outputFlags(c, &format, &output)
	return c
}

// shown judges the named run and writes its report.
func shown(c *cobra.Command, args []string, format, output string) (*outcome, error) {
	write, err := writerFor(format)
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
	if err := emit(c.OutOrStdout(), output, func(w io.Writer) error { return write(w, o) }); err != nil {
		return nil, failed(err)
	}
	return o, nil
}
