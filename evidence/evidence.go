// Package evidence holds what was observed while acting on a target: one
// redacted record per exchange, named by its digest. It is the ground that
// every artifact and finding points at, and it depends on nothing.
package evidence

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Anonymous is the Who of an exchange that carried no credential.
const Anonymous = "anonymous"

// Ref names a record by the SHA-256 of its stored bytes: "sha256:" + hex.
type Ref string

// RefOf returns the name of a record stored as b.
func RefOf(b []byte) Ref {
	sum := sha256.Sum256(b)
	return Ref("sha256:" + hex.EncodeToString(sum[:]))
}

// Short returns the first twelve hexadecimal digits, for people.
func (r Ref) Short() string {
	s := strings.TrimPrefix(string(r), "sha256:")
	return s[:min(12, len(s))]
}

// Exchange is one request and what came back, redacted before it was stored.
type Exchange struct {
	Seq      int64         `json:"seq"`
	At       time.Time     `json:"at"`
	Took     time.Duration `json:"took"`          // nanoseconds until the body was read or given up
	Who      string        `json:"who"`           // identity name or Anonymous
	By       string        `json:"by,omitempty"`  // gatherer
	For      string        `json:"for,omitempty"` // purpose, such as "P", "X", "alive"
	Request  Request       `json:"request"`
	Response *Response     `json:"response,omitempty"` // nil when no answer arrived
	Error    string        `json:"error,omitempty"`    // why no (complete) answer arrived
}

// Request is what was sent. Target is the request target as it stood on the
// wire (RFC 9112 §3.2) when it differs from the path and query of URL.
type Request struct {
	Method string  `json:"method"`
	URL    string  `json:"url"`
	Target string  `json:"target,omitempty"`
	Proto  string  `json:"proto,omitempty"`
	Header []Field `json:"header,omitempty"`
	Body   Body    `json:"body,omitempty"`
}

// Response is what came back, decoded and bounded.
type Response struct {
	Status    int     `json:"status"`
	Proto     string  `json:"proto,omitempty"`
	Header    []Field `json:"header,omitempty"`
	Body      Body    `json:"body,omitempty"`      // decoded, redacted, at most the recording bound
	Size      int64   `json:"size"`                // decoded bytes received
	Digest    string  `json:"digest,omitempty"`    // SHA-256 of the decoded bytes received, hex
	Truncated bool    `json:"truncated,omitempty"` // Body or Size is not the whole answer
}

// Field is one header field, in the order sent or received.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Get returns the first value of the named field (case-insensitive), or "".
func Get(fields []Field, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Values returns every value of the named field (case-insensitive).
func Values(fields []Field, name string) []string {
	var out []string
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			out = append(out, f.Value)
		}
	}
	return out
}

// Status returns the status code, or 0 when no answer arrived.
func (e *Exchange) Status() int {
	if e == nil || e.Response == nil {
		return 0
	}
	return e.Response.Status
}

// Header returns the first response header of that name, or "".
func (e *Exchange) Header(name string) string {
	if e == nil || e.Response == nil {
		return ""
	}
	return Get(e.Response.Header, name)
}

// Body returns the recorded response body, or nil.
func (e *Exchange) Body() []byte {
	if e == nil || e.Response == nil {
		return nil
	}
	return e.Response.Body
}

// Body is a message body. In JSON it is a string when it is valid UTF-8 and
// {"base64": "…"} otherwise.
type Body []byte

type binaryBody struct {
	Base64 string `json:"base64"`
}

// MarshalJSON implements json.Marshaler.
func (b Body) MarshalJSON() ([]byte, error) {
	if utf8.Valid(b) {
		return json.Marshal(string(b))
	}
	return json.Marshal(binaryBody{base64.StdEncoding.EncodeToString(b)})
}

// UnmarshalJSON implements json.Unmarshaler.
func (b *Body) UnmarshalJSON(raw []byte) error {
	if text, ok := unquote(raw); ok {
		*b = text
		return nil
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		*b = Body(s)
		return nil
	}
	var bin binaryBody
	if err := json.Unmarshal(raw, &bin); err != nil {
		return fmt.Errorf("decode body: %w", err)
	}
	dec, err := base64.StdEncoding.DecodeString(bin.Base64)
	if err != nil {
		return fmt.Errorf("decode body: %w", err)
	}
	*b = dec
	return nil
}
