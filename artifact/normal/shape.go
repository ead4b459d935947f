package normal

import "slices"

// maxShingles bounds the shingles kept of a text.
const maxShingles = 5000

// Shape is the set of (star pointer, type) pairs of a JSON body, and of
// 5-word shingles of any other, hashed.
func (v *View) Shape() map[uint64]struct{} {
	v.shaped.Do(func() {
		v.shape = map[uint64]struct{}{}
		if v.Family == JSON {
			for i := range v.Fields {
				h := hashString(offset, v.Fields[i].Star)
				v.shape[hashString(h, "\x00"+v.Fields[i].Type)] = struct{}{}
			}
			return
		}
		v.shingle()
	})
	return v.shape
}

// shingle fills the shape of a text with its runs of five words.
func (v *View) shingle() {
	var last []uint64
	take := func() {
		h := uint64(offset)
		for _, w := range last {
			h = (h ^ w) * prime
		}
		v.shape[h] = struct{}{}
	}
	full := false
	words(v.visible(), func(w string) {
		last = append(last, hashString(offset, v.hide(w)))
		if len(last) > 5 {
			last = slices.Delete(last, 0, 1)
		}
		if len(last) == 5 && len(v.shape) < maxShingles {
			full = true
			take()
		}
	})
	if !full && len(last) > 0 {
		take()
	}
}

// Jaccard is the likeness of two answers: the share of their shapes that both
// have, from 0 to 1. Length never counts, and different families are unlike.
func Jaccard(a, b *View) float64 {
	if a == nil || b == nil || a.Family != b.Family {
		return 0
	}
	sa, sb := a.Shape(), b.Shape()
	if len(sa) == 0 && len(sb) == 0 {
		return 1
	}
	both := 0
	for k := range sa {
		if _, ok := sb[k]; ok {
			both++
		}
	}
	return float64(both) / float64(len(sa)+len(sb)-both)
}

// FNV-1a, written out: it needs no allocation and can go on from a hash.
const (
	offset = 14695981039346656037
	prime  = 1099511628211
)

func hashString(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * prime
	}
	return h
}
