package login

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/internal/wire"
)

var (
	word    = regexp.MustCompile(`[\pL\pN@._-]{8,60}`)
	escaped = regexp.MustCompile(`\\u[0-9a-fA-F]{4}`)
	markup  = regexp.MustCompile(`(?s)<(script|style)\b.*?</(script|style)>|<[^>]*>`)
)

// alike is how alike two answers are, by shape and words, never by length.
func alike(a, b *wire.Answer) float64 {
	return normal.Jaccard(normal.Of(a.Exchange, normal.Mask{}), normal.Of(b.Exchange, normal.Mask{}))
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
