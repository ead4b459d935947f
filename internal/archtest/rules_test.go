package archtest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestBrokenModule runs the rules over a module that breaks each of them: a
// rule that cannot fail guards nothing.
func TestBrokenModule(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile("testdata/broken.txtar")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := txtar.Write(archive, root); err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "go.sum"), sums, 0o644); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(root, "want"))
	if err != nil {
		t.Fatal(err)
	}

	m, err := load(root)
	if err != nil {
		t.Fatal(err)
	}
	table := []place{
		{pkg: "check"},
		{pkg: "checks/*/*", imports: []string{"check"}},
		{pkg: "cmd/*"},
		{pkg: "internal/gather/*", imports: []string{"check", "internal/wire"}},
		{pkg: "internal/wire", imports: []string{"internal/util"}},
	}
	var got []string
	for _, rule := range []struct {
		name     string
		problems []string
	}{
		{"imports", m.checkImports(table)},
		{"purity", m.checkPure(pureFolders(), []string{"net/http", "database/sql"})},
		{"uses", m.checkUses(restrictions())},
		{"state", m.checkState()},
		{"comments", m.checkComments()},
		{"dependencies", m.checkDependencies("| `golang.org/x/text` | words |")},
	} {
		for _, p := range rule.problems {
			got = append(got, rule.name+": "+p)
		}
	}
	// A want line is the start of a problem: what to do about it may be reworded.
	wants := strings.Split(strings.TrimSpace(string(want)), "\n")
	short := slices.Clone(got)
	for i := range min(len(short), len(wants)) {
		if strings.HasPrefix(short[i], wants[i]) {
			short[i] = wants[i]
		}
	}
	if diff := cmp.Diff(wants, short); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestLoadRefusesBrokenCode(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.test/m\n\ngo 1.26.0\n", "a/a.go": "package a\n\nvar x int = \"\"\n"} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := load(root); err == nil || !strings.Contains(err.Error(), "example.test/m/a") {
		t.Errorf("load of code that does not compile = %v, want an error that names the package", err)
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, pattern, rel string
		want               bool
	}{
		{"the same", "check", "check", true},
		{"below an exact one", "check", "check/checktest", false},
		{"one element", "internal/gather/*", "internal/gather/swap", true},
		{"none where one is asked for", "internal/gather/*", "internal/gather", false},
		{"two where one is asked for", "internal/gather/*", "internal/gather/swap/deep", false},
		{"any depth", "artifact/...", "artifact/spf/deep", true},
		{"any depth, none", "artifact/...", "artifact", true},
		{"a longer name is no child", "artifact/...", "artifacts", false},
		{"star then any depth", "checks/*/...", "checks/authn/anonymous", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := matches(tt.pattern, tt.rel); got != tt.want {
				t.Errorf("matches(%q, %q) = %t, want %t", tt.pattern, tt.rel, got, tt.want)
			}
		})
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	m := &module{path: "github.com/launchready/launchready"}
	tests := []struct {
		name, from, imp string
		want            bool
	}{
		{"cmd imports cli", "cmd/launchready", "github.com/launchready/launchready/internal/cli", false},
		{"cmd imports the engine", "cmd/launchready", "github.com/launchready/launchready/internal/engine", true},
		{"a check imports an evaluator", "checks/email/spf", "github.com/launchready/launchready/artifact/spf", false},
		{"a check imports wire", "checks/authn/anonymous", "github.com/launchready/launchready/internal/wire", true},
		{"a check imports another", "checks/authn/anonymous", "github.com/launchready/launchready/checks/authn/bypass", true},
		{"a check imports another module", "checks/authn/anonymous", "golang.org/x/net/html", true},
		{"the standard library", "evidence", "crypto/sha256", false},
		{"evidence imports check", "evidence", "github.com/launchready/launchready/check", true},
		{"a gatherer imports another", "internal/gather/swap", "github.com/launchready/launchready/internal/gather/anon", true},
		{"a gatherer imports gather", "internal/gather/swap", "github.com/launchready/launchready/internal/gather", false},
		{"the engine imports the suite", "internal/engine", "github.com/launchready/launchready/checks", true},
		{"the engine imports a report", "internal/engine", "github.com/launchready/launchready/internal/report", true},
		{"portal imports its parser", "portal", "github.com/goccy/go-yaml/ast", false},
		{"portal imports a namesake", "portal", "github.com/goccy/go-yaml2", true},
		{"portal imports another module", "portal", "golang.org/x/net/idna", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pl, ok := placeOf(places(), tt.from)
			if !ok {
				t.Fatalf("%s has no place", tt.from)
			}
			if got := m.refuses(pl, tt.imp); (got != "") != tt.want {
				t.Errorf("refuses(%s, %s) = %q, want refused %t", tt.from, tt.imp, got, tt.want)
			}
		})
	}
}

