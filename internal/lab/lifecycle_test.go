package lab

import (
	"net/http"
	"regexp"
	"strings"
)

// as asks who the holder of a session cookie is; "" is nobody.
func (c cast) as(id string) string {
	return stranger(c.anon.t, c.anon.w).get("/api/me", "Cookie", sessionCookie+"="+id).text("email")
}

// sid is the value of a visitor's session cookie.
func (v *visitor) sid() string {
	at, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, v.w.URL, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, k := range v.client.Jar.Cookies(at.URL) {
		if k.Name == sessionCookie {
			return k.Value
		}
	}
	v.t.Fatal("there is no session cookie")
	return ""
}

// adopts reports whether a planted session cookie is the session after the login.
func (c cast) adopts() bool {
	const planted = "planted-by-somebody-else-0"
	v := stranger(c.anon.t, c.anon.w)
	at, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, v.w.URL, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	at.URL.Scheme = "https"
	v.client.Jar.SetCookies(at.URL, []*http.Cookie{{Name: sessionCookie, Value: planted, Path: "/", Secure: true}})
	form := "email=vera@acme.test&password=vera-acme-pass-2026&csrf_token=" + v.csrf("/login")
	v.do("POST", "/login", form, "Content-Type", "application/x-www-form-urlencoded")
	return c.as(planted) == "vera@acme.test"
}

// outlives reports whether a session cookie works after its logout.
func (c cast) outlives() bool {
	v := browse(c.anon.t, c.anon.w, "vera@acme")
	id := v.sid()
	v.do("POST", "/logout", "csrf_token="+v.csrf("/account"), "Content-Type", "application/x-www-form-urlencoded")
	return c.as(id) != ""
}

// pair signs in by tokens.
func (v *visitor) pair() reply { return v.do("POST", "/api/session", credentials("zoe@globex")) }

// tokensAfterLogout reports whether a token works after the logout of its session.
func (c cast) tokensAfterLogout(kind string) bool {
	v := stranger(c.anon.t, c.anon.w)
	tokens := v.pair()
	access, refresh := tokens.text("access_token"), tokens.text("refresh_token")
	v.do("POST", "/api/logout", "", "Authorization", "Bearer "+access)
	if kind == "access" {
		return v.get("/api/me", "Authorization", "Bearer "+access).status == http.StatusOK
	}
	return v.do("POST", "/api/session/refresh", `{"refresh_token":"`+refresh+`"}`).status == http.StatusOK
}

// ended reports whether the session that the description holds under a key still works.
func (c cast) ended(key string) bool {
	found := regexp.MustCompile(key + `: "([^"]+)"`).FindSubmatch(c.anon.w.PortalYAML())
	if found == nil {
		c.anon.t.Fatalf("the description holds no %s session", key)
	}
	return c.as(string(found[1])) != ""
}

// halved reports whether half a session cookie is enough.
func (c cast) halved() bool {
	id := browse(c.anon.t, c.anon.w, "vera@acme").sid()
	return c.as(id[:len(id)/2]) != ""
}

// survivesPassword reports whether a session outlives a change of the password.
func (c cast) survivesPassword() bool {
	old, v := signIn(c.anon.t, c.anon.w, "dora@acme"), signIn(c.anon.t, c.anon.w, "dora@acme")
	v.do("POST", "/api/me/password", `{"current":"dora-acme-pass-2026","next":"another-pass-2026"}`)
	return old.get("/api/me").status == http.StatusOK
}

// keepsRole reports whether an old session keeps a role that was taken away.
func (c cast) keepsRole() bool {
	v := browse(c.anon.t, c.anon.w, "amir@acme")
	id := v.get("/api/me").text("id")
	if got := c.alice.do("PATCH", "/api/users/"+id, `{"role":"viewer"}`); got.status != http.StatusNoContent && got.status != http.StatusOK {
		c.anon.t.Fatalf("changing the role: %d %s", got.status, got.body)
	}
	return v.get("/api/me").text("role") != "viewer"
}

// counts reports whether one session is named after the other.
func (c cast) counts() bool {
	a, b := browse(c.anon.t, c.anon.w, "vera@acme").sid(), browse(c.anon.t, c.anon.w, "vera@acme").sid()
	return len(a) == len(b) && a[:len(a)-2] == b[:len(b)-2]
}

// namesSession reports whether signing in leads to an address that names the session.
func (c cast) namesSession() bool {
	v := stranger(c.anon.t, c.anon.w)
	form := "email=vera@acme.test&password=vera-acme-pass-2026&csrf_token=" + v.csrf("/login")
	got := v.do("POST", "/login", form, "Content-Type", "application/x-www-form-urlencoded")
	return strings.Contains(got.header.Get("Location"), v.sid())
}
