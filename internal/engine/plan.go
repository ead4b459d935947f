package engine

import (
	"fmt"
	"slices"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/portal"
)

// Plan says which gatherers run, in order, and what is refused and why.
type Plan struct {
	Gatherers []gather.Gatherer
	Missing   map[string]check.Missing // artifacts that will not be made
	Effects   map[string]string        // effect → "granted" or why not
}

// NewPlan picks the gatherers that the selected checks read, drops those whose
// effects are not granted, and keeps the order in which they were given:
// reads before writes, rate limits last.
func NewPlan(c Config) (*Plan, error) {
	if len(c.Checks) == 0 && len(c.Artifacts) == 0 {
		return nil, errNothing
	}
	p := &Plan{Missing: map[string]check.Missing{}, Effects: effects(c.Target)}
	wanted := wantedArtifacts(c)
	for _, g := range c.Gatherers {
		if !wanted[g.Makes] {
			continue
		}
		if e, refused := refusedEffect(g, c.Target); refused {
			p.Missing[g.Makes] = check.Missing{
				Reason: check.EffectRefused,
				Why:    fmt.Sprintf("%s needs the effect %q, which target %s does not allow", g.Name, e, c.Target.Name),
			}
			continue
		}
		if c.Quick && g.Thorough {
			p.Missing[g.Makes] = check.Missing{Reason: check.BudgetSpent, Why: g.Name + " is left out of a quick run: audit without --quick"}
			continue
		}
		p.Gatherers = append(p.Gatherers, g)
	}
	return p, orderly(p.Gatherers)
}

func wantedArtifacts(c Config) map[string]bool {
	makers := map[string]gather.Gatherer{}
	for _, g := range c.Gatherers {
		makers[g.Makes] = g
	}
	wanted := map[string]bool{}
	var want func(string)
	want = func(name string) {
		if wanted[name] {
			return
		}
		wanted[name] = true
		g := makers[name]
		for _, n := range g.Needs {
			want(n)
		}
		for _, n := range g.Wants {
			want(n)
		}
	}
	for _, name := range c.Artifacts {
		want(name)
	}
	for _, ch := range c.Checks {
		for _, n := range slices.Concat(ch.Needs, ch.Wants) {
			want(n.Name())
		}
	}
	return wanted
}

// orderly makes sure that nothing runs before what it reads.
func orderly(gs []gather.Gatherer) error {
	at := map[string]int{}
	for i, g := range gs {
		at[g.Makes] = i
	}
	for i, g := range gs {
		for _, n := range slices.Concat(g.Needs, g.Wants) {
			if j, ok := at[n]; ok && j >= i {
				return fmt.Errorf("gatherer %s stands before %s, which it reads", g.Name, n)
			}
		}
	}
	return nil
}

func refusedEffect(g gather.Gatherer, t *portal.Target) (portal.Effect, bool) {
	for _, e := range g.Effects {
		if !t.Allows(e) {
			return e, true
		}
	}
	return "", false
}

func effects(t *portal.Target) map[string]string {
	m := map[string]string{}
	for _, e := range portal.Effects {
		if t.Allows(e) {
			m[string(e)] = "granted"
		} else {
			m[string(e)] = "not in targets." + t.Name + ".allow"
		}
	}
	return m
}
