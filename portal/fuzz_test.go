package portal_test

import (
	"errors"
	"os"
	"testing"

	"github.com/launchready/launchready/portal"
)

// FuzzParse asserts that any text is read or refused with a list of problems.
func FuzzParse(f *testing.F) {
	whole, err := os.ReadFile("testdata/whole/portal.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	for _, text := range []string{
		"", "-", "? a\n: b\n", "a: &x [*x]\n", start + "login: {a: {b: {c: d}}}\n", start + "identities:\n  a: &a\n    vars: *a\n",
		start + "resources:\n  a:\n    ids: !!str 1\n    create: {request: POST /a, json: [[[{a: ~}]]]}\n", start + "denied: {json: {/a: [1, ~, b, {c: d}]}}\n",
		"<<: *a\n", "%YAML 1.2\n---\nversion: 1\n", start + "routes: {from: {crawl: no}}\n", "version: |\n  1\n", start + "portal: ${${a}}\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := portal.Parse("portal.yaml", data, func(name string) (string, bool) { return name, len(name)%2 == 0 })
		var list *portal.Error
		switch {
		case err == nil && p.Version != 1:
			t.Errorf("read as version %d", p.Version)
		case err == nil:
			if _, err := p.SnapshotJSON(); err != nil {
				t.Errorf("no snapshot of what was read: %v", err)
			}
		case !errors.As(err, &list) || len(list.Problems) == 0:
			t.Errorf("refused without a problem: %v", err)
		}
	})
}
