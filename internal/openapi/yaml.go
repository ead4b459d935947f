package openapi

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"

	yaml "github.com/pb33f/go-yaml"
)

// maxMends is how many damaged entries are cut out of a YAML document before it is given up.
const maxMends = 16

// errorLine finds the line in a message of the parser: "… at L6.C15", "… at L6.C15-L7.C2".
var errorLine = regexp.MustCompile(`L(\d+)\.C\d+`)

// parseYAML reads YAML. A syntax error costs the entry it stands in (an entry of
// "paths", as a rule), which is blanked before the rest is read again.
func parseYAML(data []byte) (*node, []Problem) {
	var problems []Problem
	for {
		root, err := decodeYAML(data)
		if err == nil {
			b := &yamlBuilder{seen: map[*yaml.Node]*node{}}
			tree := b.build(root, 0)
			if b.nodes > maxNodes {
				problems = append(problems, Problem{Message: errTooMany.Error() + "; the rest was left out"})
			}
			return tree, problems
		}
		mended, what := cutEntry(data, err)
		if mended == nil || len(problems) >= maxMends {
			return nil, append(problems, Problem{Message: fmt.Sprintf("not readable as YAML: %v", err)})
		}
		problems = append(problems, Problem{Message: fmt.Sprintf("damaged YAML, left out %s: %v", what, err)})
		data = mended
	}
}

// decodeYAML parses without expanding aliases. The parser is somebody else's and
// the document is anybody's, so a panic in it is one more damaged document.
func decodeYAML(data []byte) (root *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			root, err = nil, fmt.Errorf("the parser gave up: %v", p)
		}
	}()
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, err
	}
	if doc.Kind == yaml.DocumentNode && len(doc.Content) > 0 {
		return doc.Content[0], nil
	}
	return &doc, nil
}

// cutEntry blanks the indented entry that holds the line of a syntax error: the
// lines from the nearest one above with the least indentation under a top-level
// key up to its next sibling. It returns nil when there is none.
func cutEntry(data []byte, err error) ([]byte, string) {
	found := errorLine.FindAllStringSubmatch(err.Error(), -1)
	if found == nil {
		return nil, ""
	}
	at, convErr := strconv.Atoi(found[len(found)-1][1])
	lines := bytes.Split(data, []byte("\n"))
	if convErr != nil || at < 1 {
		return nil, ""
	}
	at = min(at, len(lines)) - 1
	top := at
	for top > 0 && indentOf(lines[top]) != 0 {
		top--
	}
	least := 0
	for i := top + 1; i < len(lines) && indentOf(lines[i]) != 0; i++ {
		if in := indentOf(lines[i]); in > 0 {
			least = in
			break
		}
	}
	if least == 0 || at == top {
		return nil, ""
	}
	first := at
	for first > top+1 && indentOf(lines[first]) != least {
		first--
	}
	last := first + 1
	for last < len(lines) && (indentOf(lines[last]) > least || indentOf(lines[last]) < 0) {
		last++
	}
	what := string(bytes.TrimSpace(lines[first]))
	out := make([][]byte, len(lines))
	copy(out, lines)
	cut := false
	for i := first; i < last; i++ {
		cut = cut || len(bytes.TrimSpace(lines[i])) > 0
		out[i] = nil
	}
	if !cut {
		return nil, ""
	}
	return bytes.Join(out, []byte("\n")), strconv.Quote(shorten(what))
}

// indentOf counts leading spaces; -1 for a blank line or a comment.
func indentOf(line []byte) int {
	rest := bytes.TrimLeft(line, " ")
	if len(bytes.TrimSpace(rest)) == 0 || rest[0] == '#' {
		return -1
	}
	return len(line) - len(rest)
}

// shorten keeps the beginning of a text for a message.
func shorten(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}

// yamlBuilder turns YAML nodes into the tree; an alias becomes the same node
// once more, never a copy, which is what makes exponential documents harmless.
type yamlBuilder struct {
	seen  map[*yaml.Node]*node
	nodes int
}

func (b *yamlBuilder) build(y *yaml.Node, depth int) *node {
	if y == nil || depth > maxDepth {
		return &node{}
	}
	if y.Kind == yaml.AliasNode {
		return b.build(y.Alias, depth+1)
	}
	if n := b.seen[y]; n != nil {
		return n
	}
	n := &node{}
	if b.nodes++; b.nodes > maxNodes {
		return n
	}
	if y.Anchor != "" {
		b.seen[y] = n
	}
	switch y.Kind {
	case yaml.MappingNode:
		n.kind = object
		b.fields(n, y, depth)
	case yaml.SequenceNode:
		n.kind = list
		for _, c := range y.Content {
			n.kids = append(n.kids, b.build(c, depth+1))
		}
	case yaml.ScalarNode:
		n.kind, n.value = scalarKind(y), y.Value
		if n.kind == boolean {
			var v bool
			if y.Decode(&v) == nil {
				n.value = strconv.FormatBool(v)
			}
		}
	}
	return n
}

// fields fills in a mapping; what a merge key (<<) names comes after its own fields.
func (b *yamlBuilder) fields(n *node, y *yaml.Node, depth int) {
	var merged []*node
	for i := 0; i+1 < len(y.Content); i += 2 {
		kid := b.build(y.Content[i+1], depth+1)
		if y.Content[i].ShortTag() == "!!merge" {
			merged = append(merged, kid)
			if kid.kind == list {
				merged = append(merged, kid.kids...)
			}
			continue
		}
		n.add(y.Content[i].Value, kid)
	}
	for _, m := range merged {
		for i, name := range m.names {
			if b.nodes++; b.nodes > maxNodes {
				return
			}
			n.add(name, m.kids[i])
		}
	}
}

func scalarKind(y *yaml.Node) kind {
	switch y.ShortTag() {
	case "!!null":
		return null
	case "!!bool":
		return boolean
	case "!!int", "!!float":
		return number
	}
	return text
}
