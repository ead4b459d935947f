package jose

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

func part(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// made is a token signed by HMAC, with numbers that a float would spoil.
func made(secret string) string {
	input := part(`{"alg":"HS256","typ":"JWT"}`) + "." + part(`{"sub":"ann","n":9007199254740993,"exp":1900000000}`)
	return input + "." + base64.RawURLEncoding.EncodeToString(HMAC("HS256", []byte(secret))(input))
}

func parsed(t *testing.T, s string) Token {
	t.Helper()
	token, err := Parse(s)
	if err != nil {
		t.Fatalf("parse %q: %v", s, err)
	}
	return token
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, token string
		want        error
	}{
		{"signed", made("x"), nil},
		{"with an empty signature", part(`{"alg":"none"}`) + "." + part(`{}`) + ".", nil},
		{"padded", base64.URLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + part(`{"a":1}`) + ".", nil},
		{"encrypted", part(`{"alg":"dir","enc":"A256GCM"}`) + "..aaaa.bbbb.cccc", ErrEncrypted},
		{"five parts of something else", part(`{"alg":"dir"}`) + "..aaaa.bbbb.cccc", ErrNotToken},
		{"no algorithm", part(`{"typ":"JWT"}`) + "." + part(`{}`) + ".", ErrNotToken},
		{"claims that are a list", part(`{"alg":"none"}`) + "." + part(`[]`) + ".", ErrNotToken},
		{"claims that are null", part(`{"alg":"none"}`) + "." + part(`null`) + ".", ErrNotToken},
		{"a signed cookie of a framework", "eyJhIjoxfQ.ZmZm.c2ln", ErrNotToken},
		{"two parts", part(`{"alg":"none"}`) + "." + part(`{}`), ErrNotToken},
		{"nothing", "", ErrNotToken},
		{"too long", part(`{"alg":"none"}`) + "." + part(`{"a":"`+strings.Repeat("a", longest)+`"}`) + ".", ErrNotToken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			token, err := Parse(tt.token)
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if err == nil && token.String() != tt.token {
				t.Errorf("comes back as %q, want %q", token.String(), tt.token)
			}
		})
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	token, other := made("x"), made("y")
	pair := `{"refresh_token":"` + other + `","access_token":"` + token + `"}`
	for _, tt := range []struct{ name, value, want string }{
		{"alone", token, other},
		{"after a scheme", "Bearer " + token, "Bearer " + other},
		{"in JSON", pair, strings.Replace(pair, token, other, 1)},
		{"percent-encoded JSON", url.QueryEscape(pair), url.QueryEscape(strings.Replace(pair, token, other, 1))},
		{"in base64 after a word", "base64-" + base64.StdEncoding.EncodeToString([]byte(pair)), "base64-" + base64.StdEncoding.EncodeToString([]byte(strings.Replace(pair, token, other, 1)))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, ok := Find(tt.value)
			if !ok || f.Token.String() != token {
				t.Fatalf("found %v %q, want %q", ok, f.Token.String(), token)
			}
			if got := f.With(other); got != tt.want {
				t.Errorf("with another token it is %q, want %q", got, tt.want)
			}
		})
	}
	for _, value := range []string{"", "3f9c1a7be2", "ey.ey.ey", "s%3Aabc.def.ghi", "eyJhIjoxfQ.ZmZm.c2ln"} {
		if f, ok := Find(value); ok {
			t.Errorf("%q holds %q", value, f.Token.String())
		}
	}
}

func TestForge(t *testing.T) {
	t.Parallel()
	good := parsed(t, made("x"))
	if got := good.Forge(nil, nil, good.Keep()); got != good.String() {
		t.Errorf("unchanged it is %q, want %q", got, good.String())
	}
	forged := parsed(t, good.Forge(Change{"alg": "none"}, Change{"exp": nil, "sub": "bob"}, Fixed(nil)))
	if forged.Text("alg") != "none" || forged.Claim("sub") != "bob" || forged.Claims["exp"] != nil || fmt.Sprint(forged.Claims["n"]) != "9007199254740993" || len(forged.Signature()) != 0 {
		t.Errorf("forged %+v", forged)
	}
	for name, s := range map[string]string{"flipped": good.Flipped(), "truncated": good.Truncated()} {
		x := parsed(t, s)
		if x.Input() != good.Input() || string(x.Signature()) == string(good.Signature()) {
			t.Errorf("%s: %q", name, s)
		}
	}
	doubled, err := good.Doubled("sub", "lr")
	if err != nil {
		t.Fatal(err)
	}
	if raw, _ := Decode(parsed(t, doubled).Parts[1]); !strings.HasPrefix(string(raw), `{"sub":"lr","sub":"ann"`) {
		t.Errorf("doubled: %s", raw)
	}
	if got, want := good.Time("exp"), time.Unix(1900000000, 0); !got.Equal(want) {
		t.Errorf("ends %v, want %v", got, want)
	}
}

