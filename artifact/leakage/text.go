package leakage

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf8"
)

// undone returns a text, and the same with its string escapes undone level by
// level: a trace inside JSON inside JSON has its lines back. Both are kept, for
// a path such as C:\new\app is no escape.
func undone(s string) []string {
	out := []string{s}
	for range mostUndone {
		t, changed := unescape(s)
		if !changed {
			break
		}
		out, s = append(out, t), t
	}
	if len(out) > 3 {
		out = append(out[:2], out[len(out)-1])
	}
	return out
}

// unescape undoes one level of the escapes of JSON and its kin.
func unescape(s string) (string, bool) {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s, false
	}
	var b strings.Builder
	b.Grow(len(s))
	changed := false
	for {
		b.WriteString(s[:i])
		s = s[i:]
		text, n := escape(s)
		if n == 0 {
			text, n = s[:1], 1
		} else {
			changed = true
		}
		b.WriteString(text)
		s = s[n:]
		if i = strings.IndexByte(s, '\\'); i < 0 {
			b.WriteString(s)
			return b.String(), changed
		}
	}
}

// escape returns what the escape at the start of s stands for, and its length; 0 if it is none.
func escape(s string) (string, int) {
	if len(s) < 2 {
		return "", 0
	}
	switch s[1] {
	case 'n', 'r':
		return "\n", 2
	case 't':
		return "\t", 2
	case '"', '\'', '\\', '/':
		return s[1:2], 2
	case 'u':
		if len(s) >= 6 {
			if r, err := strconv.ParseUint(s[2:6], 16, 16); err == nil {
				if !utf8.ValidRune(rune(r)) {
					r = utf8.RuneError
				}
				return string(rune(r)), 6
			}
		}
	}
	return "", 0
}

// visible is what a reader of a page sees, a line for each block; scripts and
// styles are left out.
func visible(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:i])
		s = s[i:]
		end := strings.IndexByte(s, '>')
		if end < 0 {
			b.WriteString(s)
			break
		}
		name := tagName(s[1:end])
		rest := s[end+1:]
		switch name {
		case "script", "style":
			if at := strings.Index(strings.ToLower(rest[:min(len(rest), mostBody)]), "</"+name); at >= 0 {
				rest = rest[at:]
			}
		case "br", "p", "/p", "li", "/li", "tr", "/tr", "div", "/div", "pre", "/pre", "h1", "/h1", "h2", "/h2", "td", "ul", "/ul", "table":
			b.WriteByte('\n')
		case "": // "a < b" is no tag
			b.WriteByte('<')
			rest = s[1:]
		}
		s = rest
	}
	out := html.UnescapeString(b.String())
	return strings.ReplaceAll(out, "\u00a0", " ")
}

func tagName(s string) string {
	n := 0
	for n < len(s) && n < 12 && (s[n] >= 'a' && s[n] <= 'z' || s[n] >= 'A' && s[n] <= 'Z' || s[n] >= '0' && s[n] <= '9' || s[n] == '/' && n == 0 || s[n] == '!' && n == 0) {
		n++
	}
	return strings.ToLower(s[:n])
}

// masked shortens what was found: enough to recognise it, in one line.
func masked(s string, most int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
