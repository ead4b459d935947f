package routes

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/artifact"
)

// matcher finds the route a concrete path belongs to: segment by segment, a
// literal before a pattern before a parameter.
type matcher struct {
	roots map[string]*branch // by origin
	seen  map[string]bool    // literal segments of all templates
}

type branch struct {
	literal  map[string]*branch
	patterns []pattern // "{id}.json"
	any      *branch
	routes   []*entry
}

type pattern struct {
	text string
	re   *regexp.Regexp
	next *branch
}

func (m *matcher) add(e *entry) {
	if m.roots == nil {
		m.roots, m.seen = map[string]*branch{}, map[string]bool{}
	}
	b := m.roots[e.Origin]
	if b == nil {
		b = &branch{}
		m.roots[e.Origin] = b
	}
	path, _, _ := strings.Cut(canonical(e.Template), "?")
	for segment := range strings.SplitSeq(path, "/") {
		b = b.grow(segment)
		if !strings.Contains(segment, "{") {
			m.seen[segment] = true
		}
	}
	b.routes = append(b.routes, e)
}

// literals returns the segments that stand literally in some template.
func (m *matcher) literals() map[string]bool { return m.seen }

func (b *branch) grow(segment string) *branch {
	switch {
	case segment == "{}":
		if b.any == nil {
			b.any = &branch{}
		}
		return b.any
	case strings.Contains(segment, "{}"):
		i := slices.IndexFunc(b.patterns, func(p pattern) bool { return p.text == segment })
		if i < 0 {
			re := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(segment), `\{\}`, "(.+)") + "$")
			b.patterns = append(b.patterns, pattern{segment, re, &branch{}})
			i = len(b.patterns) - 1
		}
		return b.patterns[i].next
	}
	if b.literal == nil {
		b.literal = map[string]*branch{}
	}
	if b.literal[segment] == nil {
		b.literal[segment] = &branch{}
	}
	return b.literal[segment]
}

// maxSteps bounds the backtracking of one search.
const maxSteps = 10_000

// find returns the route of a request and its binding.
func (m *matcher) find(method, origin, path string, query url.Values) (*entry, artifact.Values) {
	root := m.roots[origin]
	if root == nil {
		return nil, nil
	}
	s := search{method: method, query: query}
	if !s.walk(root, strings.Split(path, "/"), nil) {
		return nil, nil
	}
	return s.found, s.bound
}

type search struct {
	method string
	query  url.Values
	steps  int
	found  *entry
	bound  artifact.Values
}

func (s *search) walk(b *branch, rest []string, values []string) bool {
	if s.steps++; s.steps > maxSteps || b == nil {
		return false
	}
	if len(rest) == 0 {
		return s.take(b, values)
	}
	segment := rest[0]
	if next := b.literal[segment]; next != nil && s.walk(next, rest[1:], values) {
		return true
	}
	for _, p := range b.patterns {
		if got := p.re.FindStringSubmatch(segment); got != nil && s.walk(p.next, rest[1:], append(slices.Clip(values), got[1:]...)) {
			return true
		}
	}
	return b.any != nil && segment != "" && s.walk(b.any, rest[1:], append(slices.Clip(values), segment))
}

// take picks the entry whose fixed query fits; the one that fixes most wins.
func (s *search) take(b *branch, values []string) bool {
	best := -1
	for _, e := range b.routes {
		if e.Method != s.method {
			continue
		}
		_, fixed, _ := strings.Cut(e.Template, "?")
		all, bound := values, 0
		fits := true
		for pair := range strings.SplitSeq(fixed, "&") {
			if pair == "" {
				continue
			}
			key, value, _ := strings.Cut(pair, "=")
			have := s.query.Get(unescape(key))
			if strings.HasPrefix(value, "{") && strings.HasSuffix(value, "}") {
				fits = fits && have != ""
				all = append(slices.Clip(all), url.QueryEscape(have))
			} else {
				fits = fits && have == unescape(value)
			}
			bound++
		}
		if !fits || bound <= best {
			continue
		}
		best, s.found, s.bound = bound, e, artifact.Values{}
		for i, name := range e.PathParams() {
			if i < len(all) {
				s.bound[name] = unescape(all[i])
			}
		}
	}
	return best >= 0
}

// unescape undoes percent-encoding; what is not encoded stays.
func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}
