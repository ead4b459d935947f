package jose

import (
	"encoding/base64"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// deepest is how many encodings around a token are taken off.
const deepest = 3

// compact is the form of a token in a longer text: a header that begins with
// {", two parts and a signature that may be empty.
var compact = regexp.MustCompile(`ey[A-Za-z0-9_-]{8,}={0,2}\.[A-Za-z0-9_-]*={0,2}\.[A-Za-z0-9_-]*={0,2}(?:\.[A-Za-z0-9_-]+){0,2}`)

// access is what stands before an access token among several, also percent-encoded.
var access = regexp.MustCompile(`(?i)access_?token(?:["\\':= ]|%22|%3a|%3d|%20)*$`)

// Found is a token inside a value.
type Found struct {
	Token     Token
	Encrypted bool // its claims cannot be read: Token holds its header alone
	// With returns the value with another token in its place.
	With func(token string) string
}

// Find looks for a token in a value as credentials are sent: alone, after a
// scheme, inside JSON, percent-encoded, in base64. The access token is taken
// where there are several.
func Find(value string) (Found, bool) { return find(value, deepest) }

func find(s string, depth int) (Found, bool) {
	if len(s) > longest {
		return Found{}, false
	}
	if f, ok := within(s); ok || depth == 0 {
		return f, ok
	}
	if strings.Contains(s, "%") {
		if plain, err := url.QueryUnescape(s); err == nil && plain != s {
			if f, ok := find(plain, depth-1); ok {
				inner := f.With
				f.With = func(token string) string { return url.QueryEscape(inner(token)) }
				return f, true
			}
		}
	}
	return decoded(s, depth)
}

// within finds a token that stands plainly in s.
func within(s string) (Found, bool) {
	var best Found
	found := false
	for _, at := range compact.FindAllStringIndex(s, 16) {
		t, err := Parse(s[at[0]:at[1]])
		if err != nil && !errors.Is(err, ErrEncrypted) {
			continue
		}
		before, after := s[:at[0]], s[at[1]:]
		f := Found{Token: t, Encrypted: err != nil, With: func(token string) string { return before + token + after }}
		named := access.MatchString(before)
		if !found || named {
			best, found = f, true
		}
		if named {
			break
		}
	}
	return best, found
}

// decoded looks into base64, of either alphabet, also after a word such as "base64-".
func decoded(s string, depth int) (Found, bool) {
	prefix, body := "", s
	if i := strings.LastIndexAny(s, "-: "); i >= 0 && i < 16 && len(s)-i > 32 {
		prefix, body = s[:i+1], s[i+1:]
	}
	for _, try := range []struct{ prefix, body string }{{"", s}, {prefix, body}} {
		for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			raw, err := enc.DecodeString(try.body)
			if err != nil || len(raw) < 16 || !utf8.Valid(raw) {
				continue
			}
			if f, ok := find(string(raw), depth-1); ok {
				inner, before := f.With, try.prefix
				f.With = func(token string) string { return before + enc.EncodeToString([]byte(inner(token))) }
				return f, true
			}
		}
	}
	return Found{}, false
}
