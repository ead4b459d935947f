// Package cli is the command line: commands, flags, exit codes and hints. It
// wires gatherers and checks together; what they do stands elsewhere.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
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

func complain(w io.Writer, err error) {
	_, _ = fmt.Fprintf(w, "launchready: error: %v\n", err)
	if hint := hintOf(err); hint != "" {
		_, _ = fmt.Fprintf(w, "launchready: hint: %s\n", hint)
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
		Use:           "launchready",
		Short:         "Is this client portal ready to launch?",
		Long:          "launchready tries a client portal as its users and its strangers would and answers one\nquestion with evidence anyone can replay: ready, not ready, or not proven.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage("see '"+c.CommandPath()+" --help'", "%w", err)
	})
	root.AddCommand(
		initCommand(), doctorCommand(), planCommand(), auditCommand(),
		judgeCommand(), reportCommand(), explainCommand(), replayCommand(), cleanupCommand(),
		labCommand(), demoCommand(), versionCommand(),
	)
	return root
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
