package ruling

import (
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/check"
)

// Tell fills a finding on a subject that nobody without the right credential
// may reach: any opening fails it, else anything undecided leaves it unproven,
// else it is ok with the message that proven gives.
func (n *Nobody) Tell(p *check.Pass, f check.Finding, cases []Case, proven func() string) {
	bad := filter(cases, func(c Case) bool { return c.Outcome == check.Fail })
	open := filter(cases, func(c Case) bool { return c.Outcome == check.Unproven })
	switch {
	case len(bad) > 0:
		f.Outcome, f.Who, f.Message = check.Fail, bad[0].Stranger, bad[0].Message
		if names := kinds(bad); names != "" {
			f.Message += " (asked by: " + names + ")"
		}
		f.Exhibits = shown(bad[:min(check.MaxExamples, len(bad))])
	case len(open) > 0:
		f.Outcome, f.Reason, f.Message = check.Unproven, open[0].Reason, open[0].Message
		if open[0].Kind != "" {
			f.Message = open[0].Kind + ": " + f.Message
		}
		if more := len(open) - 1; more > 0 {
			f.Message += fmt.Sprintf(" (and %d more of %d attempts)", more, len(cases))
		}
		f.Exhibits = shown(open[:1])
	case len(cases) == 0:
		f.Outcome, f.Reason, f.Message = check.Unproven, check.NotExamined, "nothing was tried on it"
	default:
		f.Outcome, f.Message = check.OK, proven()
		f.Exhibits = shown(cases[:1])
	}
	p.Report(f)
}

// kinds names the ways of asking, each once, a few of many; "" when asking
// plainly was enough.
func kinds(cases []Case) string {
	const few = 4
	var names []string
	for _, c := range cases {
		if c.Kind == "" {
			return ""
		}
		if !slices.Contains(names, c.Kind) {
			names = append(names, c.Kind)
		}
	}
	if len(names) > few {
		return strings.Join(names[:few], ", ") + fmt.Sprintf(" and %d more", len(names)-few)
	}
	return strings.Join(names, ", ")
}

// shown shows the authorised answer once, then what each case got, with its control.
func shown(cases []Case) []check.Exhibit {
	var out []check.Exhibit
	for i, c := range cases {
		if i == 0 || c.P.Ref != cases[i-1].P.Ref {
			out = append(out, check.Show("owner", c.P.Ref)...)
		}
		if c.Try.Ref != "" {
			out = append(out, check.Exhibit{Part: "anonymous", Ref: c.Try.Ref, Places: c.Places})
		}
		out = append(out, check.Show("control", c.N.Ref)...)
	}
	return out
}
