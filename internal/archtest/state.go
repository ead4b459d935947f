package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"
)

// checkState reports package variables that can change while the program runs,
// and init functions. A variable is a constant in all but name when nothing
// assigns to it and its type offers no way to change it.
func (m *module) checkState() []string {
	changed := map[string]string{}
	for _, p := range m.own {
		for _, file := range p.Syntax {
			m.changes(p, file, changed)
		}
	}
	var problems []string
	for _, p := range m.own {
		for _, file := range p.Syntax {
			for _, decl := range file.Decls {
				switch d := decl.(type) {
				case *ast.FuncDecl:
					if d.Recv == nil && d.Name.Name == "init" {
						problems = append(problems, m.position(p, d.Pos())+": has an init function; wire things in cli or server")
					}
				case *ast.GenDecl:
					problems = append(problems, m.variables(p, d, changed)...)
				}
			}
		}
	}
	return problems
}

// variables reports the variables of one declaration that are state.
func (m *module) variables(p *packages.Package, d *ast.GenDecl, changed map[string]string) []string {
	if d.Tok != token.VAR {
		return nil
	}
	var problems []string
	for _, spec := range d.Specs {
		v := spec.(*ast.ValueSpec)
		for i, name := range v.Names {
			if name.Name == "_" {
				continue
			}
			obj := p.TypesInfo.Defs[name]
			why := mutable(obj.Type())
			if where := changed[packageLevel(obj)]; where != "" {
				why = "is changed at " + where
			}
			if why == "" && i < len(v.Values) {
				why = fresh(v.Values[i])
			}
			if why != "" {
				problems = append(problems, fmt.Sprintf("%s: package variable %s %s; make it a field of what needs it", m.position(p, name.Pos()), name.Name, why))
			}
		}
	}
	return problems
}

// fresh says why an initial value is one that waits to be changed; "" if it is not.
func fresh(init ast.Expr) string {
	if call, ok := ast.Unparen(init).(*ast.CallExpr); ok {
		if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok && id.Name == "make" {
			return "starts empty, to be filled later"
		}
	}
	return ""
}

// mutable says how a value of type t can change behind everybody's back; "" if
// it cannot. Pointers are refused unless what they point at is known never to change.
func mutable(t types.Type) string {
	switch u := types.Unalias(t).(type) {
	case *types.Named:
		if pkg := u.Obj().Pkg(); pkg != nil && (pkg.Path() == "sync" || pkg.Path() == "sync/atomic") {
			return "holds a " + u.Obj().Pkg().Name() + "." + u.Obj().Name()
		}
		return mutable(u.Underlying())
	case *types.Struct:
		for f := range u.Fields() {
			if _, pointer := types.Unalias(f.Type()).(*types.Pointer); pointer {
				continue // a table's rows may point; changes through them are assignments
			}
			if why := mutable(f.Type()); why != "" {
				return why
			}
		}
	case *types.Array:
		return mutable(u.Elem())
	case *types.Chan:
		return "is a channel"
	case *types.Pointer:
		to := types.TypeString(u.Elem(), nil)
		if !constantBehind(to) {
			return "points at a " + to
		}
	}
	return ""
}

// constantBehind tells whether values of the named type never change once made.
func constantBehind(name string) bool {
	switch name {
	case "regexp.Regexp", "text/template.Template", "html/template.Template", "strings.Replacer",
		"time.Location", "math/big.Int", "encoding/base32.Encoding", "encoding/base64.Encoding",
		"hash/crc32.Table", "hash/crc64.Table", "golang.org/x/net/idna.Profile",
		"github.com/vektah/gqlparser/v2/ast.Schema":
		return true
	}
	return false
}

// changes notes in out where package variables are assigned to, or where their
// address is taken, by whatever route.
func (m *module) changes(p *packages.Package, file *ast.File, out map[string]string) {
	note := func(e ast.Expr) {
		if name := m.variableOf(p.TypesInfo, e); name != "" && out[name] == "" {
			out[name] = m.position(p, e.Pos())
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				note(lhs)
			}
		case *ast.IncDecStmt:
			note(n.X)
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				note(n.Key)
				note(n.Value)
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				note(n.X)
			}
		case *ast.CallExpr:
			if id, ok := ast.Unparen(n.Fun).(*ast.Ident); ok && len(n.Args) > 0 {
				if b, ok := p.TypesInfo.Uses[id].(*types.Builtin); ok && (b.Name() == "delete" || b.Name() == "clear" || b.Name() == "copy") {
					note(n.Args[0])
				}
			}
		case *ast.SelectorExpr:
			if takesAddress(p.TypesInfo.Selections[n]) {
				note(n.X)
			}
		}
		return true
	})
}

// takesAddress tells whether a method call takes the address of a value.
func takesAddress(s *types.Selection) bool {
	if s == nil || s.Kind() != types.MethodVal || s.Indirect() {
		return false
	}
	if _, pointer := types.Unalias(s.Recv()).Underlying().(*types.Pointer); pointer {
		return false
	}
	recv := s.Obj().(*types.Func).Signature().Recv()
	_, pointer := types.Unalias(recv.Type()).(*types.Pointer)
	return pointer
}

// variableOf returns the package variable of the module that an expression starts
// from: x for x, x.f, x[i] and *x; "" when it starts elsewhere.
func (m *module) variableOf(info *types.Info, e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.SelectorExpr:
			if id, ok := x.X.(*ast.Ident); ok {
				if _, imported := info.Uses[id].(*types.PkgName); imported {
					e = x.Sel
					continue
				}
			}
			e = x.X
		case *ast.Ident:
			v, ok := info.Uses[x].(*types.Var)
			if !ok || v.Pkg() == nil || !strings.HasPrefix(v.Pkg().Path(), m.path+"/") {
				return ""
			}
			return packageLevel(v)
		default:
			return ""
		}
	}
}

// position is where something stands, relative to the module's root.
func (m *module) position(p *packages.Package, pos token.Pos) string {
	at := p.Fset.Position(pos)
	if rel, err := filepath.Rel(m.root, at.Filename); err == nil {
		at.Filename = filepath.ToSlash(rel)
	}
	return fmt.Sprintf("%s:%d", at.Filename, at.Line)
}
