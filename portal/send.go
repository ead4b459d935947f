package portal

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// sendWords are the ways a credential travels.
func sendWords() []string {
	return []string{"cookie", "bearer ${token}", "header NAME: ${token}", "basic", "json-field NAME: ${token}", "query NAME: ${token}", "none"}
}

// sendForm reads how a credential travels. "header X-Auth: ${token}" needs quotes
// in YAML; without them and on a line of its own it is a mapping of one key, and is read as well.
func sendForm() form[Send] {
	from := template()
	read := func(r *reader, n ast.Node, into *Send) {
		raw := ""
		if entries, ok := r.entries(n); ok && len(entries) == 1 {
			value := ""
			from.read(r, entries[0].value, &value)
			raw = entries[0].name + ": " + value
		} else {
			before := len(r.problems)
			from.read(r, n, &raw)
			if len(r.problems) != before {
				return
			}
		}
		send, wrong, hint := parseSend(raw)
		if wrong != "" {
			r.fail(n, hint, "%s: %s", r.where(), wrong)
			return
		}
		// The default of bearer names a variable that is not written.
		if !strings.Contains(raw, "${token}") && send.Value == "${token}" {
			r.check(n, send.Value)
		}
		*into = send
	}
	return form[Send]{shape: &shape{kind: kindText, word: strings.Join(sendWords(), " | ")}, read: read}
}

func parseSend(t string) (s Send, wrong, hint string) {
	kind, rest, _ := strings.Cut(strings.TrimSpace(t), " ")
	rest = strings.TrimSpace(rest)
	switch kind {
	case "cookie", "basic", "none":
		if rest != "" {
			return s, fmt.Sprintf("%s takes nothing after it, not %q", kind, rest), `a cookie of your own is "header Cookie: name=${token}"`
		}
		return Send{Kind: kind}, "", ""
	case "bearer":
		if rest == "" {
			rest = "${token}"
		}
		return Send{Kind: kind, Value: rest}, "", ""
	case "header", "json-field", "query":
		name, value, ok := strings.Cut(rest, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || name == "" || value == "" || (kind == "header" && !isToken(name)) {
			return s, fmt.Sprintf("%q lacks a name or a value", t), `write "` + kind + ` NAME: ${token}"`
		}
		return Send{Kind: kind, Name: name, Value: value}, "", ""
	}
	return s, fmt.Sprintf("%q is no way to send a credential", kind), suggest(kind, []string{"cookie", "bearer", "header", "basic", "json-field", "query", "none"}, "one of")
}

// csrfForm reads how unsafe requests prove where they come from.
func csrfForm() form[CSRF] {
	return parsed(text(), "header NAME from EXPRESSION | form-field NAME [from EXPRESSION] | fetch-metadata | none", "", parseCSRF)
}

func parseCSRF(t string) (c CSRF, wrong, hint string) {
	kind, rest, _ := strings.Cut(strings.TrimSpace(t), " ")
	rest = strings.TrimSpace(rest)
	switch kind {
	case "fetch-metadata", "none":
		if rest != "" {
			return c, fmt.Sprintf("%s takes nothing after it, not %q", kind, rest), ""
		}
		return CSRF{Kind: kind}, "", ""
	case "header", "form-field":
		name, from, _ := strings.Cut(rest, " from ")
		name = strings.TrimSpace(name)
		if name == "" || strings.ContainsAny(name, " :") {
			return c, fmt.Sprintf("%q names no %s", t, kind), "write " + kind + " NAME from meta[name=…]"
		}
		from, wrong, hint = parseFrom(strings.TrimSpace(from))
		return CSRF{Kind: kind, Name: name, From: from}, wrong, hint
	}
	return c, fmt.Sprintf("%q is no CSRF handling", kind), suggest(kind, []string{"header", "form-field", "fetch-metadata", "none"}, "one of")
}

// parseFrom reads a capture expression that a page's path may stand before.
func parseFrom(t string) (from, wrong, hint string) {
	if t == "" {
		return "", "", ""
	}
	expr := t
	if page, rest, two := strings.Cut(t, " "); two && strings.HasPrefix(page, "/") {
		expr = strings.TrimSpace(rest)
	}
	_, wrong, hint = parseCapture(expr)
	return t, wrong, hint
}
