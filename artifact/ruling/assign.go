package ruling

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/marker"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Assigned is one field that a caller tried to set, with its ruling.
type Assigned struct {
	artifact.Assignment
	marker.Ruling
}

// Assign rules on one field.
func (g *Ground) Assign(a artifact.Assignment) (Assigned, error) {
	out := Assigned{Assignment: a}
	if a.Skipped.Reason != "" {
		out.Ruling = marker.Ruling{Outcome: check.Unproven, Reason: a.Skipped.Reason, Message: a.Skipped.Why}
		return out, nil
	}
	t := marker.AssignTrial{
		Route: a.Route, Field: a.Field, Pointer: a.Pointer, Sent: a.Sent, Writable: a.Writable, NeedsEffect: a.NeedsEffect, Judge: g.Judge,
	}
	var err error
	for _, x := range []struct {
		from artifact.Attempt
		to   *marker.Answer
	}{{a.Before, &t.Before}, {a.Write, &t.Write}, {a.EffectBefore, &t.EffectBefore}, {a.Effect, &t.Effect}} {
		if *x.to, err = g.Load(x.from); err != nil {
			return out, err
		}
	}
	for _, after := range a.After {
		answer, err := g.Load(after)
		if err != nil {
			return out, err
		}
		t.After = append(t.After, answer)
	}
	t.EffectRoute = g.read(t.Effect.Ex)
	out.Ruling = marker.DecideAssign(t)
	return out, nil
}

// read is the plain route that an exchange asked; "" when there is none.
func (g *Ground) read(ex *evidence.Exchange) string {
	if ex == nil {
		return ""
	}
	u, err := url.Parse(ex.Request.URL)
	if err != nil {
		return ""
	}
	id := ex.Request.Method + " " + u.Path
	if _, known := g.routes[id]; !known {
		return ""
	}
	return id
}

// FoldAssigned makes one finding of the fields tried on a route.
func (g *Ground) FoldAssigned(route string, fields []Assigned) check.Finding {
	f := check.Finding{Subject: route, Route: route}
	by := map[check.Outcome][]Assigned{}
	for _, a := range fields {
		by[a.Outcome] = append(by[a.Outcome], a)
	}
	bad, open, good := by[check.Fail], by[check.Unproven], by[check.OK]
	switch {
	case len(bad) > 0:
		f.Outcome, f.Who = check.Fail, g.Label(bad[0].Who)
		f.Message = fmt.Sprintf("%s sets what is not theirs to set (%s): %s", f.Who, names(bad), bad[0].Message)
		f.Exhibits = assignments(bad)
	case len(open) > 0:
		f.Outcome, f.Reason = check.Unproven, open[0].Reason
		f.Message = open[0].Message
		if n := len(open); n > 1 {
			f.Message += fmt.Sprintf(" (%d of %d fields: %s)", n, len(fields), names(open))
		}
		f.Exhibits = assignments(open[:1])
	case len(good) > 0:
		f.Outcome = check.OK
		f.Message = fmt.Sprintf("%d fields tried, none was set: %s", len(good), names(good))
		f.Exhibits = assignments(good[:1])
	default:
		f.Outcome, f.Reason, f.Message = check.Unproven, check.NotExamined, "no field was tried on it"
	}
	return f
}

// names lists fields, each once.
func names(of []Assigned) string {
	const most = 12
	var out []string
	for _, a := range of {
		if !slices.Contains(out, a.Field) {
			out = append(out, a.Field)
		}
	}
	if n := len(out); n > most {
		out = append(out[:most:most], fmt.Sprintf("and %d more", n-most))
	}
	return strings.Join(out, ", ")
}

func assignments(of []Assigned) []check.Exhibit {
	var out []check.Exhibit
	for _, a := range of[:min(check.MaxExamples, len(of))] {
		out = append(out, check.Show("before", a.Before.Ref)...)
		out = append(out, check.Show("attempt", a.Write.Ref)...)
		if n := len(a.After); n > 0 && a.After[n-1].Ref != "" {
			out = append(out, check.Exhibit{Part: "after", Ref: a.After[n-1].Ref, Places: a.Places})
		}
		out = append(out, check.Show("control", a.Effect.Ref)...)
	}
	return out
}
