package lab

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"
)

// The limits of the portal. They count what an attacker repeats and hardly anybody else does: failures at the
// login, complete requests for a reset, wrong codes of the right form, objects really made, and the very same
// read by the same caller. The window is short, so that whoever tries them need not wait long, and the numbers
// leave room for a day's honest work in it.
const (
	limitWindow   = 4 * time.Second
	mostGuesses   = 14 // wrong passwords for one account, wherever they come from
	mostFailures  = 30 // wrong passwords from one address, whatever they name
	mostResets    = 10 // for one account
	mostForgotten = 40 // resets from one address
	mostCodes     = 12 // wrong codes from one address
	mostMade      = 12 // invites or exports of one user
	mostSame      = 40 // the same read by one user
	mostFiles     = 11 // the same export by one user
)

// deviceCookie names a browser that signed in before: guesses of others do not keep it out.
const deviceCookie = "__Host-nw_device"

// keeper counts, by key, what happened in the window.
type keeper struct {
	mu   sync.Mutex
	hits map[string][]time.Time
}

func newKeeper() *keeper { return &keeper{hits: map[string][]time.Time{}} }

// full reports whether a key has used its number up.
func (k *keeper) full(key string, most int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	since, kept := time.Now().Add(-limitWindow), k.hits[key][:0]
	for _, at := range k.hits[key] {
		if at.After(since) {
			kept = append(kept, at)
		}
	}
	k.hits[key] = kept
	return len(kept) >= most
}

func (k *keeper) count(keys ...string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, key := range keys {
		k.hits[key] = append(k.hits[key], time.Now())
	}
}

func (k *keeper) forget(prefix string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for key := range k.hits {
		if strings.HasPrefix(key, prefix) {
			delete(k.hits, key)
		}
	}
}

// tooMany is the refusal of a limit.
func tooMany() answer {
	a := refuse(http.StatusTooManyRequests, "too-many", "Too many attempts. Wait a moment and try again.")
	a.header = map[string]string{"Retry-After": fmt.Sprint(int(limitWindow.Seconds()))}
	return a
}

// client is the address a request comes from.
func (c *call) client() string {
	if claimed := c.r.Header.Get("X-Forwarded-For"); claimed != "" && c.w.flaw("limit-forwarded") && c.route.page {
		first, _, _ := strings.Cut(claimed, ",")
		return strings.TrimSpace(first)
	}
	host, _, err := net.SplitHostPort(c.r.RemoteAddr)
	if err != nil {
		return c.r.RemoteAddr
	}
	return host
}

// account is the name under which guesses are counted: that of the account that is found by it.
func (c *call) account(address string) string {
	if c.w.flaw("limit-case") {
		return address
	}
	return strings.ToLower(strings.TrimSpace(address))
}

// deviceOf is what a browser shows that signed in to an account before.
func (w *World) deviceOf(address string) string {
	sum := hmac.New(sha256.New, w.key)
	sum.Write([]byte("device of " + strings.ToLower(strings.TrimSpace(address))))
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

func (c *call) knownDevice(address string) bool {
	cookie, err := c.r.Cookie(deviceCookie)
	return err == nil && !c.w.flaw("limit-lockout") && hmac.Equal([]byte(cookie.Value), []byte(c.w.deviceOf(address)))
}

// enter checks a password within the limits of the login; over says that there were too many attempts.
func (c *call) enter(address string, password any) (user *row, why string, over bool) {
	k, door := c.w.keeper, c.route.name
	from, account := door+" from "+c.client(), door+" at "+c.account(address)
	pair := from + " at " + c.account(address)
	if c.knownDevice(address) {
		account += " known"
		pair += " known"
	}
	limits := map[string]int{pair: mostGuesses, from: mostFailures, account: mostGuesses}
	switch {
	case door == "login" && c.w.flaw("limit-login"):
		limits = nil
	case c.route.page && c.w.flaw("limit-spray"):
		delete(limits, from)
	}
	if c.route.page && c.w.flaw("limit-account") {
		delete(limits, account)
	}
	for key, most := range limits {
		over = over || k.full(key, most)
	}
	if over && !(c.route.page && c.w.flaw("limit-cosmetic")) {
		return nil, "", true
	}
	if user, why = c.w.verify(address, password); user == nil {
		if !over {
			k.count(pair, from, account)
		}
		return nil, why, over
	}
	if c.route.page && c.w.flaw("limit-counter") {
		k.forget(from)
	}
	return user, "", false
}

// remembered is the cookie of a browser that has signed in.
func (w *World) remembered(user *row) *http.Cookie {
	return &http.Cookie{
		Name: deviceCookie, Value: w.deviceOf(user.text("email")), Path: "/", MaxAge: 30 * 24 * 3600,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// wellFormed is a code of a form that the portal may have sent.
var wellFormed = regexp.MustCompile(`^[A-Za-z0-9_-]{4,64}$`)

// rule is the limit of one route: a key for what a request repeats, "" when it does not count, how often it may,
// and with which status it was carried out.
type rule struct {
	flaw   string
	most   int
	status int
	key    func(*call) string
}

// same is the key of the very same read by the same caller.
func sameRead(c *call) string {
	if c.who == nil || c.r.Method != http.MethodGet {
		return ""
	}
	return c.who.user.id + " " + c.r.URL.RequestURI()
}

func byUser(c *call) string {
	if c.who == nil {
		return ""
	}
	return c.who.user.id
}

// guessedCode counts complete guesses only: what is malformed is no guess.
func guessedCode(c *call) string {
	body, refusal := c.object()
	if refusal != nil {
		return ""
	}
	code, _ := body["code"].(string)
	password, _ := body["password"].(string)
	if !wellFormed.MatchString(code) || len(password) < 10 {
		return ""
	}
	return "code from " + c.client()
}

func (w *World) rules() map[string]rule {
	search := rule{"limit-search", mostSame, http.StatusOK, sameRead}
	if w.flaw("limit-shared") {
		search.key = func(*call) string { return "everybody" }
	}
	return map[string]rule{
		"createInvite":          {"limit-invite", mostMade, http.StatusCreated, byUser},
		"createExport":          {"limit-export", mostMade, http.StatusCreated, byUser},
		"exportClientStatement": {"limit-export", mostFiles, http.StatusOK, sameRead},
		"search":                search,
		"listTeam":              {"limit-read", mostSame, http.StatusOK, sameRead},
		"acceptInvite":          {"limit-code", mostCodes, http.StatusUnprocessableEntity, guessedCode},
		"resetPassword":         {"limit-code", mostCodes, http.StatusUnprocessableEntity, guessedCode},
	}
}

// within serves a request within the limit of its route.
func (w *World) within(c *call, serve func() answer) answer {
	r, limited := w.limits[c.route.name]
	if !limited || w.flaw(r.flaw) {
		return serve()
	}
	key := r.key(c)
	if key == "" {
		return serve()
	}
	key = c.route.name + " by " + key
	if w.keeper.full(key, r.most) {
		if w.flaw("limit-cosmetic-invite") && c.route.name == "createInvite" {
			serve() // refused, and yet done
		}
		return tooMany()
	}
	a := serve()
	if a.status == r.status {
		w.keeper.count(key)
	}
	return a
}

// forgetful reports whether resets were asked for too often, and counts this one.
func (c *call) forgetful(address string) bool {
	if c.w.flaw("limit-reset") {
		return false
	}
	account, from := "reset of "+c.account(address), "reset from "+c.client()
	if c.w.keeper.full(account, mostResets) || c.w.keeper.full(from, mostForgotten) {
		return true
	}
	c.w.keeper.count(account, from)
	return false
}
