package portal

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds of a configuration file. Real ones are a few kilobytes; the parser
// recurses and takes time with the square of what one line nests, so tokens
// are counted before it sees them.
const (
	maxFile   = 1 << 20
	maxTokens = 20_000
	maxDepth  = 32
	maxNodes  = 50_000 // nodes read, aliases followed: a few anchors can name billions
)

// blockStyle is the hint for what flow style cannot hold.
const blockStyle = `write it in block style, one plain request a line; braces, "?" and "${" need quotes inside { } and [ ]`

// document parses the one YAML document in data; nil for an empty file.
func document(file string, data []byte) (root ast.Node, err error) {
	if len(data) > maxFile {
		return nil, failed(file, fmt.Sprintf("is larger than %d bytes", maxFile), "", nil)
	}
	// The parser is not ours; a file that makes it panic is a file that cannot be read.
	defer func() {
		if cause := recover(); cause != nil {
			root, err = nil, failed(file, fmt.Sprintf("cannot be parsed: %v", cause), blockStyle, nil)
		}
	}()
	tokens := lexer.Tokenize(string(data))
	if len(tokens) > maxTokens {
		return nil, failed(file, fmt.Sprintf("holds more than %d tokens", maxTokens), "", nil)
	}
	// Duplicate keys are ours to report, with their path.
	parsed, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxError(file, string(data), err)
	}
	for _, doc := range parsed.Docs {
		switch {
		case doc.Body == nil:
		case root != nil:
			at := doc.Body.GetToken().Position
			return nil, &Error{File: file, Problems: []Problem{{
				Line: at.Line, Column: at.Column, Message: "a second document starts here", Hint: "one file holds one document",
			}}}
		default:
			root = doc.Body
		}
	}
	return root, nil
}

// syntaxError gives a parse error its place and a hint from the line it is on.
func syntaxError(file, data string, err error) error {
	var at interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if !errors.As(err, &at) || at.GetToken() == nil {
		message, _, _ := strings.Cut(err.Error(), "\n")
		return failed(file, "is not YAML: "+message, "", err)
	}
	position := at.GetToken().Position
	line := ""
	if lines := strings.Split(data, "\n"); position.Line >= 1 && position.Line <= len(lines) {
		line = lines[position.Line-1]
	}
	return &Error{File: file, Cause: err, Problems: []Problem{{
		Line: position.Line, Column: position.Column,
		Message: "is not YAML: " + at.GetMessage(),
		Hint:    syntaxHint(line, at.GetMessage()),
	}}}
}

// flow finds where a line opens a flow mapping or list.
var flow = regexp.MustCompile(`(^|[:\-\[{,] ?)\s*[\[{]`)

func syntaxHint(line, message string) string {
	switch {
	case strings.HasPrefix(line, "\t"), strings.Contains(message, "'\t'"):
		return "indent with spaces, not with a tab"
	case flow.MatchString(line), strings.Contains(message, "'}'"), strings.Contains(message, "']'"):
		return blockStyle
	case strings.Contains(message, "mapping value is not allowed"):
		return `put a text that holds ": " in quotes`
	}
	return ""
}
