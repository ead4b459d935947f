package lab

import (
	"net/http"
	"net/url"
	"time"
)

// cookie is the session cookie as the form's login sets it.
func (c cast) cookie() http.Cookie {
	v := stranger(c.anon.t, c.anon.w)
	form := url.Values{"email": {"bob@globex.test"}, "password": {"bob-globex-pass-2026"}, "csrf_token": {v.csrf("/login")}}
	got := v.do("POST", "/login", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	for _, k := range (&http.Response{Header: got.header}).Cookies() {
		if k.Name == sessionCookie {
			return *k
		}
	}
	c.anon.t.Fatalf("no session cookie: %d %s", got.status, got.body)
	return http.Cookie{}
}

func (c cast) stays() bool { return c.cookie().MaxAge > int((30 * 24 * time.Hour).Seconds()) }
