package normal

import (
	"slices"
	"strings"
)

// masked is the value of a leaf as it stands in the normal form.
func (v *View) masked(l *Leaf) string {
	switch {
	case slices.Contains(v.mask.Volatile, l.Star):
		return "‹volatile›"
	case l.Value == "":
		return ""
	case fleeting(l.Key):
		return "‹fleeting›"
	case l.Type == "number":
		if v.echo.exact[l.Value] {
			return "‹echo›"
		}
		if epoch(l.Value) && timely(l.Key) {
			return "‹time›"
		}
		return l.Value
	case l.Type == "boolean":
		return l.Value
	}
	return v.hide(l.Value)
}

// Mask is what the view is seen under.
func (v *View) Mask() Mask { return v.mask }

// Masks reports whether a leaf says nothing of its own under the view's mask.
func (v *View) Masks(l *Leaf) bool {
	m := v.masked(l)
	return m != l.Value && strings.HasPrefix(m, "‹") && strings.HasSuffix(m, "›") && strings.Count(m, "‹") == 1
}

// hide masks what is not the answer's own in a text: echoes, times, how long
// it took, unknown UUIDs, random tokens and the placeholders of anti-forgery tokens.
func (v *View) hide(s string) string {
	return v.tokens(v.echo.hide(s))
}

// tokens is hide without the echoes.
func (v *View) tokens(s string) string {
	if !strings.ContainsAny(s, "0123456789[") {
		return s
	}
	if len(s) < 8 { // too short for anything else
		if i := strings.IndexAny(s, "0123456789"); i < 0 || tookAt(s, i) == 0 {
			return s
		}
	}
	return maskTokens(s, v.mask.Known)
}

// maskTokens masks times, UUIDs that are not known, random tokens and
// redacted anti-forgery tokens.
func maskTokens(s string, known map[string]bool) string {
	var b strings.Builder
	done := 0
	put := func(from, to int, by string) {
		b.WriteString(s[done:from])
		b.WriteString(by)
		done = to
	}
	for i := 0; i < len(s); {
		if s[i] == '[' {
			if n := fleetingPlaceholder(s[i:]); n > 0 {
				put(i, i+n, "‹token›")
				i += n
				continue
			}
		}
		if n := timeAt(s, i); n > 0 {
			put(i, i+n, "‹time›")
			i += n
			continue
		}
		if n := tookAt(s, i); n > 0 {
			put(i, i+n, "‹took›")
			i += n
			continue
		}
		if !tokenByte(s[i]) {
			i++
			continue
		}
		j := i + 1
		for j < len(s) && tokenByte(s[j]) {
			j++
		}
		if word := s[i:j]; !known[word] {
			switch {
			case Format(word) == FormatUUID:
				put(i, j, "‹uuid›")
			case random(word):
				put(i, j, "‹random›")
			}
		}
		i = j
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

func tokenByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-'
}

// fleetingPlaceholder returns the length of a redaction placeholder of a
// value that changes by itself ("[redacted:csrf:1a2b3c4d]"), or 0.
func fleetingPlaceholder(s string) int {
	kind, n := Placeholder(s)
	if n > 0 && (kind == "csrf" || kind == "cookie" || kind == "nonce") {
		return n
	}
	return 0
}

// Placeholder returns the kind and the length of the redaction placeholder
// that s begins with ("[redacted:KIND:xxxxxxxx]"); 0 when there is none.
func Placeholder(s string) (kind string, n int) {
	rest, ok := strings.CutPrefix(s, "[redacted:")
	if !ok {
		return "", 0
	}
	end := strings.IndexByte(rest[:min(len(rest), 80)], ']')
	if end < 0 {
		return "", 0
	}
	kind, _, ok = strings.Cut(rest[:end], ":")
	if !ok {
		return "", 0
	}
	return kind, len("[redacted:") + end + 1
}

// random reports whether a word looks like a made-up token: long, with
// letters and digits so mixed that nobody would write it.
func random(s string) bool {
	if len(s) < 12 {
		return false
	}
	var digits, upper, lower, marks, turns int
	hex, last := true, 0
	for i := range len(s) {
		kind := 0
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
			kind = 1
		case c >= 'a' && c <= 'z':
			lower++
			kind = 2
			hex = hex && c <= 'f'
		case c >= 'A' && c <= 'Z':
			upper++
			kind = 3
			hex = hex && c <= 'F'
		default:
			marks++
			hex = false
			continue
		}
		if last != 0 && kind != last {
			turns++
		}
		last = kind
	}
	switch {
	case digits == 0 || lower+upper == 0:
		return false
	case hex:
		return turns >= 3
	case marks > 0 && (upper == 0 || lower == 0 || len(s) < 16):
		return false // words and numbers with separators: "AC-2026-0042"
	}
	return turns*4 >= len(s) && digits*12 >= len(s)
}
