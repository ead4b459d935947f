package cli

import (
	"cmp"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/launchready/launchready/internal/bundle"
	"github.com/launchready/launchready/internal/journal"
)

func cleanupCommand() *cobra.Command {
	var f auditFlags
	c := &cobra.Command{
		Use:   "cleanup [RUN]",
		Short: "Undo what a run that was cut off left on the portal",
		Long: "cleanup reads the journal of a run folder, undoes what is still open, proves it undone by\n" +
			"re-reading, and lists what is left. It exits 4 when anything is.",
		Example: "  launchready cleanup launchready-runs/20261123-101500",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			dir, err := runFolder(args)
			if err != nil {
				return err
			}
			return cleanup(c, f, dir)
		},
		ValidArgsFunction: folders,
	}
	configFlags(c, &f)
	return c
}

// loadFor loads the portal.yaml of a run: what the run did there must not be
// undone or repeated on another portal.
func loadFor(target, url string, f auditFlags) (subject, error) {
	f.target = cmp.Or(f.target, target)
	s, err := load(f)
	if err == nil && s.target.URL != url {
		err = usage("name the portal.yaml of that run with --config", "the run was on %s, but target %s of %s is %s", url, s.target.Name, f.config, s.target.URL)
	}
	return s, err
}

func cleanup(c *cobra.Command, f auditFlags, dir string) error {
	open, err := leftovers(dir)
	if err != nil {
		return failed(err)
	}
	if len(open) == 0 {
		_, err := fmt.Fprintln(c.OutOrStdout(), "nothing is left of this run")
		return err
	}
	run, err := bundle.OpenTorn(dir)
	if err != nil {
		return unreadable(dir, err)
	}
	s, err := loadFor(run.Manifest.Target, run.Manifest.URL, f)
	if err != nil {
		return err
	}
	t, client, err := signedIn(c, s)
	if err != nil {
		return err
	}
	defer client.Close()
	t.Journal, err = journal.Open(filepath.Join(dir, journal.File))
	if err != nil {
		return failed(err)
	}
	t.Journal.Redact = client.Redactor().Body
	defer func() { _ = t.Journal.Close() }()
	left := t.Undo(c.Context())
	for _, session := range t.Sessions {
		// Signing out is a courtesy: a session that stays ends by itself.
		_ = session.SignOut(c.Context())
	}
	out := c.OutOrStdout()
	if _, err := fmt.Fprintf(out, "undone: %d of %d\n", len(open)-len(left), len(open)); err != nil {
		return err
	}
	for _, e := range left {
		if _, err := fmt.Fprintf(out, "left: %s\n", e); err != nil {
			return err
		}
	}
	if len(left) > 0 {
		return exitError{code: exitFailed, err: fmt.Errorf("%d changes are left on the portal", len(left)), hint: "undo them by hand, or run cleanup again when the portal answers"}
	}
	return nil
}
