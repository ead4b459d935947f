package login

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/launchready/launchready/internal/wire"
)

var (
	word    = regexp.MustCompile(`[\pL\pN@._-]{8,60}`)
	escaped = regexp.MustCompile(`\\u[0-9a-fA-F]{4}`)
	markup  = regexp.MustCompile(`(?s)<(script|style)\b.*?</(script|style)>|<[^>]*>`)
)

// alike is the Jaccard likeness of two bodies: over their words, without markup.
func alike(a, b *wire.Answer) float64 {
	return jaccard(words(a.Body), words(b.Body))
}

func words(body []byte) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.FieldsFunc(markup.ReplaceAllString(string(body), " "), func(r rune) bool {
		return strings.ContainsRune(" \t\r\n,;{}[]<>\"'", r)
	}) {
		set[w] = true
	}
	return set
}

func jaccard(a, b map[string]bool) float64 {
	if len(a) == 0 && len(b) == 0 {
		return 1
	}
	both := 0
	for w := range a {
		if b[w] {
			both++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

// onlyHere returns longer words of a page that stand in both readings, longest
// first: where nothing names the caller, what only the caller sees must do.
func onlyHere(a, b *wire.Answer) []string {
	second := readable(b.Body)
	var out []string
	for _, w := range word.FindAllString(visibleText(a), 2000) {
		if strings.Contains(second, strings.ToLower(w)) {
			out = append(out, w)
		}
	}
	slices.SortStableFunc(out, func(x, y string) int { return len(y) - len(x) })
	return slices.Compact(out)
}

// visibleText is what a person sees of an answer: a page without markup, or the string values of JSON.
func visibleText(a *wire.Answer) string {
	doc, err := decode(a.Body)
	if err != nil {
		return markup.ReplaceAllString(string(a.Body), " ")
	}
	var b strings.Builder
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, item := range v {
				walk(item)
			}
		case []any:
			for _, item := range v {
				walk(item)
			}
		case string:
			b.WriteString(v + " ")
		case json.Number:
			b.WriteString(v.String() + " ")
		}
	}
	walk(doc)
	return b.String()
}

func unescapeJSON(text string) string {
	text = escaped.ReplaceAllStringFunc(text, func(e string) string {
		n, err := strconv.ParseUint(e[2:], 16, 32)
		if err != nil {
			return e
		}
		return string(rune(n))
	})
	return strings.ReplaceAll(text, `\/`, `/`)
}
