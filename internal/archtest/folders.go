package archtest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// The house's bounds, in lines. A file that outgrows its bound holds two nouns.
const (
	maxFileLines     = 399
	maxDocLines      = 60
	maxMakefileLines = 59
)

// checkFolders reports folders of checks, checks/<row>/<check>, that hold
// anything but check.go, doc.md and testdata/*.txtar, or lack one of them.
func checkFolders(fsys fs.FS) []string {
	var problems []string
	folders, _ := fs.Glob(fsys, "checks/*/*") // the pattern is well formed
	for _, dir := range folders {
		entries, err := fs.ReadDir(fsys, dir)
		if err != nil {
			problems = append(problems, dir+": is a file; a row holds folders of checks only")
			continue
		}
		missing := []string{"check.go", "doc.md", "testdata"}
		for _, e := range entries {
			i := slices.Index(missing, e.Name())
			if i < 0 || e.IsDir() != (e.Name() == "testdata") {
				problems = append(problems, fmt.Sprintf("%s: holds %s; a check is check.go, doc.md and testdata/*.txtar and nothing else", dir, e.Name()))
				continue
			}
			missing = slices.Delete(missing, i, i+1)
		}
		for _, name := range missing {
			problems = append(problems, fmt.Sprintf("%s: has no %s", dir, name))
		}
		problems = append(problems, checkCases(fsys, dir+"/testdata")...)
		if doc, err := fs.ReadFile(fsys, dir+"/doc.md"); err == nil {
			problems = append(problems, checkDoc(dir+"/doc.md", doc)...)
		}
	}
	return problems
}

// checkCases reports a testdata folder without cases, or with anything else.
func checkCases(fsys fs.FS, dir string) []string {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil // a missing folder is reported with its check
	}
	if len(entries) == 0 {
		return []string{dir + ": holds no case"}
	}
	var problems []string
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) != ".txtar" {
			problems = append(problems, fmt.Sprintf("%s: holds %s; cases are .txtar files", dir, e.Name()))
		}
	}
	return problems
}

// checkDoc reports what a check's doc.md lacks: explain, the reports and the
// website all read these sections.
func checkDoc(name string, doc []byte) []string {
	var problems []string
	if n := countLines(doc); n > maxDocLines {
		problems = append(problems, fmt.Sprintf("%s: has %d lines; at most %d are read", name, n, maxDocLines))
	}
	lines := strings.Split(string(doc), "\n")
	if title, ok := strings.CutPrefix(lines[0], "# "); !ok || strings.TrimSpace(title) == "" {
		problems = append(problems, name+": the first line must be `# ` and a statement that is true when the check passes")
	}
	at := 0
	for _, section := range []string{"## Proof", "## Fix", "## False alarms", "## References"} {
		i := slices.Index(lines, section)
		switch {
		case i < 0:
			problems = append(problems, fmt.Sprintf("%s: has no section %q", name, section))
		case i < at:
			problems = append(problems, fmt.Sprintf("%s: section %q stands too early; the order is Proof, Fix, False alarms, References", name, section))
		default:
			at = i
		}
	}
	return problems
}

// checkFileLengths reports source files and a Makefile that have outgrown the house's bounds.
func checkFileLengths(fsys fs.FS) []string {
	var problems []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if d.IsDir() {
			if name != "." && (strings.HasPrefix(base, ".") || base == "testdata" || base == "launchready-runs") {
				return fs.SkipDir
			}
			return nil
		}
		bound := 0
		switch {
		case name == "Makefile":
			bound = maxMakefileLines
		case path.Ext(name) == ".go" && !strings.HasSuffix(name, "_test.go"):
			bound = maxFileLines
		default:
			return nil
		}
		text, err := fs.ReadFile(fsys, name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if n := countLines(text); n > bound && !bytes.HasPrefix(text, []byte("// Code generated ")) {
			problems = append(problems, fmt.Sprintf("%s: has %d lines; at most %d, split it by noun", name, n, bound))
		}
		return nil
	})
	if err != nil {
		problems = append(problems, fmt.Sprintf("read the tree: %v", err))
	}
	return problems
}

func countLines(text []byte) int {
	return bytes.Count(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) + 1
}

// checkComments reports packages without exactly one package comment.
func (m *module) checkComments() []string {
	var problems []string
	for _, p := range m.own {
		rel, _ := m.rel(p.PkgPath)
		var comments []string
		for _, file := range p.Syntax {
			if file.Doc != nil {
				comments = append(comments, file.Doc.Text())
			}
		}
		start := "Package " + p.Name + " "
		if p.Name == "main" {
			start = "Command " + path.Base(rel) + " "
		}
		switch {
		case len(comments) != 1:
			problems = append(problems, fmt.Sprintf("%s: has %d package comments, want exactly one", rel, len(comments)))
		case !strings.HasPrefix(comments[0], start):
			problems = append(problems, fmt.Sprintf("%s: its package comment must start with %q", rel, start))
		}
	}
	return problems
}
