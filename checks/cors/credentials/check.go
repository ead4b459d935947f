// Package credentials judges whether foreign sites may read what a visitor is shown.
package credentials

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

//go:embed doc.md
var doc string

// Check demands that no origin anybody can have reads a signed-in visitor's data.
var Check = check.Check{
	ID: "cors/credentials", Doc: doc, Severity: check.Blocker,
	Needs: ruling.CrossNeeds(), Wants: ruling.CrossWants(), Judge: judge,
}

func judge(p *check.Pass) error {
	x, err := ruling.CrossingsOf(p)
	if err != nil {
		return err
	}
	x.Every(p, func(c *ruling.Crossing) *check.Finding {
		if c.Who == evidence.Anonymous || c.Kind == "404" {
			return nil // nobody's data is there
		}
		f := rule(x, c)
		return &f
	})
	return nil
}

func rule(x *ruling.Crossings, c *ruling.Crossing) check.Finding {
	if bad := c.Of(func(t *ruling.OriginTry) bool { return t.Anybodys() && t.Private }); len(bad) > 0 {
		f := c.Finding(bad...)
		f.Outcome, f.Who = check.Fail, x.Label(c.Who)
		f.Message = fmt.Sprintf("a page on %s reads it as %s: the browser sends %s along, and the answer says the page may see it",
			ruling.Origins(bad), f.Who, strings.Join(bad[0].Cookies, ", "))
		if len(bad[0].Cookies) == 0 {
			f.Message = fmt.Sprintf("a page on %s reads it as %s: the browser sends the login along, and the answer says the page may see it", ruling.Origins(bad), f.Who)
		}
		return f
	}
	f := c.Finding()
	f.Exhibits = check.Show("control", c.Plain.Ref)
	if reason, why := c.Undecided((*ruling.OriginTry).Anybodys); reason != "" {
		f.Outcome, f.Reason, f.Message = check.Unproven, reason, why
		return f
	}
	if c.Plain.Unproven != "" {
		f.Outcome, f.Reason, f.Message = check.Unproven, c.Plain.Unproven, "without an Origin: "+c.Plain.Why
		return f
	}
	named := c.Of((*ruling.OriginTry).Anybodys)
	held := c.Of(func(t *ruling.OriginTry) bool { return t.Anybodys() && t.Credentialed })
	f.Outcome, f.Message = check.OK, fmt.Sprintf("none of %d foreign origins may read it with credentials", len(named))
	if len(held) > 0 && !held[0].Replay.Sent() {
		f.Outcome, f.Reason, f.Message = check.Unproven, check.NotExamined, held[0].Origin+" may read it with credentials; whether the browser sends any was not tried"
		return f
	}
	if len(held) > 0 {
		f.Message = fmt.Sprintf("%d of %d foreign origins may read it with credentials, but the browser sends none that open it", len(held), len(named))
		f.Exhibits = append(f.Exhibits, check.Show("attempt", held[0].Actual.Ref)...)
	}
	return f
}
