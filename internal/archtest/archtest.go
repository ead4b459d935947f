// Package archtest holds the rules of the architecture as plain functions over
// the module's packages, and runs them as a test: who may import whom, what
// judging must never reach, what only wire may do, and how a check's folder
// looks. A rule that is broken fails with what to do about it; the reasons
// stand in docs/adr/0001-act-once-judge-purely.md and 0004-import-rules.md.
package archtest

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// module is one Go module on disk, loaded twice: its whole import graph, and
// its own packages with syntax and types.
type module struct {
	root  string // folder that holds go.mod
	path  string // "github.com/launchready/launchready"
	graph map[string]*packages.Package
	own   []*packages.Package // without tests, sorted by path
}

// load reads the module at root. A package that does not compile is an error:
// rules over half a program prove nothing.
func load(root string) (*module, error) {
	const meta = packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps | packages.NeedModule
	roots, err := packages.Load(&packages.Config{Mode: meta, Dir: root}, "./...")
	if err != nil {
		return nil, fmt.Errorf("list packages: %w", err)
	}
	m := &module{root: root, graph: map[string]*packages.Package{}}
	packages.Visit(roots, nil, func(p *packages.Package) { m.graph[p.PkgPath] = p })

	m.own, err = packages.Load(&packages.Config{Mode: packages.LoadSyntax | packages.NeedModule, Dir: root}, "./...")
	if err != nil {
		return nil, fmt.Errorf("load packages: %w", err)
	}
	for _, p := range m.own {
		if len(p.Errors) > 0 {
			return nil, fmt.Errorf("load %s: %w", p.PkgPath, p.Errors[0])
		}
		m.path = p.Module.Path
	}
	slices.SortFunc(m.own, func(a, b *packages.Package) int { return strings.Compare(a.PkgPath, b.PkgPath) })
	return m, nil
}

// rel returns the folder of a package of the module, relative to its root, and
// whether it is one.
func (m *module) rel(pkgPath string) (string, bool) {
	return strings.CutPrefix(pkgPath, m.path+"/")
}

// std tells whether a package is the standard library's: the first element of
// its path has no dot.
func std(pkgPath string) bool {
	first, _, _ := strings.Cut(pkgPath, "/")
	return !strings.Contains(first, ".")
}

// matches tells whether the folder rel fits the pattern: `*` stands for one
// element, a last `...` for any number of them, none included.
func matches(pattern, rel string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "/..."); ok {
		elems := strings.Split(rel, "/")
		n := strings.Count(prefix, "/") + 1
		if len(elems) < n {
			return false
		}
		pattern, rel = prefix, strings.Join(elems[:n], "/")
	}
	ok, err := path.Match(pattern, rel)
	return ok && err == nil
}

// matchesAny tells whether rel fits one of the patterns.
func matchesAny(patterns []string, rel string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, rel) })
}
