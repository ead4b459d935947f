// Package marker finds one party's private data in another party's answers.
// Markers are learned from what the owner gets and nobody else may see; a
// leak is proven when enough of them show up elsewhere, whatever the status.
// On that ground the package decides the trials of the gatherers. It is pure.
package marker

import (
	"strings"
	"unicode"

	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
)

// Set is a corpus of values, hashed: what somebody has been shown. Values
// compare without case and with white space collapsed. A nil Set is empty.
// Never add an answer that is on trial: a leak must not excuse itself.
type Set struct {
	values map[uint64]struct{}
	base   *Set // held as well
	pages  int  // pages and texts seen whole, so that labels are known as such
}

// NewSet returns a set of values.
func NewSet(values ...string) *Set {
	s := &Set{values: map[uint64]struct{}{}}
	s.Add(values...)
	return s
}

// Add adds values as they are.
func (s *Set) Add(values ...string) {
	for _, v := range values {
		s.put(normal.Fold(v))
	}
}

func (s *Set) put(folded string) {
	if folded == "" {
		return
	}
	if s.values == nil {
		s.values = map[uint64]struct{}{}
	}
	s.values[sum(offset, folded)] = struct{}{}
}

// AddExchange adds everything an answer shows: leaves, keys, words and phrases
// of its texts, header values, and its digest.
func (s *Set) AddExchange(ex *evidence.Exchange) { s.AddView(normal.Of(ex, normal.Mask{})) }

// AddView is AddExchange on a view.
func (s *Set) AddView(v *normal.View) {
	if v.Status == 0 {
		return
	}
	if v.Family == normal.HTML && v.Class() == 2 {
		s.pages++
	}
	for i := range v.Fields {
		s.addText(v.Fields[i].Value)
	}
	for _, h := range v.Header() {
		s.addText(h.Value)
	}
	if d := v.Digest(); d != "" {
		s.Add("digest:" + d)
	}
}

// maxPhrase is how many words a phrase has that is remembered by itself.
const maxPhrase = 5

// addText adds a text, its lines, and its phrases.
func (s *Set) addText(text string) {
	folded := normal.Fold(text)
	if folded == "" {
		return
	}
	s.put(folded)
	if strings.IndexByte(text, '\n') >= 0 {
		for line := range strings.Lines(text) {
			s.put(normal.Fold(line))
		}
	}
	if !strings.ContainsAny(folded, " ,;:/=\"") {
		return
	}
	words := split(folded)
	if len(words) == 1 {
		s.put(words[0])
	}
	for i := range words {
		h := uint64(offset)
		for j := i; j < len(words) && j < i+maxPhrase; j++ {
			if j > i {
				h = sum(h, " ")
			}
			h = sum(h, words[j])
			s.values[h] = struct{}{}
		}
	}
}

// split returns the words of a folded text without their punctuation: what
// stands in quotes or ends a sentence is the same word as elsewhere.
func split(folded string) []string {
	words := strings.FieldsFunc(folded, func(r rune) bool {
		switch r {
		case '.', '@', '_', '-', '+', '#', '\'', '’':
			return false
		}
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	kept := words[:0]
	for _, w := range words {
		if w = strings.Trim(w, ".'’"); w != "" {
			kept = append(kept, w)
		}
	}
	return kept
}

// Has reports whether the set holds a value, or every phrase of a long one.
func (s *Set) Has(value string) bool {
	if s.Len() == 0 {
		return false
	}
	folded := normal.Fold(value)
	if s.is(folded) {
		return true
	}
	words := split(folded)
	if len(words) == 0 {
		return false
	}
	if len(words) <= maxPhrase {
		return s.is(strings.Join(words, " "))
	}
	for i := 0; i+maxPhrase <= len(words); i++ {
		if !s.is(strings.Join(words[i:i+maxPhrase], " ")) {
			return false
		}
	}
	return true
}

func (s *Set) is(folded string) bool {
	h := sum(offset, folded)
	for ; s != nil; s = s.base {
		if _, ok := s.values[h]; ok {
			return true
		}
	}
	return false
}

// Len is the number of values and phrases held.
func (s *Set) Len() int {
	n := 0
	for ; s != nil; s = s.base {
		n += len(s.values)
	}
	return n
}

// With returns a set over this one that also holds what answers show.
func (s *Set) With(answers ...*evidence.Exchange) *Set {
	out := s.with()
	for _, ex := range answers {
		out.AddExchange(ex)
	}
	return out
}

// with returns a set over this one that also holds what answers show.
func (s *Set) with(answers ...Answer) *Set {
	out := &Set{values: map[uint64]struct{}{}}
	if s != nil {
		out.base, out.pages = s, s.pages
	}
	for _, a := range answers {
		if a.Ex != nil {
			out.AddView(plain(a))
		}
	}
	return out
}

// FNV-1a, 64 bits: the same in every run, so that an old bundle is judged alike.
const (
	offset = 14695981039346656037
	prime  = 1099511628211
)

func sum(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * prime
	}
	return h
}
