package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// How much of a body a report shows: enough to see the proof in its place.
const (
	excerptBytes = 2 << 10
	aroundLines  = 4   // of pretty JSON, before and after a mark
	aroundBytes  = 600 // of other text, before and after a mark
	leafBytes    = 160 // of one JSON string
)

// seg is a piece of text; a marked one is proof, shown masked.
type seg struct {
	Text  string
	Mark  bool
	Where string // place and kind, for a marked one
}

// secret is a value that proved something and must not be shown whole.
type secret struct{ value, masked, where string }

// shortest is the length from which a value is hidden wherever it stands; a
// shorter one stands in too many places that have nothing to do with it.
const shortest = 4

// secrets collects the values that stand at the places of some exhibits, so
// that they are hidden in the owner's answer as in the stranger's. An id is
// part of the request that is shown, and opens nothing.
func secrets(exhibits []check.Exhibit, exchange func(evidence.Ref) *evidence.Exchange) []secret {
	var out []secret
	for _, e := range exhibits {
		for _, p := range e.Places {
			v := valueAt(exchange(e.Ref), p.Where)
			if len(v) >= shortest && p.Kind != "id" {
				out = append(out, secret{v, mask(p, v), p.Where + ", " + p.Kind})
			}
		}
	}
	// Longer ones first: a name may be part of an address.
	slices.SortStableFunc(out, func(a, b secret) int { return len(b.value) - len(a.value) })
	return out
}

// mask is the place's own mask, or ours when that would show the value.
func mask(p check.Place, v string) string {
	if p.Masked != "" && (v == "" || !strings.Contains(p.Masked, v)) {
		return p.Masked
	}
	if r := []rune(v); len(r) >= 8 {
		return string(r[:2]) + "…" + string(r[len(r)-2:])
	}
	return "…"
}

// valueAt returns the value at a place of an answer, or "".
func valueAt(ex *evidence.Exchange, where string) string {
	if strings.HasPrefix(where, "/") {
		return leafAt(ex.Body(), where)
	}
	if name, ok := strings.CutPrefix(where, "header "); ok {
		return ex.Header(name)
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(where, "body byte ")); err == nil && n >= 0 && n < len(ex.Body()) {
		rest := string(ex.Body()[n:min(n+leafBytes, len(ex.Body()))])
		if end := strings.IndexAny(rest, "\"'<>&\r\n\t"); end >= 0 {
			rest = rest[:end]
		}
		return strings.TrimSpace(rest)
	}
	return ""
}

// leafAt returns the text of the JSON value at a pointer (RFC 6901), or "".
func leafAt(body []byte, pointer string) string {
	var v any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return ""
	}
	for step := range strings.SplitSeq(pointer[1:], "/") {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		switch at := v.(type) {
		case map[string]any:
			v = at[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(at) {
				return ""
			}
			v = at[i]
		default:
			return ""
		}
	}
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// hide splits s at the secrets in it.
func hide(s string, secrets []secret) []seg {
	out := []seg{{Text: s}}
	for _, sec := range secrets {
		var next []seg
		for _, p := range out {
			for !p.Mark {
				before, after, found := strings.Cut(p.Text, sec.value)
				if !found {
					break
				}
				next = append(next, seg{Text: before}, seg{Text: sec.masked, Mark: true, Where: sec.where})
				p.Text = after
			}
			next = append(next, p)
		}
		out = next
	}
	return slices.DeleteFunc(out, func(p seg) bool { return p.Text == "" && !p.Mark })
}

// visible is text of a page as it may be shown: it puts a sign in
// the place of what cannot be seen or would turn the order of letters around.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
}

// excerpt returns the part of a body that matters, with proof marked and masked.
func excerpt(body []byte, places []check.Place, secrets []secret) []seg {
	if len(body) == 0 {
		return nil
	}
	p := printer{secrets: secrets, marks: map[string]check.Place{}}
	for _, place := range places {
		p.marks[place.Where] = place
	}
	if lines, err := p.lines(body); err == nil {
		return window(lines)
	}
	if !utf8.Valid(body) && bytes.IndexByte(body[:min(512, len(body))], 0) >= 0 {
		return []seg{{Text: fmt.Sprintf("(%d bytes that are not text)", len(body))}}
	}
	return around(hide(string(body), secrets))
}

// around cuts what is far from the first mark.
func around(segs []seg) []seg {
	i := slices.IndexFunc(segs, func(s seg) bool { return s.Mark })
	if i < 0 {
		return limit(segs)
	}
	if i > 0 {
		if before := segs[i-1].Text; len(before) > aroundBytes {
			segs[i-1].Text = "… " + strings.ToValidUTF8(before[len(before)-aroundBytes:], "")
		}
		segs = segs[i-1:]
	}
	return limit(segs)
}

// limit ends the text after excerptBytes.
func limit(segs []seg) []seg {
	left := excerptBytes
	for i, s := range segs {
		if len(s.Text) > left {
			segs[i].Text = strings.ToValidUTF8(s.Text[:left], "") + " …"
			return segs[:i+1]
		}
		left -= len(s.Text)
	}
	return segs
}

// window keeps the lines near marks, or the first ones when there is none.
func window(lines [][]seg) []seg {
	keep := make([]bool, len(lines))
	marked := false
	for i, l := range lines {
		if slices.ContainsFunc(l, func(s seg) bool { return s.Mark }) {
			marked = true
			for j := max(0, i-aroundLines); j <= min(len(lines)-1, i+aroundLines); j++ {
				keep[j] = true
			}
		}
	}
	fillGaps(keep)
	var out []seg
	size, skipped := 0, false
	for i, l := range lines {
		if marked && !keep[i] {
			skipped = true
			continue
		}
		if skipped {
			out, skipped = append(out, seg{Text: "  …\n"}), false
		}
		for _, s := range l {
			size += len(s.Text)
		}
		if size > excerptBytes {
			return append(out, seg{Text: "  …"})
		}
		out = append(append(out, l...), seg{Text: "\n"})
	}
	if skipped {
		out = append(out, seg{Text: "  …"})
	}
	return out
}

// fillGaps keeps what is too short to be worth leaving out.
func fillGaps(keep []bool) {
	last := -1
	for i := range len(keep) + 1 {
		if i < len(keep) && !keep[i] {
			continue
		}
		if i-last-1 < aroundLines {
			for j := last + 1; j < i; j++ {
				keep[j] = true
			}
		}
		last = i
	}
}
