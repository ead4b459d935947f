package logs

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"strings"
)

// thing is a value whose traces are looked for: planted, held, or a mark.
type thing struct {
	from  string // planted, held, mark
	kind  string
	plant int
	whose string
	value string
}

// needle is one way in which a thing may be written.
type needle struct {
	text, how string
	thing     int
}

// needles finds hundreds of texts in one pass: each is filed under its first
// four bytes, and a bit filter turns almost every position away.
type needles struct {
	things []thing
	files  map[uint32][]needle
	filter [1 << 16 / 64]uint64
}

// shortest is the length from which a text is looked for: shorter ones would
// be found in words and numbers that mean nothing.
const shortest = 8

func newNeedles() *needles { return &needles{files: map[uint32][]needle{}} }

// add makes a thing findable in all its spellings.
func (n *needles) add(t thing) {
	if len(t.value) < shortest {
		return
	}
	n.things = append(n.things, t)
	seen := map[string]bool{}
	for _, s := range spellings(t) {
		if len(s.text) < shortest || seen[s.text] {
			continue
		}
		seen[s.text] = true
		s.thing = len(n.things) - 1
		k := four(s.text, 0)
		n.files[k] = append(n.files[k], s)
		n.filter[slot(k)/64] |= 1 << (slot(k) % 64)
	}
}

func four(s string, i int) uint32 {
	return uint32(s[i]) | uint32(s[i+1])<<8 | uint32(s[i+2])<<16 | uint32(s[i+3])<<24
}

// slot is a multiplicative hash (Knuth): the high bits are mixed best.
func slot(k uint32) uint32 { return k * 2654435761 >> 16 }

// spellings returns the ways a value is written in logs.
func spellings(t thing) []needle {
	v := t.value
	out := []needle{{text: v, how: "as it is"}}
	if t.from == "mark" {
		return out
	}
	add := func(text, how string) { out = append(out, needle{text: text, how: how}) }
	add(url.QueryEscape(v), "URL-encoded")
	add(url.PathEscape(v), "URL-encoded")
	add(strings.ToLower(url.QueryEscape(v)), "URL-encoded")
	add(strings.ReplaceAll(url.QueryEscape(v), "%", "%25"), "URL-encoded twice")
	if quoted, err := json.Marshal(v); err == nil {
		add(strings.Trim(string(quoted), `"`), "escaped as JSON")
	}
	add(html.EscapeString(v), "escaped as HTML")
	add(hex.EncodeToString([]byte(v)), "in hexadecimal")
	add(strings.ToUpper(hex.EncodeToString([]byte(v))), "in hexadecimal")
	for lead := range 3 {
		add(inside(base64.RawStdEncoding, v, lead), "in base64")
		add(inside(base64.RawURLEncoding, v, lead), "in base64")
	}
	switch t.kind {
	case "card":
		add(v[:4]+" "+v[4:8]+" "+v[8:12]+" "+v[12:], "in groups")
		add(v[:4]+"-"+v[4:8]+"-"+v[8:12]+"-"+v[12:], "in groups")
	case "identity":
		add(strings.ReplaceAll(v, "-", ""), "without hyphens")
	}
	return out
}

// inside returns the base64 digits that v determines alone when lead bytes
// stand before it and any number after it.
func inside(enc *base64.Encoding, v string, lead int) string {
	digits := enc.EncodeToString(append(make([]byte, lead), v...))
	if (lead+len(v))%3 != 0 {
		digits = digits[:len(digits)-1]
	}
	return digits[(lead*8+5)/6:]
}

// sight is a thing found in a line.
type sight struct {
	needle
	from, to int
}

// find returns every thing that a line holds, each once.
func (n *needles) find(line string) []sight {
	var out []sight
	for i := 0; i+4 <= len(line); i++ {
		k := four(line, i)
		if s := slot(k); n.filter[s/64]&(1<<(s%64)) == 0 {
			continue
		}
		for _, x := range n.files[k] {
			if strings.HasPrefix(line[i:], x.text) && !holds(out, x.thing) {
				out = append(out, sight{x, i, i + len(x.text)})
			}
		}
	}
	return out
}

func holds(found []sight, thing int) bool {
	for _, s := range found {
		if s.thing == thing {
			return true
		}
	}
	return false
}
