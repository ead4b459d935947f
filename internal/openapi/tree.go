package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// kind tells values apart.
type kind uint8

const (
	null kind = iota
	boolean
	number
	text
	list
	object
)

// node is one value of a document, whichever notation it was written in. The
// tree of a YAML document with aliases is a graph and may even hold cycles:
// every walk bounds its own depth.
type node struct {
	kind  kind
	value string   // of a scalar, as written
	names []string // of an object's fields, in order, each once
	kids  []*node
	index map[string]int // of the names, when there are many
}

// indexFrom is how many fields an object has when it gets an index.
const indexFrom = 24

// add appends a field; of two with one name the first counts.
func (n *node) add(name string, kid *node) {
	if n.at(name) >= 0 {
		return
	}
	if n.index != nil {
		n.index[name] = len(n.names)
	}
	n.names, n.kids = append(n.names, name), append(n.kids, kid)
	if len(n.names) == indexFrom {
		n.index = make(map[string]int, 2*indexFrom)
		for i, have := range n.names {
			n.index[have] = i
		}
	}
}

func (n *node) at(name string) int {
	if n.index == nil {
		return slices.Index(n.names, name)
	}
	if i, ok := n.index[name]; ok {
		return i
	}
	return -1
}

// get returns the named field, or nil.
func (n *node) get(name string) *node {
	if n == nil || n.kind != object {
		return nil
	}
	if i := n.at(name); i >= 0 {
		return n.kids[i]
	}
	return nil
}

// is reports whether n exists and is of that kind.
func (n *node) is(k kind) bool { return n != nil && n.kind == k }

// str returns the value of a scalar, or "".
func (n *node) str() string {
	if n == nil || n.kind == list || n.kind == object || n.kind == null {
		return ""
	}
	return n.value
}

// yes reports whether n is the boolean true.
func (n *node) yes() bool { return n.is(boolean) && n.value == "true" }

// texts returns a string, or the strings of a list.
func (n *node) texts() []string {
	if n.is(text) {
		return []string{n.value}
	}
	if !n.is(list) {
		return nil
	}
	var out []string
	for _, kid := range n.kids {
		if s := kid.str(); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// parse reads JSON or YAML into a tree. A damaged file gives what could be
// read of it, with a problem.
func parse(data []byte) (*node, []Problem) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	switch {
	case len(trimmed) == 0:
		return nil, []Problem{{Message: "the document is empty"}}
	case len(data) > maxBytes:
		return nil, []Problem{{Message: fmt.Sprintf("the document is larger than %d MiB", maxBytes>>20)}}
	case trimmed[0] == '<':
		return nil, []Problem{{Message: "an HTML or XML page, not an OpenAPI document"}}
	case trimmed[0] == '{':
		root, err := parseJSON(trimmed)
		if err == nil {
			return root, nil
		}
		// Flow-style YAML begins with a brace too.
		if len(data) <= maxYAML && !errors.Is(err, errTooMany) {
			if again, problems := parseYAML(data); again != nil && len(problems) == 0 {
				return again, nil
			}
		}
		return root, []Problem{{Message: fmt.Sprintf("damaged JSON, read as far as it goes: %v", err)}}
	case len(data) > maxYAML:
		return nil, []Problem{{Message: fmt.Sprintf("the YAML document is larger than %d MiB; convert it to JSON", maxYAML>>20)}}
	}
	return parseYAML(data)
}

var errTooMany = fmt.Errorf("more than %d values", maxNodes)

// jsonReader builds a tree from a stream of tokens, so that a cut document
// still gives its beginning and a huge one stops at the bound.
type jsonReader struct {
	dec   *json.Decoder
	nodes int
}

func parseJSON(data []byte) (*node, error) {
	r := &jsonReader{dec: json.NewDecoder(bytes.NewReader(data))}
	r.dec.UseNumber()
	root, err := r.value(0)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return root, err
}

// value reads the next value. With an error it returns what there is of it.
func (r *jsonReader) value(depth int) (*node, error) {
	tok, err := r.dec.Token()
	if err != nil {
		return nil, err
	}
	if r.nodes++; r.nodes > maxNodes {
		return nil, errTooMany
	}
	switch t := tok.(type) {
	case json.Delim:
		if depth >= maxDepth {
			return &node{}, r.skip()
		}
		if t == '{' {
			return r.fields(depth)
		}
		return r.elements(depth)
	case string:
		return &node{kind: text, value: strings.Clone(t)}, nil
	case json.Number:
		return &node{kind: number, value: t.String()}, nil
	case bool:
		return &node{kind: boolean, value: fmt.Sprint(t)}, nil
	}
	return &node{}, nil
}

func (r *jsonReader) fields(depth int) (*node, error) {
	n := &node{kind: object}
	for r.dec.More() {
		name, err := r.dec.Token()
		if err != nil {
			return n, err
		}
		kid, err := r.value(depth + 1)
		if kid != nil {
			n.add(fmt.Sprint(name), kid)
		}
		if err != nil {
			return n, err
		}
	}
	_, err := r.dec.Token()
	return n, err
}

func (r *jsonReader) elements(depth int) (*node, error) {
	n := &node{kind: list}
	for r.dec.More() {
		kid, err := r.value(depth + 1)
		if kid != nil {
			n.kids = append(n.kids, kid)
		}
		if err != nil {
			return n, err
		}
	}
	_, err := r.dec.Token()
	return n, err
}

// skip reads past a value whose opening was read; what nests too deep is left out.
func (r *jsonReader) skip() error {
	for open := 1; open > 0; {
		tok, err := r.dec.Token()
		if err != nil {
			return err
		}
		switch tok {
		case json.Delim('{'), json.Delim('['):
			open++
		case json.Delim('}'), json.Delim(']'):
			open--
		}
	}
	return nil
}
