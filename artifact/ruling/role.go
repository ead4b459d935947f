package ruling

import (
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Expectations of a cell, see artifact.Cell.
const (
	mustNot   = "must-not"
	shouldNot = "should-not"
)

// Roles is the ground for rulings about roles, which need no second tenant.
type Roles struct {
	*Ground
	matrix *artifact.Matrix
	seen   map[string]*marker.Set // identity → what it was shown where it may look
}

// Roles returns the ground for the cells of a matrix.
func (g *Ground) Roles(m *artifact.Matrix) *Roles {
	alone := *g
	alone.Isolates = true
	return &Roles{Ground: &alone, matrix: m, seen: map[string]*marker.Set{}}
}

// Barred reports whether nothing is expected to be open in a cell.
func Barred(c artifact.Cell) bool { return c.Expect == mustNot || c.Expect == shouldNot }

// Seen is what an identity was shown by the harvest on routes that its role
// may call, and what anybody is shown.
func (r *Roles) Seen(who string) (*marker.Set, error) {
	if s := r.seen[who]; s != nil {
		return s, nil
	}
	barred := map[string]bool{}
	for _, c := range r.matrix.Cells {
		if c.Who == who && Barred(c) {
			barred[c.Route] = true
		}
	}
	set := marker.NewSet(r.Identity(who).Facts...)
	for _, ref := range r.Identity(who).Steps {
		if err := r.add(set, ref); err != nil {
			return nil, err
		}
	}
	for _, reading := range r.corpus.Readings {
		if reading.Who != evidence.Anonymous && (reading.Who != who || barred[reading.Route]) {
			continue
		}
		for _, a := range []artifact.Attempt{reading.First, reading.Again} {
			if err := r.add(set, a.Ref); err != nil {
				return nil, err
			}
		}
	}
	r.seen[who] = set
	return set, nil
}

// Cell rules on what a role was given where it must not look.
func (r *Roles) Cell(c artifact.Cell) (Case, error) {
	out := Case{Route: c.Route, Owner: c.Owner, Stranger: c.Who, Kind: "X", Try: c.X}
	if c.Skipped.Reason != "" {
		out.Ruling = Skipped(c.Route, c.Skipped).Ruling
		return out, nil
	}
	a, err := r.loadAll(append(slices.Clone(c.P), c.X), "P", "P2", "X")
	if err != nil {
		return out, err
	}
	out.P, _ = artifact.Find(c.P, "P")
	seen, err := r.Seen(c.Who)
	if err != nil {
		return out, err
	}
	out.Ruling = marker.DecideRole(marker.RoleTrial{
		Route: c.Route, Inferred: c.Expect != mustNot, Volatile: r.volatile[c.Route],
		P: a[0], P2: a[1], X: a[2], Stranger: seen, Judge: r.Judge,
	})
	return out, nil
}

// Tricks rules on the tricks that were played on a refused cell.
func (r *Roles) Tricks(c artifact.Cell) ([]Case, error) {
	base, err := r.loadAll(append(slices.Clone(c.P), c.X), "P", "P2", "X")
	if err != nil {
		return nil, err
	}
	seen, err := r.Seen(c.Who)
	if err != nil {
		return nil, err
	}
	p, _ := artifact.Find(c.P, "P")
	var out []Case
	for _, k := range c.Tricks {
		t := marker.BypassTrial{
			Route: c.Route, Volatile: r.volatile[c.Route], Base: base[2], P: base[0], P2: base[1], Stranger: seen, Judge: r.Judge,
		}
		for _, x := range []struct {
			from artifact.Attempt
			to   *marker.Answer
		}{{k.Try, &t.Try}, {k.Again, &t.Again}, {k.Control, &t.Control}} {
			if *x.to, err = r.Load(x.from); err != nil {
				return nil, err
			}
		}
		out = append(out, Case{
			Route: c.Route, Owner: c.Owner, Stranger: c.Who, Kind: k.Name, Ruling: marker.DecideBypass(t), Try: k.Try, P: p, N: k.Control,
		})
	}
	return out, nil
}

// None reports that no cell and no write could be barred: because everything
// is declared open to everybody, or because nothing is declared.
func (r *Roles) None(p *check.Pass) {
	if r.open() {
		p.NotApplicable(p.Check.ID, fmt.Sprintf("every protected route is declared open to every role (%s)", strings.Join(r.matrix.Roles, ", ")))
		return
	}
	message := "no route is known that a role must not call: declare routes.allow"
	if len(r.matrix.Roles) < 2 {
		message = "the identities hold fewer than two roles: add an identity of a lower role and declare routes.allow"
	}
	p.Unproven(p.Check.ID, check.Undeclared, message)
}

// open reports whether every protected route is declared for every role.
func (r *Roles) open() bool {
	protected := 0
	for _, route := range r.routes {
		if route.Public != "" || route.Kind == "login" || route.Kind == "logout" || route.Kind == "static" {
			continue
		}
		protected++
		for _, role := range r.matrix.Roles {
			if !slices.Contains(route.Roles, role) {
				return false
			}
		}
	}
	return protected > 0 && len(r.matrix.Roles) > 1
}

// Guarded are the routes that write and are declared for some of the roles alone.
func (r *Roles) Guarded() []artifact.Route {
	var out []artifact.Route
	for _, route := range r.routes {
		if route.Safe() || route.Roles == nil || route.Never {
			continue
		}
		if slices.ContainsFunc(r.matrix.Roles, func(role string) bool { return !slices.Contains(route.Roles, role) }) {
			out = append(out, route)
		}
	}
	slices.SortFunc(out, func(a, b artifact.Route) int { return strings.Compare(a.ID, b.ID) })
	return out
}
