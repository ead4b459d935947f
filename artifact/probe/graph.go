package probe

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
)

// said is what a GraphQL answer holds.
type said struct {
	Data   map[string]any `json:"data"`
	Errors []any          `json:"errors"`
}

// Borne reports a GraphQL answer that ran the document: it has data and, where
// several were asked, all of them.
func Borne(t artifact.GraphTrial, a Answer) bool {
	if a.Ex == nil || a.View.Class() != 2 {
		return false
	}
	body := a.Ex.Body()
	if t.Name == "batch" {
		var all []said
		return json.Unmarshal(body, &all) == nil && len(all) >= t.Size && all[len(all)-1].Data != nil
	}
	var one said
	if json.Unmarshal(body, &one) != nil || one.Data == nil {
		return false
	}
	return t.Name != "aliases" || len(one.Data) >= t.Size
}

// costs says what each trial means.
func costs(name string, size int) string {
	switch name {
	case "depth":
		return fmt.Sprintf("a document %d levels deep is run", size)
	case "aliases":
		return fmt.Sprintf("a document with %d fields at once is run", size)
	case "batch":
		return fmt.Sprintf("%d documents in one request are run", size)
	}
	return "the whole schema is told to callers without a login"
}

// Bounded judges whether a GraphQL endpoint bounds what one request may cost.
func Bounded(p *check.Pass) error {
	l := artifact.Limited.Of(p)
	f := check.Finding{Subject: l.Route, Route: l.Route, Outcome: check.Unproven}
	g := On(nil, p.Exchange)
	switch {
	case l.None:
		p.NotApplicable(p.Check.ID, "the portal serves no GraphQL")
		return nil
	case l.Route == "" || l.Skipped.Reason != "":
		reason, why := l.Skipped.Reason, l.Skipped.Why
		if reason == "" {
			reason, why = check.NotExamined, "whether the portal serves GraphQL is not known"
		}
		f.Subject = either(l.Route, p.Check.ID)
		f.Reason, f.Message = reason, why
		p.Report(f)
		return nil
	}
	var bad, good []string
	for _, t := range l.Trials {
		if t.Bounded != "" {
			good = append(good, t.Name+": "+t.Bounded)
			continue
		}
		a, err := g.Load(t.Try)
		if err != nil {
			return err
		}
		small, err := g.Load(t.Small)
		if err != nil {
			return err
		}
		switch {
		case Borne(t, a):
			bad = append(bad, costs(t.Name, t.Size))
			f.Exhibits = append(f.Exhibits, check.Show("attempt", t.Try.Ref)...)
		case t.Try.Unproven != "" && f.Reason == "":
			f.Reason, f.Message = t.Try.Unproven, t.Name+": "+t.Try.Why
		case t.Name == "depth" && !Borne(artifact.GraphTrial{Name: t.Name}, small) && f.Reason == "":
			f.Reason, f.Message = check.NoPositiveControl, "depth: not even a shallow document of that form is run"
		default:
			good = append(good, t.Name+" is bounded")
		}
	}
	switch {
	case len(bad) > 0:
		f.Outcome, f.Reason, f.Message = check.Fail, "", strings.Join(bad, "; ")
	case f.Reason == "" && len(good) > 0:
		f.Outcome, f.Message = check.OK, strings.Join(good, "; ")
	case f.Reason == "":
		f.Reason, f.Message = check.NotExamined, "nothing was tried"
	}
	p.Report(f)
	return nil
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
