package normal

import (
	"strings"
	"unicode/utf8"
)

// read finds out what the body is and takes it apart. The label is only a
// hint: JSON is often served as text, and pages as nothing at all.
func (v *View) read(contentType string) {
	if v.body == "" {
		return
	}
	media, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	media = strings.TrimSpace(media)
	body := strings.TrimPrefix(v.body, "\ufeff")
	labelled := media == "application/json" || strings.HasSuffix(media, "+json") || strings.HasSuffix(media, "/json")
	if labelled || strings.Contains(media, "ndjson") || strings.Contains(media, "jsonl") || looksJSON(body) {
		if value, ok := parse(body); ok {
			v.setJSON(value)
			return
		}
	}
	switch {
	case media == "text/event-stream":
		if value, ok := events(body); ok {
			v.setJSON(value)
			return
		}
		v.Family = Text
	case strings.Contains(media, "html"), media == "" && looksHTML(body), strings.HasPrefix(media, "text/plain") && looksHTML(body):
		v.Family = HTML
	case media == "text/xml", media == "application/xml", strings.HasSuffix(media, "+xml"), strings.HasPrefix(body, "<?xml"):
		v.Family = XML
	case binary(body):
		v.Family = Binary
		return
	default:
		v.Family = Text
	}
	if v.Family == HTML || v.Family == XML {
		v.marked = scan(body, v.Family == XML)
	}
	v.fields(body, media)
}

func (v *View) setJSON(value any) {
	v.Family, v.JSON = JSON, value
	w := walker{}
	w.walk(value, "", "", "", 0)
	v.Fields = w.leaves
	v.Truncated = v.Truncated || w.cut
}

func looksJSON(s string) bool {
	s = strings.TrimLeft(s, " \t\r\n")
	for _, p := range guards() {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return s != "" && (s[0] == '{' || s[0] == '[')
}

func looksHTML(s string) bool {
	s = strings.ToLower(strings.TrimLeft(s[:min(len(s), 512)], " \t\r\n\ufeff"))
	return strings.HasPrefix(s, "<!doctype html") || strings.HasPrefix(s, "<html") || strings.HasPrefix(s, "<!--") && strings.Contains(s, "<html") ||
		strings.HasPrefix(s, "<head") || strings.HasPrefix(s, "<body") || strings.HasPrefix(s, "<div") || strings.HasPrefix(s, "<h1")
}

// binary reports whether a body is not text: it is not UTF-8, or it holds NUL.
func binary(s string) bool {
	head := s[:min(len(s), 8<<10)]
	if strings.IndexByte(head, 0) >= 0 {
		return true
	}
	if utf8.ValidString(head) {
		return false
	}
	bad := 0
	for i, w := 0, 0; i < len(head); i += w {
		var r rune
		r, w = utf8.DecodeRuneInString(head[i:])
		if r == utf8.RuneError && w == 1 || r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' {
			bad++
		}
	}
	// Latin-1 text has some bytes that are not UTF-8; a file has many.
	return bad*10 > len(head)
}
