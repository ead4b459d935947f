package replay

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/launchready/launchready/evidence"
)

// The HTTP Archive format, version 1.2, as far as it is filled in. Fields that
// the format demands are written even when they are empty; -1 is its "not known".
type (
	harFile struct {
		Log harLog `json:"log"`
	}
	harLog struct {
		Version string     `json:"version"`
		Creator harCreator `json:"creator"`
		Entries []harEntry `json:"entries"`
	}
	harCreator struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	harEntry struct {
		StartedDateTime time.Time          `json:"startedDateTime"`
		Time            float64            `json:"time"` // milliseconds
		Request         harRequest         `json:"request"`
		Response        harResponse        `json:"response"`
		Cache           struct{}           `json:"cache"`
		Timings         map[string]float64 `json:"timings"`
		Comment         string             `json:"comment,omitempty"`
	}
	harRequest struct {
		Method      string           `json:"method"`
		URL         string           `json:"url"`
		HTTPVersion string           `json:"httpVersion"`
		Cookies     []struct{}       `json:"cookies"`
		Headers     []evidence.Field `json:"headers"`
		QueryString []evidence.Field `json:"queryString"`
		PostData    *harPostData     `json:"postData,omitempty"`
		HeadersSize int              `json:"headersSize"`
		BodySize    int              `json:"bodySize"`
	}
	harPostData struct {
		MimeType string     `json:"mimeType"`
		Params   []struct{} `json:"params"`
		Text     string     `json:"text"`
		Comment  string     `json:"comment,omitempty"`
	}
	harResponse struct {
		Status      int              `json:"status"`
		StatusText  string           `json:"statusText"`
		HTTPVersion string           `json:"httpVersion"`
		Cookies     []struct{}       `json:"cookies"`
		Headers     []evidence.Field `json:"headers"`
		Content     harContent       `json:"content"`
		RedirectURL string           `json:"redirectURL"`
		HeadersSize int              `json:"headersSize"`
		BodySize    int64            `json:"bodySize"`
		Error       string           `json:"_error,omitempty"`
	}
	harContent struct {
		Size     int64  `json:"size"`
		MimeType string `json:"mimeType"`
		Text     string `json:"text,omitempty"`
		Encoding string `json:"encoding,omitempty"`
	}
)

// HAR writes the exchanges as an HTTP Archive 1.2, in the order given. Each
// entry's comment names who sent it and what for.
func HAR(w io.Writer, exchanges []*evidence.Exchange) error {
	log := harLog{Version: "1.2", Creator: harCreator{"launchready", "1"}, Entries: []harEntry{}}
	for _, ex := range exchanges {
		log.Entries = append(log.Entries, entry(ex))
	}
	if err := json.NewEncoder(w).Encode(harFile{log}); err != nil {
		return fmt.Errorf("write HAR: %w", err)
	}
	return nil
}

func entry(ex *evidence.Exchange) harEntry {
	took := float64(ex.Took) / float64(time.Millisecond)
	comment := ex.Who
	if ex.By != "" {
		comment += " by " + ex.By
	}
	if ex.For != "" {
		comment += " for " + ex.For
	}
	return harEntry{
		StartedDateTime: ex.At, Time: took, Request: request(&ex.Request), Response: response(ex),
		Timings: map[string]float64{"send": 0, "wait": took, "receive": 0}, Comment: comment,
	}
}

func request(r *evidence.Request) harRequest {
	out := harRequest{
		Method: r.Method, URL: r.URL, HTTPVersion: r.Proto, Cookies: []struct{}{}, Headers: fields(r.Header),
		QueryString: query(r.URL), HeadersSize: -1, BodySize: len(r.Body),
	}
	if len(r.Body) > 0 {
		out.PostData = &harPostData{MimeType: evidence.Get(r.Header, "Content-Type"), Params: []struct{}{}}
		var encoding string
		if out.PostData.Text, encoding = text(r.Body); encoding != "" {
			out.PostData.Comment = "text is " + encoding // the format knows no encoding here
		}
	}
	return out
}

func response(ex *evidence.Exchange) harResponse {
	out := harResponse{
		Cookies: []struct{}{}, Headers: []evidence.Field{}, HeadersSize: -1, BodySize: -1,
		Content: harContent{MimeType: "x-unknown"}, Error: ex.Error,
	}
	r := ex.Response
	if r == nil {
		return out
	}
	out.Status, out.StatusText, out.HTTPVersion = r.Status, http.StatusText(r.Status), r.Proto
	out.Headers, out.RedirectURL = fields(r.Header), ex.Header("Location")
	if mime := ex.Header("Content-Type"); mime != "" {
		out.Content.MimeType = mime
	}
	out.Content.Size = r.Size
	out.Content.Text, out.Content.Encoding = text(r.Body)
	return out
}

// text returns a body as HAR holds it.
func text(b []byte) (text, encoding string) {
	if utf8.Valid(b) {
		return string(b), ""
	}
	return base64.StdEncoding.EncodeToString(b), "base64"
}

func fields(fs []evidence.Field) []evidence.Field { return append([]evidence.Field{}, fs...) }

// query lists the parameters of a URL, sorted by name.
func query(raw string) []evidence.Field {
	out := []evidence.Field{}
	u, err := url.Parse(raw)
	if err != nil {
		return out
	}
	values := u.Query()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, v := range values[name] {
			out = append(out, evidence.Field{Name: name, Value: v})
		}
	}
	return out
}
