package normal

import (
	"bytes"
	"html"
	"slices"
	"strings"
)

// markup is a piece of a page: a tag with its attributes, a text, or the text
// of a script. Comments are left out.
type markup struct {
	kind  byte   // '<' tag, '/' end tag, 't' text, 's' script or style
	name  string // of the element, lower case
	text  string // decoded, except in scripts
	attrs []attribute
}

type attribute struct{ name, value string }

// scan takes a page apart, tolerantly: what cannot be understood is text.
// In XML, element names keep their case and there are no scripts.
func scan(s string, xml bool) []markup {
	var out []markup
	for s != "" && len(out) < maxFields {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			i = len(s)
		}
		if i > 0 {
			out = appendText(out, s[:i])
			s = s[i:]
			continue
		}
		switch {
		case strings.HasPrefix(s, "<!--"):
			s = after(s[4:], "-->")
		case strings.HasPrefix(s, "<![CDATA["):
			end := strings.Index(s, "]]>")
			if end < 0 {
				end = len(s)
			}
			out = append(out, markup{kind: 't', text: s[len("<![CDATA["):end]})
			s = after(s, "]]>")
		case strings.HasPrefix(s, "<!"), strings.HasPrefix(s, "<?"):
			s = after(s, ">")
		case strings.HasPrefix(s, "</"):
			end := strings.IndexByte(s, '>')
			if end < 0 {
				return out
			}
			out = append(out, markup{kind: '/', name: elementName(s[2:end], xml)})
			s = s[end+1:]
		case len(s) > 1 && ((s[1]|0x20) >= 'a' && (s[1]|0x20) <= 'z' || s[1] == '_'):
			var m markup
			m, s = tag(s, xml)
			out = append(out, m)
			if !xml && (m.name == "script" || m.name == "style") {
				raw, rest := until(s, m.name)
				if strings.TrimSpace(raw) != "" {
					out = append(out, markup{kind: 's', name: m.name, text: raw, attrs: m.attrs})
				}
				s = rest
			}
		default:
			out = appendText(out, s[:1])
			s = s[1:]
		}
	}
	return out
}

func appendText(out []markup, raw string) []markup {
	text := raw
	if strings.IndexByte(raw, '&') >= 0 {
		text = html.UnescapeString(raw)
	}
	return append(out, markup{kind: 't', text: text})
}

// after returns what follows the first end in s, or nothing.
func after(s, end string) string {
	if i := strings.Index(s, end); i >= 0 {
		return s[i+len(end):]
	}
	return ""
}

// until splits s before the end tag of a raw text element.
func until(s, name string) (raw, rest string) {
	for i := 0; ; {
		j := strings.Index(s[i:], "</")
		if j < 0 {
			return s, ""
		}
		i += j
		if end := i + 2 + len(name); end <= len(s) && strings.EqualFold(s[i+2:end], name) {
			return s[:i], s[i:]
		}
		i += 2
	}
}

func elementName(s string, xml bool) string {
	if i := strings.IndexAny(s, " \t\r\n/>"); i >= 0 {
		s = s[:i]
	}
	if xml {
		return s
	}
	return strings.ToLower(s)
}

// tag reads a start tag; rest is what follows it.
func tag(s string, xml bool) (m markup, rest string) {
	i := strings.IndexAny(s, " \t\r\n/>")
	if i < 0 {
		return markup{kind: '<', name: elementName(s[1:], xml)}, ""
	}
	m = markup{kind: '<', name: elementName(s[1:i], xml)}
	for s = s[i:]; s != ""; {
		s = strings.TrimLeft(s, " \t\r\n/")
		if s == "" || s[0] == '>' {
			break
		}
		n := strings.IndexAny(s[1:], "= \t\r\n/>")
		if n < 0 {
			return m, ""
		}
		a := attribute{name: strings.ToLower(s[:n+1])}
		s = strings.TrimLeft(s[n+1:], " \t\r\n")
		if value, ok := strings.CutPrefix(s, "="); ok {
			a.value, s = quoted(strings.TrimLeft(value, " \t\r\n"))
		}
		if len(m.attrs) < 100 {
			m.attrs = append(m.attrs, a)
		}
	}
	return m, strings.TrimPrefix(s, ">")
}

