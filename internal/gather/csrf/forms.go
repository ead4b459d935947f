package csrf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime/multipart"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/canary"
	"github.com/launchready/launchready/internal/wire"
)

// The forms of requests that a page of another site can send.
const (
	formURL    = "C1 form"
	formParts  = "C2 multipart form"
	formText   = "C3 text/plain"
	formBare   = "C3 without a type"
	formJSON   = "C4 JSON after a preflight"
	formQuery  = "C5 link"
	formMethod = "C6 form with _method"
	linkMethod = "C6 link with _method"
)

// order is what a page wants done: a method on a target with some fields.
type order struct {
	method, target string
	fields         map[string]any
	sign           string // the value among the fields that is looked for afterwards
}

// navigates says whether the form is sent as a page of its own.
func navigates(form string) bool { return form != formBare && form != formJSON }

// methodOf is the method a form is sent with.
func methodOf(form string, o order) string {
	switch form {
	case formQuery, linkMethod:
		return "GET"
	case formJSON:
		return o.method
	}
	return "POST"
}

// request is an order in one of the forms.
func (o order) request(form string) wire.Request {
	r := wire.Request{Method: methodOf(form, o), URL: o.target}
	media := ""
	switch form {
	case formURL:
		media, r.Body = canary.FormType, []byte(values(o.fields).Encode())
	case formMethod:
		v := values(o.fields)
		v.Set("_method", o.method)
		media, r.Body = canary.FormType, []byte(v.Encode())
	case formParts:
		media, r.Body = parts(o.fields)
	case formText:
		media, r.Body = "text/plain", plain(o)
	case formBare:
		r.Body = document(o.fields)
	case formJSON:
		media, r.Body = canary.JSONType, document(o.fields)
	case formQuery:
		r.URL = withQuery(o.target, values(o.fields))
	case linkMethod:
		v := values(o.fields)
		v.Set("_method", o.method)
		r.URL = withQuery(o.target, v)
	}
	if media != "" {
		r.Header = []evidence.Field{{Name: "Content-Type", Value: media}}
	}
	return r
}

func withQuery(target string, v url.Values) string {
	if len(v) == 0 {
		return target
	}
	sep := "?"
	if strings.Contains(target, "?") {
		sep = "&"
	}
	return target + sep + v.Encode()
}

func values(fields map[string]any) url.Values {
	v := url.Values{}
	for name, value := range fields {
		v.Set(name, canary.PlainText(value))
	}
	return v
}

func document(fields map[string]any) []byte {
	if fields == nil {
		return []byte("{}")
	}
	b, err := json.Marshal(fields)
	if err != nil {
		return []byte("{}") // the fields come from JSON or from forms
	}
	return b
}

// plain is JSON as a form of type text/plain sends it: name, "=", value and a
// line's end. The "=" is hidden in the sign, or in a member of its own.
func plain(o order) []byte {
	b := document(o.fields)
	if o.sign != "" && bytes.Contains(b, []byte(o.sign)) {
		b = bytes.Replace(b, []byte(o.sign), []byte(o.sign+"="), 1)
	} else if rest, ok := bytes.CutPrefix(b, []byte("{")); ok {
		comma := ","
		if string(rest) == "}" {
			comma = ""
		}
		b = fmt.Appendf(nil, `{"lr":"="%s%s`, comma, rest)
	}
	return append(b, "\r\n"...)
}

// parts is a multipart body; its boundary is fixed, so that a replay is the same.
func parts(fields map[string]any) (media string, body []byte) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	err := w.SetBoundary("----launchreadyFormBoundary7MA4YWxk")
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if err == nil {
			err = w.WriteField(name, canary.PlainText(fields[name]))
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return canary.FormType, nil // a buffer takes everything
	}
	return w.FormDataContentType(), b.Bytes()
}
