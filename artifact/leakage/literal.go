package leakage

import (
	"regexp"
	"strings"
)

// sign is one signature. A text is looked at closely only around one of its
// literals, so that a run's many megabytes cost one cheap pass.
type sign struct {
	class, name string
	low         bool // says something of the inside, yet harms nobody by itself
	markup      bool // markup that users' text cannot make: it counts in any page
	anywhere    bool // counts outside of errors too
	frame       bool // second tier: lines of this kind are counted
	literals    []string
	pattern     *regexp.Regexp // nil: the literal is enough
}

func one(class, name, pattern string, literals ...string) sign {
	s := sign{class: class, name: name, literals: literals}
	if pattern != "" {
		s.pattern = regexp.MustCompile(pattern)
	}
	return s
}

func low(s sign) sign    { s.low = true; return s }
func page(s sign) sign   { s.markup = true; return s }
func always(s sign) sign { s.anywhere = true; return s }

// table finds literals by their first two bytes.
type table struct {
	signs  []sign
	starts []uint64
	files  map[uint16][]entry
}

type entry struct {
	literal string
	sign    int
}

func tableOf(groups ...[]sign) table {
	t := table{starts: make([]uint64, 1<<16/64), files: map[uint16][]entry{}}
	for _, g := range groups {
		for _, s := range g {
			for _, l := range s.literals {
				k := uint16(l[0]) | uint16(l[1])<<8
				t.starts[k/64] |= 1 << (k % 64)
				t.files[k] = append(t.files[k], entry{l, len(t.signs)})
			}
			t.signs = append(t.signs, s)
		}
	}
	return t
}

// Around a literal, a pattern sees this much, from the start of its line on.
const (
	before = 400
	after  = 900
	tries  = 60 // literals of one signature that are looked at in one text
)

// found is where a signature stands.
type found struct {
	sign     *sign
	from, to int
	lines    int // of frames: how many lines
}

// find returns the first place of every signature that s holds.
func (t table) find(s string) []found {
	var out []found
	var tried []int // by sign; made when the first literal is met
	var at []int    // by sign: its place in out plus one
	var last []int  // by sign: where its last line ended
	for i := 0; i+1 < len(s); i++ {
		k := uint16(s[i]) | uint16(s[i+1])<<8
		if t.starts[k/64]&(1<<(k%64)) == 0 {
			continue
		}
		for _, e := range t.files[k] {
			if len(s)-i < len(e.literal) || s[i:i+len(e.literal)] != e.literal {
				continue
			}
			if tried == nil {
				tried, at, last = make([]int, len(t.signs)), make([]int, len(t.signs)), make([]int, len(t.signs))
			}
			g := &t.signs[e.sign]
			if at[e.sign] > 0 && (!g.frame || i < last[e.sign]) || tried[e.sign] >= tries {
				continue
			}
			tried[e.sign]++
			from, to := g.match(s, i, len(e.literal))
			switch {
			case to <= from:
			case at[e.sign] > 0:
				out[at[e.sign]-1].lines++
				last[e.sign] = lineEnd(s, to, len(s))
			default:
				out = append(out, found{g, from, to, 1})
				at[e.sign] = len(out)
				last[e.sign] = lineEnd(s, to, len(s))
			}
		}
	}
	return out
}

// match looks for the pattern around a literal.
func (g *sign) match(s string, i, n int) (from, to int) {
	if g.pattern == nil {
		return i, i + n
	}
	start := lineStart(s, i, max(0, i-before))
	loc := g.pattern.FindStringIndex(s[start:min(len(s), i+after)])
	if loc == nil {
		return 0, 0
	}
	return start + loc[0], start + loc[1]
}

func lineStart(s string, i, least int) int {
	for i > least && s[i-1] != '\n' {
		i--
	}
	return i
}

func lineEnd(s string, i, most int) int {
	for i < most && s[i] != '\n' {
		i++
	}
	return i
}

// any reports whether a text holds any literal at all.
func (t table) any(s string) bool {
	for i := 0; i+1 < len(s); i++ {
		k := uint16(s[i]) | uint16(s[i+1])<<8
		if t.starts[k/64]&(1<<(k%64)) == 0 {
			continue
		}
		for _, e := range t.files[k] {
			if strings.HasPrefix(s[i:], e.literal) {
				return true
			}
		}
	}
	return false
}
