package login

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// page is an HTML page met on the way.
type page struct {
	at    *url.URL
	forms []form
	metas map[string]string
	token string // JSON pointer of a token in an answer that is no page
}

// form is one form of a page.
type form struct {
	action    *url.URL
	inputs    []string // names of every named control
	hidden    []portal.Pair
	passwords []string
}

// readPage returns the forms and metas of an answer; nothing when it is not HTML.
func readPage(a *wire.Answer, at *url.URL) page {
	p := page{at: at, metas: map[string]string{}}
	media := a.Header.Get("Content-Type")
	if strings.Contains(media, "json") {
		p.token = tokenPointer(a.Body)
		return p
	}
	if media != "" && !strings.Contains(media, "html") {
		return p
	}
	doc, err := html.Parse(bytes.NewReader(a.Body))
	if err != nil {
		return p
	}
	for n := range doc.Descendants() {
		switch n.DataAtom {
		case atom.Form:
			p.forms = append(p.forms, readForm(n, at))
		case atom.Meta:
			if name := attribute(n, "name"); name != "" {
				p.metas[strings.ToLower(name)] = attribute(n, "content")
			}
		}
	}
	return p
}

func readForm(n *html.Node, at *url.URL) form {
	f := form{action: at}
	if ref, err := url.Parse(attribute(n, "action")); err == nil {
		f.action = at.ResolveReference(ref)
	}
	for d := range n.Descendants() {
		name := attribute(d, "name")
		switch d.DataAtom {
		case atom.Input, atom.Select, atom.Textarea, atom.Button:
		default:
			continue
		}
		if name == "" {
			continue
		}
		f.inputs = append(f.inputs, name)
		switch strings.ToLower(attribute(d, "type")) {
		case "hidden":
			f.hidden = append(f.hidden, portal.Pair{Name: name, Value: attribute(d, "value")})
		case "password":
			f.passwords = append(f.passwords, name)
		}
	}
	return f
}

// formFor returns the form of the page that a step with these fields fills in.
func (p page) formFor(target *url.URL, fields []portal.Pair) *form {
	for i, f := range p.forms {
		if slices.ContainsFunc(fields, func(x portal.Pair) bool { return slices.Contains(f.visible(), x.Name) }) {
			return &p.forms[i]
		}
	}
	for i, f := range p.forms {
		if f.action.Path == target.Path && len(f.passwords) > 0 {
			return &p.forms[i]
		}
	}
	return nil
}

// visible are the names a person fills in.
func (f form) visible() []string {
	return slices.DeleteFunc(slices.Clone(f.inputs), func(name string) bool {
		return slices.ContainsFunc(f.hidden, func(h portal.Pair) bool { return h.Name == name })
	})
}

// asksLogin reports whether the page is a login form: one that asks for one
// password, under a name the recipe fills in or on a page that is about logging in.
func (p page) asksLogin(passwordNames []string) bool {
	for _, f := range p.forms {
		if len(f.passwords) != 1 {
			continue // two or three: a change of password
		}
		if slices.Contains(passwordNames, f.passwords[0]) && !p.changesPassword(f) {
			return true
		}
		if loginPath.MatchString(p.at.Path) || loginPath.MatchString(f.action.Path) {
			return true
		}
	}
	return false
}

// changesPassword tells a form that confirms something by the password from a login form: it names no user.
func (p page) changesPassword(f form) bool {
	return len(f.visible()) < 2 && !loginPath.MatchString(p.at.Path) && !loginPath.MatchString(f.action.Path)
}

// tokenPointer returns where a JSON answer holds an access token, or "".
func tokenPointer(body []byte) string {
	doc, err := decode(body)
	if err != nil {
		return ""
	}
	for _, path := range []string{"", "/data", "/result", "/session", "/auth"} {
		for _, key := range []string{"token", "access_token", "accessToken", "jwt", "id_token", "auth_token", "authToken", "key"} {
			if v, err := at(doc, path+"/"+key); err == nil && v != "" {
				return path + "/" + key
			}
		}
	}
	return ""
}
