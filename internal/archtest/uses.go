package archtest

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// restriction says who may name certain objects of other packages.
type restriction struct {
	objects []string // "net/http.Get"; "os.*" is every object of the package
	only    []string // folders that may name them; nil with never set means everybody else
	never   []string // folders that may not
	why     string
}

// forbids tells whether the restriction forbids the folder rel to name object.
func (r restriction) forbids(rel, object string) bool {
	named := false
	for _, o := range r.objects {
		pkg, all := strings.CutSuffix(o, ".*")
		if o == object || all && strings.HasPrefix(object, pkg+".") {
			named = true
			break
		}
	}
	if !named {
		return false
	}
	if r.never != nil {
		return matchesAny(r.never, rel)
	}
	return !matchesAny(r.only, rel)
}

// checkUses reports every place that names an object its folder must not.
// It looks at what a name means, not at how it is written, so that renamed
// imports and aliases hide nothing.
func (m *module) checkUses(restrictions []restriction) []string {
	var problems []string
	for _, p := range m.own {
		rel, _ := m.rel(p.PkgPath)
		for _, file := range p.Syntax {
			ast.Inspect(file, func(n ast.Node) bool {
				id, ok := n.(*ast.Ident)
				if !ok {
					return true
				}
				object := packageLevel(p.TypesInfo.Uses[id])
				if object == "" {
					return true
				}
				for _, r := range restrictions {
					if r.forbids(rel, object) {
						problems = append(problems, fmt.Sprintf("%s: must not use %s: %s", m.position(p, id.Pos()), object, r.why))
					}
				}
				return true
			})
		}
	}
	return problems
}

// packageLevel returns "import/path.Name" of an object declared at the top of a
// package; "" for everything else.
func packageLevel(obj types.Object) string {
	if obj == nil || obj.Pkg() == nil || obj.Parent() != obj.Pkg().Scope() {
		return ""
	}
	return obj.Pkg().Path() + "." + obj.Name()
}
