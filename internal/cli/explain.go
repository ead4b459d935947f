package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/checks"
)

func explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [CHECK]",
		Short: "Say what a check proves, how, and how to mend what it finds",
		Example: "  launchready explain authz/tenantswap\n" +
			"  launchready explain            # lists every check",
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return checkIDs(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return listChecks(c)
			}
			ch, err := findCheck(args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s (%s)\n\n%s\n", ch.ID, ch.Severity, strings.TrimSpace(ch.Doc))
			return err
		},
	}
}

func listChecks(c *cobra.Command) error {
	for _, ch := range checks.Suite() {
		if _, err := fmt.Fprintf(c.OutOrStdout(), "%-22s %-8s %s\n", ch.ID, ch.Severity, ch.Title()); err != nil {
			return err
		}
	}
	return nil
}

// findCheck takes an id, its last part, or a finding's id ("tenantswap-3f2a91").
func findCheck(name string) (check.Check, error) {
	short, _, _ := strings.Cut(name, "-")
	for _, ch := range checks.Suite() {
		if ch.ID == name || strings.TrimPrefix(ch.ID, ch.Row()+"/") == short {
			return ch, nil
		}
	}
	hint := "'launchready explain' lists them"
	for _, id := range checkIDs() {
		if _, last, _ := strings.Cut(id, "/"); short != "" && (strings.Contains(last, short) || strings.HasPrefix(id, name)) {
			hint = "did you mean " + id + "? " + hint
			break
		}
	}
	return check.Check{}, usage(hint, "there is no check %q", name)
}

func checkIDs() []string {
	var ids []string
	for _, ch := range checks.Suite() {
		ids = append(ids, ch.ID)
	}
	return ids
}