func TestCrack(t *testing.T) {
	t.Parallel()
	words := append(Common(), Variants("Bakery Orders")...)
	raw := base64.StdEncoding.EncodeToString([]byte("0123456789ab"))
	for _, tt := range []struct {
		secret string
		found  bool
	}{
		{"secret", true},
		{"changeme", true},
		{"bakery-orders-secret", true},
		{"0123456789ab", true},
		{"3e0c3f7a1d0b4b6e9b1f", false},
	} {
		_, tried, found := parsed(t, made(tt.secret)).Crack(append(words, raw))
		if found != tt.found || tried == 0 {
			t.Errorf("secret %q: found %v after %d, want %v", tt.secret, found, tried, tt.found)
		}
	}
	if n := len(Common()); n < 100 {
		t.Errorf("%d common secrets, want 100 and more", n)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(map[string]any{"keys": []any{PublicJWK(&private.PublicKey, "r"), PublicJWK(&curve.PublicKey, "e"), map[string]any{"kty": "oct", "k": "c2VjcmV0"}}})
	if err != nil {
		t.Fatal(err)
	}
	keys := Keys(set)
	if len(keys) != 2 {
		t.Fatalf("%d keys, want 2", len(keys))
	}
	base := parsed(t, made("x"))
	byRSA := parsed(t, base.Forge(Change{"alg": "RS256"}, nil, RS256(private)))
	byCurve := parsed(t, base.Forge(Change{"alg": "ES256"}, nil, ES256(curve, rand.Reader)))
	for i, want := range [][2]bool{{true, false}, {false, true}} {
		if got := [2]bool{byRSA.SignedBy(keys[i]), byCurve.SignedBy(keys[i])}; got != want {
			t.Errorf("key %s verifies %v, want %v", keys[i].Kid, got, want)
		}
	}
	if n := len(keys[0].Secrets()); n != 4 {
		t.Errorf("%d forms of an RSA key, want 4", n)
	}
	for _, bad := range []string{`{}`, `[]`, `{"keys":[{"kty":"RSA","n":"","e":"AQAB"}]}`, `{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}`, `{"kty":"RSA","n":"AQAB","e":"AA"}`} {
		for _, k := range Keys([]byte(bad)) {
			if k.Public() != nil || k.Secrets() != nil || byRSA.SignedBy(k) {
				t.Errorf("%s is a key", bad)
			}
		}
	}
}

// FuzzFind looks for a token anywhere in a value and forges out of what it finds.
func FuzzFind(f *testing.F) {
	for _, s := range []string{made("x"), "Bearer " + made("x"), url.QueryEscape(`{"access_token":"` + made("x") + `"}`), "base64-" + part(made("x")), part(`{"alg":"dir","enc":"A"}`) + "..a.b.c", "ey.ey.ey"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		found, ok := Find(s)
		if !ok {
			return
		}
		_ = found.With("a.b.c")
		if found.Encrypted {
			return
		}
		token := found.Token
		if again, err := Parse(token.String()); err != nil || again.String() != token.String() {
			t.Errorf("%q comes back as %q, %v", token.String(), again.String(), err)
		}
		for _, forged := range []string{token.Flipped(), token.Truncated(), token.Forge(Change{"alg": "none"}, Change{"sub": "x"}, Fixed(nil))} {
			if _, err := Parse(forged); err != nil {
				t.Errorf("forged %q out of %q: %v", forged, token.String(), err)
			}
		}
		_, _ = token.Doubled("sub", "x")
		_, _, _ = token.Time("exp"), token.Kind(), token.SignedBy(JWK{Kty: "RSA", N: "AQAB", E: "AQAB"})
		_, _, _ = token.Crack([]string{"secret"})
	})
}

// FuzzKeys reads key sets.
func FuzzKeys(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"},{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		keys := Keys(body)
		if len(keys) > mostKeys {
			t.Errorf("%d keys, want at most %d", len(keys), mostKeys)
		}
		for _, k := range keys {
			if k.Public() == nil && k.Secrets() != nil {
				t.Error("a secret of a key that is none")
			}
		}
	})
}
