package routes

import (
	"bytes"
	"hash/fnv"
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Bounds of one page.
const (
	maxLinks  = 2_000
	maxForms  = 200
	maxFields = 200 // of one form
	maxPage   = 8 << 20
)

// page is what a page offers.
type page struct {
	base  string // <base href>
	links []link
	forms []form
	shape string // of its labels and forms: pages of one kind have one
}

// link is something to ask for: by an anchor, or by an attribute that says so.
type link struct{ method, ref string }

// form is a form with its fields.
type form struct {
	method, action, media string
	fields                []field
	passwords, visible    int
}

type field struct{ name, kind, value string }

// readPage reads links and forms tolerantly: whatever a browser would.
func readPage(body []byte) page {
	var p page
	z := html.NewTokenizer(io.LimitReader(bytes.NewReader(body), maxPage))
	z.SetMaxBuf(1 << 20)
	var open *form
	var labels []string
	labelled := false
	for {
		switch z.Next() {
		case html.ErrorToken: // the end, or a token beyond the bound
			if open != nil {
				p.forms = append(p.forms, *open)
			}
			p.shape = shapeOf(labels, p.forms)
			return p
		case html.TextToken:
			if text := strings.TrimSpace(string(z.Text())); labelled && text != "" && len(labels) < 200 {
				labels = append(labels, text)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			tag, attrs := tagOf(z)
			labelled = tag == atom.Th || tag == atom.Dt || tag == atom.Label
			if tag == atom.Form {
				if open != nil {
					p.forms = append(p.forms, *open)
				}
				open = newForm(attrs)
				if len(p.forms) >= maxForms {
					open = nil
				}
			}
			if tag == atom.Base && p.base == "" {
				p.base = attrs["href"]
			}
			p.offer(tag, attrs)
			if open != nil {
				open.take(tag, attrs)
			}
		case html.EndTagToken:
			labelled = false
			if name, _ := z.TagName(); string(name) == "form" && open != nil {
				p.forms, open = append(p.forms, *open), nil
			}
		}
	}
}

func tagOf(z *html.Tokenizer) (atom.Atom, map[string]string) {
	name, more := z.TagName()
	tag, attrs := atom.Lookup(name), map[string]string{}
	for more && len(attrs) < 64 {
		var key, value []byte
		key, value, more = z.TagAttr()
		if _, twice := attrs[string(key)]; !twice {
			attrs[string(key)] = string(value)
		}
	}
	return tag, attrs
}

// offer notes the links of a tag.
func (p *page) offer(tag atom.Atom, attrs map[string]string) {
	add := func(method, ref string) {
		ref = strings.TrimSpace(ref)
		if ref != "" && !strings.HasPrefix(ref, "#") && len(ref) < 2048 && len(p.links) < maxLinks {
			p.links = append(p.links, link{method, ref})
		}
	}
	switch tag {
	case atom.A, atom.Area:
		method := strings.ToUpper(first(attrs["data-method"], attrs["data-turbo-method"], "GET"))
		add(method, attrs["href"])
	case atom.Iframe, atom.Frame, atom.Embed:
		add("GET", attrs["src"])
	case atom.Object:
		add("GET", attrs["data"])
	}
	for _, key := range []string{"data-href", "data-url"} {
		if strings.HasPrefix(attrs[key], "/") {
			add("GET", attrs[key])
		}
	}
	for key, method := range map[string]string{"hx-get": "GET", "hx-post": "POST", "hx-put": "PUT", "hx-patch": "PATCH", "hx-delete": "DELETE"} {
		add(method, first(attrs[key], attrs["data-"+key]))
	}
}

func newForm(attrs map[string]string) *form {
	f := &form{method: strings.ToUpper(first(attrs["method"], "GET")), action: attrs["action"], media: attrs["enctype"]}
	if f.method == "DIALOG" {
		return nil
	}
	return f
}

// take notes the field that a tag within the form is.
func (f *form) take(tag atom.Atom, attrs map[string]string) {
	kind := "text"
	switch tag {
	case atom.Input:
		kind = strings.ToLower(first(attrs["type"], "text"))
	case atom.Textarea, atom.Select:
	default:
		return
	}
	if kind == "password" {
		f.passwords++
	}
	if kind != "hidden" && kind != "submit" && kind != "button" && kind != "checkbox" {
		f.visible++
	}
	name := attrs["name"]
	if name == "" || kind == "submit" || kind == "button" || kind == "image" || kind == "reset" || len(f.fields) >= maxFields {
		return
	}
	if name == "_method" && f.method == "POST" { // how forms say PUT, PATCH and DELETE
		f.method = strings.ToUpper(first(attrs["value"], f.method))
		return
	}
	f.fields = append(f.fields, field{name, kind, attrs["value"]})
}

// signsIn reports a form of a name and a password.
func (f *form) signsIn() bool {
	return f.method == "POST" && f.passwords == 1 && f.visible <= 4 && f.visible >= 2
}

// sample returns the form's fields as they stand, credentials emptied.
func (f *form) sample() map[string]any {
	out := map[string]any{}
	for _, x := range f.fields {
		if secretive(x.name) || x.kind == "password" || x.kind == "file" {
			out[x.name] = ""
			continue
		}
		out[x.name] = x.value
	}
	return out
}

// shapeOf digests what makes a page one of its kind: what its tables, lists and
// forms call things. It is "" for a page without any.
func shapeOf(labels []string, forms []form) string {
	for _, f := range forms {
		for _, x := range f.fields {
			labels = append(labels, f.method+" "+x.name)
		}
	}
	if len(labels) == 0 {
		return ""
	}
	slices.Sort(labels)
	h := fnv.New64a()
	for _, l := range slices.Compact(labels) {
		_, _ = h.Write([]byte(l + "\x00"))
	}
	return strconv.FormatUint(h.Sum64(), 36)
}
