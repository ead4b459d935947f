package normal

import (
	"strconv"
	"strings"
)

// Escape makes a key a reference token of a JSON pointer (RFC 6901 §3).
func Escape(key string) string {
	if !strings.ContainsAny(key, "~/") {
		return key
	}
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}

// Unescape is the reverse of Escape.
func Unescape(token string) string {
	if !strings.Contains(token, "~") {
		return token
	}
	return strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
}

// Lookup returns the values of v at a JSON pointer (RFC 6901), in which a
// token * stands for every element of an array or every member of an object
// that has no member of that very name. Nothing there gives nil; the empty
// pointer gives v itself.
func Lookup(v any, pointer string) []any {
	if pointer == "" {
		return []any{v}
	}
	at := []any{v}
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		token = Unescape(token)
		var next []any
		for _, x := range at {
			next = step(next, x, token)
		}
		if at = next; len(at) == 0 {
			return nil
		}
	}
	return at
}

// step appends what a token names in x.
func step(out []any, x any, token string) []any {
	switch x := x.(type) {
	case map[string]any:
		if v, ok := x[token]; ok {
			return append(out, v)
		}
		if token == "*" {
			for _, k := range sortedKeys(x) {
				out = append(out, x[k])
			}
		}
	case []any:
		if token == "*" {
			return append(out, x...)
		}
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(x) && strconv.Itoa(i) == token {
			return append(out, x[i])
		}
	}
	return out
}
