package initiate

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// loginPages are where frameworks put their login form.
func loginPages() []string {
	return []string{
		"/login", "/signin", "/sign-in", "/users/sign_in", "/accounts/login/", "/auth/login",
		"/account/login", "/user/login", "/session/new", "/auth/signin", "/Account/Login", "/admin/login/",
	}
}

var (
	loginWords = regexp.MustCompile(`(?i)(^|[^a-z])(log|sign)[-_ ]?(in|on)([^a-z]|$)`)
	csrfWords  = regexp.MustCompile(`(?i)csrf|xsrf|authenticity|verificationtoken|_token$|^token$|nonce|state$`)
	userWords  = regexp.MustCompile(`(?i)user|mail|login|account|ident|name`)
	plainText  = regexp.MustCompile(`^[A-Za-z0-9 ._:/@+-]{0,40}$`)
	random     = regexp.MustCompile(`^[A-Za-z0-9+/=_.:-]{16,}$`)
)

// landing looks at the first page and then for a login form.
func (f *finder) landing() {
	pages := []string{"/"}
	if p, ok := f.look("/"); ok {
		doc := parsePage(p)
		f.found.Title = title(doc)
		if f.found.Form = f.loginForm(p.path, doc); f.found.Form != nil {
			return
		}
		pages = f.loginLinks(p.path, doc)
	} else if f.answers == 0 {
		return
	}
	seen := map[string]bool{"/": true}
	for _, at := range append(pages, loginPages()...) {
		if seen[at] {
			continue
		}
		seen[at] = true
		if p, ok := f.look(at); ok && p.status < http.StatusInternalServerError {
			if f.found.Form = f.loginForm(p.path, parsePage(p)); f.found.Form != nil {
				return
			}
		}
	}
}

// parsePage parses an HTML answer; nil for anything else.
func parsePage(p page) *html.Node {
	if !strings.Contains(p.header.Get("Content-Type"), "html") && !bytes.HasPrefix(bytes.TrimSpace(p.body), []byte("<")) {
		return nil
	}
	doc, err := html.Parse(bytes.NewReader(p.body))
	if err != nil {
		return nil
	}
	return doc
}

func title(doc *html.Node) string {
	for n := range nodes(doc, "title") {
		return tidy(textOf(n), maxTitle)
	}
	return ""
}

// loginLinks are the links of a page that speak of signing in.
func (f *finder) loginLinks(at string, doc *html.Node) []string {
	var out []string
	for n := range nodes(doc, "a") {
		href := attr(n, "href")
		if href == "" || (!loginWords.MatchString(href) && !loginWords.MatchString(textOf(n))) {
			continue
		}
		if local, ok := f.local(at, href); ok && len(out) < maxListed {
			out = append(out, local)
		}
	}
	return out
}

// loginForm finds a form with one password field.
func (f *finder) loginForm(at string, doc *html.Node) *Form {
	for n := range nodes(doc, "form") {
		if form := f.readForm(at, n); form != nil {
			return form
		}
	}
	return nil
}

func (f *finder) readForm(at string, n *html.Node) *Form {
	action, ok := f.local(at, attr(n, "action"))
	if !ok || !strings.EqualFold(attr(n, "method"), "post") || foreign(action) || foreign(at) {
		return nil
	}
	form := &Form{Page: at, Action: "POST " + action}
	users, passwords := 0, 0
	for input := range nodes(n, "input", "button") {
		field, kind := readInput(input)
		switch {
		case field.Name == "" || foreign(field.Name) || foreign(field.Value):
			continue
		case kind == "password":
			passwords++
			field.Value = "${password}"
		case kind == "user":
			// The likeliest field of several is the user's name; the first wins a tie.
			if users++; users > 1 {
				continue
			}
			field.Value = "${user}"
		}
		form.Fields = append(form.Fields, field)
	}
	// Two passwords are a registration or a change; no user is a one-time code.
	if passwords != 1 || users == 0 {
		return nil
	}
	return form
}

// readInput says what an input sends: kind is "user", "password", "fixed", or "" for nothing.
func readInput(n *html.Node) (Field, string) {
	field := Field{Name: attr(n, "name"), Value: attr(n, "value")}
	switch kind := strings.ToLower(attr(n, "type")); {
	case n.Data == "button" && kind != "submit" && kind != "":
		return Field{}, ""
	case n.Data == "button" || kind == "submit":
		if !plainText.MatchString(field.Value) {
			return Field{}, ""
		}
		return field, "fixed"
	case kind == "password":
		return field, kind
	case kind == "email", (kind == "text" || kind == "") && userWords.MatchString(field.Name):
		return field, "user"
	case kind == "hidden":
		return readHidden(field), "fixed"
	}
	return Field{}, ""
}

// readHidden captures what changes from page to page and repeats the rest.
func readHidden(f Field) Field {
	if csrfWords.MatchString(f.Name) || random.MatchString(f.Value) {
		f.Capture = `input[name="` + f.Name + `"]`
		f.Value = ""
		return f
	}
	if !plainText.MatchString(f.Value) {
		return Field{}
	}
	return f
}

// foreign reports whether a text from outside could make portal.yaml read
// something: a page must not get at the environment of whoever runs init.
func foreign(text string) bool {
	return strings.Contains(text, "${") || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f }) || strings.ContainsAny(text, `"\#`)
}
