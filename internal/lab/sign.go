package lab

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
	"time"
)

// signInLabel marks tokens that end with signing out; tokens a user made live on.
const signInLabel = "Sign-in"

func (w *World) signRoutes() []route {
	return []route{
		{
			method: http.MethodPost, path: "/api/login", name: "login", summary: "Sign in for a bearer token", access: public, status: 200,
			body:    required(object("email", mailText("petra@bakery.test"), "password", text("old-secret")), "email", "password"),
			returns: object("token", text("dG9rZW4"), "expiresIn", map[string]any{"type": "integer"}), serve: (*call).signIn,
		},
		{method: http.MethodPost, path: "/api/logout", name: "logout", summary: "Sign out", status: 204, serve: (*call).signOut},
		{
			method: http.MethodPost, path: "/api/password/forgot", name: "forgotPassword", summary: "Ask for a reset by mail", access: public, status: 202,
			body: required(object("email", mailText("petra@bakery.test")), "email"), returns: object("message", text("If the address is known, a mail is on its way.")), serve: (*call).forgot,
		},
		{
			method: http.MethodPost, path: "/api/password/reset", name: "resetPassword", summary: "Set a password with a code from a mail", access: public, status: 204,
			body: required(object("code", text("c29kZQ"), "password", text("new-secret")), "code", "password"), serve: (*call).reset,
		},
		{
			method: http.MethodPost, path: "/api/invites/accept", name: "acceptInvite", summary: "Join with an invite", access: public, status: 201,
			body:    required(object("code", text("c29kZQ"), "name", text("Petra Nowak"), "password", text("new-secret")), "code", "name", "password"),
			returns: object("message", text("Welcome aboard.")), serve: (*call).acceptInvite,
		},
	}
}

// same compares a secret in constant time.
func same(sent any, secret string) bool {
	text, is := sent.(string)
	a, b := sha256.Sum256([]byte(text)), sha256.Sum256([]byte(secret))
	return is && secret != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// userByMail does the same work whether or not the address is known.
func (w *World) userByMail(address string) *row {
	var found *row
	for _, u := range w.shelf("users").rows {
		if strings.EqualFold(u.text("email"), strings.TrimSpace(address)) {
			found = u
		}
	}
	return found
}

// verify returns the user for a good pair of address and password, and what to tell for a bad one.
func (w *World) verify(address string, password any) (*row, string) {
	u := w.userByMail(address)
	secret := "no such user has this password"
	if u != nil {
		secret = u.text("password")
	}
	if same(password, secret) && u != nil {
		return u, ""
	}
	if u == nil && w.flaw("enumeration") {
		return nil, "No such user."
	}
	return nil, "Incorrect password or e-mail address."
}

func (c *call) signIn() answer {
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
	secret := randomText(30)
	c.w.tokens[secret] = token{id: uuid(randomBytes(16)), user: user.id, label: signInLabel}
	a := ok(map[string]any{"token": secret, "expiresIn": int(sessionLife.Seconds())})
	a.cookie = c.w.remembered(user)
	return a
}

func (c *call) signOut() answer {
	c.w.hangUp(c.who)
	if value, bearer := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer "); bearer && c.w.tokens[value].label == signInLabel {
		delete(c.w.tokens, value)
	}
	a := done()
	a.cookie = sessionCookieFor("", -1)
	return a
}

// forgetSessions ends a user's sessions and sign-in tokens but the one in use.
func (w *World) forgetSessions(user string, kept *session) {
	if w.flaw("revoked") {
		return
	}
	for id, s := range w.sessions {
		if s.user == user && s != kept {
			delete(w.sessions, id)
		}
	}
	for secret, t := range w.tokens {
		if t.user == user && t.label == signInLabel {
			delete(w.tokens, secret)
		}
	}
	w.forgetGrants(user, nil)
}

func (c *call) forgot() answer {
	body, refusal := c.object()
	if refusal != nil {
		return *refusal
	}
	address, _ := body["email"].(string)
	if !isMail(address) {
		return invalid("email", "must be an e-mail address")
	}
	if c.forgetful(address) {
		return tooMany()
	}
	user := c.w.userByMail(address)
	if user == nil && c.w.flaw("enumeration-reset") {
		return refuse(http.StatusNotFound, "no-account", "No account has this address.")
	}
	if user != nil {
		code := randomText(24)
		c.w.resets[code] = user.id
		c.w.mails = append(c.w.mails, Mail{To: user.text("email"), Subject: "Reset your password", Body: c.w.URL + "/reset?code=" + code})
	}
	return answer{status: http.StatusAccepted, body: map[string]any{"message": "If the address is known, a mail is on its way."}}
}

func (c *call) reset() answer {
	body, refusal := c.object()
	if refusal != nil {
		return *refusal
	}
	code, _ := body["code"].(string)
	password, _ := body["password"].(string)
	user, known := c.w.resets[code]
	switch {
	case !known:
		return invalid("code", "is not valid")
	case len(password) < 10:
		return invalid("password", "must have at least 10 characters")
	}
	delete(c.w.resets, code)
	c.w.shelf("users").find(user, "").values["password"] = password
	c.w.forgetSessions(user, nil)
	return done()
}

func (c *call) acceptInvite() answer {
	body, refusal := c.object()
	if refusal != nil {
		return *refusal
	}
	code, _ := body["code"].(string)
	name, _ := body["name"].(string)
	password, _ := body["password"].(string)
	for _, invite := range c.w.shelf("invites").rows {
		if !same(code, invite.text("code")) {
			continue
		}
		if name == "" || len(name) > 200 || len(password) < 10 {
			return invalid("password", "must have at least 10 characters, and a name is required")
		}
		c.w.put("users", invite.tenant, "", map[string]any{"name": name, "email": invite.text("email"), "role": invite.text("role"), "password": password}, time.Now())
		c.w.shelf("invites").remove(invite)
		return answer{status: http.StatusCreated, body: map[string]any{"message": "Welcome aboard."}}
	}
	return invalid("code", "is not valid")
}
