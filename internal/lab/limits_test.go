package lab

import (
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// from is a visitor at another address of this machine.
func (v *visitor) from(address string) *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		v.t.Fatal(err)
	}
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	transport := &http.Transport{DialContext: dialer.DialContext}
	v.t.Cleanup(transport.CloseIdleConnections)
	return &visitor{t: v.t, w: v.w, client: &http.Client{
		Jar: loopbackJar{jar}, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// enter tries a password at the login page.
func (v *visitor) enter(user, password string, headers ...string) int {
	form := url.Values{"email": {user}, "password": {password}, "csrf_token": {v.csrf("/login")}}
	return v.do("POST", "/login", form.Encode(), append(headers, "Content-Type", "application/x-www-form-urlencoded")...).status
}

// last is the status of the last of n attempts.
func last(n int, try func(i int) int) int {
	status := 0
	for i := range n {
		status = try(i)
	}
	return status
}

const (
	dora      = "dora@acme.test"
	doraRight = "dora-acme-pass-2026"
)

func (c cast) limited(n int, try func(i int) int) bool {
	return last(n, try) == http.StatusTooManyRequests
}

// guessed has Dora's account limited at the login page.
func (c cast) guessed() *visitor {
	v := c.anon.from("127.0.9.1")
	if !c.limited(mostGuesses+1, func(int) int { return v.enter(dora, "wrong-password") }) {
		c.anon.t.Error("the burst is not limited")
	}
	return v
}

func (c cast) many(path, body string, n int) bool {
	return !c.limited(n, func(int) int { return c.alice.do("POST", path, body).status })
}

var limitProbes = map[string]func(c cast) bool{
	"limit-login": func(c cast) bool {
		return !c.limited(mostGuesses+1, func(int) int {
			return c.anon.do("POST", "/api/login", `{"email":"`+dora+`","password":"wrong-password"}`).status
		})
	},
	"limit-spray": func(c cast) bool {
		v := c.anon.from("127.0.9.1")
		return !c.limited(mostFailures+1, func(i int) int { return v.enter(fmt.Sprintf("nobody-%d@acme.test", i), "wrong-password") })
	},
	"limit-account": func(c cast) bool {
		return !c.limited(mostGuesses+1, func(i int) int { return c.anon.from(fmt.Sprintf("127.0.9.%d", i+1)).enter(dora, "wrong-password") })
	},
	"limit-reset": func(c cast) bool {
		return !c.limited(mostResets+1, func(int) int { return c.anon.do("POST", "/api/password/forgot", `{"email":"`+dora+`"}`).status })
	},
	"limit-invite": func(c cast) bool {
		return c.many("/api/invites", `{"email":"newcomer@example.invalid"}`, mostMade+1)
	},
	"limit-export": func(c cast) bool {
		return c.many("/api/exports", `{"name":"canary"}`, mostMade+1)
	},
	"limit-forwarded": func(c cast) bool {
		v := c.anon.from("127.0.9.1")
		last(mostFailures, func(i int) int { return v.enter(fmt.Sprintf("nobody-%d@acme.test", i), "wrong-password") })
		return v.enter("nobody@acme.test", "wrong-password", "X-Forwarded-For", "203.0.113.9") == http.StatusUnauthorized
	},
	"limit-counter": func(c cast) bool {
		v := c.anon.from("127.0.9.1")
		try := func(i int) int { return v.enter(fmt.Sprintf("nobody-%d@acme.test", i), "wrong-password") }
		last(mostFailures-1, try)
		v.enter(dora, doraRight)
		v = c.anon.from("127.0.9.1") // the form of somebody who is not signed in
		return last(2, try) == http.StatusUnauthorized
	},
	"limit-cosmetic": func(c cast) bool { return c.guessed().enter(dora, doraRight) == http.StatusSeeOther },
	"limit-code": func(c cast) bool {
		return !c.limited(mostCodes+1, func(int) int {
			return c.anon.do("POST", "/api/password/reset", `{"code":"000001","password":"a-new-password"}`).status
		})
	},
	"limit-shared": func(c cast) bool {
		c.limited(mostSame, func(int) int { return c.alice.get("/api/search?q=boom").status })
		return c.bob.get("/api/search?q=boom").status == http.StatusTooManyRequests
	},
	"limit-case": func(c cast) bool {
		c.guessed()
		return c.anon.from("127.0.9.2").enter(strings.ToUpper(dora), doraRight) == http.StatusSeeOther
	},
	"limit-cosmetic-invite": func(c cast) bool {
		c.limited(mostMade, func(int) int {
			return c.alice.do("POST", "/api/invites", `{"email":"newcomer@example.invalid"}`).status
		})
		refused := c.alice.do("POST", "/api/invites", `{"email":"one-too-many@example.invalid"}`)
		return refused.status == http.StatusTooManyRequests && strings.Contains(c.alice.get("/api/invites").body, "one-too-many")
	},
	"limit-search": func(c cast) bool {
		return !c.limited(mostSame+1, func(int) int { return c.alice.get("/api/search?q=boom").status })
	},
	"limit-lockout": func(c cast) bool {
		own := c.anon.from("127.0.9.2")
		own.enter(dora, doraRight)
		own.do("POST", "/logout", url.Values{"csrf_token": {own.csrf("/dashboard")}}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		c.guessed()
		return own.enter(dora, doraRight) == http.StatusTooManyRequests
	},
	"limit-read": func(c cast) bool {
		return !c.limited(mostSame+1, func(int) int { return c.alice.get("/api/team").status })
	},
}

// TestRetryAfter holds that a limit says when to come back, and keeps its word.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	w := open(t, Config{})
	v := stranger(t, w)
	var refused reply
	for range mostGuesses + 1 {
		refused = v.do("POST", "/api/login", `{"email":"`+dora+`","password":"wrong-password"}`)
	}
	if refused.status != http.StatusTooManyRequests || refused.header.Get("Retry-After") != "4" || refused.text("status") != "429" {
		t.Errorf("got %d %v %s, want a problem document with Retry-After", refused.status, refused.header, refused.body)
	}
}