// quoted reads an attribute value; rest is what follows it.
func quoted(s string) (value, rest string) {
	if s == "" {
		return "", ""
	}
	if q := s[0]; q == '"' || q == '\'' {
		end := strings.IndexByte(s[1:], q)
		if end < 0 {
			return html.UnescapeString(s[1:]), ""
		}
		return html.UnescapeString(s[1 : end+1]), s[end+2:]
	}
	end := strings.IndexAny(s, " \t\r\n>")
	if end < 0 {
		end = len(s)
	}
	return html.UnescapeString(s[:end]), s[end:]
}

// get returns the value of an attribute.
func (m *markup) get(name string) string {
	for _, a := range m.attrs {
		if a.name == name {
			return a.value
		}
	}
	return ""
}

// speaking reports whether an attribute holds something of the portal's own;
// classes, styles, nonces and digests do not.
func speaking(name string) bool {
	switch name {
	case "value", "href", "src", "action", "content", "alt", "title", "placeholder", "label", "srcdoc", "formaction", "datetime", "aria-label":
		return true
	}
	return strings.HasPrefix(name, "data-") && name != "data-nonce"
}

// forgery reports whether a tag carries an anti-forgery token or a nonce.
func (m *markup) forgery() bool {
	name := squash(m.get("name"))
	if name == "" {
		name = squash(m.get("id"))
	}
	return name != "" && (fleeting(name) || name == "token" || name == "viewstate" || name == "eventvalidation" || strings.HasSuffix(name, "token") && m.name == "input")
}

// form writes the normal form of the piece.
func (m *markup) form(b *bytes.Buffer, v *View) {
	switch m.kind {
	case 't', 's':
		words(m.text, func(w string) { put(b, v.hide(w)) })
	default:
		if m.name == "input" && returning(m.get("name")) {
			return
		}
		put(b, string(m.kind), m.name)
		fleet := m.forgery()
		for _, a := range m.attrs {
			if speaking(a.name) && !fleet || v.Family == XML {
				put(b, a.name, v.address(a.value))
			}
		}
	}
}

// address masks an attribute's value. A page may link to itself, so a plain
// path that was asked for is no echo here, only ids are; where a login leads back to is.
func (v *View) address(value string) string {
	path, query, ok := strings.Cut(value, "?")
	if ok && (strings.HasPrefix(value, "/") || strings.HasPrefix(value, "http")) {
		kept := slices.DeleteFunc(strings.Split(query, "&"), func(pair string) bool {
			name, _, _ := strings.Cut(pair, "=")
			return returning(name)
		})
		value = path
		if len(kept) > 0 {
			value += "?" + strings.Join(kept, "&")
		}
	}
	return v.tokens(v.echo.hideIDs(value))
}

// returning reports whether a parameter says where a login leads back to.
func returning(name string) bool {
	switch squash(name) {
	case "next", "return", "returnto", "returnurl", "returnuri", "redirect", "redirectto", "redirecturl", "redirecturi", "continue", "backto", "referer", "referrer", "target", "goto":
		return true
	}
	return false
}

// inline reports whether an element stands within a line of text.
func inline(name string) bool {
	return slices.Contains([]string{"a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "kbd", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr"}, name)
}

// visible is the text of a page as a reader sees it, a line per block; of
// any other body, the body itself.
func (v *View) visible() string {
	if v.Family != HTML && v.Family != XML {
		return v.body
	}
	var b strings.Builder
	for i := range v.marked {
		switch m := &v.marked[i]; {
		case m.kind == 't':
			b.WriteString(m.text)
		case m.kind != 's' && (v.Family == XML || !inline(m.name)):
			b.WriteByte('\n')
		}
	}
	return b.String()
}
