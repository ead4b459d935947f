package jose

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"strings"
)

// mostKeys bounds how many keys of one set are read.
const mostKeys = 16

// JWK is a public key as a set names it (RFC 7517).
type JWK struct {
	Kty string   `json:"kty"`
	Kid string   `json:"kid,omitempty"`
	Alg string   `json:"alg,omitempty"`
	Use string   `json:"use,omitempty"`
	N   string   `json:"n,omitempty"`
	E   string   `json:"e,omitempty"`
	Crv string   `json:"crv,omitempty"`
	X   string   `json:"x,omitempty"`
	Y   string   `json:"y,omitempty"`
	X5c []string `json:"x5c,omitempty"`
}

// Keys reads a key set, or a single key; nil when body holds none.
func Keys(body []byte) []JWK {
	var set struct {
		Keys []JWK `json:"keys"`
		JWK
	}
	if json.Unmarshal(body, &set) != nil {
		return nil
	}
	if set.Keys == nil && set.Kty != "" {
		set.Keys = []JWK{set.JWK}
	}
	var out []JWK
	for _, k := range set.Keys[:min(len(set.Keys), mostKeys)] {
		if k.Kty == "RSA" || k.Kty == "EC" {
			out = append(out, k)
		}
	}
	return out
}

// Public returns the key; nil when its numbers are none.
func (k JWK) Public() any {
	switch k.Kty {
	case "RSA":
		n, e := number(k.N), number(k.E)
		if n == nil || e == nil || !e.IsInt64() || e.Int64() < 2 || e.Int64() > 1<<31-1 || n.BitLen() < 512 || n.BitLen() > 16384 {
			return nil
		}
		return &rsa.PublicKey{N: n, E: int(e.Int64())}
	case "EC":
		return k.elliptic()
	}
	return nil
}

func (k JWK) elliptic() any {
	curves := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}
	curve := curves[k.Crv]
	x, errX := Decode(k.X)
	y, errY := Decode(k.Y)
	if curve == nil || errX != nil || errY != nil {
		return nil
	}
	size := (curve.Params().BitSize + 7) / 8
	if len(x) != size || len(y) != size {
		return nil
	}
	key, err := ecdsa.ParseUncompressedPublicKey(curve, append(append([]byte{4}, x...), y...))
	if err != nil {
		return nil
	}
	return key
}

func number(part string) *big.Int {
	raw, err := Decode(part)
	if err != nil || len(raw) == 0 || len(raw) > 2048 {
		return nil
	}
	return new(big.Int).SetBytes(raw)
}

// Secret is a public key in a form that a careless portal takes as a secret.
type Secret struct {
	Name  string
	Bytes []byte
}

// Secrets returns the forms in which a portal may hold the public key: PEM of
// both kinds with and without the line break at its end, and its certificate.
func (k JWK) Secrets() []Secret {
	var out []Secret
	add := func(name, block string, der []byte) {
		text := pem.EncodeToMemory(&pem.Block{Type: block, Bytes: der})
		out = append(out, Secret{name, text}, Secret{name + " without its last line break", text[:len(text)-1]})
	}
	public := k.Public()
	if public == nil {
		return nil
	}
	if der, err := x509.MarshalPKIXPublicKey(public); err == nil {
		add("PKIX PEM", "PUBLIC KEY", der)
	}
	if key, is := public.(*rsa.PublicKey); is {
		add("PKCS1 PEM", "RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(key))
	}
	if len(k.X5c) > 0 {
		if der, err := base64.StdEncoding.DecodeString(k.X5c[0]); err == nil {
			add("certificate PEM", "CERTIFICATE", der)
		}
	}
	return out
}

// PublicJWK describes a key of ours as a set does.
func PublicJWK(key any, kid string) map[string]any {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return map[string]any{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes())}
	case *ecdsa.PublicKey:
		raw, err := key.Bytes()
		if err != nil || len(raw) != 65 {
			return nil
		}
		return map[string]any{"kty": "EC", "use": "sig", "alg": "ES256", "kid": kid, "crv": "P-256", "x": b64(raw[1:33]), "y": b64(raw[33:])}
	}
	return nil
}

func b64(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// SignedBy reports whether the token carries a good signature of that key.
func (t Token) SignedBy(k JWK) bool {
	signature, hash := t.Signature(), hashOf(t.Text("alg"))
	h := hash.New()
	_, _ = io.WriteString(h, t.Input()) // a hash never fails
	switch key := k.Public().(type) {
	case *rsa.PublicKey:
		if strings.HasPrefix(t.Text("alg"), "PS") {
			return rsa.VerifyPSS(key, hash, h.Sum(nil), signature, nil) == nil
		}
		return rsa.VerifyPKCS1v15(key, hash, h.Sum(nil), signature) == nil
	case *ecdsa.PublicKey:
		half := len(signature) / 2
		r, s := new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])
		return ecdsa.Verify(key, h.Sum(nil), r, s)
	}
	return false
}
