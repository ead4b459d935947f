// Package cli is the command line: commands, flags, exit codes and hints. It
// wires gatherers and checks together; what they do stands elsewhere.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/launchready/launchready/portal"
)

// Exit codes, as docs/exit-codes.md explains them.
const (
	exitReady       = 0
	exitNotReady    = 1
	exitNotProven   = 2
	exitUsage       = 3
	exitFailed      = 4
	exitInterrupted = 130
)

// memoryLimit is where the collector starts to work harder: an audit stays far
// below it, and a hostile portal must not make it the machine's problem.
const memoryLimit = 200 << 20

// Main runs the command line of this process and returns its exit code.
func Main() int {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		// The first interrupt restores and keeps the bundle; a second one ends at once.
		<-ctx.Done()
		stop()
	}()
	return Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}

// Run runs one command line and returns its exit code.
func Run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	var code exitError
	switch {
	case err == nil:
		return exitReady
	case errors.As(err, &code) && code.err == nil:
		return code.code
	}
	complain(errOut, err)
	if errors.As(err, &code) {
		return code.code
	}
	return exitUsage
}

// exitError ends the command with a code, and with an error when there is one to print.
type exitError struct {
	code int
	err  error
	hint string
}

func (e exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e exitError) Unwrap() error { return e.err }

// exit ends the command with a code and nothing more to say.
func exit(code int) error {
	if code == 0 {
		return nil
	}
	return exitError{code: code}
}

// usage is a mistake of the user: what is wrong, and what to type next.
func usage(hint, format string, args ...any) error {
	return exitError{code: exitUsage, err: fmt.Errorf(format, args...), hint: hint}
}

// failed is a problem of the run itself.
func failed(err error) error { return exitError{code: exitFailed, err: err} }

// complain prints what went wrong and what to type next. A portal.yaml may be
// wrong in several places; each has its own line.
func complain(w io.Writer, err error) {
	var file *portal.Error
	if errors.As(err, &file) && file.More == 0 && len(file.Problems) > 0 {
		for _, p := range file.Problems {
			one := &portal.Error{File: file.File, Problems: []portal.Problem{{Line: p.Line, Column: p.Column, Message: p.Message}}}
			say(w, one, cmp.Or(p.Hint, hintOf(err)))
		}
		return
	}
	say(w, err, hintOf(err))
}

func say(w io.Writer, err error, hint string) {
	_, _ = fmt.Fprintf(w, "launchready: error: %v\n", err)
	if hint != "" {
		_, _ = fmt.Fprintf(w, "launchready: hint: %s\n", hint)
	}
}

// warn prints what portal.yaml allows but most likely does not mean. What is
// said of many places is said once.
func warn(w io.Writer, p *portal.Portal) {
	places := map[string]int{}
	said := func(problem portal.Problem) string { return strings.TrimPrefix(problem.Message, problem.Path+": ") }
	for _, problem := range p.Warnings {
		places[said(problem)]++
	}
	for _, problem := range p.Warnings {
		n := places[said(problem)]
		if n == 0 {
			continue
		}
		delete(places, said(problem))
		more := ""
		if n > 1 {
			more = fmt.Sprintf(", and so in %d more places", n-1)
		}
		_, _ = fmt.Fprintf(w, "launchready: warning: %v%s\n", &portal.Error{File: p.File, Problems: []portal.Problem{problem}}, more)
	}
}

func hintOf(err error) string {
	var e exitError
	if errors.As(err, &e) && e.hint != "" {
		return e.hint
	}
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:                        "launchready",
		Short:                      "Is this client portal ready to launch?",
		Long:                       "launchready tries a client portal as its users and its strangers would and answers one\nquestion with evidence anyone can replay: ready, not ready, or not proven.",
		Version:                    version(),
		SilenceUsage:               true,
		SilenceErrors:              true,
		SuggestionsMinimumDistance: 2,
		Args:                       cobra.ArbitraryArgs, // so that an unknown command comes here
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.Help()
			}
			return unknownCommand(c, args[0])
		},
	}
	root.SetVersionTemplate("launchready {{.Version}}\n")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage("see '"+c.CommandPath()+" --help'", "%w", err)
	})
	for _, group := range []struct {
		title    string
		commands []*cobra.Command
	}{
		{"Describe a portal", []*cobra.Command{initCommand(), doctorCommand(), planCommand()}},
		{"Audit it", []*cobra.Command{auditCommand(), cleanupCommand()}},
		{"Read a run", []*cobra.Command{judgeCommand(), reportCommand(), explainCommand(), replayCommand()}},
		{"Try it out", []*cobra.Command{demoCommand(), labCommand()}},
	} {
		root.AddGroup(&cobra.Group{ID: group.title, Title: group.title + ":"})
		for _, c := range group.commands {
			c.GroupID = group.title
			root.AddCommand(c)
		}
	}
	root.AddCommand(versionCommand())
	for _, c := range root.Commands() {
		c.Args = arguments(c.Args)
	}
	return root
}

// arguments makes a wrong number of arguments an error with a hint.
func arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if check == nil || check(c, args) == nil {
			return nil
		}
		what := "too many arguments"
		if len(args) == 0 {
			what = "an argument is missing"
		}
		return usage(fmt.Sprintf("type it as '%s', see '%s --help'", c.UseLine(), c.CommandPath()), "%s: %s", c.Name(), what)
	}
}

func unknownCommand(c *cobra.Command, name string) error {
	hint := "'launchready --help' lists the commands"
	if near := c.SuggestionsFor(name); len(near) > 0 {
		hint = fmt.Sprintf("did you mean '%s %s'?", c.CommandPath(), near[0])
	}
	return usage(hint, "there is no command %q", name)
}

// version is the module version the binary was built from.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(c.OutOrStdout(), "launchready", version())
			return err
		},
	}
}
