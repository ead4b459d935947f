package lab

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
)

// signed makes a token: signed with the portal's RSA key.
func (w *World) signed(kind string, claims claimSet) string {
	key := w.signingKey()
	input := encodePart(claimSet{"alg": "RS256", "typ": kind, "kid": keyID(key)}) + "." + encodePart(claims)
	sum := sha256.Sum256([]byte(input))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil { // the key is large enough
		panic(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// verified returns the claims of a token that is good for one use, or errBadToken.
func (w *World) verified(value, kind string) (claimSet, error) {
	header, claims, input, signature, whole := decodeToken(value)
	switch {
	case !whole, !w.authentic(header, input, signature):
		return nil, errBadToken
	case header.text("typ") != kind, !claims.holds("iss", w.URL), !claims.holds("aud", w.audience(kind)):
		return nil, errBadToken
	case claims["exp"] == nil, claims.passed("exp"), claims["nbf"] != nil && !claims.passed("nbf"):
		return nil, errBadToken
	}
	return claims, nil
}

func (w *World) audience(kind string) string {
	if kind == refreshType {
		return w.URL + "/api/session/refresh"
	}
	return apiAudience
}

// authentic reports whether the signature is the portal's own. The algorithm is the portal's choice, not the token's.
func (w *World) authentic(header claimSet, input string, signature []byte) bool {
	if header.text("alg") != "RS256" {
		return false
	}
	sum := sha256.Sum256([]byte(input))
	return rsa.VerifyPKCS1v15(&w.signingKey().PublicKey, crypto.SHA256, sum[:], signature) == nil
}
