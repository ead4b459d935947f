package lab

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	accessLife  = 5 * time.Minute
	refreshLife = 12 * time.Hour
	accessType  = "at+jwt" // RFC 9068 §2.1
	refreshType = "rt+jwt"
	apiAudience = "northwind-api"
	webAudience = "northwind-web" // of the id token: the web client
)

// grant is one sign-in by tokens: signing out ends it, and with it every token that was made for it.
type grant struct {
	id, user string
	refresh  string // jti of the one refresh token that still works
	expires  time.Time
	closed   bool // a defect: logged out, though its refresh token still works
	left     bool // a defect: logged out, though its access tokens still work
}

func (w *World) sessionRoutes() []route {
	pair := object("access_token", text("dG9rZW4"), "refresh_token", text("dG9rZW4"), "id_token", text("dG9rZW4"), "token_type", text("Bearer"), "expires_in", schema{"type": "integer"})
	return []route{
		{
			method: http.MethodPost, path: "/api/session", name: "openSession", summary: "Sign in for an access and a refresh token", access: public, status: 200,
			body: required(object("email", mailText("petra@bakery.test"), "password", text("old-secret")), "email", "password"), returns: pair, serve: (*call).openSession,
		},
		{
			method: http.MethodPost, path: "/api/session/refresh", name: "refreshSession", summary: "Exchange a refresh token, once, for a new pair", access: public, status: 200,
			body: required(object("refresh_token", text("dG9rZW4")), "refresh_token"), returns: pair, serve: (*call).refreshSession,
		},
		{method: http.MethodDelete, path: "/api/session", name: "closeSession", summary: "End the session and all of its tokens", hidden: true, status: 204, serve: (*call).signOut},
		{
			method: http.MethodGet, path: "/.well-known/jwks.json", name: "listKeys", summary: "The keys that tokens are signed with", access: public, hidden: true,
			serve: func(c *call) answer {
				return ok(map[string]any{"keys": []any{jwkOf(c.w.signingKey())}}).kept(time.Minute)
			},
		},
	}
}

// signingKey is made when the first token is: most worlds need none.
func (w *World) signingKey() *rsa.PrivateKey {
	if w.rsaKey == nil {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil { // the size is fixed and crypto/rand never fails
			panic(err)
		}
		w.rsaKey = key
	}
	return w.rsaKey
}

func jwkOf(key *rsa.PrivateKey) map[string]any {
	return map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": keyID(key),
		"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
	}
}

func keyID(key *rsa.PrivateKey) string {
	return base64.RawURLEncoding.EncodeToString(key.N.Bytes()[:9])
}

func (c *call) openSession() answer {
	body, refusal := c.object()
	if refusal != nil {
		return *refusal
	}
	address, _ := body["email"].(string)
	user, why, over := c.enter(address, body["password"])
	if over {
		return tooMany()
	}
	if user == nil {
		return refuse(http.StatusUnauthorized, "login-failed", why)
	}
	g := &grant{id: randomText(12), user: user.id, expires: time.Now().Add(refreshLife)}
	c.w.grants[g.id] = g
	a := ok(c.w.tokensFor(g, user))
	a.cookie = c.w.remembered(user)
	return a
}

// refreshSession takes a refresh token once. One that comes back has been stolen: the whole session ends.
func (c *call) refreshSession() answer {
	body, refusal := c.object()
	if refusal != nil {
		return *refusal
	}
	sent, _ := body["refresh_token"].(string)
	claims, err := c.w.verified(sent, refreshType)
	g := c.w.granted(claims)
	if err != nil || g == nil || g.left {
		return refuse(http.StatusUnauthorized, "login-failed", "Sign in again.")
	}
	if claims.text("jti") != g.refresh {
		delete(c.w.grants, g.id)
		return refuse(http.StatusUnauthorized, "login-failed", "Sign in again.")
	}
	return ok(c.w.tokensFor(g, c.w.shelf("users").find(g.user, "")))
}

// tokensFor makes a new pair for a session; the refresh token before it no longer works.
func (w *World) tokensFor(g *grant, user *row) map[string]any {
	now := time.Now()
	base := func(audience string, life time.Duration) claimSet {
		return claimSet{
			"iss": w.URL, "aud": audience, "sub": user.id, "sid": g.id, "jti": randomText(12),
			"iat": now.Unix(), "exp": now.Add(life).Unix(),
		}
	}
	access, refresh, id := base(apiAudience, w.accessSpan()), base(w.URL+"/api/session/refresh", refreshLife), base(webAudience, accessLife)
	access["tenant"], access["role"] = user.tenant, user.text("role")
	id["email"], id["name"] = user.text("email"), user.text("name")
	g.refresh, g.closed = refresh.text("jti"), false
	return map[string]any{
		"access_token": w.signed(accessType, access), "refresh_token": w.signed(refreshType, refresh), "id_token": w.signed("JWT", id),
		"token_type": "Bearer", "expires_in": int(w.accessSpan().Seconds()),
	}
}

// granted is the living session a token belongs to, or nil.
func (w *World) granted(claims claimSet) *grant {
	g := w.grants[claims.text("sid")]
	if g == nil || time.Now().After(g.expires) {
		return nil
	}
	return g
}

// bearer is who an access token speaks for.
func (w *World) bearer(value string) *principal {
	claims, err := w.verified(value, accessType)
	if err != nil {
		return nil
	}
	g := w.granted(claims)
	if g == nil || g.closed {
		return nil
	}
	who := w.principal(claims.text("sub"))
	if who != nil {
		who.grant = g
	}
	return who
}

// forgetGrants ends a user's sessions by tokens but the one in use.
func (w *World) forgetGrants(user string, kept *grant) {
	for id, g := range w.grants {
		if g.user == user && g != kept {
			delete(w.grants, id)
		}
	}
}

type claimSet map[string]any

func (c claimSet) text(name string) string { s, _ := c[name].(string); return s }

// passed reports whether a moment that the claims name has come.
func (c claimSet) passed(name string) bool {
	at, is := c[name].(float64)
	return is && time.Now().After(time.Unix(int64(at), 0))
}

// holds reports whether a claim is value, or a list with it.
func (c claimSet) holds(name, value string) bool {
	if many, is := c[name].([]any); is {
		return slices.Contains(many, any(value))
	}
	return c.text(name) == value
}

func encodePart(v any) string {
	raw, err := json.Marshal(v)
	if err != nil { // only plain maps are ever signed
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// decodeToken takes a token apart.
func decodeToken(value string) (header, claims claimSet, signed string, signature []byte, whole bool) {
	parts := strings.Split(value, ".")
	if len(parts) != 3 {
		return nil, nil, "", nil, false
	}
	for i, into := range []*claimSet{&header, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(raw, into) != nil {
			return nil, nil, "", nil, false
		}
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	return header, claims, parts[0] + "." + parts[1], signature, err == nil && header != nil && claims != nil
}
