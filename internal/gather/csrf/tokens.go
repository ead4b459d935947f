package csrf

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
)

// tokenName are the names of form fields and cookies that hold tokens.
var tokenName = regexp.MustCompile(`(?i)([cx]srf|authenticity_token|requestverificationtoken|^_?token$)`)

// tokens are the tries with a token that should not do: for forms only, for no
// page can add a header.
func (r *run) tokens(op *operation, v *victim) []try {
	o, ok := op.order("lr")
	field := r.tokenField(op, v)
	target, err := r.at.Resolve(o.target)
	if !ok || err != nil || field == "" || o.method == "GET" || v.token.Value == "" {
		return nil
	}
	form := formURL
	if o.method != "POST" {
		form = formMethod
	}
	w := v.reaches(target, "POST", true)
	if w.barred != "" || w.site == sameSite {
		return nil // SameSite holds, whatever the token does
	}
	var out []try
	add := func(name, value, cookie string) {
		out = append(out, try{form: form, token: name, reach: w, change: func(q *wire.Request) {
			body, err := url.ParseQuery(string(q.Body))
			if err != nil {
				return
			}
			body.Set(field, value)
			q.Body = []byte(body.Encode())
			if cookie != "" {
				q.Header = append(q.Header, evidence.Field{Name: "Cookie", Value: cookie + "=" + url.QueryEscape(value)})
			}
		}})
	}
	add("empty", "", "")
	add("changed", changed(v.token.Value), "")
	if v.former.Value != "" && v.former.Value != v.token.Value {
		add("other session's", v.former.Value, "")
	}
	if v.foreign.Value != "" && v.foreign.Value != v.token.Value {
		add("other user's", v.foreign.Value, "")
	}
	if cookie := v.tokenCookie(); cookie != "" && !strings.HasPrefix(cookie, "__Host-") {
		add("pair", strings.Repeat("a1", 32)[:max(16, min(64, len(v.token.Value)))], cookie)
	}
	return out
}

// tokenField is the form field in which a token goes.
func (r *run) tokenField(op *operation, v *victim) string {
	if v.token.Field != "" {
		return v.token.Field
	}
	for name := range op.fields() {
		if tokenName.MatchString(name) {
			return name
		}
	}
	return ""
}

// tokenCookie is the cookie that a token is compared with, as far as it can be
// told: the one that holds the same value, or is named so.
func (v *victim) tokenCookie() string {
	if v.token.Cookie != "" {
		return v.token.Cookie
	}
	named := ""
	for _, k := range v.session.Credential().Cookies {
		if value, err := url.QueryUnescape(k.Value); k.Value == v.token.Value || err == nil && value == v.token.Value {
			return k.Name
		}
		if tokenName.MatchString(k.Name) {
			named = k.Name
		}
	}
	return named
}

// changed is a token of the same length and alphabet that is not the same.
func changed(token string) string {
	b := []byte(token)
	for i := range b {
		if i%3 != 0 {
			continue
		}
		switch c := b[i]; {
		case c >= '0' && c <= '8', c >= 'a' && c <= 'y', c >= 'A' && c <= 'Y':
			b[i] = c + 1
		case c == '9' || c == 'z' || c == 'Z':
			b[i] = c - 1
		}
	}
	return string(b)
}
