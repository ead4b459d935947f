// Package banners judges whether answers name versions of what runs the portal.
package banners

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact/leakage"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check demands that no header and no error page names a version.
var Check = check.Check{
	ID: "hygiene/banners", Doc: doc, Severity: check.Advice,
	Needs: leakage.Needs(), Wants: leakage.Wants(), Judge: judge,
}

func judge(p *check.Pass) error {
	s, err := leakage.Swept.Of(p)
	if err != nil {
		return err
	}
	var named []string
	for _, l := range s.Leaks {
		if l.Class != leakage.Banner || slices.Contains(named, l.Name) {
			continue // one finding a header, wherever it is sent
		}
		named = append(named, l.Name)
		p.Report(check.Finding{
			Outcome: check.Fail, Subject: l.Name, Message: fmt.Sprintf("names a version: %s, seen on %s", l.Masked, l.Route),
			Exhibits: []check.Exhibit{{Part: "attempt", Ref: l.Ref, Places: []check.Place{{Where: l.Where, Kind: l.Class, Masked: l.Masked}}}},
		})
	}
	switch {
	case s.Answers == 0:
		p.Unproven("every answer", check.NoPositiveControl, "the portal answered nothing")
	case len(named) == 0 && len(s.Servers) > 0:
		p.OK("every answer", fmt.Sprintf("none of %d answers names a version; the server says only %s", s.Answers, strings.Join(s.Servers, ", ")))
	case len(named) == 0:
		p.OK("every answer", fmt.Sprintf("none of %d answers names a version", s.Answers))
	}
	return nil
}
