package evidence

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// unquote decodes a JSON string in one pass. Bodies are nearly all there is in
// a record, and a bundle holds thousands: encoding/json would go over each
// three more times. It leaves what is rare or wrong to encoding/json, by not ok.
func unquote(raw []byte) (text []byte, ok bool) {
	if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return nil, false
	}
	raw = raw[1 : len(raw)-1]
	if !utf8.Valid(raw) {
		return nil, false
	}
	text = make([]byte, 0, len(raw))
	for {
		i := bytes.IndexByte(raw, '\\')
		plain := raw
		if i >= 0 {
			plain = raw[:i]
		}
		if bytes.IndexByte(plain, '"') >= 0 {
			return nil, false
		}
		text = append(text, plain...)
		if i < 0 {
			return text, true
		}
		raw = raw[i+1:]
		n := 0
		if text, n = escape(text, raw); n == 0 {
			return nil, false
		}
		raw = raw[n:]
	}
}

// escape appends what the escape after a backslash stands for and returns how
// long it is; 0 when it is none, or half of a surrogate pair.
func escape(text, raw []byte) ([]byte, int) {
	if len(raw) == 0 {
		return text, 0
	}
	switch raw[0] {
	case '"', '\\', '/':
		return append(text, raw[0]), 1
	case 'n':
		return append(text, '\n'), 1
	case 't':
		return append(text, '\t'), 1
	case 'r':
		return append(text, '\r'), 1
	case 'b':
		return append(text, '\b'), 1
	case 'f':
		return append(text, '\f'), 1
	case 'u':
		if len(raw) < 5 {
			return text, 0
		}
		r, err := strconv.ParseUint(string(raw[1:5]), 16, 16)
		if err != nil || !utf8.ValidRune(rune(r)) {
			return text, 0
		}
		return utf8.AppendRune(text, rune(r)), 5
	}
	return text, 0
}
