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
	e.add(Sent(r)...)
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

// Sent returns the values that a request carries and its answer may repeat:
// its address and path, the ids in it, the values of query and body, and of
// header fields that no browser sends by itself.
func Sent(r *evidence.Request) []string {
	out := []string{r.URL}
	u, err := url.Parse(r.URL)
	if err != nil {
		u = &url.URL{}
	}
	if len(u.Path) > 1 {
		out = append(out, u.Path, u.EscapedPath(), u.RequestURI(), r.Target)
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if idLike(segment) {
			out = append(out, segment)
		}
	}
	for _, values := range u.Query() {
		out = append(out, values...)
	}
	for _, h := range r.Header {
		if name := strings.ToLower(h.Name); strings.HasPrefix(name, "x-") || strings.Contains(name, "tenant") || strings.Contains(name, "org") && name != "origin" {
			out = append(out, h.Value)
		}
	}
	return append(out, bodyValues(r)...)
}

// bodyValues returns the values of a request's body.
func bodyValues(r *evidence.Request) []string {
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
	return (i == 0 || !wordByte(s[i-1]) || !wordByte(s[i]) || escaped(s[:i])) && (j >= len(s) || !wordByte(s[j]) || !wordByte(s[j-1]))
}

// escaped reports whether s ends with a percent-escape, as addresses do that
// another address carries: "back=%2Finvoices%2F" before the id.
func escaped(s string) bool {
	n := len(s)
	return n >= 3 && s[n-3] == '%' && hexDigit(s[n-2]) >= 0 && hexDigit(s[n-1]) >= 0
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}
