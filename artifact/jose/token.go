// Package jose takes JSON Web Tokens apart as tolerantly as portals do, and
// makes the ones that no portal may accept. It does no I/O and draws no
// randomness: keys come from its caller.
package jose

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// longest bounds what is read as a token: header lines seldom carry more.
const longest = 64 << 10

// What a value that looks like a token is not.
var (
	ErrNotToken  = errors.New("not a JSON Web Token")
	ErrEncrypted = errors.New("an encrypted token (JWE)") // RFC 7516 §7.1: five parts
)

// Token is a signed JSON Web Token (RFC 7519) in its compact form.
type Token struct {
	Header, Claims map[string]any
	// Parts are the three parts as they were sent, base64url without padding.
	Parts [3]string
}

// Parse takes a compact token apart. The error is ErrEncrypted for a token
// whose claims cannot be read, ErrNotToken for anything else that is none.
func Parse(s string) (Token, error) {
	var t Token
	parts := strings.Split(s, ".")
	if len(s) > longest || len(parts) != 3 && len(parts) != 5 {
		return t, ErrNotToken
	}
	if err := decodeObject(parts[0], &t.Header); err != nil || t.Text("alg") == "" {
		return t, ErrNotToken
	}
	if len(parts) == 5 {
		if _, is := t.Header["enc"].(string); is {
			return t, ErrEncrypted
		}
		return t, ErrNotToken
	}
	if decodeObject(parts[1], &t.Claims) != nil {
		return t, ErrNotToken
	}
	if _, err := Decode(parts[2]); err != nil {
		return t, ErrNotToken
	}
	copy(t.Parts[:], parts)
	return t, nil
}

// Decode reads base64url with or without padding (RFC 7515 §2).
func Decode(part string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
	if err != nil {
		return nil, fmt.Errorf("decode part of a token: %w", err)
	}
	return raw, nil
}

func decodeObject(part string, into *map[string]any) error {
	raw, err := Decode(part)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	if err := dec.Decode(into); err != nil || *into == nil {
		return ErrNotToken
	}
	return nil
}

// String returns the token as it was sent.
func (t Token) String() string { return strings.Join(t.Parts[:], ".") }

// Signature returns the bytes of the signature.
func (t Token) Signature() []byte {
	raw, err := Decode(t.Parts[2])
	if err != nil { // Parse has read it
		return nil
	}
	return raw
}

// Input is what is signed.
func (t Token) Input() string { return t.Parts[0] + "." + t.Parts[1] }

// Text returns a member of the header that is a text.
func (t Token) Text(name string) string { return text(t.Header, name) }

// Claim returns a claim that is a text.
func (t Token) Claim(name string) string { return text(t.Claims, name) }

func text(m map[string]any, name string) string { s, _ := m[name].(string); return s }

// Time returns a claim that is a moment (RFC 7519 §2 NumericDate); zero when it is none.
func (t Token) Time(name string) time.Time {
	n, is := t.Claims[name].(json.Number)
	if !is {
		return time.Time{}
	}
	seconds, err := n.Float64()
	if err != nil || math.Abs(seconds) > 1<<36 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}

// HMAC reports whether the token is signed with a secret that both sides share.
func (t Token) HMAC() bool { return strings.HasPrefix(strings.ToUpper(t.Text("alg")), "HS") }

// Kind is what a token is for by its own word: "refresh", "id" or "".
func (t Token) Kind() string {
	words := []string{t.Text("typ")}
	for _, name := range []string{"typ", "type", "token_type", "tokenType", "token_use", "use", "purpose", "kind"} {
		words = append(words, t.Claim(name))
	}
	for _, w := range words {
		switch w = strings.ToLower(w); {
		case strings.Contains(w, "refresh"), w == "rt+jwt":
			return "refresh"
		case w == "id", w == "id_token", w == "idtoken", w == "id+jwt":
			return "id"
		}
	}
	return ""
}
