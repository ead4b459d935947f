package cli

import (
	"crypto/rand"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/gather/session"
	"github.com/launchready/launchready/internal/login"
	"github.com/launchready/launchready/internal/redact"
	"github.com/launchready/launchready/internal/replay"
	"github.com/launchready/launchready/internal/verdict"
	"github.com/launchready/launchready/internal/wire"
)

func replayCommand() *cobra.Command {
	var f auditFlags
	var send, har bool
	c := &cobra.Command{
		Use:   "replay FINDING [RUN]",
		Short: "Print the requests behind a finding as curl, or send them again",
		Long: "replay prints the requests of a finding as curl commands; credentials stand as names of\n" +
			"environment variables. With --send it signs in again and sends the same requests as owner\n" +
			"and stranger, within what portal.yaml allows; writes are never sent again.",
		Example: "  launchready replay tenantswap-3f2a91\n  launchready replay tenantswap-3f2a91 --send -c portal.yaml",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			dir, err := runFolder(args[1:])
			if err != nil {
				return err
			}
			o, err := rejudge(dir)
			if err != nil {
				return err
			}
			finding, ok := o.report.Finding(args[0])
			if !ok {
				return usage("its report lists the ids: launchready report "+dir, "run %s has no finding %q", dir, args[0])
			}
			switch {
			case len(finding.Exhibits) == 0:
				return usage("its reason: "+finding.Message, "no request was kept for %s", finding.ID)
			case send:
				return resend(c, f, o, finding)
			case har:
				return writeHAR(c.OutOrStdout(), o, finding)
			}
			return printCurl(c.OutOrStdout(), o, finding)
		},
		ValidArgsFunction: findings,
	}
	configFlags(c, &f)
	c.Flags().BoolVar(&send, "send", false, "sign in again and send the requests")
	c.Flags().BoolVar(&har, "har", false, "print an HTTP archive for a browser or a proxy instead")
	c.MarkFlagsMutuallyExclusive("send", "har")
	return c
}

// findings lets the shell complete what the latest run found, then a run folder.
func findings(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	dir, err := latestRun()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	o, err := rejudge(dir)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var ids []string
	for _, f := range o.report.Findings {
		if f.Outcome == check.Fail || f.Outcome == check.Unproven {
			ids = append(ids, f.ID+"\t"+f.Subject)
		}
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

func writeHAR(w io.Writer, o *outcome, f verdict.Finding) error {
	var exchanges []*evidence.Exchange
	for _, e := range f.Exhibits {
		ex, err := o.exchanges(e.Ref)
		if err != nil {
			return failed(err)
		}
		exchanges = append(exchanges, ex)
	}
	return replay.HAR(w, exchanges)
}

func printCurl(w io.Writer, o *outcome, f verdict.Finding) error {
	_, err := fmt.Fprintf(w, "# %s: %s %s\n# %s\n# %s\n", f.ID, f.Check, f.Outcome, f.Subject, f.Message)
	for _, e := range f.Exhibits {
		ex, readErr := o.exchanges(e.Ref)
		if readErr != nil {
			return failed(readErr)
		}
		if err == nil {
			_, err = fmt.Fprintf(w, "\n# %s, as %s: answered %d%s\n%s\n", e.Part, ex.Who, ex.Status(), placesOf(e), replay.Curl(ex))
		}
	}
	return err
}

func placesOf(e check.Exhibit) string {
	var at []string
	for _, p := range e.Places {
		at = append(at, p.Where)
	}
	if len(at) == 0 {
		return ""
	}
	return ", private data at " + strings.Join(at, ", ")
}

// resend signs the finding's identities in and sends its requests once more.
// What they wrote is not sent: a write outside a run would have no journal.
func resend(c *cobra.Command, f auditFlags, o *outcome, finding verdict.Finding) error {
	s, err := loadFor(o.report.Target, o.report.URL, f)
	if err != nil {
		return err
	}
	t, client, err := signedIn(c, s)
	if err != nil {
		return err
	}
	defer client.Close()
	for _, e := range finding.Exhibits {
		ex, err := o.exchanges(e.Ref)
		if err != nil {
			return failed(err)
		}
		if _, err := fmt.Fprintf(c.OutOrStdout(), "%-9s %-10s %s %s: %s\n", e.Part, ex.Who, ex.Request.Method, ex.Request.URL,
			again(c, t.Sessions[ex.Who], ex)); err != nil {
			return err
		}
	}
	return nil
}

func again(c *cobra.Command, s *login.Session, ex *evidence.Exchange) string {
	if s == nil {
		return ex.Who + " could not be signed in"
	}
	r := replay.Request(ex)
	if !wire.Safe(r) {
		return "a write; it is not sent again"
	}
	ans, err := s.Do(c.Context(), r)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("answered %d with %d bytes (then: %d with %d)", ans.Status, len(ans.Body), ex.Status(), len(ex.Body()))
}

// signedIn signs every identity in, outside a run: nothing is recorded.
func signedIn(c *cobra.Command, s subject) (*gather.Tools, *wire.Client, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails, see crypto/rand
	client, err := wire.New(wire.Config{
		Run: "replay", Target: s.target, Never: s.portal.Routes.Never, Redactor: redact.New(key),
		Record: func(*evidence.Exchange) (evidence.Ref, error) { return "", nil },
	})
	if err != nil {
		return nil, nil, failed(err)
	}
	var people any
	t := gather.NewTools(s.portal, s.target, func(name string) any {
		if name == artifact.SignIns.Name() {
			return people
		}
		return nil
	}, nil)
	t.Wire = client
	people, err = session.Gatherer().Gather(c.Context(), t.For("replay"))
	if err != nil {
		client.Close()
		return nil, nil, failed(err)
	}
	return t, client, nil
}
