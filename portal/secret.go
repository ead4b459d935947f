package portal

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Secret is a value that must never be printed. String, JSON and log forms
// show a fingerprint; Reveal is the one way to the value. The value sits behind
// a pointer because fmt reads unexported fields of other structs without
// asking Format, and prints no more than an address of what it points to.
type Secret struct{ value *string }

// NewSecret returns v as a secret.
func NewSecret(v string) Secret {
	if v == "" {
		return Secret{}
	}
	return Secret{&v}
}

// Reveal returns the value. Grep for it: every use is a place to trust.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether the secret is empty.
func (s Secret) IsZero() bool { return s.value == nil }

// Equal reports whether both hold the same value.
func (s Secret) Equal(t Secret) bool { return s.Reveal() == t.Reveal() }

// String returns a fingerprint.
func (s Secret) String() string {
	if s.value == nil {
		return ""
	}
	sum := sha256.Sum256([]byte("launchready\x00" + *s.value))
	return "secret:" + hex.EncodeToString(sum[:4])
}

// GoString implements fmt.GoStringer.
func (s Secret) GoString() string { return s.String() }

// Format implements fmt.Formatter, so that no verb prints the value.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// MarshalText implements encoding.TextMarshaler.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
