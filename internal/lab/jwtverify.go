package lab

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// guessable is the secret of the tokens where the portal signs by HMAC.
const guessable = "secret"

// signed makes a token, signed with the portal's RSA key.
func (w *World) signed(kind string, claims claimSet) string {
	key := w.signingKey()
	if w.flaw("jwt-weak") {
		input := encodePart(claimSet{"alg": "HS256", "typ": kind}) + "." + encodePart(claims)
		return input + "." + base64.RawURLEncoding.EncodeToString(hmacOf(input, []byte(guessable)))
	}
	input := encodePart(claimSet{"alg": "RS256", "typ": kind, "kid": keyID(key)}) + "." + encodePart(claims)
	sum := sha256.Sum256([]byte(input))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil { // the key is large enough
		panic(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func hmacOf(input string, key []byte) []byte {
	h := hmac.New(sha256.New, key)
	_, _ = io.WriteString(h, input) // a hash never fails
	return h.Sum(nil)
}

// verified returns the claims of a token that is good for one use, or errBadToken.
func (w *World) verified(value, kind string) (claimSet, error) {
	header, claims, input, signature, whole := decodeToken(value)
	if !whole || !w.authentic(header, input, signature) {
		return nil, errBadToken
	}
	as := kind
	switch typ := header.text("typ"); {
	case typ == kind:
	case kind == accessType && typ == refreshType && w.flaw("jwt-refresh"), kind == accessType && typ == "JWT" && w.flaw("jwt-aud"):
		as = typ
	default:
		return nil, errBadToken
	}
	ended := claims["exp"] == nil || claims.passed("exp") && !w.flaw("jwt-exp")
	if ended || claims["nbf"] != nil && !claims.passed("nbf") || !claims.holds("iss", w.URL) || !claims.holds("aud", w.audience(as)) {
		return nil, errBadToken
	}
	return claims, nil
}

func (w *World) audience(kind string) string {
	switch kind {
	case refreshType:
		return w.URL + "/api/session/refresh"
	case "JWT":
		return webAudience
	}
	return apiAudience
}

// authentic reports whether the signature is the portal's own. The algorithm
// and the key are the portal's choice, not the token's, but for its defects.
func (w *World) authentic(header claimSet, input string, signature []byte) bool {
	good := w.genuine(header, input, signature)
	if w.flaw("jwt-claims") { // what was verified once is known by its header and signature
		name, _, _ := strings.Cut(input, ".")
		name += "." + string(signature)
		good = good || w.checked[name]
		w.checked[name] = good
	}
	return good
}

func (w *World) genuine(header claimSet, input string, signature []byte) bool {
	switch alg := header.text("alg"); {
	case w.flaw("jwt-unsigned"):
		return true
	case strings.EqualFold(alg, "none"):
		return w.flaw("jwt-none")
	case alg == "ES256":
		return w.flaw("jwt-zero") && len(signature) == 64 && strings.Trim(string(signature), "\x00") == ""
	case alg == "HS256":
		return slices.ContainsFunc(w.careless(header), func(key []byte) bool { return hmac.Equal(signature, hmacOf(input, key)) })
	case alg != "RS256", w.flaw("jwt-weak"):
		return false
	}
	sum := sha256.Sum256([]byte(input))
	return rsa.VerifyPKCS1v15(w.verifier(header), crypto.SHA256, sum[:], signature) == nil
}

// careless are the secrets that a portal with these defects takes for HS256.
func (w *World) careless(header claimSet) [][]byte {
	var out [][]byte
	if w.flaw("jwt-weak") {
		out = append(out, []byte(guessable))
	}
	if w.flaw("jwt-blank") {
		out = append(out, nil)
	}
	if der, err := x509.MarshalPKIXPublicKey(&w.signingKey().PublicKey); err == nil && w.flaw("jwt-confusion") {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	if w.flaw("jwt-kid") && strings.HasSuffix(path.Clean("/srv/keys/"+header.text("kid")), "/dev/null") {
		out = append(out, nil) // keys are files by the name of their id
	}
	return out
}

// verifier is the public key that a token is verified with.
func (w *World) verifier(header claimSet) *rsa.PublicKey {
	own := &w.signingKey().PublicKey
	if jwk, is := header["jwk"].(map[string]any); is && w.flaw("jwt-jwk") {
		return publicOf(jwk, own)
	}
	jku := header.text("jku")
	if jku == "" || !w.flaw("jwt-jku") {
		return own
	}
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(jku)
	if err != nil {
		return own
	}
	defer func() { _ = answer.Body.Close() }()
	var set struct{ Keys []map[string]any }
	if json.NewDecoder(io.LimitReader(answer.Body, maxBody)).Decode(&set) != nil || len(set.Keys) == 0 {
		return own
	}
	return publicOf(set.Keys[0], own)
}

// publicOf reads a key as a set describes it.
func publicOf(jwk claimSet, otherwise *rsa.PublicKey) *rsa.PublicKey {
	n, err := base64.RawURLEncoding.DecodeString(jwk.text("n"))
	if err != nil || len(n) < 256 {
		return otherwise
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}
}
