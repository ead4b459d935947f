package probe

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
)

// Wait is the shortest answer that a wait of two seconds can explain.
const (
	Wait  = 1500 * time.Millisecond
	brisk = 800 * time.Millisecond
)

// product is what a template makes of 7*7331.
const product = "51317"

// Took is how long an answer took; 0 when none came.
func Took(a Answer) time.Duration {
	if a.Ex == nil || a.Ex.Status() == 0 {
		return 0
	}
	return a.Ex.Took
}

// AsGood reports an answer that says what the good one says, the value sent aside.
func AsGood(good, a Answer) bool {
	if a.Ex == nil || good.Ex == nil || a.Unproven != "" || a.View.Class() != 2 {
		return false
	}
	echo := append(normal.Sent(&good.Ex.Request), normal.Sent(&a.Ex.Request)...)
	mask := normal.Mask{Echo: echo}
	return normal.Same(good.View.With(mask), a.View.With(mask))
}

var passwd = regexp.MustCompile(`(?m)(^|[^\w])root:[^:\n]*:0:0:`)

// Injected is the rule that no input is run: as a condition of a query, as a
// template, as a way out of a folder, as a header line.
func Injected(g *Ground, op *artifact.Operation) (Word, error) {
	w := Word{Said: "were taken as data, none was run"}
	if good, doubt, err := g.controlled(op); err != nil || !good {
		if err == nil && op.Narrow == "" && len(op.Cases) > 0 {
			w.Doubts = append(w.Doubts, doubt)
		}
		return w, err
	}
	for i := range op.Cases {
		c := &op.Cases[i]
		if c.Kind == "" && c.Class != "injection" {
			continue
		}
		what, doubt, err := g.run(op, c)
		switch {
		case err != nil:
			return w, err
		case what != "":
			refs := check.Show("attempt", c.Try.Ref)
			if len(c.Rounds) > 1 {
				refs = append(refs, check.Show("control", c.Rounds[1].Ref)...)
			}
			w.Hits = append(w.Hits, Hit{Case: c, Group: c.Kind, What: what, Exhibits: refs})
		case doubt.Reason != "":
			w.Doubts = append(w.Doubts, doubt)
		default:
			w.Fine++
		}
	}
	w.Doubts = append(w.Doubts, left(op, "injection")...)
	return w, nil
}

// run says what became of an injection: what proves that it was run, or why
// that cannot be told.
func (g *Ground) run(op *artifact.Operation, c *artifact.Case) (string, Doubt, error) {
	rounds := make([]Answer, len(c.Rounds))
	for i, a := range c.Rounds {
		var err error
		if rounds[i], err = g.Load(a); err != nil {
			return "", Doubt{}, err
		}
		if undecided(rounds[i]) {
			return "", Doubt{Reason: a.Unproven, Why: c.Name + " in " + c.Place + ": " + a.Why}, nil
		}
	}
	switch c.Kind {
	case "sql", "like", "number":
		return g.conditions(op, c, rounds)
	case "operator":
		return g.operators(op, c, rounds)
	case "delay":
		return g.waits(c, rounds)
	}
	return g.signs(op, c)
}

func undecided(a Answer) bool { return a.Unproven != "" && a.Unproven != check.Unstable }

// conditions compares the answers to a condition that holds with those to one
// that does not: three times of three is no accident.
func (g *Ground) conditions(op *artifact.Operation, c *artifact.Case, rounds []Answer) (string, Doubt, error) {
	base, err := g.Load(c.Before)
	if err != nil {
		return "", Doubt{}, err
	}
	told := 0
	for i := 0; i+1 < len(rounds); i += 2 {
		if AsGood(base, rounds[i]) && !AsGood(base, rounds[i+1]) && rounds[i+1].View.Status < 500 {
			told++
		}
	}
	switch {
	case told >= 3:
		return "a condition in the value decides what is shown, 3 times of 3 (the value reaches the query)", Doubt{}, nil
	case told > 0:
		return "", Doubt{Reason: check.Suspected, Why: fmt.Sprintf("%s: a condition in the value seems to decide what is shown, %d times", c.Place, told), Exhibits: check.Show("attempt", c.Try.Ref)}, nil
	}
	return "", Doubt{}, nil
}

func (g *Ground) operators(op *artifact.Operation, c *artifact.Case, rounds []Answer) (string, Doubt, error) {
	told := 0
	for i := 0; i+1 < len(rounds); i += 2 {
		if g.shows(op, rounds[i]) && !g.shows(op, rounds[i+1]) {
			told++
		}
	}
	switch {
	case told >= 3:
		return "an operator in place of a value chooses what is shown, 3 times of 3 (an unknown word in its place does not)", Doubt{}, nil
	case told > 0:
		return "", Doubt{Reason: check.Suspected, Why: fmt.Sprintf("%s: an operator seems to choose what is shown, %d times", c.Place, told), Exhibits: check.Show("attempt", c.Try.Ref)}, nil
	}
	return "", Doubt{}, nil
}

func (g *Ground) shows(op *artifact.Operation, a Answer) bool {
	return g.Good(op.Route, a) && !g.Refused(op.Route, a) && (normal.Content(a.View) || a.View.Family == normal.None && a.Ex.Header("Set-Cookie") != "")
}

func (g *Ground) waits(c *artifact.Case, rounds []Answer) (string, Doubt, error) {
	told := 0
	for i := 1; i+1 < len(rounds); i += 2 {
		fast, slow := Took(rounds[i]), Took(rounds[i+1])
		if fast > 0 && fast < brisk && slow-fast > Wait {
			told++
		}
	}
	switch {
	case told >= 3:
		return "waits two seconds when told to, 3 times of 3 (the value reaches the query)", Doubt{}, nil
	case told > 0:
		return "", Doubt{Reason: check.Suspected, Why: fmt.Sprintf("%s: waited when told to, %d times", c.Place, told), Exhibits: check.Show("attempt", c.Try.Ref)}, nil
	}
	return "", Doubt{}, nil
}

// signs looks for what only running the input can put into an answer.
func (g *Ground) signs(op *artifact.Operation, c *artifact.Case) (string, Doubt, error) {
	for _, attempt := range []artifact.Attempt{c.Try, c.After} {
		a, err := g.Load(attempt)
		if err != nil {
			return "", Doubt{}, err
		}
		if a.Ex == nil {
			if undecided(a) {
				return "", Doubt{Reason: a.Unproven, Why: c.Name + " in " + c.Place + ": " + a.Why}, nil
			}
			continue
		}
		body := string(a.Ex.Body())
		switch {
		case c.Kind == "markup" && computed(body, c.Sign):
			return "the template in the value is run: 7*7331 comes back as " + product, Doubt{}, nil
		case c.Kind == "traversal" && (passwd.MatchString(body) || strings.Contains(strings.ToLower(body), "; for 16-bit app support")):
			return "a file outside its folder is given out", Doubt{}, nil
		case c.Kind == "header" && a.Ex.Header(c.Sign) != "":
			return "a line break in the value adds a header line to the answer", Doubt{}, nil
		}
	}
	return "", Doubt{}, nil
}

// computed reports the product right behind what was sent with it. Answers may
// hold the number by chance, but not there.
func computed(body, sign string) bool {
	for rest := []byte(body); ; {
		i := bytes.Index(rest, []byte(sign))
		if i < 0 {
			return false
		}
		rest = rest[i+len(sign):]
		near := rest[:min(len(rest), 80)]
		if bytes.Contains(near, []byte(product)) {
			return true
		}
	}
}
