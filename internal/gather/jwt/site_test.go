package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/launchready/launchready/artifact"
	"github.com/launchready/launchready/artifact/jose"
	"github.com/launchready/launchready/internal/gather/gathertest"
)

// letter is a token as the portal read it.
type letter struct {
	header, claims map[string]any
	input          string
	signature      []byte
}

// office is a portal that signs people in with tokens of its own.
type office struct {
	alg    string
	secret []byte
	rsa    *rsa.PrivateKey
	ec     *ecdsa.PrivateKey
	life   time.Duration

	cookie  string // where the token travels; "" for a bearer token
	beside  bool   // another cookie does the work, the token only stands beside it
	opaque  bool   // the token is an id of a session
	hidden  bool   // the public key is nowhere
	lockout bool   // a bad token ends the sessions of whom it names
	most    int    // requests after which it breaks or throttles; 0 for never
	then    int    // the status it then answers

	// takes says whether a token is good where that differs from what it should be.
	takes func(o *office, l letter) bool
	// refuse answers a bad token; nil is 401.
	refuse func(w http.ResponseWriter, l *letter)
	// visitor answers whoever brings none; nil is 401.
	visitor func(w http.ResponseWriter)
	// lax is a path whose service does not look at signatures.
	lax string

	mu       sync.Mutex
	served   int
	ended    map[string]bool
	sessions map[string]string
}

const (
	annMail = "ann@acme.test"
	danMail = "dan@globex.test"
)

var tenants = map[string]string{annMail: "tenant-acme-1", danMail: "tenant-globex-2"}

func (o *office) sign(kind, user string) string {
	now := time.Now()
	header := map[string]any{"alg": o.alg, "typ": "JWT"}
	claims := map[string]any{
		"sub": user, "tenant": tenants[user], "role": "member", "use": kind, "iat": now.Unix(), "exp": now.Add(o.life).Unix(), "jti": unguessable(),
	}
	input := encoded(header) + "." + encoded(claims)
	return input + "." + base64.RawURLEncoding.EncodeToString(o.signature(input))
}

func (o *office) signature(input string) []byte {
	sum := sha256.Sum256([]byte(input))
	switch o.alg {
	case "RS256":
		raw, _ := rsa.SignPKCS1v15(rand.Reader, o.rsa, crypto.SHA256, sum[:])
		return raw
	case "ES256":
		r, s, _ := ecdsa.Sign(rand.Reader, o.ec, sum[:])
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	case "HS512":
		h := hmac.New(sha512.New, o.secret)
		h.Write([]byte(input))
		return h.Sum(nil)
	}
	return hs256(input, o.secret)
}

func hs256(input string, key []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(input))
	return h.Sum(nil)
}

// proper verifies as one should: by the portal's own algorithm and key.
func (o *office) proper(l letter) bool {
	if l.header["alg"] != o.alg {
		return false
	}
	sum := sha256.Sum256([]byte(l.input))
	switch o.alg {
	case "RS256":
		return rsa.VerifyPKCS1v15(&o.rsa.PublicKey, crypto.SHA256, sum[:], l.signature) == nil
	case "ES256":
		if len(l.signature) != 64 {
			return false
		}
		return ecdsa.Verify(&o.ec.PublicKey, sum[:], new(big.Int).SetBytes(l.signature[:32]), new(big.Int).SetBytes(l.signature[32:]))
	}
	return hmac.Equal(l.signature, o.signature(l.input))
}

// current holds a token to its end and its use.
func (l letter) current() bool {
	end, _ := l.claims["exp"].(float64)
	from, _ := l.claims["nbf"].(float64)
	now := float64(time.Now().Unix())
	return l.claims["use"] == "access" && now < end && now >= from
}

func encoded(v any) string {
	raw, _ := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(raw)
}

func unguessable() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func read(token string) *letter {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	l := &letter{input: parts[0] + "." + parts[1]}
	for i, into := range []*map[string]any{&l.header, &l.claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(raw, into) != nil {
			return nil
		}
	}
	var err error
	if l.signature, err = base64.RawURLEncoding.DecodeString(parts[2]); err != nil {
		return nil
	}
	return l
}

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.served++; o.most > 0 && o.served > o.most {
		reply(w, o.then, map[string]any{"error": "later"})
		return
	}
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/login":
		o.login(w, r)
	case r.URL.Path == "/.well-known/openid-configuration" && !o.hidden && o.public() != nil:
		reply(w, 200, map[string]any{"issuer": "portal", "jwks_uri": "http://" + r.Host + "/keys.json"})
	case r.URL.Path == "/keys.json" && !o.hidden && o.public() != nil:
		reply(w, 200, map[string]any{"keys": []any{jose.PublicJWK(o.public(), "one")}})
	case r.URL.Path == "/me" || strings.HasPrefix(r.URL.Path, "/svc"):
		o.private(w, r)
	default:
		reply(w, 404, map[string]any{"error": "not found"})
	}
}

