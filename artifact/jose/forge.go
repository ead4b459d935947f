package jose

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	// The hashes of RFC 7518 §3.1.
	_ "crypto/sha256"
	_ "crypto/sha512"
)

// Change is what a forged token has otherwise than the one it is made from; a
// nil value takes the member out.
type Change map[string]any

// Signer makes the signature over the first two parts of a token.
type Signer func(input string) []byte

// Forge returns the token with another header, other claims and a signature of
// its own. A part that nothing changes stays as it was sent, byte for byte.
func (t Token) Forge(header, claims Change, sign Signer) string {
	parts := []string{t.Parts[0], t.Parts[1]}
	for i, c := range []Change{header, claims} {
		if len(c) > 0 {
			parts[i] = encode(merged([]map[string]any{t.Header, t.Claims}[i], c))
		}
	}
	input := strings.Join(parts, ".")
	return input + "." + base64.RawURLEncoding.EncodeToString(sign(input))
}

func merged(m map[string]any, c Change) map[string]any {
	out := maps.Clone(m)
	maps.Copy(out, c)
	maps.DeleteFunc(out, func(_ string, v any) bool { return v == nil })
	return out
}

// encode writes a part: alg and typ first, as most portals write a header.
func encode(m map[string]any) string {
	var b bytes.Buffer
	b.WriteByte('{')
	keys := slices.Sorted(maps.Keys(m))
	slices.SortStableFunc(keys, func(a, b string) int { return rank(a) - rank(b) })
	for i, k := range keys {
		if i > 0 {
			b.WriteByte(',')
		}
		name, _ := json.Marshal(k) // a string
		value, err := json.Marshal(m[k])
		if err != nil {
			value = []byte("null") // what was parsed from JSON, and texts and numbers of ours, always encode
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return base64.RawURLEncoding.EncodeToString(b.Bytes())
}

func rank(name string) int {
	switch name {
	case "alg":
		return 0
	case "typ":
		return 1
	}
	return 2
}

// Keep signs with the token's own signature.
func (t Token) Keep() Signer { return Fixed(t.Signature()) }

// Fixed signs everything with the same bytes.
func Fixed(signature []byte) Signer { return func(string) []byte { return signature } }

// HMAC signs with a secret (RFC 7518 §3.2); an unknown algorithm counts as HS256.
func HMAC(alg string, secret []byte) Signer {
	return func(input string) []byte {
		h := hmac.New(hashOf(alg).New, secret)
		_, _ = io.WriteString(h, input) // a hash never fails
		return h.Sum(nil)
	}
}

func hashOf(alg string) crypto.Hash {
	switch {
	case strings.HasSuffix(alg, "384"):
		return crypto.SHA384
	case strings.HasSuffix(alg, "512"):
		return crypto.SHA512
	}
	return crypto.SHA256
}

// RS256 signs with an RSA key (RFC 7518 §3.3).
func RS256(key *rsa.PrivateKey) Signer {
	return func(input string) []byte {
		signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest(input))
		if err != nil {
			return nil // a key of 2048 bits always signs
		}
		return signature
	}
}

// ES256 signs with an elliptic key (RFC 7518 §3.4); random is where its nonce comes from.
func ES256(key *ecdsa.PrivateKey, random io.Reader) Signer {
	return func(input string) []byte {
		r, s, err := ecdsa.Sign(random, key, digest(input))
		if err != nil {
			return nil
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	}
}

func digest(input string) []byte {
	h := crypto.SHA256.New()
	_, _ = io.WriteString(h, input) // a hash never fails
	return h.Sum(nil)
}

// Flipped returns the token with one bit of its signature turned, away from
// the end, where base64 has bits that mean nothing.
func (t Token) Flipped() string {
	signature := t.Signature()
	if len(signature) > 0 {
		signature[len(signature)/2] ^= 0x10
	}
	return t.Forge(nil, nil, Fixed(signature))
}

// Truncated returns the token with half of its signature.
func (t Token) Truncated() string {
	signature := t.Signature()
	return t.Forge(nil, nil, Fixed(signature[:len(signature)/2]))
}

// Doubled returns the token with a claim twice: first with a value of ours,
// then as it was. The signature stays.
func (t Token) Doubled(name string, first any) (string, error) {
	raw, err := Decode(t.Parts[1])
	if err != nil {
		return "", err
	}
	value, err := json.Marshal(first)
	if err != nil {
		return "", fmt.Errorf("encode claim %s: %w", name, err)
	}
	key, _ := json.Marshal(name) // a string
	rest := bytes.TrimLeft(raw, " \t\r\n")
	doubled := fmt.Sprintf("{%s:%s,%s", key, value, bytes.TrimPrefix(rest, []byte("{")))
	return t.Parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(doubled)) + "." + t.Parts[2], nil
}
