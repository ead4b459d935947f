package redact

import (
	"html"
	"net/url"
	"strings"
)

// mostLine bounds a header line inside a text.
const mostLine = 8 << 10

// afterColon recognises passwords in "scheme://user:password@host" and header
// lines such as TRACE, debug pages and curl commands print.
func (x *scanner) afterColon(i int) (from, to int, with string) {
	s := x.s
	if strings.HasPrefix(s[i:], "://") {
		return x.userinfo(i + 3)
	}
	start := i
	for start > 0 && i-start < 40 && (wordByte(s[start-1]) || s[start-1] == '-') {
		start--
	}
	name := s[start:i]
	if len(name) < 6 || i+1 >= len(s) || s[i+1] != ' ' {
		return 0, 0, ""
	}
	if n := strings.ToLower(name); !carriesHeader(plain(n)) && (!strings.HasPrefix(n, "x-") || headerKind(n) == "") {
		return 0, 0, ""
	}
	from = i + 2
	to = from + indexOrEnd(s[from:min(len(s), from+mostLine)], "\r\n\"'<")
	value := s[from:to]
	if with = x.r.header(strings.ToLower(name), value); with == value {
		return 0, 0, ""
	}
	return from, to, with
}

// userinfo replaces the password before an @ (RFC 3986 §3.2.1).
func (x *scanner) userinfo(i int) (from, to int, with string) {
	rest := x.s[i:min(len(x.s), i+512)]
	if end := strings.IndexAny(rest, "/?# \t\r\n\"'<>"); end >= 0 {
		rest = rest[:end]
	}
	at := strings.LastIndexByte(rest, '@')
	colon := strings.IndexByte(rest, ':')
	if at < 0 || colon < 0 || colon > at || at == colon+1 {
		return 0, 0, ""
	}
	password := rest[colon+1 : at]
	if placeholderAt(password, 0) == len(password) {
		return 0, 0, ""
	}
	return i + colon + 1, i + at, x.r.placeholder("dsn", unescaped(password))
}

// parameter recognises the value of a query key (or of ;jsessionid) at its "=".
func (x *scanner) parameter(i int) (from, to int, with string) {
	s, start := x.s, i
	for start > 0 && i-start < 64 && (wordByte(s[start-1]) || strings.IndexByte("-.[]%", s[start-1]) >= 0) {
		start--
	}
	if start == i || start == 0 {
		return 0, 0, ""
	}
	name, ends := unescaped(s[start:i]), "&# \t\r\n\"'<>;)\\"
	switch s[start-1] {
	case '?', '&', '#':
	case ';':
		if strings.EqualFold(name, "jsessionid") {
			ends += "?/"
		} else if !strings.HasSuffix(s[:start], "&amp;") {
			return 0, 0, ""
		}
	default:
		return 0, 0, ""
	}
	kind := queryKind(name)
	if kind == "" {
		return 0, 0, ""
	}
	from = i + 1
	to = from + indexOrEnd(s[from:], ends)
	with, changed := x.r.secret(kind, unescaped(s[from:to]))
	if !changed {
		return 0, 0, ""
	}
	return from, to, with
}

// assignment recognises the value of a setting at its "=": a line of an
// environment file, a part of a connection string.
func (x *scanner) assignment(i int) (from, to int, with string) {
	s, start := x.s, i
	for start > 0 && i-start < 64 && wordByte(s[start-1]) {
		start--
	}
	if start == i {
		return 0, 0, ""
	}
	name := s[start:i]
	if start > 0 {
		switch s[start-1] {
		case '\n', ';':
		case ' ':
			if n := strings.ToLower(name); n != "password" && n != "pwd" {
				return 0, 0, ""
			}
		default:
			return 0, 0, ""
		}
	}
	switch kindOf(name) {
	case "password", "key", "token", "dsn":
	default:
		return 0, 0, ""
	}
	from = i + 1
	to = from + indexOrEnd(s[from:min(len(s), from+4<<10)], " \t\r\n;\"'<>&,(){}")
	with, changed := x.r.secret(kindOf(name), s[from:to])
	if !changed {
		return 0, 0, ""
	}
	return from, to, with
}

// indexOrEnd returns where the first of the bytes stands, or the length of s.
func indexOrEnd(s, any string) int {
	if i := strings.IndexAny(s, any); i >= 0 {
		return i
	}
	return len(s)
}

