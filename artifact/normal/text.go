package normal

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Folded is a text made ready for searching: lower case, white space
// collapsed, encodings undone. Offset leads back to the body.
type Folded struct {
	S    string
	cuts []cut
	from *Folded
}

// cut says that from position out on, the text runs along its source from in.
type cut struct{ out, in int }

// Offset returns the byte of the recorded body that position i comes from.
func (t *Folded) Offset(i int) int {
	for ; t != nil; t = t.from {
		k := sort.Search(len(t.cuts), func(k int) bool { return t.cuts[k].out > i }) - 1
		if k >= 0 {
			i = t.cuts[k].in + i - t.cuts[k].out
		}
	}
	return i
}

// Fold brings a value into the form in which texts are searched: lower case,
// white space collapsed, trimmed.
func Fold(s string) string {
	if simple(s) {
		return s
	}
	return strings.TrimSpace(fold(s, false).S)
}

func simple(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 'A' && c <= 'Z' || c >= 0x80 {
			return false
		}
	}
	return true
}

// fold lower-cases and collapses white space; with cuts when asked for.
func fold(s string, withCuts bool) *Folded {
	t := &Folded{}
	b := make([]byte, 0, len(s))
	aligned := true
	for i := 0; i < len(s); {
		c, w := s[i], 1
		space := c == ' ' || c >= '\t' && c <= '\r'
		var r rune
		if c >= utf8.RuneSelf {
			r, w = utf8.DecodeRuneInString(s[i:])
			space = r == 0xa0 || r == 0x202f || r == 0x2009
		}
		if withCuts && !aligned {
			t.cuts = append(t.cuts, cut{len(b), i})
			aligned = true
		}
		before := len(b)
		switch {
		case space:
			if n := len(b); n == 0 || b[n-1] != ' ' {
				b = append(b, ' ')
			}
		case c >= 'A' && c <= 'Z':
			b = append(b, c|0x20)
		case c < utf8.RuneSelf || r == utf8.RuneError && w == 1:
			b = append(b, c)
		case r == 0x200b || r == 0xfeff: // zero width
		default:
			b = utf8.AppendRune(b, unicode.ToLower(r))
		}
		aligned = len(b)-before == w
		i += w
	}
	t.S = string(b)
	return t
}

// Texts returns the body in every reading, folded: as it is, with encodings
// undone, as a reader of the page sees it, and what stands in base64.
func (v *View) Texts() []*Folded {
	v.folded.Do(func() {
		if v.body == "" {
			return
		}
		v.texts = Readings(v.body)
		if v.Family == HTML {
			v.texts = append(v.texts, fold(v.visible(), false))
		}
	})
	return v.texts
}

// Readings returns a text folded, and again with its encodings undone.
func Readings(s string) []*Folded {
	source := []*Folded{{S: s}}
	for i := 0; i < 3; i++ { // encodings nest: JSON in an attribute, JSON in JSON
		d := decode(source[i])
		if d == nil {
			break
		}
		source = append(source, d)
	}
	for _, t := range source[:len(source):len(source)] {
		d := unpack(t)
		for i := 0; i < 2 && d != nil; i++ {
			source = append(source, d)
			d = decode(d)
		}
	}
	out := make([]*Folded, 0, len(source))
	for _, t := range source {
		f := fold(t.S, true)
		f.from = t
		out = append(out, f)
	}
	return out
}
