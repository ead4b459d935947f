// Package tokenplace judges where session tokens stand that others may read.
package tokenplace

import (
	_ "embed"
	"fmt"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/ruling"
	"github.com/launchready/launchready/check"
)

//go:embed doc.md
var doc string

// Check advises against tokens in addresses and in pages.
var Check = check.Check{
	ID: "session/tokenplace", Doc: doc, Severity: check.Advice,
	Needs: []check.Need{artifact.Lifecycles}, Judge: judge,
}

func judge(p *check.Pass) error {
	for _, r := range ruling.SignIns(p, artifact.Lifecycles.Of(p)) {
		if !opens(r) {
			p.Unproven(r.Label(), check.NoPositiveControl, "no single token of the session opens anything, so none could be looked for", r.Steps...)
			continue
		}
		f := check.Finding{Subject: r.Label()}
		var wrong []string
		for _, at := range r.Places {
			what := fmt.Sprintf("%s stands in the %s %s", at.Token, at.Where, at.URL)
			if at.Where == "page" {
				what = fmt.Sprintf("%s stands in the page %s, where every script can read it", at.Token, at.URL)
			}
			if at.Leaks {
				what += ", which tells it to other sites as the Referer"
			}
			wrong = append(wrong, what)
			f.Exhibits = append(f.Exhibits, check.Show("attempt", at.Ref)...)
		}
		f.Exhibits = f.Exhibits[:min(len(f.Exhibits), check.MaxExamples)]
		if len(wrong) > check.MaxExamples {
			wrong = append(wrong[:check.MaxExamples], fmt.Sprintf("and %d more", len(wrong)-check.MaxExamples))
		}
		fine := fmt.Sprintf("no token in any address or page of %d answers to signing in; what scripts keep (localStorage) only a browser shows", len(r.Steps))
		ruling.Sum(p, f, wrong, []string{fine}, nil)
	}
	return nil
}

func opens(r artifact.RecipeLife) bool {
	for _, t := range r.Tokens {
		if t.Alone.Alive || t.Vital {
			return true
		}
	}
	return false
}
