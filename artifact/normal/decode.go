package normal

import (
	"encoding/base64"
	"html"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// decode undoes HTML entities, escapes of JSON and JavaScript, and
// percent-encoding, each where it stands; nil when there are none.
func decode(t *Folded) *Folded {
	s := t.S
	if !strings.ContainsAny(s, "&\\%") {
		return nil
	}
	out := &Folded{from: t}
	b := make([]byte, 0, len(s))
	changed, moved := false, false
	for i := 0; i < len(s); {
		if moved {
			out.cuts = append(out.cuts, cut{len(b), i})
			moved = false
		}
		n := 0
		switch s[i] {
		case '&':
			b, n = entity(b, s[i:])
		case '\\':
			b, n = escape(b, s[i:])
		case '%':
			b, n = percent(b, s[i:])
		}
		if n == 0 {
			b = append(b, s[i])
			i++
			continue
		}
		i += n
		changed, moved = true, true
	}
	if !changed {
		return nil
	}
	out.S = string(b)
	return out
}

// entity decodes the HTML entity that s begins with; n is its length, 0 if none.
func entity(b []byte, s string) (_ []byte, n int) {
	end := strings.IndexByte(s[:min(len(s), 34)], ';')
	if end < 2 {
		return b, 0
	}
	text := html.UnescapeString(s[:end+1])
	if text == s[:end+1] {
		return b, 0
	}
	return append(b, text...), end + 1
}

// escape decodes the backslash escape that s begins with.
func escape(b []byte, s string) (_ []byte, n int) {
	if len(s) < 2 {
		return b, 0
	}
	switch s[1] {
	case 'u':
		r, ok := hexRune(s, 2, 4)
		if !ok {
			return b, 0
		}
		if utf16.IsSurrogate(r) {
			if low, ok := hexRune(s, 8, 4); ok && strings.HasPrefix(s[6:], `\u`) {
				return utf8.AppendRune(b, utf16.DecodeRune(r, low)), 12
			}
		}
		return utf8.AppendRune(b, r), 6
	case 'x':
		r, ok := hexRune(s, 2, 2)
		if !ok {
			return b, 0
		}
		return utf8.AppendRune(b, r), 4
	case 'n', 'r', 't':
		return append(b, ' '), 2
	case '/', '"', '\'', '\\':
		return append(b, s[1]), 2
	}
	return b, 0
}

func hexRune(s string, at, n int) (rune, bool) {
	if len(s) < at+n {
		return 0, false
	}
	x, err := strconv.ParseUint(s[at:at+n], 16, 32)
	return rune(x), err == nil
}

// percent decodes the percent-encoded byte that s begins with (RFC 3986 §2.1).
func percent(b []byte, s string) (_ []byte, n int) {
	r, ok := hexRune(s, 1, 2)
	if !ok {
		return b, 0
	}
	return append(b, byte(r)), 3
}

// minBase64 is the length of a base64 run that holds enough to tell: twelve bytes.
const minBase64 = 16

// unpack returns what the base64 runs of t hold, where they hold text; nil
// when none does. A position leads back into the run it comes from.
func unpack(t *Folded) *Folded {
	s := t.S
	out := &Folded{from: t}
	var b strings.Builder
	take := func(i, j int) bool {
		text, ok := unbase64(s[i:j])
		if ok {
			out.cuts = append(out.cuts, cut{b.Len(), i})
			b.WriteString(text)
			b.WriteByte('\n')
		}
		return ok
	}
	for i := 0; i < len(s); i++ {
		if !base64Byte(s[i]) {
			continue
		}
		j := runEnd(s, i)
		if j-i >= minBase64 && !take(i, j) {
			parts(s, i, j, take)
		}
		i = j
	}
	if b.Len() == 0 {
		return nil
	}
	out.S = b.String()
	return out
}

// runEnd returns where the base64 run that begins at i ends. Runs may be
// folded into lines (RFC 2045 §6.8).
func runEnd(s string, i int) int {
	start, j := i, i+1
	for j < len(s) {
		if base64Byte(s[j]) {
			j++
			continue
		}
		k := j
		for k < len(s) && (s[k] == '\r' || s[k] == '\n') {
			k++
		}
		if k == j || j-start < 60 || k == len(s) || !base64Byte(s[k]) {
			break
		}
		start, j = k, k+1
	}
	return j
}

// parts takes the parts of a run between slashes: they may belong to a path
// in which the run stands.
func parts(s string, i, j int, take func(i, j int) bool) {
	for k := i; k < j; {
		end := k
		for end < j && s[end] != '/' {
			end++
		}
		if end-k >= minBase64 && end-k < j-i {
			take(k, end)
		}
		k = end + 1
	}
}

func base64Byte(c byte) bool {
	return tokenByte(c) || c == '+' || c == '/'
}

// unbase64 decodes a run if it is base64 of printable text.
func unbase64(s string) (string, bool) {
	if strings.ContainsAny(s, "\r\n") {
		s = strings.NewReplacer("\r", "", "\n", "").Replace(s)
	}
	enc := base64.RawStdEncoding
	if strings.ContainsAny(s, "-_") {
		enc = base64.RawURLEncoding
	}
	raw, err := enc.DecodeString(s)
	if err != nil || !utf8.Valid(raw) {
		return "", false
	}
	text, bad := string(raw), 0
	for _, r := range text {
		if !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			bad++
		}
	}
	return text, bad == 0
}
