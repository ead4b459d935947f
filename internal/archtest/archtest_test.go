package archtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestArchitecture holds the module to its rules.
func TestArchitecture(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	m, err := load(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.own) == 0 {
		t.Fatal("no package found: the rules would hold of anything")
	}
	dependencies, err := os.ReadFile(filepath.Join(root, "docs/adr/0002-dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	tree := os.DirFS(root)
	for _, rule := range []struct {
		name     string
		problems []string
	}{
		{"imports", m.checkImports(places())},
		{"purity", m.checkPure(pureFolders(), impurePackages())},
		{"uses", m.checkUses(restrictions())},
		{"state", m.checkState()},
		{"comments", m.checkComments()},
		{"dependencies", m.checkDependencies(string(dependencies))},
		{"folders", checkFolders(tree)},
		{"lengths", checkFileLengths(tree)},
		{"links", checkLinks(tree)},
	} {
		t.Run(rule.name, func(t *testing.T) {
			if len(rule.problems) > 0 {
				t.Errorf("%s", strings.Join(rule.problems, "\n"))
			}
		})
	}
}
