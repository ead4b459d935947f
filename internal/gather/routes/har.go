package routes

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Bounds of recordings.
const (
	maxHARFiles   = 50
	maxHAR        = 256 << 20 // of one file; it is read as a stream
	maxHAREntries = 20_000
	maxSample     = 64 << 10
)

// harEntry is what is read of an entry: no header, no cookie, no answer's body,
// so that no credential of a recording is ever held.
type harEntry struct {
	Request struct {
		Method   string `json:"method"`
		URL      string `json:"url"`
		PostData *struct {
			MimeType string `json:"mimeType"`
			Text     string `json:"text"`
			Params   []struct {
				Name  string `json:"name"`
				Value string `json:"value"`
			} `json:"params"`
		} `json:"postData"`
	} `json:"request"`
	Response struct {
		Status  int `json:"status"`
		Content struct {
			MimeType string `json:"mimeType"`
		} `json:"content"`
	} `json:"response"`
}

// recordings reads the HAR files of the description.
func (g *gathering) recordings() {
	read := 0
	for _, glob := range g.Portal.Routes.HAR {
		path := glob
		if !filepath.IsAbs(path) {
			path = filepath.Join(g.Portal.Dir, path)
		}
		files, err := filepath.Glob(path)
		if err != nil || len(files) == 0 {
			g.note(fromHAR, "%s: names no file", glob)
			continue
		}
		for _, file := range files {
			if read++; read > maxHARFiles {
				g.note(fromHAR, "more than %d recordings; the rest was left out", maxHARFiles)
				return
			}
			if err := g.recording(file); err != nil {
				g.note(fromHAR, "%s: read as far as it goes: %v", filepath.Base(file), err)
			}
		}
	}
}

func (g *gathering) recording(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("open: %w", errors.Unwrap(err))
	}
	defer f.Close() //nolint:errcheck // read only
	foreign := 0
	err = readHAR(io.LimitReader(f, maxHAR), func(e harEntry) {
		if !g.recorded(e) {
			foreign++
		}
	})
	if foreign > 0 {
		g.note(fromHAR, "%s: %d requests to other hosts were left out", filepath.Base(file), foreign)
	}
	return err
}

// readHAR streams the entries of a recording (log.entries).
func readHAR(r io.Reader, each func(harEntry)) error {
	dec := json.NewDecoder(r)
	for _, name := range []string{"log", "entries"} {
		if err := enter(dec, name); err != nil {
			return fmt.Errorf("find %s: %w", name, err)
		}
	}
	if tok, err := dec.Token(); err != nil || tok != json.Delim('[') {
		return fmt.Errorf("entries is not a list: %w", err)
	}
	for n := 0; dec.More(); n++ {
		if n >= maxHAREntries {
			return fmt.Errorf("more than %d entries", maxHAREntries)
		}
		var e harEntry
		err := dec.Decode(&e)
		var wrongType *json.UnmarshalTypeError
		if errors.As(err, &wrongType) {
			continue // one odd entry
		}
		if err != nil {
			return fmt.Errorf("entry %d: %w", n+1, err)
		}
		each(e)
	}
	return nil
}

// enter reads into an object up to the value of a field.
func enter(dec *json.Decoder, field string) error {
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	if tok != json.Delim('{') {
		return errors.New("not an object")
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		if name == field {
			return nil
		}
		var skip json.RawMessage
		if err := dec.Decode(&skip); err != nil {
			return err
		}
	}
	return errors.New("no such field")
}

// recorded keeps one request; false when it went to another host.
func (g *gathering) recorded(e harEntry) bool {
	u, ok := safeURL(e.Request.URL)
	if !ok {
		return false
	}
	p, ok := g.site.of(u)
	if !ok {
		return false
	}
	method, status := strings.ToUpper(e.Request.Method), e.Response.Status
	if !slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, method) || isStatic(p.path) || status == 404 || status == 410 || status == 405 {
		return true
	}
	s := sighting{method: method, place: p, source: fromHAR, media: e.Response.Content.MimeType, present: status >= 200 && status < 300}
	if body := e.Request.PostData; body != nil {
		s.bodyOf, _, _ = strings.Cut(body.MimeType, ";")
		form := url.Values{}
		for _, p := range body.Params {
			form.Add(p.Name, p.Value)
		}
		s.body = sampleOf(s.bodyOf, []byte(body.Text), form)
	}
	g.b.see(s)
	return true
}

// sampleOf returns a request body as JSON with its secrets emptied, or nil.
func sampleOf(media string, text []byte, form url.Values) []byte {
	if len(text) > maxSample {
		return nil
	}
	if strings.Contains(media, "json") {
		var v any
		if json.Unmarshal(text, &v) != nil {
			return nil
		}
		return marshal(withoutSecrets(v, 0))
	}
	if len(form) == 0 && strings.Contains(media, "urlencoded") {
		form, _ = url.ParseQuery(string(text)) // what could be read counts
	}
	if len(form) == 0 {
		return nil
	}
	fields := map[string]any{}
	for name := range form {
		fields[name] = form.Get(name)
	}
	return marshal(withoutSecrets(fields, 0))
}

// withoutSecrets empties the strings that stand under the names of credentials.
func withoutSecrets(v any, depth int) any {
	if depth > 32 {
		return nil
	}
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if _, text := value.(string); text && secretive(name) {
				v[name] = ""
				continue
			}
			v[name] = withoutSecrets(value, depth+1)
		}
	case []any:
		for i := range v {
			v[i] = withoutSecrets(v[i], depth+1)
		}
	}
	return v
}

// marshal returns v as JSON, or nil for what is not.
func marshal(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return raw
}
