package normal

import "strings"

// timeAt returns the length of the time of day with its date that begins at
// s[i], or 0: RFC 3339 and its relatives, and HTTP dates (RFC 9110 §5.6.7).
func timeAt(s string, i int) int {
	if i > 0 && (wordByte(s[i-1]) || s[i-1] == '-') && s[i-1] != 'T' {
		return 0
	}
	rest := s[i:]
	if like(rest, "9999-99-99") && len(rest) > 10 && (rest[10] == 'T' || rest[10] == 't' || rest[10] == ' ') && like(rest[11:], "99:99") {
		return 11 + clockLen(rest[11:])
	}
	if like(rest, "aaa, 99 aaa 9999 99:99:99") {
		n := len("aaa, 99 aaa 9999 99:99:99")
		for _, zone := range []string{" GMT", " UTC", " +0000"} {
			if strings.HasPrefix(rest[n:], zone) {
				return n + len(zone)
			}
		}
		return n
	}
	if like(rest, "99:99:99") {
		return clockLen(rest)
	}
	return 0
}

// clockLen returns the length of hours, minutes, seconds, fraction and zone.
func clockLen(s string) int {
	n := len("99:99")
	if like(s[n:], ":99") {
		n += 3
	}
	if n < len(s) && (s[n] == '.' || s[n] == ',') && n+1 < len(s) && digit(s[n+1]) {
		for n++; n < len(s) && digit(s[n]); n++ {
		}
	}
	switch {
	case n < len(s) && (s[n] == 'Z' || s[n] == 'z'):
		n++
	case like(s[n:], "+99:99"), like(s[n:], "-99:99"):
		n += 6
	case like(s[n:], "+9999"), like(s[n:], "-9999"):
		n += 5
	}
	return n
}

// like reports whether s begins like a pattern: 9 is a digit, a is a letter,
// anything else is itself.
func like(s, pattern string) bool {
	if len(s) < len(pattern) {
		return false
	}
	for i := range len(pattern) {
		c := s[i]
		switch pattern[i] {
		case '9':
			if !digit(c) {
				return false
			}
		case 'a':
			if (c|0x20) < 'a' || (c|0x20) > 'z' {
				return false
			}
		default:
			if c != pattern[i] {
				return false
			}
		}
	}
	return true
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// Timestamp reports whether a value is a point in time, under its key: a
// date, a time, or seconds or milliseconds since 1970 under a key that says so.
func Timestamp(key, value string) bool {
	value = strings.TrimSpace(value)
	if like(value, "9999-99-99") && len(value) == 10 {
		return true
	}
	if value != "" && timeAt(value, 0) == len(value) {
		return true
	}
	return epoch(value) && timely(key)
}

// epoch reports whether a number could be seconds or milliseconds since 1970,
// between 2001 and 2100.
func epoch(s string) bool {
	whole, fraction, _ := strings.Cut(s, ".")
	for i := range len(whole) {
		if !digit(whole[i]) {
			return false
		}
	}
	return len(fraction) <= 9 && (len(whole) == 10 && whole[0] >= '1' && whole[0] <= '4' || len(whole) == 13 && whole[0] >= '1' && whole[0] <= '4')
}
