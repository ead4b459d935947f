package report

import (
	"fmt"
	"html"
	"html/template"
	"regexp"
	"strings"
)

// Inline marks of the subset: `code`, **strong** and [text](address).
var (
	inlineCode   = regexp.MustCompile("`([^`]+)`")
	inlineStrong = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	inlineLink   = regexp.MustCompile(`\[([^\]]+)\]\(([^)\s]+)\)`)
	listItem     = regexp.MustCompile(`^\s*(?:[-*]|\d+\.)\s+(.*)$`)
	tableRule    = regexp.MustCompile(`^\s*\|?[\s:|-]+\|[\s:|-]*$`)
)

// markdown renders the subset of Markdown that docs of checks are written in:
// paragraphs, ### headings, lists, tables, fences and inline code. Everything
// is escaped; an address is shown and never linked, so that the page asks
// nothing of anybody.
func markdown(src string) template.HTML {
	r := &renderer{lines: strings.Split(strings.ReplaceAll(src, "\r\n", "\n"), "\n")}
	for r.at < len(r.lines) {
		r.block()
	}
	return template.HTML(r.out.String()) // every piece went through html.EscapeString
}

type renderer struct {
	lines []string
	at    int
	out   strings.Builder
}

// block renders the block that starts at the current line.
func (r *renderer) block() {
	line := r.lines[r.at]
	switch {
	case strings.TrimSpace(line) == "":
		r.at++
	case strings.HasPrefix(strings.TrimSpace(line), "```"):
		r.fence()
	case strings.HasPrefix(line, "#"):
		r.at++
		fmt.Fprintf(&r.out, "<h5>%s</h5>\n", inline(strings.TrimSpace(strings.TrimLeft(line, "#"))))
	case listItem.MatchString(line):
		r.list()
	case strings.Contains(line, "|") && r.at+1 < len(r.lines) && tableRule.MatchString(r.lines[r.at+1]):
		r.table()
	default:
		r.paragraph()
	}
}

// fence renders ``` … ``` as it stands; one that is not closed runs to the end.
func (r *renderer) fence() {
	indent := len(r.lines[r.at]) - len(strings.TrimLeft(r.lines[r.at], " "))
	var code []string
	for r.at++; r.at < len(r.lines); r.at++ {
		if strings.HasPrefix(strings.TrimSpace(r.lines[r.at]), "```") {
			r.at++
			break
		}
		line := r.lines[r.at]
		code = append(code, line[min(indent, len(line)-len(strings.TrimLeft(line, " "))):])
	}
	fmt.Fprintf(&r.out, "<pre><code>%s</code></pre>\n", html.EscapeString(strings.Join(code, "\n")))
}

// list renders items of one level; an indented line goes on with its item.
func (r *renderer) list() {
	tag := "ul"
	if c := strings.TrimSpace(r.lines[r.at])[0]; c >= '0' && c <= '9' {
		tag = "ol"
	}
	fmt.Fprintf(&r.out, "<%s>\n", tag)
	for r.at < len(r.lines) {
		m := listItem.FindStringSubmatch(r.lines[r.at])
		if m == nil {
			break
		}
		item := m[1]
		for r.at++; r.at < len(r.lines); r.at++ {
			line := r.lines[r.at]
			if !strings.HasPrefix(line, "  ") || listItem.MatchString(line) || strings.HasPrefix(strings.TrimSpace(line), "```") {
				break
			}
			item += " " + strings.TrimSpace(line)
		}
		fmt.Fprintf(&r.out, "<li>%s", inline(item))
		if r.at < len(r.lines) && strings.HasPrefix(r.lines[r.at], "  ") && strings.HasPrefix(strings.TrimSpace(r.lines[r.at]), "```") {
			r.fence()
		}
		r.out.WriteString("</li>\n")
	}
	fmt.Fprintf(&r.out, "</%s>\n", tag)
}

func (r *renderer) table() {
	r.out.WriteString("<div class=\"scroll\"><table>\n<thead><tr>")
	for _, c := range cells(r.lines[r.at]) {
		fmt.Fprintf(&r.out, "<th scope=\"col\">%s</th>", inline(c))
	}
	r.out.WriteString("</tr></thead>\n<tbody>\n")
	for r.at += 2; r.at < len(r.lines) && strings.Contains(r.lines[r.at], "|"); r.at++ {
		r.out.WriteString("<tr>")
		for _, c := range cells(r.lines[r.at]) {
			fmt.Fprintf(&r.out, "<td>%s</td>", inline(c))
		}
		r.out.WriteString("</tr>\n")
	}
	r.out.WriteString("</tbody>\n</table></div>\n")
}

// cells splits a table line; \| stands for the sign itself.
func cells(line string) []string {
	const sign = "\x00"
	line = strings.ReplaceAll(strings.TrimSpace(line), `\|`, sign)
	line = strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|")
	out := strings.Split(line, "|")
	for i, c := range out {
		out[i] = strings.TrimSpace(strings.ReplaceAll(c, sign, "|"))
	}
	return out
}

func (r *renderer) paragraph() {
	var text []string
	for ; r.at < len(r.lines); r.at++ {
		line := r.lines[r.at]
		if strings.TrimSpace(line) == "" || strings.HasPrefix(strings.TrimSpace(line), "```") ||
			(len(text) > 0 && (strings.HasPrefix(line, "#") || listItem.MatchString(line))) {
			break
		}
		text = append(text, strings.TrimSpace(line))
	}
	fmt.Fprintf(&r.out, "<p>%s</p>\n", inline(strings.Join(text, " ")))
}

// inline renders one run of text; nothing inside `code` is read as a mark.
func inline(s string) string {
	var out strings.Builder
	at := 0
	for _, m := range inlineCode.FindAllStringSubmatchIndex(s, -1) {
		out.WriteString(spans(s[at:m[0]]))
		out.WriteString("<code>" + html.EscapeString(s[m[2]:m[3]]) + "</code>")
		at = m[1]
	}
	out.WriteString(spans(s[at:]))
	return out.String()
}

func spans(s string) string {
	s = html.EscapeString(s)
	s = inlineStrong.ReplaceAllString(s, "<strong>$1</strong>")
	return inlineLink.ReplaceAllString(s, "$1 (<code>$2</code>)")
}
