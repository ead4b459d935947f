package archtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// place is what a package of the module may import beside the standard library.
type place struct {
	pkg     string   // pattern of the folder
	imports []string // patterns of folders of the module
	foreign []string // import paths of other modules, each with what is below it; "*" is any
}

// placeOf returns the first place whose pattern fits rel.
func placeOf(table []place, rel string) (place, bool) {
	i := slices.IndexFunc(table, func(p place) bool { return matches(p.pkg, rel) })
	if i < 0 {
		return place{}, false
	}
	return table[i], true
}

// checkImports reports packages without a place in the table and imports that
// their place does not name.
func (m *module) checkImports(table []place) []string {
	var problems []string
	for _, p := range m.own {
		rel, ok := m.rel(p.PkgPath)
		if !ok {
			problems = append(problems, fmt.Sprintf("%s: the module's root holds no Go package; move it into a folder", p.PkgPath))
			continue
		}
		pl, ok := placeOf(table, rel)
		if !ok {
			problems = append(problems, fmt.Sprintf("%s: has no place in the architecture; add a line to places() in internal/archtest/table.go that says what it may import", rel))
			continue
		}
		for _, imp := range slices.Sorted(maps.Keys(m.graph[p.PkgPath].Imports)) {
			if why := m.refuses(pl, imp); why != "" {
				problems = append(problems, fmt.Sprintf("%s: %s", rel, why))
			}
		}
	}
	return problems
}

// refuses says why a package of that place may not import imp; "" when it may.
func (m *module) refuses(pl place, imp string) string {
	if to, ok := m.rel(imp); ok {
		if matchesAny(pl.imports, to) {
			return ""
		}
		return fmt.Sprintf("must not import %s; its place %q allows %s", to, pl.pkg, list(pl.imports))
	}
	if std(imp) {
		return ""
	}
	for _, f := range pl.foreign {
		if f == "*" || imp == f || strings.HasPrefix(imp, f+"/") {
			return ""
		}
	}
	return fmt.Sprintf("must not import %s; its place %q allows of other modules %s", imp, pl.pkg, list(pl.foreign))
}

func list(s []string) string {
	if len(s) == 0 {
		return "nothing"
	}
	return strings.Join(s, ", ")
}

// checkPure reports packages of the pure folders that reach one of the banned
// packages, with the chain of imports that leads there.
func (m *module) checkPure(pure, banned []string) []string {
	var problems []string
	for _, p := range m.own {
		rel, ok := m.rel(p.PkgPath)
		if !ok || !matchesAny(pure, rel) {
			continue
		}
		for _, b := range banned {
			if chain := m.chain(p.PkgPath, b); chain != nil {
				problems = append(problems, fmt.Sprintf("%s: judging is pure, yet it reaches %s: %s", rel, b, strings.Join(chain, " → ")))
			}
		}
	}
	return problems
}

// chain returns a shortest chain of imports from one package to another, both
// included; nil when there is none.
func (m *module) chain(from, to string) []string {
	cameFrom := map[string]string{from: ""}
	queue := []string{from}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if at == to {
			var chain []string
			for ; at != ""; at = cameFrom[at] {
				chain = append(chain, at)
			}
			slices.Reverse(chain)
			return chain
		}
		var imports map[string]*packages.Package
		if p := m.graph[at]; p != nil {
			imports = p.Imports
		}
		for _, imp := range slices.Sorted(maps.Keys(imports)) {
			next := imports[imp].PkgPath // a vendored path of the standard library differs from imp
			if _, seen := cameFrom[next]; !seen {
				cameFrom[next] = at
				queue = append(queue, next)
			}
		}
	}
	return nil
}

// foreignImports returns, sorted, the packages of other modules that the
// module's packages import, each with one importer.
func (m *module) foreignImports() map[string]string {
	out := map[string]string{}
	for _, p := range m.own {
		for imp := range m.graph[p.PkgPath].Imports {
			if _, ours := m.rel(imp); !ours && !std(imp) {
				out[imp] = p.PkgPath
			}
		}
	}
	return out
}

// checkDependencies reports imported modules that have no line in the table of
// the decision on dependencies; a line names the module between backquotes.
func (m *module) checkDependencies(decision string) []string {
	var problems []string
	seen := map[string]bool{}
	imports := m.foreignImports()
	for _, imp := range slices.Sorted(maps.Keys(imports)) {
		p := m.graph[imp]
		if p == nil || p.Module == nil || seen[p.Module.Path] {
			continue
		}
		seen[p.Module.Path] = true
		if !strings.Contains(decision, "| `"+p.Module.Path+"` |") {
			problems = append(problems, fmt.Sprintf("%s: imports module %s, which has no line in docs/adr/0002-dependencies.md", imports[imp], p.Module.Path))
		}
	}
	return problems
}
