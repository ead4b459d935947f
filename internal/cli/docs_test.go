package cli

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/launchready/launchready/internal/lab"
	"github.com/launchready/launchready/portal"
)

var update = flag.Bool("update", false, "rewrite the tables of docs/the-lab.md")

// TestDocumentedYAML reads every YAML block of the documentation as portal.yaml
// or as a file of waivers. A fragment is completed with what it leaves out.
func TestDocumentedYAML(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			blocks++
			if err := readable(t, m[1]); err != nil {
				t.Errorf("%s, YAML block %d: %v", filepath.Base(page), i+1, err)
			}
		}
	}
	if blocks < 10 {
		t.Errorf("only %d YAML blocks were found", blocks)
	}
}

func readable(t *testing.T, text string) error {
	t.Helper()
	dir := t.TempDir()
	if strings.HasPrefix(text, "- ") {
		path := filepath.Join(dir, "waivers.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
		_, err := portal.LoadWaivers(path)
		return err
	}
	if !strings.Contains(text, "version:") {
		text = "version: 1\ntargets: {staging: {url: http://127.0.0.1:9}}\n" + text
	}
	for _, m := range regexp.MustCompile(`\$\{file:([^}]+)\}`).FindAllStringSubmatch(text, -1) {
		path := filepath.Join(dir, m[1])
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte("secret"), 0o600); err != nil {
			return err
		}
	}
	_, err := portal.Parse(filepath.Join(dir, "portal.yaml"), []byte(text), func(string) (string, bool) { return "secret", true })
	return err
}

// TestReasonsAreDocumented holds the decision table to the reasons a report can give.
func TestReasonsAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/describing-a-portal.md")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("../../docs/report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	reasons := enumWith(raw, "no-positive-control")
	if len(reasons) == 0 {
		t.Fatal("the schema of the report lists no reasons")
	}
	for _, reason := range reasons {
		if !strings.Contains(string(page), fmt.Sprintf("\n| `%s` |", reason)) {
			t.Errorf("docs/describing-a-portal.md does not say what to do about %q", reason)
		}
	}
}

// enumWith returns the enum of a JSON Schema that has that value.
func enumWith(schema []byte, value string) []string {
	for _, m := range regexp.MustCompile(`"enum":\s*(\[[^\]]*\])`).FindAllSubmatch(schema, -1) {
		var values []string
		if json.Unmarshal(m[1], &values) == nil && strings.Contains(string(m[1]), `"`+value+`"`) {
			return values
		}
	}
	return nil
}

// TestLabPage keeps the tables of docs/the-lab.md as the lab has it.
func TestLabPage(t *testing.T) {
	t.Parallel()
	const path = "../../docs/the-lab.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var flaws, quirks strings.Builder
	flaws.WriteString("\n| flaw | what it breaks | found by |\n|---|---|---|\n")
	for _, f := range lab.Flaws() {
		fmt.Fprintf(&flaws, "| `%s` | %s | [%s](../checks/%s/doc.md) |\n", f.Name, f.Doc, f.Check, f.Check)
	}
	quirks.WriteString("\n| quirk | what happens |\n|---|---|\n")
	for _, q := range lab.Quirks() {
		fmt.Fprintf(&quirks, "| `%s` | %s |\n", q.Name, q.Doc)
	}
	tables := []string{flaws.String(), quirks.String()}
	want := regexp.MustCompile(`(?s)(<!-- generated[^>]*-->).*?(<!-- end -->)`).ReplaceAllStringFunc(string(page), func(s string) string {
		if len(tables) == 0 {
			return s
		}
		head, _, _ := strings.Cut(s, "\n")
		table := tables[0]
		tables = tables[1:]
		return head + "\n" + table + "\n<!-- end -->"
	})
	if len(tables) > 0 {
		t.Fatalf("%s has %d tables too few", path, len(tables))
	}
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(page)); diff != "" {
		t.Errorf("%s is not current; run go test ./internal/cli -run TestLabPage -update (-want +got):\n%s", path, diff)
	}
}
