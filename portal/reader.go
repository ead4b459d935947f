package portal

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// reader walks a parsed file. It knows where it is, so that every problem has
// its line, column and path, and keeps what needs the whole file to be judged.
type reader struct {
	file    string
	dir     string
	env     func(string) (string, bool)
	anchors map[string]ast.Node
	path    []string
	nodes   int
	marks   map[string]Problem // path → where its key stands

	problems []Problem
	warnings []Problem
	secrets  []Secret
	held     map[string]Secret // "env:NAME" or "file:path" → value, kept out of texts that travel
	uses     []use
	strays   []stray
}

// use is one ${name} of a recipe or resource.
type use struct {
	name  string
	owner string // "login", "login.api", "resources.issues"
	part  string // the key below owner: "steps", "also", "detail"
	at    Problem
}

// stray is a key of an identity that is fine when a recipe asks for it.
type stray struct {
	identity string
	name     string
	value    Secret
	at       Problem
}

// open parses data and returns a reader and the root; nil root when the file is empty.
func open(file, dir string, data []byte, env func(string) (string, bool)) (*reader, ast.Node, error) {
	root, err := document(file, data)
	if err != nil {
		return nil, nil, err
	}
	if env == nil {
		env = func(string) (string, bool) { return "", false }
	}
	r := &reader{file: file, dir: dir, env: env, anchors: map[string]ast.Node{}, marks: map[string]Problem{}, held: map[string]Secret{}}
	if root != nil {
		ast.Walk(r, root)
	}
	return r, root, nil
}

// Visit implements ast.Visitor: it collects the anchors.
func (r *reader) Visit(n ast.Node) ast.Visitor {
	if a, is := n.(*ast.AnchorNode); is && a.Name != nil {
		r.anchors[a.Name.GetToken().Value] = a.Value
	}
	return r
}

// err returns the problems found, in file order, or nil.
func (r *reader) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	shown := min(len(r.problems), maxProblems)
	return &Error{File: r.file, Problems: r.problems[:shown], More: len(r.problems) - shown}
}

// here is a problem at n, still without a message.
func (r *reader) here(n ast.Node) Problem {
	p := Problem{Path: r.joined()}
	if n == nil {
		return p
	}
	// A block mapping's own token is its first colon; people look for the key.
	if m, is := n.(*ast.MappingNode); is && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0].Key
	}
	if m, is := n.(*ast.MappingValueNode); is {
		n = m.Key
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		p.Line, p.Column = t.Position.Line, t.Position.Column
	}
	return p
}

// where names the current place in messages.
func (r *reader) where() string {
	if len(r.path) == 0 {
		return r.root()
	}
	return r.joined()
}

// joined is the path as people write it: login.steps[1].form.
func (r *reader) joined() string {
	return strings.ReplaceAll(strings.Join(r.path, "."), ".[", "[")
}

func (r *reader) root() string { return base(r.file) + " root" }

// fail notes a problem at n.
func (r *reader) fail(n ast.Node, hint, format string, args ...any) {
	r.failAt(r.here(n), hint, format, args...)
}

func (r *reader) failAt(at Problem, hint, format string, args ...any) {
	at.Message, at.Hint = fmt.Sprintf(format, args...), hint
	if !slices.Contains(r.problems, at) { // a node may be looked at twice
		r.problems = append(r.problems, at)
	}
}

func (r *reader) warnAt(at Problem, hint, format string, args ...any) {
	at.Message, at.Hint = fmt.Sprintf(format, args...), hint
	r.warnings = append(r.warnings, at)
}

// under runs f one step deeper.
func (r *reader) under(name string, f func()) {
	r.path = append(r.path, name)
	f()
	r.path = r.path[:len(r.path)-1]
}

// resolve follows anchors, aliases and tags to the node that holds the value,
// within bounds; nil when that fails.
func (r *reader) resolve(n ast.Node) ast.Node {
	start := n
	for range maxDepth {
		switch v := n.(type) {
		case *ast.AnchorNode:
			n = v.Value
		case *ast.TagNode:
			n = v.Value
		case *ast.AliasNode:
			name := ""
			if v.Value != nil {
				name = v.Value.GetToken().Value
			}
			target, known := r.anchors[name]
			if !known {
				r.fail(start, "put a text that starts with * in quotes", "no anchor is called %q", name)
				return nil
			}
			n = target
		default:
			return r.count(start, n)
		}
	}
	r.fail(start, "", "the alias leads back to itself")
	return nil
}

func (r *reader) count(start, n ast.Node) ast.Node {
	r.nodes++
	switch {
	case len(r.path) > 0 && (r.nodes == maxNodes || len(r.path) == maxDepth):
		r.fail(start, "", "%s is nested or repeated too often", r.path[0])
		return nil
	case r.nodes > maxNodes || len(r.path) > maxDepth:
		return nil
	}
	return n
}

// entry is one key of a mapping.
type entry struct {
	name  string
	key   ast.Node
	value ast.Node
}

// entries returns the keys of a mapping in file order, each once; ok is false when n is no mapping.
func (r *reader) entries(n ast.Node) (out []entry, ok bool) {
	var values []*ast.MappingValueNode
	switch v := r.resolve(n).(type) {
	case *ast.MappingNode:
		values = v.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{v}
	default:
		return nil, false
	}
	seen := map[string]int{}
	for _, v := range values {
		e := entry{name: keyText(v.Key), key: v.Key, value: v.Value}
		_, merge := v.Key.(*ast.MergeKeyNode)
		line := r.here(v.Key).Line
		switch {
		case merge:
			r.fail(v.Key, "write the keys out", "merge keys are not read")
		case e.name == "":
			r.fail(v.Key, "", "a key of %s is not plain text", r.where())
		case seen[e.name] > 0:
			r.fail(v.Key, "", "key %q under %s was already given on line %d", e.name, r.where(), seen[e.name])
		default:
			seen[e.name] = line
			r.under(e.name, func() { r.marks[r.joined()] = r.here(e.key) })
			out = append(out, e)
		}
	}
	return out, true
}

// keyText returns the text of a scalar key, "" for any other.
func keyText(n ast.Node) string {
	switch k := n.(type) {
	case *ast.StringNode:
		return k.Value
	case *ast.MappingKeyNode:
		return keyText(k.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return k.GetToken().Value
	}
	return ""
}

// isNull reports whether nothing was written.
func isNull(n ast.Node) bool {
	_, null := n.(*ast.NullNode)
	return n == nil || null
}

// scalar returns the text of n as it was written, without quotes.
func (r *reader) scalar(n ast.Node) (string, bool) {
	switch v := r.resolve(n).(type) {
	case nil:
		return "", false
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return v.GetToken().Value, true
	case *ast.NullNode:
		r.fail(n, "", "%s is empty", r.where())
	case *ast.MappingNode, *ast.MappingValueNode:
		r.fail(n, r.braceHint(v), "%s takes a text, not a mapping", r.where())
	case *ast.SequenceNode:
		r.fail(n, "", "%s takes one text, not a list", r.where())
	default:
		r.fail(n, "", "%s cannot be read", r.where())
	}
	return "", false
}

// braceHint explains the mapping that unquoted braces make.
func (r *reader) braceHint(n ast.Node) string {
	if m, is := n.(*ast.MappingNode); is && m.IsFlowStyle {
		return blockStyle
	}
	return ""
}
