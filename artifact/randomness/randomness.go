// Package randomness estimates how hard the identifiers of a portal are to
// guess, from a few of them. It keeps none of the values it measures.
package randomness

import (
	"math"
	"strconv"
	"strings"

	"github.com/launchready/launchready/artifact"
)

// step is how far numbers of one sequence may lie apart and still be a counter
// or a clock: three quarters of an hour in microseconds.
const step = 1 << 31

// Measure estimates values, given in the order in which they were made. What
// all of them share, at the ends and at any other position, is not counted.
// The estimate is an upper bound: a hash of a counter looks like chance.
func Measure(values []string) artifact.TokenSample {
	s := artifact.TokenSample{Count: len(values)}
	if len(values) == 0 {
		return s
	}
	distinct := map[string]bool{}
	s.Length = len(values[0])
	for _, v := range values {
		distinct[v] = true
		s.Length = min(s.Length, len(v))
	}
	s.Distinct = len(distinct)
	if s.Distinct < 2 {
		s.Prefix = s.Length
		return s
	}
	rest, prefix := trimmed(values)
	s.Prefix = prefix
	width := len(rest[0])
	for _, r := range rest {
		width = min(width, len(r))
	}
	used := map[byte]bool{}
	for at := range width {
		if vary(rest, at, used) {
			s.Varying++
		}
	}
	if width == 0 { // one is another with something behind it
		s.Varying = 1
	}
	s.Alphabet = alphabet(used)
	s.Bits = math.Round(float64(s.Varying)*math.Log2(float64(max(2, s.Alphabet)))*10) / 10
	s.Ordered = ordered(rest)
	return s
}

// trimmed returns the values without what all begin and end with.
func trimmed(values []string) (rest []string, prefix int) {
	first := values[0]
	prefix, suffix := len(first), len(first)
	for _, v := range values[1:] {
		n := 0
		for n < min(prefix, len(v)) && v[n] == first[n] {
			n++
		}
		prefix = n
	}
	for _, v := range values {
		n := 0
		for n < min(suffix, min(len(v), len(first))-prefix) && v[len(v)-1-n] == first[len(first)-1-n] {
			n++
		}
		suffix = n
	}
	rest = make([]string, len(values))
	for i, v := range values {
		rest[i] = v[prefix : len(v)-suffix]
	}
	return rest, prefix
}

// vary reports whether a position differs between the values, and notes what stands there.
func vary(values []string, at int, used map[byte]bool) bool {
	differs := false
	for _, v := range values {
		differs = differs || v[at] != values[0][at]
	}
	if differs {
		for _, v := range values {
			used[v[at]] = true
		}
	}
	return differs
}

// alphabet is the size of the smallest usual alphabet that holds what was used.
func alphabet(used map[byte]bool) int {
	var digits, lowHex, upHex, lower, upper, other bool
	for c := range used {
		switch {
		case c >= '0' && c <= '9':
			digits = true
		case c >= 'a' && c <= 'f':
			lowHex = true
		case c >= 'A' && c <= 'F':
			upHex = true
		case c >= 'a' && c <= 'z':
			lower = true
		case c >= 'A' && c <= 'Z':
			upper = true
		default:
			other = true
		}
	}
	lowHex, upHex = lowHex || lower, upHex || upper
	switch {
	case other:
		return 64
	case lowHex && upHex && digits:
		return 62
	case lowHex && upHex:
		return 52
	case lower || upper:
		if digits {
			return 36
		}
		return 26
	case lowHex || upHex:
		return 16
	}
	return 10
}

// ordered reports whether the values are numbers, decimal or hexadecimal, that
// only grow and by little: a counter or a clock.
func ordered(values []string) bool {
	for _, base := range []int{10, 16} {
		last, grows := uint64(0), true
		for i, v := range values {
			n, err := strconv.ParseUint(strings.TrimLeft(v, "0")+"", base, 64)
			if err != nil && strings.Trim(v, "0") != "" {
				grows = false
				break
			}
			if i > 0 && (n <= last || n-last > step) {
				grows = false
				break
			}
			last = n
		}
		if grows {
			return true
		}
	}
	return false
}
