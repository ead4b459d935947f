package lab

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

// tokenProbes are the probes of flaws of tokens.
var tokenProbes = map[string]func(cast) bool{
	"jwt-unsigned": func(c cast) bool {
		parts := strings.Split(c.access(), ".")
		return c.welcome(parts[0] + "." + parts[1] + ".AAAA")
	},
	"jwt-none":  func(c cast) bool { return c.forges(claimSet{"alg": "nOnE"}, nil, nothing) },
	"jwt-blank": func(c cast) bool { return c.forges(claimSet{"alg": "HS256"}, nil, keyed(nil)) },
	"jwt-zero": func(c cast) bool {
		return c.forges(claimSet{"alg": "ES256"}, nil, func(string) []byte { return make([]byte, 64) })
	},
	"jwt-weak":      func(c cast) bool { return c.forges(claimSet{"alg": "HS256"}, nil, keyed([]byte(guessable))) },
	"jwt-confusion": cast.confuses,
	"jwt-jwk":       func(c cast) bool { return c.brings("jwk", nil) },
	"jwt-jku":       func(c cast) bool { return c.brings("jku", httptest.NewServer) },
	"jwt-kid": func(c cast) bool {
		return c.forges(claimSet{"alg": "HS256", "kid": "../../dev/null"}, nil, keyed(nil))
	},
	"jwt-claims": func(c cast) bool {
		token := c.access()
		_, claims, _, _, _ := decodeToken(token)
		claims["role"] = "admin"
		parts := strings.Split(token, ".")
		return c.welcome(token) && c.welcome(parts[0]+"."+encodePart(claims)+"."+parts[2])
	},
	"jwt-refresh": func(c cast) bool { return c.welcome(stranger(c.anon.t, c.anon.w).pair().text("refresh_token")) },
	"jwt-aud":     func(c cast) bool { return c.welcome(stranger(c.anon.t, c.anon.w).pair().text("id_token")) },
	"jwt-exp": func(c cast) bool {
		_, claims, _, _, _ := decodeToken(c.access())
		claims["exp"] = time.Now().Add(-time.Minute).Unix()
		return c.welcome(c.anon.w.signed(accessType, claims))
	},
}

func (c cast) access() string { return stranger(c.anon.t, c.anon.w).pair().text("access_token") }

func (c cast) welcome(token string) bool {
	return stranger(c.anon.t, c.anon.w).get("/api/me", "Authorization", "Bearer "+token).status == http.StatusOK
}

func nothing(string) []byte { return nil }

func keyed(key []byte) func(string) []byte {
	return func(input string) []byte { return hmacOf(input, key) }
}

// forges reports whether a good token with another header, other claims and a signature of ours opens the API.
func (c cast) forges(header, claims claimSet, sign func(string) []byte) bool {
	h, cl, _, _, _ := decodeToken(c.access())
	maps.Copy(h, header)
	maps.Copy(cl, claims)
	input := encodePart(h) + "." + encodePart(cl)
	return c.welcome(input + "." + base64.RawURLEncoding.EncodeToString(sign(input)))
}

func (c cast) confuses() bool {
	c.access() // makes the key
	der, err := x509.MarshalPKIXPublicKey(&c.anon.w.signingKey().PublicKey)
	if err != nil {
		c.anon.t.Fatal(err)
	}
	return c.forges(claimSet{"alg": "HS256"}, nil, keyed(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
}

// brings reports whether a token is verified with a key of ours that its header holds, or that it leads to.
func (c cast) brings(as string, serve func(http.Handler) *httptest.Server) bool {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		c.anon.t.Fatal(err)
	}
	header := claimSet{"alg": "RS256", as: jwkOf(key)}
	if serve != nil {
		srv := serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{jwkOf(key)}})
		}))
		defer srv.Close()
		header[as] = srv.URL
	}
	return c.forges(header, nil, func(input string) []byte {
		sum := sha256.Sum256([]byte(input))
		raw, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
		if err != nil {
			c.anon.t.Fatal(err)
		}
		return raw
	})
}
