package normal

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Formats of ids.
const (
	FormatInteger  = "integer"
	FormatUUID     = "uuid"     // RFC 9562, any version
	FormatULID     = "ulid"     // 26 characters, Crockford's base32
	FormatKSUID    = "ksuid"    // 27 characters, base62
	FormatObjectID = "objectid" // 24 hexadecimal digits
	FormatCUID     = "cuid"     // c and 24 lower-case characters
	FormatCUID2    = "cuid2"    // 24 lower-case characters, the first a letter
	FormatNanoID   = "nanoid"   // 21 characters of base64url
	FormatHex      = "hex"      // 16 or more hexadecimal digits: a digest, a random id
	FormatHashID   = "hashid"   // a short mixed word, perhaps with a prefix: "inv_8sK2mPq1"
	FormatSlug     = "slug"     // words and digits with separators
)

// Format returns the format of an id, or "" when the value is none.
func Format(s string) string {
	if s == "" || len(s) > 128 {
		return ""
	}
	var k kinds
	for i := range len(s) {
		k.see(s[i])
	}
	switch {
	case k.other > 0:
		return ""
	case k.digits == len(s) && len(s) <= 19:
		return FormatInteger
	case len(s) == 36 && isUUID(s):
		return FormatUUID
	}
	if k.marks == 0 {
		if f := k.solid(s); f != "" {
			return f
		}
	}
	if len(s) == 21 && k.mixed() && k.dots == 0 {
		return FormatNanoID
	}
	if tail := s[strings.LastIndexByte(s, '_')+1:]; hashLike(tail) {
		return FormatHashID
	}
	if s[0] == '-' || s[0] == '.' || s[0] == '_' {
		return ""
	}
	return FormatSlug
}

// kinds counts the kinds of characters of a value.
type kinds struct {
	digits, hex, lower, upper, marks, dots, other int // hex: letters a–f; marks: - _ .
}

func (k *kinds) see(c byte) {
	switch {
	case digit(c):
		k.digits++
	case c >= 'a' && c <= 'z':
		k.lower++
		if c <= 'f' {
			k.hex++
		}
	case c >= 'A' && c <= 'Z':
		k.upper++
		if c <= 'F' {
			k.hex++
		}
	case c == '-' || c == '_':
		k.marks++
	case c == '.':
		k.marks++
		k.dots++
	default:
		k.other++
	}
}

// mixed reports whether digits, upper and lower case all occur.
func (k *kinds) mixed() bool { return k.digits > 0 && k.lower > 0 && k.upper > 0 }

// solid returns the format of a value of letters and digits alone.
func (k *kinds) solid(s string) string {
	hex := k.digits+k.hex == len(s) && (k.lower == 0 || k.upper == 0)
	switch {
	case len(s) == 24 && hex:
		return FormatObjectID
	case len(s) == 26 && s[0] <= '7' && (k.lower == 0 || k.upper == 0) && crockford(s):
		return FormatULID
	case len(s) == 27 && k.mixed() && s[0] <= '2':
		return FormatKSUID
	case len(s) == 25 && s[0] == 'c' && k.upper == 0 && k.digits > 1:
		return FormatCUID
	case len(s) == 24 && k.upper == 0 && k.digits > 1 && s[0] >= 'a':
		return FormatCUID2
	case len(s) >= 16 && hex && k.digits > 0:
		return FormatHex
	}
	return ""
}

// hashLike reports whether a word is short and mixed, like a hashid.
func hashLike(s string) bool {
	var k kinds
	turns := 0
	for i := range len(s) {
		was := k
		k.see(s[i])
		if i > 0 && (digit(s[i]) != digit(s[i-1]) || (was.upper < k.upper) != (s[i-1] >= 'A' && s[i-1] <= 'Z')) {
			turns++
		}
	}
	return len(s) >= 6 && len(s) <= 40 && k.mixed() && k.marks == 0 && k.other == 0 && turns >= 3
}

func isUUID(s string) bool {
	for i := range len(s) {
		switch i {
		case 8, 13, 18, 23:
			if s[i] != '-' {
				return false
			}
		default:
			if hexDigit(s[i]) < 0 {
				return false
			}
		}
	}
	return true
}

const crockfordAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func crockford(s string) bool {
	for i := range len(s) {
		if strings.IndexByte(crockfordAlphabet, upper(s[i])) < 0 {
			return false
		}
	}
	return true
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 32
	}
	return c
}

func hexDigit(c byte) int {
	switch {
	case digit(c):
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// Unique reports whether ids of a format are unique in the world; the others
// can be guessed, or mean another object in another tenant.
func Unique(format string) bool {
	switch format {
	case FormatUUID, FormatULID, FormatKSUID, FormatObjectID, FormatCUID, FormatCUID2, FormatNanoID, FormatHex, FormatHashID:
		return true
	}
	return false
}

// Unlike returns an id of the same shape that names nothing: for an integer,
// one far beyond it and all known ones; else every character changed within
// its kind (a UUID keeps its version and variant). It is the same every time.
func Unlike(value string, known ...string) string {
	format := Format(value)
	if format == FormatInteger {
		return beyond(value, known)
	}
	out := flip(value, format)
	if Format(out) != format {
		out = stir(value, 0)
	}
	for n := 0; n < 16 && slices.Contains(known, out); n++ {
		out = stir(out, n)
	}
	return out
}

// beyond returns an integer 10⁶ above the largest, of at most 19 digits.
func beyond(value string, known []string) string {
	top, _ := new(big.Int).SetString(value, 10)
	for _, k := range known {
		if n, ok := new(big.Int).SetString(k, 10); ok && Format(k) == FormatInteger && n.Cmp(top) > 0 {
			top = n
		}
	}
	next := new(big.Int).Add(top, big.NewInt(1_000_000))
	if !next.IsInt64() {
		n, _ := strconv.ParseUint(value, 10, 64)
		return strconv.FormatUint(n/2+1_000_003, 10)
	}
	return next.String()
}

// flip changes every character within its kind.
func flip(s, format string) string {
	b := []byte(s)
	lower := strings.ToUpper(s) != s
	for i, c := range b {
		switch {
		case format == FormatUUID && (i == 14 || i == 19): // RFC 9562 §4.1, §4.2
		case (format == FormatKSUID || format == FormatCUID) && i == 0:
		case format == FormatULID:
			b[i] = flipCrockford(c, i == 0, lower)
		default:
			b[i] = flipByte(c)
		}
	}
	return string(b)
}

// stir changes one character of an id, the n-th from the end that can be.
func stir(s string, n int) string {
	for i := len(s) - 1; i >= 0; i-- {
		if c := flipByte(s[i]); c != s[i] {
			if n == 0 {
				return s[:i] + string(c) + s[i+1:]
			}
			n--
		}
	}
	return s
}

// flipByte maps digits to digits and letters to letters of their case,
// hexadecimal ones among themselves; a sum of two ends is odd, so that
// nothing is its own image.
func flipByte(c byte) byte {
	for _, ends := range []string{"09", "af", "gz", "AF", "GZ"} {
		if c >= ends[0] && c <= ends[1] {
			return ends[0] + ends[1] - c
		}
	}
	return c
}

func flipCrockford(c byte, first, lower bool) byte {
	i := strings.IndexByte(crockfordAlphabet, upper(c))
	if i < 0 {
		return c
	}
	if first {
		return crockfordAlphabet[(i+1)%8]
	}
	out := crockfordAlphabet[31-i]
	if lower && out >= 'A' {
		return out + 32
	}
	return out
}
