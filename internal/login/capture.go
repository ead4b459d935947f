package login

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/launchready/launchready/internal/wire"
)

// errNothing says that an expression is sound but matches nothing.
var errNothing = errors.New("finds nothing")

// capture evaluates an expression on an answer: "header NAME", "cookie NAME"
// (of the jar), "regex …" (first group, else the match), a JSON pointer (RFC
// 6901) or a CSS selector (an input's value, a meta's content, else the text).
func (s *Session) capture(expr string, a *wire.Answer) (string, error) {
	kind, rest, _ := strings.Cut(expr, " ")
	var value string
	var err error
	switch {
	case kind == "header":
		value = a.Header.Get(strings.TrimSpace(rest))
	case kind == "cookie":
		value = s.cookie(strings.TrimSpace(rest))
	case kind == "regex":
		value, err = firstGroup(strings.TrimSpace(rest), a.Body)
	case strings.HasPrefix(expr, "/"):
		value, err = pointer(a.Body, expr)
	default:
		value, err = selectText(a.Body, expr)
	}
	if err == nil && value == "" {
		err = errNothing
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w in an answer %s", expr, err, describe(a))
	}
	return value, nil
}

// cookie returns the value of the named cookie, or "".
func (s *Session) cookie(name string) string {
	for _, k := range s.agent.AllCookies() {
		if k.Name == name {
			return k.Value
		}
	}
	return ""
}

// describe says what kind of answer it was: "200 text/html (1.2 kB)".
func describe(a *wire.Answer) string {
	media, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	if media == "" {
		media = "without a type"
	}
	return fmt.Sprintf("%d %s of %d bytes", a.Status, media, len(a.Body))
}

func firstGroup(expr string, body []byte) (string, error) {
	re, err := regexp.Compile(expr)
	if err != nil {
		return "", fmt.Errorf("read regular expression: %w", err)
	}
	m := re.FindSubmatch(body)
	switch len(m) {
	case 0:
		return "", errNothing
	case 1:
		return string(m[0]), nil
	}
	return string(m[1]), nil
}

// decode reads a JSON document keeping numbers as they are written.
func decode(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("read JSON: %w", err)
	}
	return doc, nil
}

// pointer returns the value at a JSON pointer, RFC 6901: strings and numbers
// as they are, anything else as JSON.
func pointer(body []byte, path string) (string, error) {
	doc, err := decode(body)
	if err != nil {
		return "", err
	}
	return at(doc, path)
}

func at(doc any, path string) (string, error) {
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		switch v := doc.(type) {
		case map[string]any:
			next, ok := v[part]
			if !ok {
				return "", errNothing
			}
			doc = next
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(v) {
				return "", errNothing
			}
			doc = v[i]
		default:
			return "", errNothing
		}
	}
	switch v := doc.(type) {
	case nil:
		return "", errNothing
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	}
	raw, err := json.Marshal(doc)
	return string(raw), err
}

func selectText(body []byte, selector string) (string, error) {
	sel, err := cascadia.Parse(selector)
	if err != nil {
		return "", fmt.Errorf("read CSS selector: %w", err)
	}
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("read HTML: %w", err)
	}
	n := cascadia.Query(doc, sel)
	if n == nil {
		return "", errNothing
	}
	return content(n), nil
}

// content is what an element says: the value of a control, the content of a meta, else its text.
func content(n *html.Node) string {
	switch n.DataAtom {
	case atom.Input, atom.Button, atom.Option:
		return attribute(n, "value")
	case atom.Meta:
		return attribute(n, "content")
	}
	var text strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			text.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(text.String())
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if strings.EqualFold(a.Key, name) {
			return a.Val
		}
	}
	return ""
}
