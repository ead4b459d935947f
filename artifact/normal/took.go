package normal

import (
	"strings"
	"unicode/utf8"
)

// tookAt returns the length of a measured time at s[i:], as pages tell how
// long they took: "3ms", "12.5 µs", "0.23 seconds"; 0 when there is none.
// Whole seconds, minutes and days are left: people write them.
func tookAt(s string, i int) int {
	if s[i] < '0' || s[i] > '9' || i > 0 && (tokenByte(s[i-1]) || s[i-1] == '.' || s[i-1] == ',') {
		return 0
	}
	j, fraction := i, false
	for j < len(s) && (s[j] >= '0' && s[j] <= '9' || (s[j] == '.' || s[j] == ',') && !fraction && j+1 < len(s) && s[j+1] >= '0' && s[j+1] <= '9') {
		fraction = fraction || s[j] == '.' || s[j] == ','
		j++
	}
	unit := j
	if unit < len(s) && s[unit] == ' ' {
		unit++
	}
	end := unit
	for end < len(s) {
		c, n := utf8.DecodeRuneInString(s[end:])
		if n == 1 && !tokenByte(s[end]) || n > 1 && c != 'µ' && c != 'μ' {
			break
		}
		end += n
	}
	switch strings.ToLower(s[unit:end]) {
	case "ms", "msec", "msecs", "millisecond", "milliseconds", "µs", "μs", "us", "ns":
		return end - i
	case "s", "sec", "secs", "second", "seconds":
		if fraction {
			return end - i
		}
	}
	return 0
}
