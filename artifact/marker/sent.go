package marker

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/evidence"
)

// wasSent reports whether a request for the object carried a value, whole or
// as a part of a longer one.
func (t *lesson) wasSent(value string) bool {
	folded := normal.Fold(value)
	return slices.ContainsFunc(t.folded, func(s string) bool { return len(s) >= len(folded) && strings.Contains(s, folded) })
}

// unsent returns the longest part of a value that was not sent: the stranger's
// answer may have been built around the id that was asked for.
func (t *lesson) unsent(value string) string {
	for _, s := range t.sent {
		for {
			i := indexWord(value, s)
			if i < 0 {
				break
			}
			before, after := value[:i], value[i+len(s):]
			value = before
			if len(after) > len(before) {
				value = after
			}
			value = strings.TrimFunc(value, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		}
	}
	return value
}

func indexWord(s, word string) int {
	if word == "" {
		return -1
	}
	for from := 0; ; {
		i := strings.Index(s[from:], word)
		if i < 0 {
			return -1
		}
		i += from
		if edge(s, i, i+len(word)) {
			return i
		}
		from = i + 1
	}
}

// sent returns the values that the requests for the object carry.
func sent(l Lesson) []string {
	out := append([]string(nil), l.Sent...)
	for _, ex := range []*evidence.Exchange{l.P, l.X} {
		if ex != nil {
			out = append(out, normal.Sent(&ex.Request)...)
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(s string) bool { return s == "" || version(s) })
}

func version(s string) bool {
	if len(s) > 3 || s[0] != 'v' {
		return false
	}
	_, err := strconv.Atoi(s[1:])
	return err == nil
}

func isLink(s string) bool {
	return strings.HasPrefix(s, "/") && !strings.ContainsAny(s, " \n") || strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
}

func fleeting(key string) bool {
	k := strings.ToLower(key)
	return strings.Contains(k, "csrf") || strings.Contains(k, "xsrf") || strings.Contains(k, "nonce")
}

// filename returns the name that Content-Disposition gives (RFC 6266).
func filename(value string) string {
	for part := range strings.SplitSeq(value, ";") {
		name, v, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			continue
		}
		switch strings.ToLower(name) {
		case "filename":
			return strings.Trim(v, `"`)
		case "filename*":
			if i := strings.LastIndexByte(v, '\''); i >= 0 {
				if s, err := url.PathUnescape(v[i+1:]); err == nil {
					return s
				}
			}
		}
	}
	return ""
}
