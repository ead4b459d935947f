package cli

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/engine"
)

func doctorCommand() *cobra.Command {
	var f auditFlags
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Sign every identity in and show what was learned of the portal",
		Long: "doctor signs in, looks around as an audit would before it judges, and prints what it\n" +
			"learned, so that portal.yaml is right before an audit starts. It writes nothing.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return doctor(c, f) },
	}
	configFlags(c, &f)
	c.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "no progress")
	return c
}

func doctor(c *cobra.Command, f auditFlags) error {
	s, err := load(f)
	if err != nil {
		return err
	}
	warn(c.ErrOrStderr(), s.portal)
	dir, err := os.MkdirTemp("", "launchready-doctor-")
	if err != nil {
		return failed(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	p := progressFor(c.ErrOrStderr(), f.quiet)
	res, err := engine.Run(c.Context(), engine.Config{
		Portal: s.portal, Target: s.target, Gatherers: gatherers(), Dir: filepath.Join(dir, "run"), Version: version(), Handles: handles(), Progress: p.show,
		Artifacts: []string{artifact.SignIns.Name(), artifact.Inventories.Name(), artifact.Baselines.Name(), artifact.Corpora.Name()},
	})
	p.done()
	if err != nil {
		return failed(err)
	}
	return learned(c.OutOrStdout(), s, res)
}

// made returns an artifact of a run, or nil.
func made[T any](res *engine.Result, name string) *T {
	v, _ := res.Made[name].(*T)
	return v
}

// learned prints what doctor found; it exits 2 when something an audit needs is missing.
func learned(w io.Writer, s subject, res *engine.Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s at %s\n", s.portal.Name, s.target.URL)
	trouble := signIns(&b, made[artifact.Sessions](res, artifact.SignIns.Name()))
	inventory(&b, made[artifact.Inventory](res, artifact.Inventories.Name()))
	manners(&b, made[artifact.Baseline](res, artifact.Baselines.Name()))
	trouble = objects(&b, made[artifact.Corpus](res, artifact.Corpora.Name())) || trouble
	for _, e := range res.Manifest.Errors {
		fmt.Fprintf(&b, "\nproblem: %s\n", e)
		trouble = true
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	if res.Manifest.Interrupted {
		return exit(exitInterrupted)
	}
	if trouble {
		return exitError{code: exitNotProven, err: fmt.Errorf("an audit would leave much unproven"), hint: "mend what is marked ✗ in " + s.portal.File + " and run doctor again"}
	}
	return nil
}

func signIns(b *strings.Builder, s *artifact.Sessions) (trouble bool) {
	b.WriteString("\nidentities\n")
	if s == nil {
		b.WriteString("  ✗ nobody could be signed in\n")
		return true
	}
	for _, i := range s.Identities {
		if !i.SignedIn {
			fmt.Fprintf(b, "  ✗ %-28s %s\n", i.Label(), i.Why)
			trouble = true
			continue
		}
		how := "declared"
		if i.Learned {
			how = "learned"
		}
		fmt.Fprintf(b, "  ✓ %-28s sends %s; alive: %s (%s)", i.Label(), i.Sends, i.Alive, how)
		if i.CSRF != "" {
			fmt.Fprintf(b, "; CSRF: %s", i.CSRF)
		}
		b.WriteByte('\n')
		for _, n := range i.Notes {
			fmt.Fprintf(b, "    note: %s\n", n)
		}
	}
	return trouble
}

func inventory(b *strings.Builder, inv *artifact.Inventory) {
	b.WriteString("\nroutes\n")
	if inv == nil || len(inv.Routes) == 0 {
		b.WriteString("  ✗ none are known: name a contract under routes.from, or declare resources\n")
		return
	}
	var public, held, writes []string
	sources := map[string]int{}
	for _, r := range inv.Routes {
		for _, src := range r.Sources {
			sources[src]++
		}
		switch {
		case r.Public != "":
			public = append(public, r.ID+" ("+r.Public+")")
		case r.HeldBack != "":
			held = append(held, r.ID+" ("+r.HeldBack+")")
		case !r.Safe():
			writes = append(writes, r.ID)
		}
	}
	fmt.Fprintf(b, "  %d known, %d of them write", len(inv.Routes), len(writes))
	for _, src := range slices.Sorted(maps.Keys(sources)) {
		fmt.Fprintf(b, "; %d from %s", sources[src], src)
	}
	b.WriteByte('\n')
	list(b, "public on purpose", public)
	list(b, "held back, for a look alone might change something", held)
	for _, n := range inv.Notes {
		fmt.Fprintf(b, "  note: %s: %s\n", n.Source, n.Message)
	}
}

// list prints at most ten lines under a title.
func list(b *strings.Builder, title string, lines []string) {
	const most = 10
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "  %s:\n", title)
	for i, l := range lines {
		if i == most {
			fmt.Fprintf(b, "    … and %d more\n", len(lines)-most)
			return
		}
		fmt.Fprintf(b, "    %s\n", l)
	}
}

func manners(b *strings.Builder, base *artifact.Baseline) {
	b.WriteString("\nhow it refuses\n")
	if base == nil {
		b.WriteString("  ✗ not learned\n")
		return
	}
	for _, k := range base.Known {
		fmt.Fprintf(b, "  %-9s %-14s status %d", k.Kind, k.Prefix, k.Status)
		if k.Location != "" {
			fmt.Fprintf(b, " to %s", k.Location)
		}
		b.WriteByte('\n')
	}
	if len(base.LoginTargets) > 0 {
		fmt.Fprintf(b, "  login at %s\n", strings.Join(base.LoginTargets, ", "))
	}
}

func objects(b *strings.Builder, c *artifact.Corpus) (trouble bool) {
	b.WriteString("\nwhose objects\n")
	if c == nil {
		b.WriteString("  ✗ nothing was harvested\n")
		return true
	}
	counts := map[string]int{}
	canaries := 0
	for _, o := range c.Objects {
		kind := o.Tenant + " " + o.Noun
		if o.Ambiguous {
			kind += " (also listed to strangers)"
		}
		counts[kind]++
		if o.Canary || o.Marker != "" {
			canaries++
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(b, "  %4d × %s\n", counts[kind], kind)
	}
	fmt.Fprintf(b, "  markers: %d planted or declared; the rest are learned from what only the owner reads\n", canaries)
	if !c.Isolates {
		fmt.Fprintf(b, "  ✗ the identities do not prove isolation: %s\n", c.Why)
	}
	return !c.Isolates
}
