package jwt

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"time"

	"github.com/launchready/launchready/artifact/jose"
	"github.com/launchready/launchready/check"
	"github.com/launchready/launchready/evidence"
	"github.com/launchready/launchready/internal/wire"
	"github.com/launchready/launchready/portal"
)

// keyPlaces are where portals publish the keys of their tokens, likeliest first.
var keyPlaces = []string{
	"/.well-known/jwks.json", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server",
	"/jwks.json", "/.well-known/jwks", "/api/.well-known/jwks.json", "/oauth/jwks", "/oauth2/jwks", "/auth/jwks", "/api/auth/jwks", "/jwks", "/keys",
}

// maxKeySet bounds what is read of a key set.
const maxKeySet = 256 << 10

// confusion signs by HMAC with the public key in its usual forms (T6). A
// portal that leaves the algorithm to the token takes its own public key for
// the secret.
func (d *desk) confusion(ctx context.Context) {
	if d.found.Token.HMAC() {
		d.leaveOut("T6", "HS256 with the public key", check.NotExamined, "the tokens are signed by HMAC: there is no public key", false)
		return
	}
	key, known := d.publicKey(ctx)
	if !known {
		d.leaveOut("T6", "HS256 with the public key", check.Undeclared,
			"no public key of the tokens was found on the portal (looked at "+keyPlaces[0]+" and "+"other usual places); name where it is with policy.session.keys", true)
		return
	}
	for _, s := range key.Secrets() {
		d.try(ctx, trial{id: "T6", what: "HS256 keyed with the public key as " + s.Name, forge: secret("HS256", s.Bytes, nil)})
	}
}

// publicKey finds the key that the token is signed with, on the portal's own origins.
func (d *desk) publicKey(ctx context.Context) (jose.JWK, bool) {
	places := keyPlaces
	if declared := d.t.Portal.Policy.Session.Keys; declared != "" {
		places = append([]string{declared}, places...)
	}
	if iss := strings.TrimRight(d.found.Token.Claim("iss"), "/"); strings.HasPrefix(iss, "http") {
		places = append(places, iss+"/.well-known/openid-configuration", iss+"/.well-known/jwks.json")
	}
	if jku := d.found.Token.Text("jku"); jku != "" {
		places = append([]string{jku}, places...)
	}
	asked := map[string]bool{}
	for _, place := range places {
		if asked[place] {
			continue
		}
		asked[place] = true
		body := d.fetch(ctx, place)
		if k, ok := d.signs(body); ok {
			return k, true
		}
		var discovery struct {
			JWKS string `json:"jwks_uri"`
		}
		if json.Unmarshal(body, &discovery) == nil && discovery.JWKS != "" && !asked[discovery.JWKS] {
			asked[discovery.JWKS] = true
			if k, ok := d.signs(d.fetch(ctx, discovery.JWKS)); ok {
				return k, true
			}
		}
	}
	return jose.JWK{}, false
}

// signs returns the key of a set that the good token is signed with.
func (d *desk) signs(body []byte) (jose.JWK, bool) {
	for _, k := range jose.Keys(body) {
		if d.found.Token.SignedBy(k) {
			return k, true
		}
	}
	return jose.JWK{}, false
}

// fetch reads a page as anonymous; nil when it is out of scope or not there.
func (d *desk) fetch(ctx context.Context, at string) []byte {
	a, err := d.t.Anonymous().Do(ctx, wire.Request{
		Method: "GET", URL: at, Effect: portal.Look, By: name, For: "keys", MaxBody: maxKeySet, Expect5xx: true,
		Header: []evidence.Field{{Name: "Accept", Value: "application/json, */*;q=0.1"}},
	})
	if err != nil || a.Status != 200 {
		return nil
	}
	return a.Body
}

// ourKeys are made once for a study: the portal has never seen them.
type ourKeys struct {
	rsa         *rsa.PrivateKey
	ec          *ecdsa.PrivateKey
	certificate []byte // DER, of the RSA key
}

const ourKeyID = "lr-key-1"

func newKeys() (ourKeys, error) {
	var k ourKeys
	var err error
	if k.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return k, err
	}
	if k.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return k, err
	}
	now := time.Now()
	plain := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour)}
	k.certificate, err = x509.CreateCertificate(rand.Reader, plain, plain, &k.rsa.PublicKey, k.rsa)
	return k, err
}

// embedded brings the key along in the token (T7).
func (d *desk) embedded(ctx context.Context) {
	k, err := newKeys()
	if err != nil {
		d.leaveOut("T7", "a key of our own in the token", check.RunError, err.Error(), true)
		return
	}
	d.ours = k
	old := d.found.Token.Text("kid")
	with := func(what string, header jose.Change, sign jose.Signer) {
		d.try(ctx, trial{id: "T7", what: what, forge: func(t jose.Token) string { return t.Forge(header, nil, sign) }})
	}
	for _, kid := range []string{ourKeyID, old} {
		if kid != "" {
			with("a key of our own embedded as jwk, kid "+map[bool]string{true: "kept", false: "changed"}[kid == old],
				jose.Change{"alg": "RS256", "kid": kid, "jwk": jose.PublicJWK(&k.rsa.PublicKey, kid)}, jose.RS256(k.rsa))
		}
	}
	if strings.HasPrefix(d.alg, "ES") {
		with("an elliptic key of our own embedded as jwk",
			jose.Change{"alg": "ES256", "kid": ourKeyID, "jwk": jose.PublicJWK(&k.ec.PublicKey, ourKeyID)}, jose.ES256(k.ec, rand.Reader))
	}
	with("a certificate of our own embedded as x5c",
		jose.Change{"alg": "RS256", "kid": ourKeyID, "x5c": []string{base64.StdEncoding.EncodeToString(k.certificate)}}, jose.RS256(k.rsa))
}

// keyIDs names, as kid, a file that is empty and a query that yields a key of
// ours (T9). Nothing here runs a command.
func (d *desk) keyIDs(ctx context.Context) {
	const planted = "lr-planted-key"
	for _, k := range []struct{ what, kid, key string }{
		{"kid /dev/null, signed with an empty key", "/dev/null", ""},
		{"kid ../../dev/null, signed with an empty key", strings.Repeat("../", 12) + "dev/null", ""},
		{"kid with an SQL UNION that yields our key", "lr-none' UNION SELECT '" + planted + "' -- ", planted},
	} {
		if k.key == "" && d.accepted("T3") {
			d.leaveOut("T9", k.what, check.NotExamined, "an empty key is accepted anyhow", false)
			continue
		}
		d.try(ctx, trial{id: "T9", what: k.what, forge: secret("HS256", []byte(k.key), jose.Change{"kid": k.kid})})
	}
}
