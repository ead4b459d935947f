package redact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
)

const (
	shortest  = 4    // bytes of a registered secret
	wordy     = 8    // shorter ones must stand as a word of their own
	mostKnown = 1024 // registered values; a portal may change its cookie on each answer
	filterLog = 16
)

// known finds registered secrets in one pass: every spelling is filed under its
// first four bytes, and a bit filter turns almost every position away.
type known struct {
	kinds   map[string]string // value → kind
	files   map[uint32][]spelling
	filter  atomic.Pointer[filter]
	passing []string // values that may be forgotten, oldest first
	gone    int      // forgotten since the filter was made
}

// filter is read without a lock: a clear bit says that no spelling starts so.
type filter [1 << filterLog / 64]atomic.Uint64

func (f *filter) set(first uint32)      { s := slot(first); f[s/64].Or(1 << (s % 64)) }
func (f *filter) has(first uint32) bool { s := slot(first); return f[s/64].Load()&(1<<(s%64)) != 0 }

// spelling is one way a secret is written.
type spelling struct{ text, value string }

func newKnown() *known {
	k := &known{kinds: map[string]string{}, files: map[uint32][]spelling{}}
	k.filter.Store(new(filter))
	return k
}

func four(s string, i int) uint32 {
	return uint32(s[i]) | uint32(s[i+1])<<8 | uint32(s[i+2])<<16 | uint32(s[i+3])<<24
}

// slot is a multiplicative hash (Knuth): the high bits are mixed best.
func slot(first uint32) uint32 { return first * 2654435761 >> (32 - filterLog) }

func (k *known) add(kind, value string) {
	if k.kinds[value] != "" {
		return
	}
	k.kinds[value] = kind
	for _, text := range spellings(value) {
		f := four(text, 0)
		at, _ := slices.BinarySearchFunc(k.files[f], text, func(s spelling, t string) int {
			return len(t) - len(s.text) // longest first
		})
		k.files[f] = slices.Insert(k.files[f], at, spelling{text, value})
		k.filter.Load().set(f)
	}
	switch kind {
	case "cookie", "bearer", "token", "jwt", "csrf":
		k.passing = append(k.passing, value)
	}
	if len(k.passing) > mostKnown {
		k.forget(k.passing[0])
		k.passing = k.passing[1:]
	}
}

func (k *known) forget(value string) {
	delete(k.kinds, value)
	for _, text := range spellings(value) {
		f := four(text, 0)
		k.files[f] = slices.DeleteFunc(k.files[f], func(s spelling) bool { return s.value == value })
		if len(k.files[f]) == 0 {
			delete(k.files, f)
		}
	}
	if k.gone++; k.gone < mostKnown/4 {
		return
	}
	k.gone = 0
	fresh := new(filter)
	for f := range k.files {
		fresh.set(f)
	}
	k.filter.Store(fresh)
}

// find returns the secret spelled at s[i] and where it ends. A secret torn off
// by the end of the text counts from eight bytes on.
func (k *known) find(s string, i int, before byte) (value string, end int) {
	rest := s[i:]
	for _, sp := range k.files[four(s, i)] {
		switch {
		case strings.HasPrefix(rest, sp.text):
			end := i + len(sp.text)
			if len(sp.value) >= wordy || (!wordByte(before) && (end == len(s) || !wordByte(s[end]))) {
				return sp.value, end
			}
		case len(rest) >= wordy && strings.HasPrefix(sp.text, rest):
			return sp.value, len(s)
		}
	}
	return "", -1
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c >= 0x80
}

// spellings returns the ways a value is written in URLs, markup, JSON and tokens.
func spellings(v string) []string {
	out := []string{v}
	for _, escaped := range []string{url.QueryEscape(v), url.PathEscape(v), escapeAll(v)} {
		out = append(out, escaped, lowerEscapes(escaped))
	}
	out = append(out, html.EscapeString(v))
	if b, err := json.Marshal(v); err == nil { // with < > & escaped
		out = append(out, string(b[1:len(b)-1]))
	}
	quoted := quoteJSON(v)
	quoted = quoted[1 : len(quoted)-1]
	out = append(out, quoted, strings.ReplaceAll(quoted, "/", `\/`))
	for lead := range 3 {
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			out = append(out, inside(enc, v, lead))
		}
	}
	if len(v) >= wordy {
		out = append(out, hex.EncodeToString([]byte(v)), strings.ToUpper(hex.EncodeToString([]byte(v))))
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(s string) bool { return len(s) < shortest+1 && s != v })
}

// inside returns the base64 digits that v determines alone when lead bytes
// stand before it and any number after it.
func inside(enc *base64.Encoding, v string, lead int) string {
	if lead > 0 && len(v) < wordy-2 {
		return ""
	}
	digits := enc.EncodeToString(append(make([]byte, lead), v...))
	if (lead+len(v))%3 != 0 {
		digits = digits[:len(digits)-1]
	}
	return digits[(lead*8+5)/6:]
}

// escapeAll escapes every byte but letters and digits, as encodeURIComponent's stricter kin do.
func escapeAll(v string) string {
	var b strings.Builder
	for i := range len(v) {
		if c := v[i]; wordByte(c) && c < 0x80 && c != '_' {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteString(strings.ToUpper(hex.EncodeToString([]byte{c})))
		}
	}
	return b.String()
}

// lowerEscapes writes %2F as %2f.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:], strings.ToLower(string(b[i+1:i+3])))
			i += 2
		}
	}
	return string(b)
}

// basicPair decodes the value of Basic credentials (RFC 7617 §2).
func basicPair(b64 string) (user, password string, ok bool) {
	raw, err := base64.StdEncoding.DecodeString(b64)
	if err != nil {
		return "", "", false
	}
	return strings.Cut(string(raw), ":")
}
