package cli

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/launchready/launchready/internal/lab"
)

func labCommand() *cobra.Command {
	var conf lab.Config
	var list bool
	var write string
	c := &cobra.Command{
		Use:   "lab",
		Short: "Run a client portal on loopback whose every flaw is a switch",
		Long: "lab serves a multi-tenant client portal on loopback until it is interrupted. Without\n" +
			"--flaw it is well kept; each --flaw opens one hole that one check must find.",
		Example: "  launchready lab --list\n  launchready lab --flaw tenantswap --write portal.yaml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if list {
				return listFlaws(c)
			}
			w, err := lab.Start(c.Context(), conf)
			var listening *net.OpError
			switch {
			case errors.As(err, &listening):
				return exitError{code: exitFailed, err: err, hint: "another --addr, or none for a free port"}
			case err != nil:
				return usage("see 'launchready lab --list' and 'launchready lab --help'", "%w", err)
			}
			defer func() { _ = w.Close() }()
			if write != "" {
				if err := os.WriteFile(write, w.PortalYAML(), 0o600); err != nil {
					return failed(err)
				}
				_, _ = fmt.Fprintf(c.OutOrStdout(), "%s describes it\n", write)
			}
			_, _ = fmt.Fprintf(c.OutOrStdout(), "lab at %s (Ctrl-C ends it)\n", w.URL)
			<-c.Context().Done()
			return nil
		},
	}
	c.Flags().StringSliceVar(&conf.Flaws, "flaw", nil, "open this hole (repeat it for more)")
	c.Flags().StringSliceVar(&conf.Quirks, "quirk", nil, "behave oddly in this harmless way, or have this bad day")
	c.Flags().StringVar(&conf.Addr, "addr", "127.0.0.1:0", "loopback address to listen on")
	c.Flags().StringVar(&write, "write", "", "write the portal.yaml that describes it to this file")
	c.Flags().BoolVar(&list, "list", false, "list flaws and quirks")
	complete(c, "flaw", func() []string { return names(lab.Flaws()) })
	complete(c, "quirk", func() []string { return names(lab.Quirks()) })
	return c
}

func names(switches []lab.Flaw) []string {
	var out []string
	for _, s := range switches {
		out = append(out, s.Name+"\t"+s.Doc)
	}
	return out
}

func listFlaws(c *cobra.Command) error {
	var b strings.Builder
	for _, f := range lab.Flaws() {
		fmt.Fprintf(&b, "%-22s %-22s %s\n", f.Name, f.Check, f.Doc)
	}
	b.WriteString("\nquirks: harmless, or a bad day\n")
	for _, q := range lab.Quirks() {
		fmt.Fprintf(&b, "%-22s %-22s %s\n", q.Name, "", q.Doc)
	}
	_, err := c.OutOrStdout().Write([]byte(b.String()))
	return err
}