func (o *office) public() any {
	switch o.alg {
	case "RS256":
		return &o.rsa.PublicKey
	case "ES256":
		return &o.ec.PublicKey
	}
	return nil
}

func (o *office) login(w http.ResponseWriter, r *http.Request) {
	var in struct{ Email, Password string }
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.Password != "right-pass-2026" {
		reply(w, 401, map[string]any{"error": "wrong"})
		return
	}
	token := o.sign("access", in.Email)
	if o.opaque {
		token = unguessable()
	}
	id := unguessable()
	o.sessions[token], o.sessions[id] = in.Email, in.Email
	if o.beside {
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: id, Path: "/", HttpOnly: true})
	}
	if o.cookie != "" {
		http.SetCookie(w, &http.Cookie{Name: o.cookie, Value: token, Path: "/", HttpOnly: true})
		reply(w, 200, map[string]any{"ok": true})
		return
	}
	reply(w, 200, map[string]any{"token": token, "refresh_token": o.sign("refresh", in.Email)})
}

func (o *office) private(w http.ResponseWriter, r *http.Request) {
	if sid, err := r.Cookie("sid"); err == nil && o.beside {
		o.show(w, r, o.sessions[sid.Value])
		return
	}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if o.cookie != "" {
		token = ""
		if c, err := r.Cookie(o.cookie); err == nil {
			token = c.Value
		}
	}
	if o.opaque && o.sessions[token] != "" {
		o.show(w, r, o.sessions[token])
		return
	}
	l := read(token)
	switch {
	case token == "" && o.visitor != nil:
		o.visitor(w)
	case token == "":
		reply(w, 401, map[string]any{"error": "sign in"})
	case l != nil && o.lax != "" && strings.HasPrefix(r.URL.Path, o.lax):
		o.show(w, r, fmt.Sprint(l.claims["sub"]))
	case l == nil || !o.good(*l) || o.ended[fmt.Sprint(l.claims["sub"])]:
		if l != nil && o.lockout {
			o.ended[fmt.Sprint(l.claims["sub"])] = true
		}
		if o.refuse != nil {
			o.refuse(w, l)
			return
		}
		reply(w, 401, map[string]any{"error": "bad token"})
	default:
		o.show(w, r, fmt.Sprint(l.claims["sub"]))
	}
}

func (o *office) good(l letter) bool {
	if o.takes != nil {
		return o.takes(o, l)
	}
	return o.proper(l) && l.current()
}

func (o *office) show(w http.ResponseWriter, r *http.Request, user string) {
	if r.URL.Path != "/me" {
		reply(w, 200, map[string]any{"service": r.URL.Path, "rows": []any{map[string]any{"id": 7, "for": user, "sum": "1234.50"}}})
		return
	}
	reply(w, 200, map[string]any{"email": user, "tenant": tenants[user], "name": strings.ToUpper(user[:3]) + " of " + tenants[user]})
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// keysOnce are made once: making them takes longer than any test here.
var keysOnce = sync.OnceValue(func() *office {
	o := &office{}
	o.rsa, _ = rsa.GenerateKey(rand.Reader, 2048)
	o.ec, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return o
})

// open starts a portal and signs both identities in.
func (o *office) open(t *testing.T) *gathertest.Run {
	t.Helper()
	o.rsa, o.ec = keysOnce().rsa, keysOnce().ec
	o.ended, o.sessions = map[string]bool{}, map[string]string{}
	if o.life == 0 {
		o.life = time.Hour
	}
	if o.secret == nil {
		o.secret = []byte(unguessable())
	}
	srv := httptest.NewServer(o)
	t.Cleanup(srv.Close)
	send, capture := "bearer ${token}", "\n      capture:\n        token: /token"
	if o.cookie != "" {
		send, capture = "cookie", ""
	}
	r := gathertest.Start(t, `
version: 1
portal: Bakery Orders
targets:
  staging:
    url: `+srv.URL+`
    allow: [look, sign-in]
login:
  steps:
    - request: POST /login
      json:
        email: ${user}
        password: ${password}`+capture+`
  send: `+send+`
  alive:
    request: GET /me
    contains: ${user}
identities:
  ann: {tenant: acme, role: member, user: `+annMail+`, password: right-pass-2026}
  dan: {tenant: globex, role: member, user: `+danMail+`, password: right-pass-2026, disposable: true}
`)
	var routes []artifact.Route
	var corpus artifact.Corpus
	for _, path := range []string{"/me", "/svc-billing/v2/rows", "/svc-crm/rows", "/svc-files/rows", "/svc-mail/rows", "/svc-news/rows", "/svc-zoo/rows"} {
		route := artifact.Route{ID: "GET " + path, Method: "GET", Template: path, Kind: "list"}
		routes = append(routes, route)
		corpus.Readings = append(corpus.Readings, artifact.Reading{Route: route.ID, Who: "ann", OK: true}, artifact.Reading{Route: route.ID, Who: "dan", OK: true})
	}
	r.Put(artifact.Inventories.Name(), &artifact.Inventory{Routes: routes})
	r.Put(artifact.Corpora.Name(), &corpus)
	return r
}