func TestCheckFolders(t *testing.T) {
	t.Parallel()
	doc := "# Every door is shut\n\nWhy.\n\n## Proof\n\n## Fix\n\n## False alarms\n\n## References\n"
	well := map[string]string{"check.go": "", "doc.md": doc, "testdata/ok.txtar": ""}
	tests := []struct {
		name   string
		change map[string]string // "-" removes
		want   []string
	}{
		{name: "kept well"},
		{name: "a second source file", change: map[string]string{"judge.go": ""}, want: []string{"holds judge.go; a check is check.go"}},
		{name: "no doc", change: map[string]string{"doc.md": "-"}, want: []string{"has no doc.md"}},
		{name: "no cases", change: map[string]string{"testdata/ok.txtar": "-"}, want: []string{"has no testdata"}},
		{name: "a case of another kind", change: map[string]string{"testdata/ok.json": ""}, want: []string{"holds ok.json; cases are .txtar files"}},
		{name: "a doc without a title", change: map[string]string{"doc.md": strings.TrimPrefix(doc, "# ")}, want: []string{"the first line must be"}},
		{name: "a doc without a section", change: map[string]string{"doc.md": strings.Replace(doc, "## Fix\n", "", 1)}, want: []string{`has no section "## Fix"`}},
		{
			name:   "a doc in another order",
			change: map[string]string{"doc.md": "# Shut\n\n## Fix\n\n## Proof\n\n## False alarms\n\n## References\n"},
			want:   []string{`section "## Fix" stands too early`},
		},
		{name: "a long doc", change: map[string]string{"doc.md": doc + strings.Repeat("\n", 50)}, want: []string{"has 61 lines; at most 60"}},
		{name: "a doc that just fits", change: map[string]string{"doc.md": doc + strings.Repeat("\n", 49)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tree := fstest.MapFS{}
			for name, text := range well {
				tree["checks/authn/shut/"+name] = &fstest.MapFile{Data: []byte(text)}
			}
			for name, text := range tt.change {
				if text == "-" {
					delete(tree, "checks/authn/shut/"+name)
					continue
				}
				tree["checks/authn/shut/"+name] = &fstest.MapFile{Data: []byte(text)}
			}
			contains(t, checkFolders(tree), tt.want)
		})
	}
}

func TestCheckFileLengths(t *testing.T) {
	t.Parallel()
	lines := func(n int) *fstest.MapFile { return &fstest.MapFile{Data: []byte(strings.Repeat("//\n", n))} }
	tree := fstest.MapFS{
		"Makefile":           lines(60),
		"a/fits.go":          lines(399),
		"a/long.go":          lines(400),
		"a/long_test.go":     lines(900),
		"a/testdata/long.go": lines(900),
		"a/made.go":          {Data: []byte("// Code generated by x; DO NOT EDIT.\n" + strings.Repeat("//\n", 900))},
	}
	contains(t, checkFileLengths(tree), []string{"Makefile: has 60 lines", "a/long.go: has 400 lines"})
}

// contains fails unless each problem contains its want, one for one.
func contains(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("problems:\n%s\nwant %d of them: %q", strings.Join(got, "\n"), len(want), want)
	}
	for i := range got {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("problem %d = %q, want one with %q", i, got[i], want[i])
		}
	}
}

func TestCheckLinks(t *testing.T) {
	t.Parallel()
	tree := fstest.MapFS{
		"README.md": {Data: []byte("[a](docs/a.md) [b](docs/gone.md) [c](https://portal.example/x) [d](#below) [e](docs)")},
		"docs/a.md": {Data: []byte("[up](../README.md#top) [side](b.md)")},
	}
	contains(t, checkLinks(tree), []string{
		"README.md: links to docs/gone.md",
		"docs/a.md: links to b.md",
	})
}
