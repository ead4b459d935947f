package redact

import (
	"regexp"
	"slices"
	"strings"

	"github.com/launchready/launchready/evidence"
)

// part is one field of a multipart body (RFC 7578 §4.2): its name and value.
var part = regexp.MustCompile(`(name="([^"]*)"[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)([^\r\n]*)`)

// Body returns a body without credentials. JSON keeps its structure, the order
// of its properties and its numbers; only strings change, and a body is valid
// JSON afterwards if and only if it was before.
func (r *Redactor) Body(contentType string, b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	s, kind := string(b), strings.ToLower(contentType)
	switch {
	case strings.Contains(kind, "x-www-form-urlencoded"):
		return []byte(r.form(s))
	case strings.HasPrefix(kind, "multipart/"):
		return []byte(r.text(r.parts(s)))
	case strings.Contains(kind, "json"), startsJSON(s):
		return []byte(r.json(s, 0))
	}
	return []byte(r.text(s))
}

func startsJSON(s string) bool {
	s = strings.TrimLeft(s[:min(len(s), 64)], " \t\r\n\ufeff")
	return s != "" && (s[0] == '{' || s[0] == '[' || s[0] == '"')
}

// form redacts name=value pairs.
func (r *Redactor) form(s string) string {
	pairs := strings.Split(s, "&")
	for i, p := range pairs {
		name, value, ok := strings.Cut(p, "=")
		if kind := kindOf(unescaped(name)); ok && kind != "" {
			if with, changed := r.secret(kind, unescaped(value)); changed {
				pairs[i] = name + "=" + with
			}
		}
	}
	return r.text(strings.Join(pairs, "&"))
}

// parts redacts the fields of a multipart body.
func (r *Redactor) parts(s string) string {
	return part.ReplaceAllStringFunc(s, func(field string) string {
		m := part.FindStringSubmatch(field)
		kind := kindOf(m[2])
		if kind == "" {
			return field
		}
		with, _ := r.secret(kind, m[3])
		return m[1] + with
	})
}

// Exchange returns a copy of e without credentials.
func (r *Redactor) Exchange(e *evidence.Exchange) *evidence.Exchange {
	c := *e
	c.Error = r.text(e.Error)
	c.Request.URL, c.Request.Target = r.text(e.Request.URL), r.text(e.Request.Target)
	c.Request.Header = r.fields(e.Request.Header)
	c.Request.Body = r.Body(evidence.Get(e.Request.Header, "Content-Type"), e.Request.Body)
	if e.Response != nil {
		in := *e.Response
		in.Header = r.fields(in.Header)
		in.Body = r.Body(evidence.Get(e.Response.Header, "Content-Type"), in.Body)
		c.Response = &in
	}
	return &c
}

func (r *Redactor) fields(fields []evidence.Field) []evidence.Field {
	out := slices.Clone(fields)
	for i, f := range out {
		out[i].Value = r.Header(f.Name, f.Value)
	}
	return out
}
