package canary

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"github.com/launchready/launchready/internal/gather"
	"github.com/launchready/launchready/portal"
)

// The content types of bodies made here.
const (
	JSONType = "application/json"
	FormType = "application/x-www-form-urlencoded"
)

// fill expands a declared write for one identity.
func fill(t *gather.Tools, who string, w *portal.WriteCall, vars map[string]string) (contentType string, object map[string]any, ok bool) {
	s := t.As(who)
	expand := func(text string) (string, bool) {
		for k, v := range vars {
			text = strings.ReplaceAll(text, "${"+k+"}", v)
		}
		if s == nil {
			return text, !strings.Contains(text, "${")
		}
		out, err := s.Expand(text)
		return out, err == nil
	}
	if w.Form != nil {
		form := map[string]any{}
		for _, p := range w.Form {
			v, ok := expand(p.Value)
			if !ok {
				return "", nil, false
			}
			form[p.Name] = v
		}
		return FormType, form, true
	}
	doc, ok := expandAll(w.JSON, expand)
	object, is := doc.(map[string]any)
	return JSONType, object, ok && is
}

func expandAll(v any, expand func(string) (string, bool)) (any, bool) {
	switch v := v.(type) {
	case string:
		return expand(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			x, ok := expandAll(v[i], expand)
			if !ok {
				return nil, false
			}
			out[i] = x
		}
		return out, true
	case map[string]any:
		out := map[string]any{}
		for k := range v {
			x, ok := expandAll(v[k], expand)
			if !ok {
				return nil, false
			}
			out[k] = x
		}
		return out, true
	}
	return v, true
}

// Encode writes an object as a body: JSON, unless the type is that of a form.
func Encode(bodyType string, object map[string]any) (contentType string, body []byte, ok bool) {
	switch {
	case strings.Contains(bodyType, "urlencoded"):
		form := url.Values{}
		for k, v := range object {
			form.Set(k, PlainText(v))
		}
		return FormType, []byte(form.Encode()), true
	case strings.Contains(bodyType, "multipart"):
		return encodeParts(object)
	}
	body, err := json.Marshal(object)
	if strings.Contains(bodyType, "json") {
		return bodyType, body, err == nil
	}
	return JSONType, body, err == nil
}

// upload is the content of a file property.
type upload string

func encodeParts(object map[string]any) (contentType string, body []byte, ok bool) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		header := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf("form-data; name=%q", name)}}
		if _, is := object[name].(upload); is {
			header.Set("Content-Disposition", fmt.Sprintf("form-data; name=%q; filename=\"launchready.txt\"", name))
			header.Set("Content-Type", "text/plain")
		}
		part, err := w.CreatePart(header)
		if err != nil {
			return "", nil, false
		}
		if _, err := part.Write([]byte(PlainText(object[name]))); err != nil {
			return "", nil, false
		}
	}
	if err := w.Close(); err != nil {
		return "", nil, false
	}
	return w.FormDataContentType(), b.Bytes(), true
}

// PlainText is a value as a form field holds it.
func PlainText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case upload:
		return string(v)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