func unescaped(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// pair recognises "name": "value" at its first quote wherever it stands: in a
// script, in JSON that was cut off, in JSON inside a string.
func (x *scanner) pair(i int) (from, to int, with string) {
	s, quote := x.s, x.s[i:i+1]
	if i > 0 && s[i-1] == '\\' {
		quote = `\` + quote
	}
	rest := s[i+1 : min(len(s), i+80)]
	end := strings.Index(rest, quote)
	if end <= 0 {
		return 0, 0, ""
	}
	name := rest[:end]
	kind := kindOf(name)
	if kind == "" && !carriesHeader(plain(name)) {
		return 0, 0, ""
	}
	at := blanks(s, i+1+end+len(quote))
	if at >= len(s) || s[at] != ':' {
		return 0, 0, ""
	}
	if at = blanks(s, at+1); !strings.HasPrefix(s[at:], quote) {
		return 0, 0, ""
	}
	from = at + len(quote)
	to = stringEnd(s, from, quote)
	value := s[from:to]
	if plainValue := unquoteJSON(value); plainValue != "" {
		value = plainValue
	}
	if carriesHeader(plain(name)) {
		with = x.r.header(plain(name), value)
		if with == value {
			return 0, 0, ""
		}
		return from, to, with
	}
	with, changed := x.r.secret(kind, value)
	if !changed {
		return 0, 0, ""
	}
	return from, to, with
}

func blanks(s string, i int) int {
	for i < len(s) && strings.IndexByte(" \t\r\n", s[i]) >= 0 {
		i++
	}
	return i
}

// stringEnd returns where a quoted string ends; a torn one ends with the text.
func stringEnd(s string, i int, quote string) int {
	for ; i < len(s); i++ {
		if strings.HasPrefix(s[i:], quote) {
			return i
		}
		if s[i] == '\\' {
			i++
		}
	}
	return len(s)
}

// markup recognises form fields, meta elements and XML elements whose name
// says that they hold a credential.
func (x *scanner) markup(i int) (from, to int, with string) {
	tag := x.s[i:min(len(x.s), i+2048)]
	end := 1 + indexOrEnd(tag[1:], "<>")
	if end < 3 || end == len(tag) || tag[end] == '<' {
		return 0, 0, ""
	}
	tag = tag[:end]
	name, _, _ := strings.Cut(tag[1:], " ")
	switch strings.ToLower(name) {
	case "input":
		return x.field(i, tag, "value")
	case "meta":
		return x.field(i, tag, "content")
	}
	kind := kindOf(name)
	if kind == "" {
		return 0, 0, ""
	}
	from = i + end + 1
	to = from + indexOrEnd(x.s[from:], "<")
	with, changed := x.r.secret(kind, html.UnescapeString(x.s[from:to]))
	if !changed {
		return 0, 0, ""
	}
	return from, to, with
}

// field replaces one attribute of a tag whose name attribute names a credential.
func (x *scanner) field(i int, tag, holder string) (from, to int, with string) {
	nameFrom, nameTo := attribute(tag, "name")
	kind := kindOf(html.UnescapeString(tag[nameFrom:nameTo]))
	if typeFrom, typeTo := attribute(tag, "type"); strings.EqualFold(tag[typeFrom:typeTo], "password") {
		kind = "password"
	}
	if kind == "" {
		return 0, 0, ""
	}
	from, to = attribute(tag, holder)
	with, changed := x.r.secret(kind, html.UnescapeString(tag[from:to]))
	if !changed {
		return 0, 0, ""
	}
	return i + from, i + to, with
}

// attribute returns where in a tag an attribute's value stands; 0, 0 when it has none.
func attribute(tag, name string) (from, to int) {
	for i := 1; i < len(tag); i++ {
		at := strings.IndexByte(tag[i:], '=')
		if at < 0 {
			break
		}
		at += i
		key := strings.TrimRight(tag[i:at], " \t\r\n")
		if cut := strings.LastIndexAny(key, " \t\r\n/"); cut >= 0 {
			key = key[cut+1:]
		}
		from = blanks(tag, at+1)
		to = len(tag)
		if from < len(tag) && (tag[from] == '"' || tag[from] == '\'') {
			quote := tag[from : from+1]
			from++
			if end := strings.Index(tag[from:], quote); end >= 0 {
				to = from + end
			}
		} else if end := strings.IndexAny(tag[from:], " \t\r\n"); end >= 0 {
			to = from + end
		}
		if strings.EqualFold(key, name) {
			return from, to
		}
		i = to
	}
	return 0, 0
}
