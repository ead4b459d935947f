package probe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/check"
)

// Word is what a rule says of one operation.
type Word struct {
	Hits   []Hit   // proven wrong
	Doubts []Doubt // not decided
	Fine   int     // inputs that were borne
	Said   string  // what is said of them when all were
	Note   string  // added to it
}

// Hit is one bad input that was not borne. Hits of one Group are one finding,
// named by the class of the first.
type Hit struct {
	Case     *artifact.Case
	Group    string
	What     string // what came of it: "answers 500"
	Exhibits []check.Exhibit
}

// Doubt is why something is not decided.
type Doubt struct {
	Reason   check.Reason
	Why      string
	Exhibits []check.Exhibit
}

// Rule judges one operation.
type Rule func(*Ground, *artifact.Operation) (Word, error)

// Needs are the artifacts that a check of the row must need.
func Needs() []check.Need { return []check.Need{artifact.Fed, artifact.Inventories} }

// Wants are those that it reads when they are there.
func Wants() []check.Need { return []check.Need{artifact.Baselines, artifact.SignIns} }

// Only says which operations a rule is about.
type Only func(*artifact.Operation) bool

// All and Writes are the two answers.
func All(*artifact.Operation) bool { return true }

// Writes reports an operation that changes something.
func Writes(op *artifact.Operation) bool { return op.Writes }

// Judge applies a rule to every operation and reports one finding a group of
// failures, or one an operation. A rule that has nothing to say of any
// operation is unproven, for silence is no pass.
func Judge(p *check.Pass, rule Rule, about Only, none string) error {
	b, _ := artifact.Baselines.Get(p)
	g := On(b, p.Exchange)
	for i := range artifact.Fed.Of(p).Operations {
		op := &artifact.Fed.Of(p).Operations[i]
		if !about(op) {
			continue
		}
		if op.Skipped.Reason != "" {
			p.Report(check.Finding{Outcome: check.Unproven, Reason: op.Skipped.Reason, Subject: op.Route, Route: op.Route, Message: op.Skipped.Why})
			continue
		}
		w, err := rule(g, op)
		if err != nil {
			return err
		}
		report(p, op, w)
	}
	if len(p.Findings()) == 0 {
		p.Unproven(p.Check.ID, check.NotExamined, none)
	}
	return nil
}

func report(p *check.Pass, op *artifact.Operation, w Word) {
	who := label(p, op.Who)
	if len(w.Hits) > 0 {
		for _, group := range grouped(w.Hits) {
			f := told(group)
			f.Subject, f.Route, f.Who, f.Outcome = op.Route+" ("+group[0].Case.Class+")", op.Route, who, check.Fail
			p.Report(f)
		}
		return
	}
	f := check.Finding{Subject: op.Route, Route: op.Route, Outcome: check.Unproven}
	switch {
	case len(w.Doubts) > 0:
		d := w.Doubts[0]
		f.Reason, f.Message, f.Exhibits = d.Reason, d.Why, d.Exhibits
		if more := len(w.Doubts) - 1; more > 0 {
			f.Message += fmt.Sprintf(" (and %d more)", more)
		}
	case w.Fine > 0:
		f.Outcome, f.Message = check.OK, strings.TrimSpace(fmt.Sprintf("%d bad inputs %s %s", w.Fine, w.Said, w.Note))
	default:
		return
	}
	p.Report(f)
}

func label(p *check.Pass, who string) string {
	if s, ok := artifact.SignIns.Get(p); ok {
		return s.By(who).Label()
	}
	return who
}

// classes are the classes of cases, the plainest first: a failure that several
// show is told by the plainest.
var classes = []string{"type", "presence", "bounds", "form", "structure", "bytes", "path", "upload", "injection"}

// grouped puts hits together that are one failure, in the order of their first.
// Groups of the same class would share a subject: they become one.
func grouped(hits []Hit) [][]Hit {
	hits = slices.Clone(hits)
	slices.SortStableFunc(hits, func(a, b Hit) int { return slices.Index(classes, a.Case.Class) - slices.Index(classes, b.Case.Class) })
	var out [][]Hit
	for _, h := range hits {
		i := slices.IndexFunc(out, func(of []Hit) bool { return of[0].Group == h.Group || of[0].Case.Class == h.Case.Class })
		if i < 0 {
			out = append(out, []Hit{h})
			continue
		}
		out[i] = append(out[i], h)
	}
	return out
}

// told is the finding of a group: at most three examples, each with what was
// on the wire.
func told(group []Hit) check.Finding {
	var f check.Finding
	var said []string
	for _, h := range group[:min(len(group), check.MaxExamples)] {
		said = append(said, fmt.Sprintf("%s: %s in %s, sent as %s", h.What, h.Case.Name, h.Case.Place, sent(h.Case)))
		f.Exhibits = append(f.Exhibits, h.Exhibits...)
	}
	f.Message = strings.Join(said, "; ")
	if more := len(group) - check.MaxExamples; more > 0 {
		f.Message += fmt.Sprintf("; and %d more", more)
	}
	return f
}

func sent(c *artifact.Case) string {
	if c.Minimal != "" {
		return c.Minimal
	}
	return c.Sent
}

// left are the classes that were not sent, as doubts.
func left(op *artifact.Operation, classes ...string) []Doubt {
	var out []Doubt
	for _, l := range op.Left {
		if len(classes) == 0 || slices.Contains(classes, l.Class) {
			out = append(out, Doubt{Reason: l.Reason, Why: l.Class + ": " + l.Why})
		}
	}
	return out
}

// controlled returns whether a good request was seen to work, and the doubt
// when it was not.
func (g *Ground) controlled(op *artifact.Operation) (bool, Doubt, error) {
	why := "no good request of it is known"
	reason := check.NoPositiveControl
	for _, a := range op.Controls {
		got, err := g.Load(a)
		if err != nil {
			return false, Doubt{}, err
		}
		if g.Good(op.Route, got) {
			return true, Doubt{}, nil
		}
		switch {
		case a.Unproven != "":
			reason, why = a.Unproven, a.Why
		case got.Ex != nil:
			why = fmt.Sprintf("the good request is answered %d too", got.Ex.Status())
		}
	}
	return false, Doubt{Reason: reason, Why: why}, nil
}
