package marker

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Hits looks for markers in an answer: in every leaf, every header and every
// reading of the body. Each marker counts once. The places are the most
// telling ones, at most check.MaxExamples, with their values masked.
func Hits(v *normal.View, ms []Marker) (score int, places []check.Place) {
	r := search(v, ms)
	return r.sum, r.places(ms)
}

// Holds reports whether an answer shows what its owner got, labels of pages
// aside; for refusal.Learn.
func Holds(owner, answer *evidence.Exchange) bool {
	ms := slices.DeleteFunc(Learn(Lesson{P: owner}), func(m Marker) bool { return m.label })
	sum, _ := Hits(normal.Of(answer, normal.Mask{}), ms)
	return sum >= Proof
}

// result is what a search found.
type result struct {
	sum   int
	found []bool   // by marker
	where []string // by marker
}

func (r *result) hit(ms []Marker, i int, where string) {
	if r.found[i] {
		return
	}
	r.found[i], r.where[i] = true, where
	r.sum += ms[i].Score
}

func (r *result) places(ms []Marker) []check.Place {
	var hit []int
	for i := range ms {
		if r.found[i] {
			hit = append(hit, i)
		}
	}
	slices.SortStableFunc(hit, func(a, b int) int { return cmp.Compare(ms[b].Score, ms[a].Score) })
	var out []check.Place
	for _, i := range hit[:min(len(hit), check.MaxExamples)] {
		out = append(out, check.Place{Where: r.where[i], Kind: ms[i].Kind, Masked: mask(ms[i].Value)})
	}
	return out
}

// mask keeps three characters: enough to recognise, too little to use.
func mask(s string) string {
	r := []rune(s)
	return string(r[:min(3, len(r))]) + "…"
}

// search finds the markers of ms in v.
func search(v *normal.View, ms []Marker) *result {
	r := &result{found: make([]bool, len(ms)), where: make([]string, len(ms))}
	if len(ms) == 0 || v.Status == 0 {
		return r
	}
	x := newIndex(ms)
	for _, h := range v.Header() {
		if len(h.Value) < 4 {
			continue
		}
		for _, t := range normal.Readings(h.Value) {
			x.scan(ms, t.S, func(i, _ int) { r.hit(ms, i, "header "+h.Name) })
			if strings.IndexByte(t.S, '+') >= 0 { // a space in a query
				x.scan(ms, strings.ReplaceAll(t.S, "+", " "), func(i, _ int) { r.hit(ms, i, "header "+h.Name) })
			}
		}
	}
	for i := range v.Fields {
		l := &v.Fields[i]
		if v.Family != normal.JSON && !keyedField(l) || len(l.Value) < 4 {
			continue
		}
		folded := normal.Fold(l.Value)
		for _, k := range x.exact[folded] {
			if !ms[k].keyed || idKey(l.Key) {
				r.hit(ms, k, orRoot(l.Pointer))
			}
		}
		if v.Family == normal.JSON {
			x.scan(ms, folded, func(k, _ int) { r.hit(ms, k, orRoot(l.Pointer)) })
		}
	}
	for _, t := range v.Texts() {
		x.scan(ms, t.S, func(i, at int) {
			if !r.found[i] {
				r.hit(ms, i, "body byte "+strconv.Itoa(t.Offset(at)))
			}
		})
	}
	return r
}

// keyedField reports fields of tables and pages that stand under a key.
func keyedField(l *normal.Leaf) bool { return l.Key != "" && idKey(l.Key) }

func orRoot(pointer string) string {
	if pointer == "" {
		return "/"
	}
	return pointer
}

// idKey reports keys that name an id.
func idKey(key string) bool {
	k := strings.ToLower(key)
	return k == "id" || strings.HasSuffix(key, "Id") || strings.HasSuffix(key, "ID") || strings.HasSuffix(k, "_id") || strings.HasSuffix(k, "-id") || strings.HasSuffix(k, " id") ||
		strings.HasSuffix(k, "number") || strings.HasSuffix(k, "ref") || strings.HasSuffix(k, "key")
}

// index finds many markers in one pass over a text.
type index struct {
	exact  map[string][]int // by value
	prefix map[uint32][]int // by the first four bytes
	bloom  [64]uint64       // of the prefixes
}

func newIndex(ms []Marker) *index {
	x := &index{exact: make(map[string][]int, len(ms)), prefix: make(map[uint32][]int, len(ms))}
	for i := range ms {
		v := ms[i].Value
		x.exact[v] = append(x.exact[v], i)
		if len(v) >= 4 && !ms[i].keyed {
			p := four(v)
			x.prefix[p] = append(x.prefix[p], i)
			b := p * 2654435761 >> 20
			x.bloom[b>>6] |= 1 << (b & 63)
		}
	}
	return x
}

func four(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// scan calls hit for every marker that stands in a folded text.
func (x *index) scan(ms []Marker, s string, hit func(i, at int)) {
	for at := 0; at+4 <= len(s); at++ {
		p := four(s[at:])
		b := p * 2654435761 >> 20
		if x.bloom[b>>6]&(1<<(b&63)) == 0 {
			continue
		}
		for _, i := range x.prefix[p] {
			m := &ms[i]
			if strings.HasPrefix(s[at:], m.Value) && (!m.whole || edge(s, at, at+len(m.Value)) && !fraction(s, m.Value, at)) {
				hit(i, at)
			}
		}
	}
}

// fraction reports whether a number at s[at] is a part of a longer number, a
// date or a code: 10421 in 10421.50 or in 2026-10421.
func fraction(s, number string, at int) bool {
	if strings.Trim(number, "0123456789.,") != "" {
		return false
	}
	joins := func(i, next int) bool {
		return i >= 0 && i < len(s) && strings.IndexByte(".,-:/", s[i]) >= 0 && next >= 0 && next < len(s) && wordByte(s[next])
	}
	end := at + len(number)
	return joins(at-1, at-2) || joins(end, end+1)
}

// edge reports whether s[i:j] is not a part of a longer word.
func edge(s string, i, j int) bool {
	return (i == 0 || !wordByte(s[i-1]) || !wordByte(s[i])) && (j >= len(s) || !wordByte(s[j]) || !wordByte(s[j-1]))
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}
