// Package redact takes credentials out of what is stored or printed. Equal
// values get equal placeholders within a run, so that comparisons survive.
package redact

// Redactor replaces credentials by placeholders of the form
// "[redacted:KIND:xxxxxxxx]" where KIND is the form of the value (password,
// cookie, bearer, jwt, bcrypt, pem, key, csrf …) and x a keyed fingerprint.
type Redactor struct {
	key []byte
}

// New returns a redactor whose fingerprints are keyed by key (one per run).
func New(key []byte) *Redactor { return &Redactor{key: key} }
