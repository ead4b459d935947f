package normal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/launchready/launchready/evidence"
)

// Normal is the digest of the normal form: status class, family, where it
// leads, and the body without what changes by itself. Equal digests mean that
// the answers say the same. It is "" when no answer arrived.
func (v *View) Normal() string {
	if v.Status == 0 {
		return ""
	}
	v.once.Do(func() {
		b := &bytes.Buffer{}
		b.Grow(len(v.body) + 64)
		put(b, strconv.Itoa(v.Class()), string(v.Family))
		if v.Class() == 3 {
			put(b, v.hide(v.Location))
		}
		v.form(b)
		sum := sha256.Sum256(b.Bytes())
		v.normal = hex.EncodeToString(sum[:16])
	})
	return v.normal
}

// form writes the normal form of the body.
func (v *View) form(b *bytes.Buffer) {
	switch v.Family {
	case JSON:
		for i := range v.Fields {
			l := &v.Fields[i]
			put(b, v.hide(l.Pointer), l.Type, v.masked(l))
		}
	case HTML, XML:
		for i := range v.marked {
			v.marked[i].form(b, v)
		}
	case Text:
		words(v.body, func(w string) { put(b, v.hide(w)) })
	case Binary:
		if v.digest != "" {
			put(b, v.digest)
		} else {
			put(b, v.body)
		}
	}
}

// put writes strings so that their borders are kept.
func put(b *bytes.Buffer, ss ...string) {
	for _, s := range ss {
		b.WriteString(s)
		b.WriteByte(0)
	}
}

// words calls f with every word of a text, at most maxFields of them.
func words(s string, f func(string)) {
	start, n := -1, 0
	for i := 0; i <= len(s) && n < maxFields; i++ {
		space := i == len(s) || s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r' || s[i] == '\f'
		switch {
		case space && start >= 0:
			f(s[start:i])
			start = -1
			n++
		case !space && start < 0:
			start = i
		}
	}
}

// VolatilePointers returns the pointers, array indexes as *, of JSON leaves
// that differ between two answers to the same request. Leaves that only one
// of them has are left out: that is a change of shape, not of a value.
func VolatilePointers(a, b *evidence.Exchange) []string {
	return VolatileIn(Of(a, Mask{}), Of(b, Mask{}))
}

// VolatileIn is VolatilePointers on views.
func VolatileIn(va, vb *View) []string {
	if va.Family != JSON || vb.Family != JSON || va.Class() != vb.Class() {
		return nil
	}
	was := make(map[string]*Leaf, len(va.Fields))
	for i := range va.Fields {
		was[va.Fields[i].Pointer] = &va.Fields[i]
	}
	var out []string
	seen := map[string]bool{}
	for i := range vb.Fields {
		l := &vb.Fields[i]
		old := was[l.Pointer]
		if old == nil || old.Type == l.Type && old.Value == l.Value || seen[l.Star] {
			continue
		}
		seen[l.Star] = true
		out = append(out, l.Star)
	}
	return out
}
