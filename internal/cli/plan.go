package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/internal/engine"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/internal/gather/routes"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

func planCommand() *cobra.Command {
	var f auditFlags
	c := &cobra.Command{
		Use:   "plan",
		Short: "Say what an audit would do, sending nothing",
		Long: "plan prints the effects that are granted and refused, the routes known beforehand, what each\n" +
			"gatherer may send at most and how long that takes. It sends nothing.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := load(f)
			if err != nil {
				return err
			}
			warn(c.ErrOrStderr(), s.portal)
			picked, err := selected(f.only)
			if err != nil {
				return err
			}
			conf := engine.Config{Portal: s.portal, Target: s.target, Gatherers: gatherers(), Checks: picked, Only: f.only, Quick: f.quick}
			p, err := engine.NewPlan(conf)
			if err != nil {
				return failed(err)
			}
			return showPlan(c.OutOrStdout(), s, p, routes.Local(s.portal, s.target), f.quick)
		},
	}
	configFlags(c, &f)
	onlyFlag(c, &f.only)
	c.Flags().BoolVar(&f.quick, "quick", false, "about a quarter of the requests")
	return c
}

func showPlan(w io.Writer, s subject, p *engine.Plan, known *artifact.Inventory, quick bool) error {
	var b strings.Builder
	rate, inFlight := wire.Pace(s.target)
	fmt.Fprintf(&b, "%s at %s, %g requests/s, %d in flight\n", s.portal.Name, s.target.URL, rate, inFlight)
	b.WriteString("\neffects\n")
	for _, e := range portal.Effects {
		mark := "granted"
		if !s.target.Allows(e) {
			mark = "refused: " + p.Effects[string(e)]
		}
		fmt.Fprintf(&b, "  %-8s %s\n", e, mark)
	}
	fmt.Fprintf(&b, "\nroutes known without sending anything: %d\n", len(known.Routes))
	for _, n := range known.Notes {
		fmt.Fprintf(&b, "  note: %s: %s\n", n.Source, n.Message)
	}
	b.WriteString("\ngatherers, in order, with at most so many requests\n")
	total := budgets(&b, s, p, known, quick)
	for _, name := range slices.Sorted(maps.Keys(p.Missing)) {
		fmt.Fprintf(&b, "  %-10s refused: %s\n", name, p.Missing[name].Why)
	}
	fmt.Fprintf(&b, "\nat most %d requests, %s at the granted rate; more routes are looked for once it runs\n",
		total, (time.Duration(float64(total)/max(rate, 0.1)) * time.Second).Round(time.Second))
	_, err := io.WriteString(w, b.String())
	return err
}

// budgets lists what each gatherer may spend, by what is known beforehand.
func budgets(b *strings.Builder, s subject, p *engine.Plan, known *artifact.Inventory, quick bool) int {
	made := map[string]any{artifact.Inventories.Name(): known, artifact.Corpora.Name(): &artifact.Corpus{}, artifact.SignIns.Name(): &artifact.Sessions{}}
	t := gather.NewTools(s.portal, s.target, func(name string) any { return made[name] }, nil)
	t.Quick = quick
	total := 0
	for _, g := range p.Gatherers {
		n := 0
		if g.Budget != nil {
			n = g.Budget(t)
		}
		total += n
		fmt.Fprintf(b, "  %-10s %6d  %s\n", g.Name, n, g.Doc)
	}
	return total
}
