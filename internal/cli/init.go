package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/initiate"
	"github.com/launchready/launchready/internal/redact"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

func initCommand() *cobra.Command {
	var repo, output string
	var force bool
	c := &cobra.Command{
		Use:     "init [URL]",
		Short:   "Write a commented portal.yaml from what the URL and the folder show",
		Long:    "init looks at the portal (contract documents, login form, robots.txt) and at the repository, and\nwrites a short portal.yaml that says what to fill in. It only looks: nothing is signed in or changed.",
		Example: "  launchready init https://staging.portal.example.com --repo .",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if info, err := os.Stat(repo); err != nil || !info.IsDir() {
				return usage("name the folder of the source code with --repo", "%s is no folder", repo)
			}
			if exists(output) && !force {
				return usage("name another file with --output, or overwrite it with --force", "%s exists", output)
			}
			o := initiate.Options{Repo: repo}
			if len(args) == 1 {
				get, err := lookOnly(args[0])
				if err != nil {
					return err
				}
				o.URL, o.Get = args[0], get
			}
			return writePortal(c, o, output)
		},
	}
	c.Flags().StringVar(&repo, "repo", ".", "the source repository to look at")
	c.Flags().StringVarP(&output, "output", "o", "portal.yaml", "the file to write")
	c.Flags().BoolVar(&force, "force", false, "overwrite the file")
	return c
}

func writePortal(c *cobra.Command, o initiate.Options, output string) error {
	found, err := initiate.Find(c.Context(), o)
	if err != nil {
		return failed(err)
	}
	err = emit(c.OutOrStdout(), output, found.Write)
	if err != nil {
		return failed(err)
	}
	if found.Silent != "" {
		_, _ = fmt.Fprintf(c.ErrOrStderr(), "launchready: warning: %s did not answer: %s\n", o.URL, found.Silent)
	}
	if output != "-" {
		_, err = fmt.Fprintf(c.ErrOrStderr(), "wrote %s. Fill in what it asks for, then: launchready doctor\n", output)
	}
	return err
}

// lookOnly returns a GET that stays on url's origin and follows no redirect.
func lookOnly(url string) (func(context.Context, string) (int, http.Header, []byte, error), error) {
	p, err := portal.Parse("init", []byte("version: 1\nportal: init\ntargets:\n  staging:\n    url: "+url+"\n    allow: [look]\n"), os.LookupEnv)
	if err != nil {
		return nil, usage("give an origin, such as https://staging.example.com", "%q is no URL of a portal", url)
	}
	client, err := wire.New(wire.Config{
		Run: "init", Target: p.Targets[0], Redactor: redact.New([]byte("init")),
		Record: func(*evidence.Exchange) (evidence.Ref, error) { return "", nil },
	})
	if err != nil {
		return nil, failed(err)
	}
	agent := client.Agent(evidence.Anonymous)
	return func(ctx context.Context, path string) (int, http.Header, []byte, error) {
		ans, err := agent.Do(ctx, wire.Request{Method: http.MethodGet, URL: path, By: "init"})
		if err != nil {
			return 0, nil, nil, err
		}
		if ans == nil {
			return 0, nil, nil, errors.New("no answer")
		}
		return ans.Status, ans.Header, ans.Body, nil
	}, nil
}
