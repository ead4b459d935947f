package probe

import (
	"fmt"
	"strings"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/normal"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
)

// Reflected is the rule that markup in an input never becomes markup of a page,
// neither at once, nor when it is read again, nor as an uploaded file.
func Reflected(g *Ground, op *artifact.Operation) (Word, error) {
	w := Word{Said: "came back as text, or not at all"}
	for i := range op.Cases {
		c := &op.Cases[i]
		if c.Kind != "markup" && c.Kind != "file" {
			continue
		}
		what, ref, doubt, err := g.shownRaw(c)
		switch {
		case err != nil:
			return w, err
		case what != "":
			w.Hits = append(w.Hits, Hit{Case: c, Group: c.Kind, What: what, Exhibits: check.Show("attempt", ref)})
		case doubt.Reason != "":
			w.Doubts = append(w.Doubts, doubt)
		default:
			w.Fine++
		}
	}
	w.Doubts = append(w.Doubts, left(op, "injection", "upload")...)
	return w, nil
}

// shownRaw looks for the markup sent in every answer that may hold it.
func (g *Ground) shownRaw(c *artifact.Case) (string, evidence.Ref, Doubt, error) {
	var doubt Doubt
	for _, attempt := range append([]artifact.Attempt{c.Try, c.After}, c.Rounds...) {
		a, err := g.Load(attempt)
		if err != nil {
			return "", "", doubt, err
		}
		if a.Ex == nil || a.Ex.Response == nil {
			if attempt.Name != "" && undecided(a) {
				doubt = Doubt{Reason: a.Unproven, Why: c.Name + " in " + c.Place + ": " + a.Why}
			}
			continue
		}
		if c.Kind == "file" {
			if attempt.Name == "download" && runs(a) && strings.Contains(string(a.Ex.Body()), c.Sign) {
				return fmt.Sprintf("the file is shown as %s of the portal's own origin", mediaOf(a)), attempt.Ref, doubt, nil
			}
			continue
		}
		if !page(a) {
			continue
		}
		switch where, live := context(string(a.Ex.Body()), c.Sign); {
		case live:
			return "the markup comes back as markup, in " + where, attempt.Ref, doubt, nil
		case where != "":
			doubt = Doubt{Reason: check.Suspected, Why: fmt.Sprintf("%s in %s comes back unescaped in %s", c.Name, c.Place, where), Exhibits: check.Show("attempt", attempt.Ref)}
		}
	}
	return "", "", doubt, nil
}

func mediaOf(a Answer) string {
	media, _, _ := strings.Cut(strings.ToLower(a.Ex.Header("Content-Type")), ";")
	return strings.TrimSpace(media)
}

// page reports an answer that a browser takes for a page: it says so, or says
// nothing and looks like one (WHATWG MIME Sniffing §7).
func page(a Answer) bool {
	if a.View.Class() == 3 || strings.HasPrefix(strings.ToLower(a.Ex.Header("Content-Disposition")), "attachment") {
		return false
	}
	switch mediaOf(a) {
	case "text/html", "application/xhtml+xml":
		return true
	case "":
		return a.View.Family == normal.HTML && !strings.EqualFold(strings.TrimSpace(a.Ex.Header("X-Content-Type-Options")), "nosniff")
	}
	return false
}

// runs reports a file that a browser shows as a document which may run scripts.
func runs(a Answer) bool {
	if a.View.Class() != 2 || strings.Contains(strings.ToLower(a.Ex.Header("Content-Security-Policy")), "sandbox") {
		return false
	}
	return page(a) || !strings.HasPrefix(strings.ToLower(a.Ex.Header("Content-Disposition")), "attachment") && mediaOf(a) == "image/svg+xml"
}

// context finds where a page shows the mark with its markup as it was sent,
// and whether it is alive there: a tag in text, or a quote that ends the
// attribute it stands in. Elements whose content is text only need more than
// that to break out of.
func context(body, sign string) (where string, live bool) {
	for from := 0; ; {
		i := strings.Index(body[from:], sign+"<b>")
		j := strings.Index(body[from:], sign)
		if j < 0 {
			return where, false
		}
		at := from + j
		raw := i == j
		from = at + len(sign)
		switch in, quote := stateAt(body, at); {
		case in == "an attribute" && quote != 0 && escapes(body[at+len(sign):], quote):
			return in, true
		case !raw:
		case in == "text":
			return "the text of the page", true
		case in == "an attribute" && quote == 0:
			return in, true
		case in != "an attribute":
			where = in
		}
	}
}

// escapes reports whether the quote sent behind the mark came back as it is.
func escapes(rest string, quote byte) bool {
	tail := rest[:min(len(rest), 40)]
	for _, open := range []string{"<b>", "&lt;b&gt;", "&#60;b&#62;", "%3Cb%3E", "&lt;b>", "b"} {
		if after, ok := strings.CutPrefix(tail, open); ok {
			if quote == '"' {
				return strings.HasPrefix(after, `"`) && strings.HasPrefix(after[1:], "'")
			}
			after = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(after, `"`), "&#34;"), "&quot;")
			return strings.HasPrefix(after, "'{{") || strings.HasPrefix(after, "'51317")
		}
	}
	return false
}

// stateAt walks a page as a browser's tokenizer does, up to an offset.
func stateAt(body string, at int) (in string, quote byte) {
	for i := 0; i < at; {
		if body[i] != '<' {
			i++
			continue
		}
		if strings.HasPrefix(body[i:], "<!--") {
			end := strings.Index(body[i:], "-->")
			if end < 0 || i+end > at {
				return "a comment", 0
			}
			i += end + 3
			continue
		}
		name, next, q, inside := tagAt(body, i, at)
		if inside {
			return "an attribute", q
		}
		i = next
		switch name {
		case "script", "style", "textarea", "title", "xmp", "noscript", "iframe":
			end := strings.Index(strings.ToLower(body[i:]), "</"+name)
			if end < 0 || i+end > at {
				return "a <" + name + ">", 0
			}
			i += end
		}
	}
	return "text", 0
}

// tagAt reads the tag that begins at i; inside says that the offset is in it.
func tagAt(body string, i, at int) (name string, next int, quote byte, inside bool) {
	j := i + 1
	if j >= len(body) || !letter(body[j]) && body[j] != '/' && body[j] != '!' {
		return "", i + 1, 0, false
	}
	for j < len(body) && (letter(body[j]) || body[j] >= '0' && body[j] <= '9') {
		j++
	}
	name = strings.ToLower(body[i+1 : j])
	for ; j < len(body); j++ {
		if j >= at {
			return name, j, quote, true
		}
		switch c := body[j]; {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\'') && j > 0 && strings.HasSuffix(strings.TrimRight(body[i:j], " \t\r\n"), "="):
			quote = c
		case quote == 0 && c == '>':
			return name, j + 1, 0, false
		}
	}
	return name, j, quote, at <= j
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
