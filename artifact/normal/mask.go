package normal

import (
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/evidence"
)

// echoes are the values of a request that its answer may repeat.
type echoes struct {
	exact map[string]bool
	parts []string // worth looking for inside a text, longest first
}

// echoesOf collects what a request sent: its path and address, the ids in its
// path, its query and body values, and more.
func echoesOf(r *evidence.Request, more []string) echoes {
	e := echoes{exact: map[string]bool{}}
	e.add(r.URL)
	u, err := url.Parse(r.URL)
	if err != nil {
		u = &url.URL{}
	}
	if len(u.Path) > 1 {
		e.add(u.Path, u.EscapedPath(), u.RequestURI(), r.Target)
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if idLike(segment) {
			e.add(segment)
		}
	}
	for _, values := range u.Query() {
		e.add(values...)
	}
	e.add(sentIn(r)...)
	e.add(more...)
	slices.SortFunc(e.parts, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	e.parts = slices.Compact(e.parts)
	return e
}

// sentIn returns the values of a request's body.
func sentIn(r *evidence.Request) []string {
	if len(r.Body) == 0 || len(r.Body) > maxBody {
		return nil
	}
	body, out := string(r.Body), []string(nil)
	if value, ok := parse(body); ok {
		w := walker{}
		w.walk(value, "", "", "", 0)
		for _, l := range w.leaves[:min(len(w.leaves), maxEcho)] {
			if l.Type == "string" || l.Type == "number" {
				out = append(out, l.Value)
			}
		}
		return out
	}
	if form, err := url.ParseQuery(body); err == nil && strings.Contains(evidence.Get(r.Header, "Content-Type"), "form") {
		for _, values := range form {
			out = append(out, values...)
		}
	}
	return out
}

// idLike reports whether a path segment names a thing rather than a place.
func idLike(segment string) bool {
	if segment == "" || len(segment) == 2 && segment[0] == 'v' {
		return false
	}
	return strings.ContainsAny(segment, "0123456789") || len(segment) >= 20
}

func (e *echoes) add(values ...string) {
	for _, s := range values {
		if s == "" || len(e.exact) >= maxEcho || len(s) > 2048 {
			continue
		}
		e.exact[s] = true
		e.parts = append(e.parts, s)
	}
}

// hide replaces every echo in s. A short echo counts only as a word of its own.
func (e *echoes) hide(s string) string {
	if e.exact[s] {
		return "‹echo›"
	}
	for _, p := range e.parts {
		if len(p) < len(s) {
			s = replaceWord(s, p, "‹echo›", len(p) >= 8)
		}
	}
	return s
}

// hideIDs replaces the echoes in s that name a thing.
func (e *echoes) hideIDs(s string) string {
	for _, p := range e.parts {
		if idLike(p) {
			s = replaceWord(s, p, "‹echo›", len(p) >= 8)
		}
	}
	return s
}

// replaceWord replaces old by new; unless anywhere is set only where old is
// not part of a longer word.
func replaceWord(s, old, new string, anywhere bool) string {
	i := strings.Index(s, old)
	if i < 0 {
		return s
	}
	var b strings.Builder
	for i >= 0 {
		end := i + len(old)
		b.WriteString(s[:i])
		if anywhere || boundary(s, i, end) {
			b.WriteString(new)
		} else {
			b.WriteString(old)
		}
		s = s[end:]
		i = strings.Index(s, old)
	}
	b.WriteString(s)
	return b.String()
}

// boundary reports whether s[i:j] is not part of a longer word.
func boundary(s string, i, j int) bool {
	return (i == 0 || !wordByte(s[i-1]) || !wordByte(s[i])) && (j >= len(s) || !wordByte(s[j]) || !wordByte(s[j-1]))
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}

// masked is the value of a leaf as it stands in the normal form.
func (v *View) masked(l *Leaf) string {
	switch {
	case slices.Contains(v.mask.Volatile, l.Star):
		return "‹volatile›"
	case l.Value == "":
		return ""
	case fleeting(l.Key):
		return "‹fleeting›"
	case l.Type == "number":
		if v.echo.exact[l.Value] {
			return "‹echo›"
		}
		if epoch(l.Value) && timely(l.Key) {
			return "‹time›"
		}
		return l.Value
	case l.Type == "boolean":
		return l.Value
	}
	return v.hide(l.Value)
}

// Masks reports whether a leaf says nothing of its own under the view's mask.
func (v *View) Masks(l *Leaf) bool {
	m := v.masked(l)
	return m != l.Value && strings.HasPrefix(m, "‹") && strings.HasSuffix(m, "›") && strings.Count(m, "‹") == 1
}

// hide masks what is not the answer's own in a text: echoes, times, unknown
// UUIDs, random tokens and the placeholders of anti-forgery tokens.
func (v *View) hide(s string) string {
	return v.tokens(v.echo.hide(s))
}

// tokens is hide without the echoes.
func (v *View) tokens(s string) string {
	if len(s) < 8 || !strings.ContainsAny(s, "0123456789[") {
		return s
	}
	return maskTokens(s, v.mask.Known)
}

// maskTokens masks times, UUIDs that are not known, random tokens and
// redacted anti-forgery tokens.
func maskTokens(s string, known map[string]bool) string {
	var b strings.Builder
	done := 0
	put := func(from, to int, by string) {
		b.WriteString(s[done:from])
		b.WriteString(by)
		done = to
	}
	for i := 0; i < len(s); {
		if s[i] == '[' {
			if n := fleetingPlaceholder(s[i:]); n > 0 {
				put(i, i+n, "‹token›")
				i += n
				continue
			}
		}
		if n := timeAt(s, i); n > 0 {
			put(i, i+n, "‹time›")
			i += n
			continue
		}
		if !tokenByte(s[i]) {
			i++
			continue
		}
		j := i + 1
		for j < len(s) && tokenByte(s[j]) {
			j++
		}
		if word := s[i:j]; !known[word] {
			switch {
			case Format(word) == FormatUUID:
				put(i, j, "‹uuid›")
			case random(word):
				put(i, j, "‹random›")
			}
		}
		i = j
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

func tokenByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-'
}

// fleetingPlaceholder returns the length of a redaction placeholder of a
// value that changes by itself ("[redacted:csrf:1a2b3c4d]"), or 0.
func fleetingPlaceholder(s string) int {
	kind, n := Placeholder(s)
	if n > 0 && (kind == "csrf" || kind == "cookie" || kind == "nonce") {
		return n
	}
	return 0
}

// Placeholder returns the kind and the length of the redaction placeholder
// that s begins with ("[redacted:KIND:xxxxxxxx]"); 0 when there is none.
func Placeholder(s string) (kind string, n int) {
	rest, ok := strings.CutPrefix(s, "[redacted:")
	if !ok {
		return "", 0
	}
	end := strings.IndexByte(rest[:min(len(rest), 80)], ']')
	if end < 0 {
		return "", 0
	}
	kind, _, ok = strings.Cut(rest[:end], ":")
	if !ok {
		return "", 0
	}
	return kind, len("[redacted:") + end + 1
}

// random reports whether a word looks like a made-up token: long, with
// letters and digits so mixed that nobody would write it.
func random(s string) bool {
	if len(s) < 12 {
		return false
	}
	var digits, upper, lower, marks, turns int
	hex, last := true, 0
	for i := range len(s) {
		kind := 0
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
			kind = 1
		case c >= 'a' && c <= 'z':
			lower++
			kind = 2
			hex = hex && c <= 'f'
		case c >= 'A' && c <= 'Z':
			upper++
			kind = 3
			hex = hex && c <= 'F'
		default:
			marks++
			hex = false
			continue
		}
		if last != 0 && kind != last {
			turns++
		}
		last = kind
	}
	switch {
	case digits == 0 || lower+upper == 0:
		return false
	case hex:
		return turns >= 3
	case marks > 0 && (upper == 0 || lower == 0 || len(s) < 16):
		return false // words and numbers with separators: "AC-2026-0042"
	}
	return turns*4 >= len(s) && digits*12 >= len(s)
}
